"""The audit log as a table that reads on when its end comes in sight: a million rows cost what two hundred do."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from lora_studio.core.library.audit import PAGE, AuditEntry, Progress, older_entries
from lora_studio.core.library.store import Library
from lora_studio.gui.latest import Latest
from lora_studio.gui.theme import colours
from lora_studio.gui.widgets.parts import short

WHEN, WHO, WHAT, OUTCOME, DETAIL = range(5)
_NOWHERE = QModelIndex()


class AuditModel(QAbstractTableModel):
    """Newest first. Signals: shown() when rows came; failed(error) when they could not be read."""

    shown = Signal()
    failed = Signal(object)

    def __init__(self, library: Library, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self.text = ""
        self.entries: list[AuditEntry] = []
        self.is_whole = False
        """Whether there is nothing older than what is shown."""
        self._is_reading = False
        self._titles = (self.tr("When"), self.tr("Who"), self.tr("What"), self.tr("Outcome"), self.tr("About"))
        self._reading = Latest(self, pause_ms=0)
        self._reading.succeeded.connect(self._take)
        self._reading.failed.connect(self.failed)

    def find(self, text: str) -> None:
        """Shows the rows with every word of `text`, from the newest on."""
        self.text = text
        self._read(None)

    def _read(self, before: int | None) -> None:
        self._is_reading = True
        self._reading.ask(partial(_page, self._library, before, self.text))

    def _take(self, found: tuple[int | None, list[AuditEntry]]) -> None:
        before, entries = found
        self._is_reading = False
        self.is_whole = len(entries) < PAGE
        if before is None:
            self.beginResetModel()
            self.entries = entries
            self.endResetModel()
        elif entries and self.entries and self.entries[-1].row == before:
            first = len(self.entries)
            self.beginInsertRows(QModelIndex(), first, first + len(entries) - 1)
            self.entries += entries
            self.endInsertRows()
        self.shown.emit()

    def canFetchMore(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> bool:
        return bool(self.entries) and not self.is_whole and not self._is_reading

    def fetchMore(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> None:
        if self.canFetchMore(parent):
            self._read(self.entries[-1].row)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry, column = self.entries[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = self._text(entry, column)
            return short(text, 200) if role == Qt.ItemDataRole.DisplayRole else text
        if role == Qt.ItemDataRole.ForegroundRole and column == OUTCOME:
            return QColor(colours().good if entry.outcome == "done" else colours().bad)
        return None

    def _text(self, entry: AuditEntry, column: int) -> str:
        if column == WHEN:
            return local_time(entry.at)
        if column == DETAIL:
            return ", ".join(entry.detail.values())
        if column == OUTCOME:
            return self.tr("done") if entry.outcome == "done" else entry.outcome.lower().replace("_", " ")
        return entry.who if column == WHO else entry.action


def local_time(at: str) -> str:
    """A time of the log as the person's clock showed it."""
    moment = datetime.fromisoformat(at).astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _page(library: Library, before: int | None, text: str, progress: Progress) -> tuple[int | None, list[AuditEntry]]:
    return before, older_entries(library, before, text, progress=progress)
