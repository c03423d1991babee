"""The table's model: row numbers in order, and short records of those that are on screen."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable
from itertools import compress, count
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from lora_studio.core.domain import Scope
from lora_studio.core.errors import StudioError
from lora_studio.core.library.browse import Summary, summaries
from lora_studio.core.library.store import Library
from lora_studio.gui.theme import colours, icon_pixmap

PAGE_ROWS = 64
PAGES_KEPT = 32
COLUMNS = ("name", "category", "priority", "tags", "scope", "updated")
"""What the columns show, by their keys in core's SORT_COLUMNS."""
FIRST_ORDER = ("priority", True)
"""Column and whether descending, as the window opens."""
DESCENDING_FIRST = ("priority", "updated")
"""Columns that a first click sorts with the highest on top."""

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class GuidelineModel(QAbstractTableModel):
    """One line a guideline, read from the library page by page when the view asks.

    Signals: sort_wanted(column key, descending) when a header is clicked; failed(error) when the library cannot
    be read.
    """

    sort_wanted = Signal(str, bool)
    failed = Signal(object)

    def __init__(self, library: Library, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._rows: array[int] = array("q")
        self._pages: OrderedDict[int, dict[int, Summary]] = OrderedDict()
        self._titles = {
            "name": self.tr("Name"), "category": self.tr("Category"), "priority": self.tr("Priority"),
            "tags": self.tr("Tags"), "scope": self.tr("Scope"), "updated": self.tr("Changed"),
        }  # fmt: skip

    def set_rows(self, rows: array[int]) -> None:
        """Shows these guidelines, by their row numbers in the library; what was read before is forgotten."""
        self.beginResetModel()
        self._rows = rows
        self._pages.clear()
        self.endResetModel()

    @property
    def rows(self) -> array[int]:
        """The row numbers shown, in order."""
        return self._rows

    def places_of(self, rows: Iterable[int]) -> list[int]:
        """Where these row numbers stand now, from top to bottom; those that are not shown are left out."""
        wanted = frozenset(rows)
        shown = map(wanted.__contains__, self._rows) if wanted else ()
        return list(compress(count(), shown))

    def summary(self, place: int) -> Summary | None:
        """The short record of one line; None where the library cannot be read."""
        number = place // PAGE_ROWS
        page = self._pages.get(number)
        if page is None:
            page = self._read(number)
        else:
            self._pages.move_to_end(number)
        return page.get(self._rows[place])

    def _read(self, number: int) -> dict[int, Summary]:
        try:
            found = summaries(self._library, self._rows[number * PAGE_ROWS : (number + 1) * PAGE_ROWS])
        except StudioError as error:
            self.failed.emit(error)
            found = []
        page = self._pages[number] = {summary.row: summary for summary in found}
        if len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        return page

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Role.DisplayRole:
            return self._titles[COLUMNS[section]]
        if role == Role.InitialSortOrderRole:
            order = Qt.SortOrder
            return order.DescendingOrder if COLUMNS[section] in DESCENDING_FIRST else order.AscendingOrder
        return LEFT if role == Role.TextAlignmentRole else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid() or role not in (
            Role.DisplayRole, Role.ToolTipRole, Role.AccessibleTextRole, Role.TextAlignmentRole, Role.ForegroundRole,
            Role.DecorationRole,
        ):  # fmt: skip
            return None
        column = COLUMNS[index.column()]
        if role == Role.TextAlignmentRole:
            return LEFT
        summary = self.summary(index.row())
        if summary is None:
            return None
        if role == Role.DecorationRole:  # at the left, where a long name cannot hide it
            return icon_pixmap("circle-pause", "secondary", 14) if column == "name" and not summary.active else None
        if role == Role.ForegroundRole:
            return self._colour(column, summary)
        return self._text(column, summary)

    def _text(self, column: str, summary: Summary) -> str:
        if column == "name":
            name = _line(summary.name) or self.tr("(blank)")
            return name if summary.active else self.tr("{0}  (inactive)").format(name)
        if column == "scope":
            return _line(scope_text(summary.scope))
        if column == "tags":
            return _line(", ".join(summary.tags))
        if column == "updated":
            return summary.updated_at[:16].replace("T", " ")
        return _line(str(getattr(summary, column)))

    def _colour(self, column: str, summary: Summary) -> QColor:
        theme = colours()
        return QColor(theme.text if summary.active and column == "name" else theme.secondary)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if 0 <= column < len(COLUMNS):
            self.sort_wanted.emit(COLUMNS[column], order == Qt.SortOrder.DescendingOrder)


def _line(text: str) -> str:
    return " ".join(text.split())


def scope_text(scope: Scope) -> str:
    """A scope in words for a list: "global", "acme · org"."""
    return f"{scope.id} · {scope.type}" if scope.id else scope.type
