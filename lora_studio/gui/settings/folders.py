"""A list of folders with a button to add one and one to remove each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.gui.widgets.parts import button, empty, label, picture, short, tool


class FolderList(QWidget):
    """Signals: add_wanted(); remove_wanted(folder)."""

    add_wanted = Signal()
    remove_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._list = QWidget()
        inner = QVBoxLayout(self._list)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        self.add_button = button(self.tr("Add a folder…"), "", "folder-plus")
        self.add_button.clicked.connect(self.add_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._list)
        layout.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_folders(self, folders: Sequence[str]) -> None:
        """Shows these folders."""
        empty(self._list)
        layout = self._list.layout()
        assert layout is not None
        for folder in folders:
            layout.addWidget(self._line(folder))
        self._list.setVisible(bool(folders))

    def _line(self, folder: str) -> QFrame:
        made = QFrame()
        made.setProperty("panel", "inset")
        name = label(short(folder, 90))
        name.setToolTip(folder)
        remove = tool(self.tr("Remove {0}").format(folder), "x", size=14)
        remove.clicked.connect(lambda: self.remove_wanted.emit(folder))
        line = QHBoxLayout(made)
        line.setContentsMargins(12, 4, 4, 4)
        line.setSpacing(8)
        line.addWidget(picture("folder", size=14))
        line.addWidget(name, 1)
        line.addWidget(remove)
        return made
