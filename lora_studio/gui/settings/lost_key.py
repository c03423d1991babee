"""The way back for a lost admin key: who owns the library types its name, and then none is set."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lora_studio.core.dataset.export import Progress
from lora_studio.core.domain import OWNER
from lora_studio.core.errors import StudioError
from lora_studio.core.library.access import reset_admin_key
from lora_studio.core.library.audit import record
from lora_studio.core.library.store import Library
from lora_studio.gui.latest import delete_when_idle
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import FIELD_HEIGHT, button, label
from lora_studio.gui.worker import in_background


class LostKeyDialog(QDialog):
    """Asks for the library's name. Signals: QDialog's accepted once the key is gone; the studio is locked then."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        name = studio.library.path.name
        title = self.tr("Do away with the admin key")
        why = self.tr(
            "For a key that is lost. What agents may do stays as it is, but they export nothing until you set another "
            "key. The audit log keeps that it was done."
        )
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(why)
        self.setMinimumWidth(440)
        self.name = QLineEdit()
        self.name.setFixedHeight(FIELD_HEIGHT)
        self.name.setAccessibleName(self.tr("The library's name"))
        self.error = label(kind="error", wrap=True)
        self.error.hide()
        self.ok = button(self.tr("Do away with it"), "danger")
        self.ok.setDefault(True)
        self.ok.setEnabled(False)
        self.ok.clicked.connect(self._try)
        self.name.textChanged.connect(lambda text: self.ok.setEnabled(bool(text.strip())))
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(label(title, "title"))
        layout.addWidget(label(why, "secondary", wrap=True))
        layout.addWidget(label(self.tr("To go on, type the library's name, {0}:").format(name), wrap=True))
        layout.addWidget(self.name)
        layout.addWidget(self.error)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addStretch()
        line.addWidget(cancel)
        line.addWidget(self.ok)
        layout.addLayout(line)

    def done(self, result: int) -> None:
        super().done(result)
        delete_when_idle(self)

    def _try(self) -> None:
        self.ok.setEnabled(False)
        work = partial(_reset, self._studio.library, self.name.text())
        in_background(self, work, lambda _: self._on_gone(), self._on_refused)

    def _on_gone(self) -> None:
        self._studio.unlock("")
        self.accept()

    def _on_refused(self, error: Exception) -> None:
        self.ok.setEnabled(True)
        if isinstance(error, StudioError):
            self.error.setText(error.message)
            self.error.show()
            self.name.setAccessibleDescription(error.message)
            self.name.setFocus()
        else:
            show_error(self, error)


def _reset(library: Library, typed: str, progress: Progress) -> None:
    try:
        reset_admin_key(library, typed)
    except StudioError as error:
        record(library, OWNER, "admin_key reset", error.code, {"error": error.message})
        raise
