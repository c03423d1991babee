"""The shelf as a table: which lines are shown, in which order, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from lora_studio.core.dataset.export import Progress
from lora_studio.core.library.used import Since
from lora_studio.core.training.shelf import Item
from lora_studio.core.training.states import COMPLETE, STALE, Comparison, Hashes, Standing, State, state_of
from lora_studio.gui.adapters import words
from lora_studio.gui.export.folder_field import short
from lora_studio.gui.theme import colours, icon_pixmap

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
LINE = Role.UserRole
KIND, NAME, MODEL, SHAPE, ROWS, MADE, FOLDER, STATE = range(8)
ALL, DATASETS, ADAPTERS = "all", "datasets", "adapters"


class Line(NamedTuple):
    """One line of the table."""

    item: Item
    state: State
    since: Since | None = None
    known: bool = True
    """Whether this library can tell what has changed since."""
    rows: int | None = None
    """Those of the dataset; for an adapter, of the one that it was trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines a person wants to see: words that all occur in a line, a kind, and an order."""

    text: str = ""
    kind: str = ALL
    column: int = MADE
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Arranged:
    """The lines to show, in order, and how many there are of each kind before the words narrow them."""

    lines: tuple[Line, ...]
    datasets: int
    adapters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of the shelf."""

    items: Sequence[Item] = ()
    hashes: Hashes = field(default_factory=dict)
    comparison: Comparison = field(default_factory=Comparison)


def arrange(known: Known, wanted: Wanted, progress: Progress) -> Arranged:
    """The lines that are wanted. For the worker: 10,000 of them take a moment."""
    lines = []
    rows = {file.sha256: item.rows for item in known.items if item.facts for file in item.facts.files if file.rows}
    for number, item in enumerate(known.items):
        if number % 500 == 0:
            progress(number, len(known.items))
        standing = known.comparison.standings.get(item.path)
        line = line_of(item, known.hashes, standing)
        if item.trained:
            line = line._replace(rows=next((rows[one] for one in item.trained.checksums if one in rows), None))
        lines.append(line)
    adapters = sum(line.item.is_adapter for line in lines)
    if wanted.kind != ALL:
        lines = [line for line in lines if line.item.is_adapter == (wanted.kind == ADAPTERS)]
    parts = wanted.text.casefold().split()
    if parts:
        lines = [line for line in lines if _holds(line, parts)]
    lines.sort(key=lambda line: (line.item.name.casefold(), str(line.item.path)))
    lines.sort(key=_SORT[wanted.column], reverse=wanted.descending)
    return Arranged(tuple(lines), len(known.items) - adapters, adapters)


def line_of(item: Item, hashes: Hashes, standing: Standing | None) -> Line:
    """The line of `item`."""
    since = standing.since if standing and standing.run else None
    known = standing is None or standing.run is not None
    return Line(item, state_of(item, hashes, standing), since, known, item.rows)


def _holds(line: Line, parts: Sequence[str]) -> bool:
    item = line.item
    texts = (words.kind_name(item), item.name, item.model, words.shape_name(item), str(item.folder))
    whole = "\n".join([*texts, words.state_name(line.state, line.since), words.made(item)]).casefold()
    return all(part in whole for part in parts)


_SORT: tuple[Callable[[Line], Any], ...] = (
    lambda line: line.item.is_adapter,
    lambda line: line.item.name.casefold(),
    lambda line: line.item.model.casefold(),
    lambda line: words.shape_name(line.item).casefold(),
    lambda line: -1 if line.rows is None else line.rows,
    lambda line: line.item.made or 0.0,
    lambda line: str(line.item.folder).casefold(),
    lambda line: (line.state.kind, line.since.count if line.since else 0),
)
_TEXTS: tuple[Callable[[Line], str], ...] = (
    lambda line: words.kind_name(line.item),
    lambda line: line.item.name,
    lambda line: line.item.model,
    lambda line: words.shape_name(line.item),
    lambda line: "" if line.rows is None else f"{line.rows:,}",
    lambda line: words.made(line.item),
    lambda line: short(line.item.folder),
    lambda line: words.state_name(line.state, line.since),
)


class AdaptersModel(QAbstractTableModel):
    """One line a dataset or adapter.

    Signals: sort_wanted(column, descending) when a header is clicked.
    """

    sort_wanted = Signal(int, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()
        self._headers = (
            self.tr("Kind"), self.tr("Name"), self.tr("Model"), self.tr("Format"), self.tr("Rows"),
            self.tr("Made"), self.tr("Folder"), self.tr("State"),
        )  # fmt: skip

    def show(self, lines: Sequence[Line]) -> None:
        """Puts `lines` in place of what was there; where only their states are others, nothing else is touched."""
        before, lines = self.lines, tuple(lines)
        if [line.item.path for line in before] == [line.item.path for line in lines]:
            self.lines = lines
            for row, (old, new) in enumerate(zip(before, lines, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(row, 0), self.index(row, STATE))
            return
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rows_of(self, paths: Sequence[Path]) -> list[int]:
        """Where these stand; those that are not shown are left out."""
        wanted = set(paths)
        return [row for row, line in enumerate(self.lines) if line.item.path in wanted]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if column >= 0:
            self.sort_wanted.emit(column, order == Qt.SortOrder.DescendingOrder)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self._headers):
            return None
        if role == Role.DisplayRole:
            return self._headers[section]
        return _alignment(section) if role == Role.TextAlignmentRole else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line, column = self.lines[index.row()], index.column()
        if role in (Role.DisplayRole, Role.ToolTipRole):
            return _TEXTS[column](line)
        if role == LINE:
            return line
        if role == Role.TextAlignmentRole:
            return _alignment(column)
        if role == Role.DecorationRole:
            return _picture(line, column)
        if role == Role.ForegroundRole and column == STATE:
            return QColor(getattr(colours(), _role(line.state)))
        return None


def _picture(line: Line, column: int) -> Any:
    if column == KIND:
        return icon_pixmap("layers" if line.item.is_adapter else "database", "secondary", 14)
    if column == STATE:
        return icon_pixmap("check" if line.state.kind == COMPLETE else "triangle-alert", _role(line.state), 14)
    return None


def _role(state: State) -> str:
    """The colour role of a state."""
    return {COMPLETE: "good", STALE: "warning"}.get(state.kind, "bad")


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == ROWS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
