"""What can be done with the chosen lines of the shelf, each as a command of the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from lora_studio.core.dataset.layout import read_config
from lora_studio.core.errors import Invalid, PermissionDenied, StudioError
from lora_studio.core.files import path_text, plain_path
from lora_studio.core.training.belongings import belongings
from lora_studio.core.training.shelf import Item
from lora_studio.gui.adapters.compare import CompareDialog, Pair, read_two
from lora_studio.gui.adapters.model import Line
from lora_studio.gui.adapters.reader import ShelfReader
from lora_studio.gui.adapters.work import Binned, move_to_bin, put_back, write_script_for
from lora_studio.gui.export.scripting import ask_key, open_folder
from lora_studio.gui.export.work import Script
from lora_studio.gui.messages import MessageBox, show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.widgets.parts import short
from lora_studio.gui.worker import Work, in_background

UNDO_SECONDS = 30
NAMES_SHOWN = 6


class ShelfActions(QObject):
    """Does what the page's commands say, and tells it in the page's notice.

    Signals: reexport_wanted(config) with what a dataset's config says.
    """

    reexport_wanted = Signal(dict)

    def __init__(self, studio: Studio, reader: ShelfReader, notice: Notice, page: QWidget) -> None:
        super().__init__(page)
        self._studio, self._reader, self._notice, self._page = studio, reader, notice, page
        self._compared: tuple[Line, Line] | None = None

    def open_folder(self, item: Item) -> None:
        """Shows the folder in the system's file manager."""
        open_folder(item.folder)

    def try_adapter(self, item: Item) -> None:
        """Opens the window that asks it."""
        from lora_studio.gui.trying.dialog import try_adapter

        try_adapter(self._studio, self._page, item.path)

    def write_script(self, item: Item) -> None:
        """Writes the training script for this very dataset; asks for the key first where none is known."""
        ask_key(self._studio, self._page, partial(self._write_script, item.path), lambda: None)

    def _write_script(self, config_file: Path) -> None:
        work = partial(write_script_for, self._studio.library, config_file, self._studio.admin_key)
        self._do(work, self._on_script)

    def _on_script(self, script: Script) -> None:
        self._studio.datasets_changed.emit(str(script.path.parent))
        said = "\n".join([self.tr("Written to {0}").format(script.path), *script.warnings])
        box = MessageBox(self.tr("Training script"), said, self._page, sign=("file-code", "accent"))
        box.add_button(self.tr("Open folder"), partial(open_folder, script.path.parent))
        box.open()

    def reexport(self, item: Item) -> None:
        """Tells which options this dataset was made with."""
        config = read_config(item.path)
        if config is None:
            self._on_failure(Invalid(f"{item.path.name} is gone or damaged; look at the list again"))
        else:
            self.reexport_wanted.emit(config)

    def compare(self, one: Line, other: Line) -> None:
        """Shows two lines side by side."""
        self._compared = (one, other)
        asked = [(line.item, self._reader.standing(line.item)) for line in (one, other)]
        self._do(partial(read_two, self._studio.library, asked, self._items()), self._on_compared)

    def _on_compared(self, pair: Pair) -> None:
        if self._compared is not None:
            dialog = CompareDialog(self._compared, pair, self._page)
            dialog.guideline_wanted.connect(self._studio.guideline_wanted)
            dialog.open()

    def _items(self) -> tuple[Item, ...]:
        return self._reader.contents.items if self._reader.contents else ()

    def ask_to_delete(self, item: Item) -> None:
        """Says in place what would go to the bin, and waits for the answer."""
        paths = self._belongings(item)
        if not paths:
            said = self.tr("Nothing of {0} can go to the bin: its files are gone already, or they are links.")
            self._notice.say(said.format(short(item.name, 60)), "warning", seconds=UNDO_SECONDS)
            return
        if paths == (item.path,) and item.is_adapter:
            said = self.tr("Move the folder {0} and all that is in it to the bin?").format(item.path)
        else:
            names = ", ".join(path.name for path in paths[:NAMES_SHOWN])
            more = self.tr(" and {0} more").format(len(paths) - NAMES_SHOWN) if len(paths) > NAMES_SHOWN else ""
            said = self.tr("Move to the bin: {0}{1}?").format(names, more)
        self._notice.say(said, "warning")
        self._notice.offer(self.tr("Move to the bin"), partial(self._delete, item, paths)).setFocus()
        self._notice.offer(self.tr("Keep"), self._notice.hide)

    def _belongings(self, item: Item) -> tuple[Path, ...]:
        try:
            return belongings(item, self._items())
        except OSError:
            return ()

    def _delete(self, item: Item, paths: Sequence[Path]) -> None:
        self._notice.hide()
        self._do(partial(move_to_bin, self._studio.library, item.name, paths), self._on_binned)

    def _on_binned(self, binned: Binned) -> None:
        where = next((now.parent for _, now in binned.moved if now is not None), None)
        said = self.tr("Moved {0} to the bin.").format(short(binned.name, 60))
        self._notice.say(f"{said} {where}" if where else said, seconds=UNDO_SECONDS)
        if binned.can_come_back:
            self._notice.offer(self.tr("Undo"), partial(self._put_back, binned))
        self._studio.datasets_changed.emit(str(binned.moved[0][0].parent))

    def _put_back(self, binned: Binned) -> None:
        self._notice.hide()
        self._do(partial(put_back, self._studio.library, binned), self._on_back)

    def _on_back(self, binned: Binned) -> None:
        self._notice.say(self.tr("{0} is back.").format(short(binned.name, 60)), "good", seconds=UNDO_SECONDS)
        self._studio.datasets_changed.emit(str(binned.moved[0][0].parent))

    def undo(self) -> None:
        """Does what the notice offers, as a click on Undo would."""
        for made in self._notice.offers if self._notice.isVisible() else []:
            if made.text() == self.tr("Undo"):
                made.click()
                return

    def ask_for_folder(self) -> None:
        """Opens the system's dialog for a folder to watch."""
        dialog = QFileDialog(self._page, self.tr("Folder with datasets or adapters"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda folder: self.watch_folders([folder]))
        dialog.open()

    def watch_folders(self, folders: Sequence[str]) -> None:
        """Adds these folders to the watched ones, with a way back."""
        before = self._studio.settings.watched_folders
        try:
            named = dict.fromkeys(path_text(plain_path(folder, "The folder")) for folder in folders)
        except StudioError as error:
            self._on_failure(error)
            return
        added = [folder for folder in named if folder not in before]
        if not added:
            self._notice.say(self.tr("This folder is watched already."), seconds=UNDO_SECONDS)
            return
        said = self.tr("Now watching {0}.").format(", ".join(short(folder, 60) for folder in added))
        self._set_watched((*before, *added), said, before)

    def stop_watching(self, folder: str) -> None:
        """Takes one folder from the watched ones, with a way back; nothing in it is touched."""
        before = self._studio.settings.watched_folders
        said = self.tr("No longer watching {0}. Nothing in it was touched.").format(short(folder, 60))
        self._set_watched(tuple(one for one in before if one != folder), said, before)

    def _set_watched(self, folders: tuple[str, ...], said: str, before: tuple[str, ...] | None) -> None:
        try:
            self._studio.change_settings(replace(self._studio.settings, watched_folders=folders))
        except StudioError as error:
            self._on_failure(error)
            return
        self._notice.say(said, seconds=UNDO_SECONDS)
        if before is not None:
            again = self.tr("The watched folders are as before.")
            self._notice.offer(self.tr("Undo"), partial(self._set_watched, before, again, None))

    def _do(self, work: Work, done: Callable[[Any], None]) -> None:
        in_background(self, work, done, self._on_failure)

    def _on_failure(self, error: Exception) -> None:
        if isinstance(error, PermissionDenied):
            self._studio.unlock("")  # the key was changed elsewhere: ask again next time
        show_error(self._page, error)
