"""The lines of the preview: one for each rule and each thing that could not be read, with a box to tick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from lora_studio.core.importing.records import STATES, Entry, ImportPlan, Problem
from lora_studio.gui.theme import colours
from lora_studio.gui.widgets.parts import short

UNREADABLE = "unreadable"
GROUPS = (*STATES, UNREADABLE)
NAME, STATE, PLACE = range(3)
_NO_PARENT = QModelIndex()
_TONES = {"new": "good", "changed": "accent", "conflict": "warning", "gone": "warning", UNREADABLE: "bad"}

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class PlanModel(QAbstractTableModel):
    """Shows one plan, all of it or one group. Signals: ticked() when a person chose or left out a line."""

    ticked = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._items: list[tuple[str, Entry | Problem]] = []
        self._shown: Sequence[int] = ()
        self._chosen: set[int] = set()
        self.words = {
            "new": self.tr("New"),
            "changed": self.tr("Changed"),
            "conflict": self.tr("Edited here"),
            "gone": self.tr("Gone from the file"),
            "duplicate": self.tr("There already"),
            "same": self.tr("The same"),
            UNREADABLE: self.tr("Not readable"),
        }

    def show_plan(self, plan: ImportPlan) -> None:
        """Shows all of `plan`, with its own choice ticked."""
        self.beginResetModel()
        self._items = [(entry.state, entry) for entry in plan.entries]
        self._items += [(UNREADABLE, problem) for problem in plan.problems]
        self._chosen = set(plan.default_choice())
        self._shown = range(len(self._items))
        self.endResetModel()

    def show_group(self, group: str) -> None:
        """Shows the lines of one of GROUPS; of all for an empty text."""
        self.beginResetModel()
        self._shown = [n for n, (state, _) in enumerate(self._items) if group in ("", state)]
        self.endResetModel()

    def counts(self) -> dict[str, int]:
        """How many lines each group has, those with any."""
        found = dict.fromkeys(GROUPS, 0)
        for state, _ in self._items:
            found[state] += 1
        return {group: count for group, count in found.items() if count}

    @property
    def chosen(self) -> frozenset[int]:
        """The numbers of the ticked entries in the plan."""
        return frozenset(self._chosen)

    def item(self, line: int) -> Entry | Problem:
        """What stands in the line."""
        return self._items[self._shown[line]][1]

    def is_ticked(self, line: int) -> bool:
        return self._shown[line] in self._chosen

    def tick(self, lines: Iterable[int], on: bool) -> None:
        """Chooses the lines or leaves them out; those that cannot be imported stay as they are."""
        numbers = {self._shown[line] for line in lines if self._can_tick(line)}
        self._chosen = self._chosen | numbers if on else self._chosen - numbers
        if self._shown:
            self.dataChanged.emit(self.index(0, NAME), self.index(len(self._shown) - 1, NAME), [Role.CheckStateRole])
        self.ticked.emit()

    def _can_tick(self, line: int) -> bool:
        return self._items[self._shown[line]][0] not in ("same", UNREADABLE)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return (self.tr("Name"), self.tr("What"), self.tr("Where"))[section]
        if role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == NAME and self._can_tick(index.row()):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        if role != Role.CheckStateRole:
            return False
        self.tick([index.row()], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line, column = index.row(), index.column()
        state, item = self._items[self._shown[line]]
        if role == Role.CheckStateRole and column == NAME and self._can_tick(line):
            return Qt.CheckState.Checked if self.is_ticked(line) else Qt.CheckState.Unchecked
        if role == Role.ForegroundRole:
            tone = "text" if column == NAME and self._can_tick(line) else "secondary"
            return QColor(getattr(colours(), _TONES.get(state, "secondary") if column == STATE else tone))
        if role in (Role.DisplayRole, Role.ToolTipRole):
            return (self._name(item), self.words[state], where(item))[column]
        return self._accessible(state, item, line) if role == Role.AccessibleTextRole and column == NAME else None

    def _name(self, item: Entry | Problem) -> str:
        return short(item.draft.name if isinstance(item, Entry) else item.why, 200)

    def _accessible(self, state: str, item: Entry | Problem, line: int) -> str:
        name = f"{self._name(item)}, {self.words[state]}"
        return self.tr("{0}, chosen").format(name) if self.is_ticked(line) else name


def where(item: Entry | Problem) -> str:
    """The file's name and the line."""
    path, line = (item.source.name, item.line) if isinstance(item, Entry) else (item.path, item.line)
    name = str(path).replace("\\", "/").rstrip("/").rpartition("/")[2] or str(path)
    return f"{name}:{line}" if line else name
