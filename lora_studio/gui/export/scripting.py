"""The admin key asked for where it is not known yet, and training scripts written with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from lora_studio.core.errors import PermissionDenied
from lora_studio.core.library.access import has_admin_key
from lora_studio.gui.export.work import Script, write_training_script
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.messages import MessageBox, show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import in_background


def ask_key(studio: Studio, parent: QWidget, go_on: Callable[[], None], give_up: Callable[[], None]) -> None:
    """Calls `go_on` once the studio knows the admin key: at once where none is set, or when it was given."""
    if studio.admin_key or not has_admin_key(studio.library):
        go_on()
        return
    dialog = AdminKeyDialog(studio, parent)
    dialog.accepted.connect(go_on)
    dialog.rejected.connect(give_up)
    dialog.open()


def open_folder(folder: Path) -> None:
    """Shows `folder` in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


class ScriptWriter(QObject):
    """Writes training scripts: asks for the key where none is known, and says where the script lies.

    Signals: ended() when a script was written, refused or given up.
    """

    ended = Signal()

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        self._window = parent
        self._folder = Path()

    def write(self, folder: Path, target_model: str, format_name: str) -> None:
        """Writes `train_{format}.py` into `folder`."""
        self._folder = folder
        self._wanted = (target_model, format_name)
        ask_key(self._studio, self._window, self._run, self.ended.emit)

    def _run(self) -> None:
        studio = self._studio
        work = partial(write_training_script, studio.library, self._folder, *self._wanted, studio.admin_key)
        in_background(self, work, self._on_written, self._on_failure)

    def _on_written(self, script: Script) -> None:
        self._studio.datasets_changed.emit(str(self._folder))
        said = "\n".join([self.tr("Written to {0}").format(script.path), *script.warnings])
        box = MessageBox(self.tr("Training script"), said, self._window, sign=("file-code", "accent"))
        box.add_button(self.tr("Open folder"), partial(open_folder, self._folder))
        box.finished.connect(self.ended)
        box.open()

    def _on_failure(self, error: Exception) -> None:
        if isinstance(error, PermissionDenied):
            self._studio.unlock("")  # the key was changed elsewhere: ask again next time
        show_error(self._window, error)
        self.ended.emit()
