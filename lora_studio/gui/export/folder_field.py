"""The folder that an export goes to: typed, picked or dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from lora_studio.core.files import plain_path
from lora_studio.gui.export.drop_line import DropLine
from lora_studio.gui.theme import show_icon


class FolderField(QWidget):
    """A line for a path with a button that opens the system's dialog.

    Signals: changed() when the path became another one.
    """

    changed = Signal()

    def __init__(self, folder: Path, parent: QWidget | None = None, name: str = "") -> None:
        super().__init__(parent)
        self._name = name or self.tr("Folder of the dataset")
        self.line = DropLine(short(folder))
        self.line.setAccessibleName(self._name)
        self.line.textChanged.connect(self.changed)
        self.line.folder_dropped.connect(self.show_folder)
        self.button = QPushButton()
        self.button.setProperty("kind", "square")
        self.button.setAccessibleName(self.tr("Choose a folder"))
        self.button.setToolTip(self.tr("Choose a folder"))
        self.button.clicked.connect(self.pick)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)
        show_icon(self.button, "folder-open")

    def path(self) -> Path:
        """The folder, links followed. Raises Invalid, saying why, where the text is no folder's path."""
        return plain_path(self.line.text().strip(), "The folder")

    def show_folder(self, folder: Path | str) -> None:
        """Puts `folder` into the line."""
        self.line.setText(short(Path(folder)))

    def pick(self) -> None:
        """Opens the system's dialog."""
        dialog = QFileDialog(self, self._name, str(Path(self.line.text()).expanduser()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.show_folder)
        dialog.open()


def short(folder: Path) -> str:
    """The path with `~` for the home folder."""
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(folder)
