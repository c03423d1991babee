"""Share as a person does it: a format, a folder, what will be written there, and one button."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.errors import Invalid, StudioError
from lora_studio.core.rulefiles.conventions import CONVENTIONS
from lora_studio.core.sharing import SHARE_FORMATS
from lora_studio.gui.commands import command, runs
from lora_studio.gui.export.folder_field import FolderField, short
from lora_studio.gui.export.scripting import ask_key, open_folder
from lora_studio.gui.latest import Latest, delete_when_idle
from lora_studio.gui.messages import show_error
from lora_studio.gui.sharing.work import Order, Shared, look, write
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import FIELD_HEIGHT, button, empty, label
from lora_studio.gui.worker import in_background

FILES_SHOWN = 200
LOOK_AFTER_MS = 200


class ShareDialog(QDialog):
    """Writes what the Guidelines page shows, or what is selected there. Has no signals of its own."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._folder: Path | None = None
        self._is_writing = False
        self.title = label(self.tr("Share"), "title")
        self.said = label(kind="secondary", wrap=True)
        self.format = QComboBox()
        self.folder = FolderField(Path(), self, self.tr("Folder of the project"))
        self.error = label(kind="error", wrap=True)
        self.files = QWidget()
        self.open_button = button(self.tr("Open the folder"), "link", "folder-open")
        self.cancel_button = button(self.tr("Cancel"))
        self.write_button = button(self.tr("Write"), "primary")
        self.looking = Latest(self, LOOK_AFTER_MS)
        self.write_action = command(self, self.tr("Write what is shown"), self._write, "Ctrl+Return")
        self._fill()
        self._build()
        self._connect()
        self.look()

    def done(self, result: int) -> None:
        """Stops looking; the dialog goes once nothing runs."""
        self.looking.drop()
        super().done(result)
        delete_when_idle(self)

    def _fill(self) -> None:
        for name, convention in CONVENTIONS.items():
            self.format.addItem(convention.title, name)
        for name, (ending, _) in SHARE_FORMATS.items():
            self.format.addItem(self.tr("One file: {0}").format(f".{ending}"), name)
        self.format.setAccessibleName(self.tr("Format"))
        self.format.setFixedHeight(FIELD_HEIGHT)
        self.folder.line.clear()
        self.folder.line.setPlaceholderText(self.tr("The folder of the project"))

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Share"))
        self.setAccessibleName(self.tr("Share"))
        self.setMinimumSize(560, 440)
        runs(self.write_button, self.write_action)
        self.write_button.setDefault(True)
        self.open_button.hide()
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(label(self.tr("Format")), self.format)
        form.addRow(label(self.tr("Folder")), self.folder)
        inner = QVBoxLayout(self.files)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        holder = QWidget()
        held = QVBoxLayout(holder)
        held.setContentsMargins(0, 0, 8, 0)
        held.addWidget(self.files)
        held.addStretch()
        scroll.setWidget(holder)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for widget in (self.open_button, None, self.cancel_button, self.write_button):
            foot.addWidget(widget) if widget else foot.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(8)
        for one in (self.title, self.said, form, self.error, scroll, foot):
            layout.addWidget(one) if isinstance(one, QWidget) else layout.addLayout(one)
        layout.setStretchFactor(scroll, 1)

    def _connect(self) -> None:
        self.format.currentIndexChanged.connect(self.look)
        self.folder.changed.connect(self.look)
        self.looking.succeeded.connect(self._show)
        self.looking.failed.connect(self._on_fault)
        self.cancel_button.clicked.connect(self.reject)
        self.open_button.clicked.connect(self._open)

    def look(self) -> None:
        """Looks at what would be written, once typing pauses."""
        self.write_action.setEnabled(False)
        self.error.hide()
        try:
            self._folder = self.folder.path() if self.folder.line.text().strip() else None
        except Invalid as error:
            self.looking.drop()
            self._on_fault(error)
            return
        self.looking.ask(partial(look, self._order()))

    def _order(self) -> Order:
        studio = self._studio
        return Order(
            library=studio.library,
            wanted=studio.wanted,
            search=studio.search,
            selected=studio.selected,
            format=self.format.currentData(),
            folder=self._folder,
        )

    def _show(self, found: Shared) -> None:
        one = found.count == 1
        said = self.tr("1 guideline, about {1} tokens.") if one else self.tr("{0} guidelines, about {1} tokens.")
        where = self.tr("Text of yours around them stays as it is; what was edited by hand is never overwritten.")
        is_rules = self.format.currentData() in CONVENTIONS
        self.said.setText(f"{said.format(f'{found.count:,}', f'{found.tokens:,}')} {where if is_rules else ''}".strip())
        self._list(found)
        count = len(found.files)
        text = self.tr("Write 1 file") if count == 1 else self.tr("Write {0} files")
        self.write_button.setText(text.format(f"{count:,}") if count else self.tr("Nothing to write"))
        self.write_button.setAccessibleName(self.write_button.text())
        self.write_action.setEnabled(bool(count) and self._folder is not None and not self._is_writing)

    def _list(self, found: Shared) -> None:
        empty(self.files)
        layout = self.files.layout()
        assert layout is not None
        words = {"new": self.tr("new"), "changed": self.tr("changed"), "gone": self.tr("goes away")}
        for path, how in found.files[:FILES_SHOWN]:
            layout.addWidget(label(f"{path}  ·  {words[how]}", wrap=True))
        if len(found.files) > FILES_SHOWN:
            layout.addWidget(label(self.tr("and {0} more").format(f"{len(found.files) - FILES_SHOWN:,}"), "secondary"))
        if not found.files:
            layout.addWidget(label(self.tr("All of it stands there already."), "secondary"))

    def _on_fault(self, error: Exception) -> None:
        """What the person can mend is said in place; anything else is our mistake."""
        if not isinstance(error, StudioError):
            show_error(self, error)
            return
        empty(self.files)
        self.error.setText(error.message)
        self.error.show()

    def _write(self) -> None:
        if self._folder is not None and not self._is_writing:
            ask_key(self._studio, self, partial(self._run, self._order(), self._folder), lambda: None)

    def _run(self, order: Order, folder: Path) -> None:
        self._is_writing = True
        self.write_action.setEnabled(False)
        in_background(self, partial(write, order, folder, self._studio.admin_key), self._on_written, self._on_failure)

    def _on_written(self, done: Shared) -> None:
        self._is_writing = False
        count = len(done.files)
        text = self.tr("1 file was written") if count == 1 else self.tr("{0} files were written")
        self.title.setText(text.format(f"{count:,}"))
        self.said.setText(short(self._folder) if self._folder else "")
        for widget in (self.format, self.folder, self.write_button):
            widget.setEnabled(False)
        self.open_button.show()
        self.cancel_button.setText(self.tr("Close"))
        self.cancel_button.setAccessibleName(self.tr("Close"))
        self.cancel_button.setFocus()

    def _on_failure(self, error: Exception) -> None:
        self._is_writing = False
        self.look()
        show_error(self, error)

    def _open(self) -> None:
        if self._folder is not None:
            open_folder(self._folder)
