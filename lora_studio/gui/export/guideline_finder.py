"""Chooses one of the guidelines that are exported, by its name."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lora_studio.core.dataset.census import Census, find_names
from lora_studio.core.dataset.export import Progress
from lora_studio.core.library.store import Library
from lora_studio.gui.latest import Latest, delete_when_idle
from lora_studio.gui.widgets.parts import label, short

_NAME_MAX = 80
_STEPS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class GuidelineFinder(QDialog):
    """A line to type a part of the name in, and those that have it below.

    Signals: place_chosen(place) with the guideline's place in the census.
    """

    place_chosen = Signal(int)

    def __init__(self, library: Library, census: Census, parent: QWidget) -> None:
        super().__init__(parent)
        title = self.tr("Rows of one guideline")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setMinimumSize(440, 360)
        self._library = library
        self._census = census
        self.nothing = label(kind="secondary", wrap=True)
        self._latest = Latest(self)
        self._latest.succeeded.connect(self._on_found)
        self._latest.failed.connect(lambda error: self.nothing.setText(str(error)))
        self.line = QLineEdit()
        self.line.setAccessibleName(self.tr("A part of the guideline's name"))
        self.line.setPlaceholderText(self.tr("A part of the name"))
        self.line.textChanged.connect(self._look)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Guidelines"))
        self.list.itemActivated.connect(self._on_chosen)
        self.list.itemClicked.connect(self._on_chosen)
        self.line.returnPressed.connect(lambda: self._on_chosen(self.list.currentItem()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(8)
        for part in (label(title, "lead"), self.line, self.nothing):
            layout.addWidget(part)
        layout.addWidget(self.list, 1)
        self.nothing.hide()
        self.finished.connect(lambda: delete_when_idle(self))
        self._look()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and down move in the list while the cursor is in the line."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _STEPS:
            self.list.event(event)
            return True
        return super().eventFilter(watched, event)

    def _look(self) -> None:
        self._latest.ask(partial(_find, self._library, self._census.rows, self.line.text().strip()))

    def _on_found(self, found: list[tuple[int, str]]) -> None:
        self.list.clear()
        for row, name in found:
            item = QListWidgetItem(short(name, _NAME_MAX))
            item.setData(Qt.ItemDataRole.UserRole, row)
            item.setToolTip(name)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.nothing.setText("" if found else self.tr("No guideline that is exported has this in its name."))
        self.nothing.setVisible(not found)

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None and self.isVisible():
            place = bisect_left(self._census.rows, item.data(Qt.ItemDataRole.UserRole))
            self.accept()
            self.place_chosen.emit(place)


def _find(library: Library, rows: array[int], text: str, progress: Progress) -> list[tuple[int, str]]:
    return find_names(library, rows, text)
