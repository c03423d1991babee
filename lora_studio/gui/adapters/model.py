"""The list of datasets as a table that can be sorted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from lora_studio.core.dataset.formats import FORMATS
from lora_studio.gui.adapters.shelf import COMPLETE, Entry
from lora_studio.gui.export.folder_field import short
from lora_studio.gui.theme import colours, icon_pixmap

Index = QModelIndex | QPersistentModelIndex
ENTRY = Qt.ItemDataRole.UserRole
SORT = Qt.ItemDataRole.UserRole + 1
ROWS_COLUMN, MADE_COLUMN, STATE_COLUMN = 3, 4, 6


class AdaptersModel(QAbstractTableModel):
    """One row a dataset. Has no signals beside those of a model."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._states = {"complete": self.tr("complete"), "file missing": self.tr("file missing")}
        self._states["unreadable"] = self.tr("unreadable")
        self._headers = (
            self.tr("Name"),
            self.tr("Model"),
            self.tr("Format"),
            self.tr("Rows"),
            self.tr("Made (UTC)"),
            self.tr("Folder"),
            self.tr("State"),
        )

    def show(self, entries: Sequence[Entry]) -> None:
        """Puts `entries` in place of what was there."""
        self.beginResetModel()
        self._entries = tuple(entries)
        self.endResetModel()

    def state_name(self, entry: Entry) -> str:
        """The state in words."""
        return self._states[entry.state]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self._headers):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry, column = self._entries[index.row()], index.column()
        if role == ENTRY:
            return entry
        if role == SORT:
            return entry.adapter.example_count if column == ROWS_COLUMN else self._text(entry, column).casefold()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = self._text(entry, column)
            return text if role == Qt.ItemDataRole.DisplayRole else plain_tip(text)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column == 0 and entry.state != COMPLETE:
            return icon_pixmap("triangle-alert", "bad", 14)
        if role == Qt.ItemDataRole.ForegroundRole and column == STATE_COLUMN:
            return QColor(colours().good if entry.state == COMPLETE else colours().bad)
        return None

    def _text(self, entry: Entry, column: int) -> str:
        texts: tuple[Callable[[], str], ...] = (
            lambda: entry.adapter.name,
            lambda: entry.adapter.target_model,
            lambda: FORMATS[entry.adapter.format].title if entry.adapter.format in FORMATS else entry.adapter.format,
            lambda: f"{entry.adapter.example_count:,}",
            lambda: entry.adapter.created_at[:16].replace("T", " "),
            lambda: short(entry.adapter.dataset_path),
            lambda: self.state_name(entry),
        )
        return texts[column]()


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == ROWS_COLUMN else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def plain_tip(text: str) -> str:
    """`text` as a tooltip that is never taken for HTML: what a config says may look like it."""
    return text.replace("<", "\u2039").replace(">", "\u203a")
