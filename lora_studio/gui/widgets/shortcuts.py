"""The list of keys, as F1 shows it: those of the page first, then those that work everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from lora_studio.gui.commands import keys_of, name_of
from lora_studio.gui.widgets.palette import Entry
from lora_studio.gui.widgets.parts import button, label

MOST_HEIGHT = 560


class ShortcutsDialog(QDialog):
    """Has no signals of its own."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard"))
        self.finished.connect(self.deleteLater)
        close = button(self.tr("Close"), "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(self.tr("Keys"))
        grid = _grid(entries)
        scroll.setWidget(grid)
        scroll.setMinimumWidth(grid.sizeHint().width() + 24)
        scroll.setFixedHeight(min(grid.sizeHint().height(), MOST_HEIGHT, parent.height() - 160))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(16)
        layout.addWidget(label(self.tr("Keyboard"), "title"))
        layout.addWidget(scroll)
        layout.addWidget(label(self.tr("Everything else is in the command palette."), "small"))
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        close.setFocus()


def _grid(entries: Sequence[Entry]) -> QWidget:
    made = QWidget()
    made.setProperty("plain", True)
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 12, 0)
    grid.setHorizontalSpacing(32)
    grid.setVerticalSpacing(8)
    where = None
    for entry in entries:
        keys = keys_of(entry.action)
        if not keys:
            continue
        if entry.where != where:
            where = entry.where
            heading = where or QCoreApplication.translate("ShortcutsDialog", "Everywhere")
            grid.addWidget(label(heading.upper(), "caption"), grid.rowCount(), 0)
        line = grid.rowCount()
        grid.addWidget(label(name_of(entry.action)), line, 0)
        grid.addWidget(label(keys, "key"), line, 1, Qt.AlignmentFlag.AlignRight)
    return made
