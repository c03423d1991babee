"""The lines of the preview: one for each rule, with a box to tick, and for all that was not read or not taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from lora_studio.core.importing.records import CHOSEN_STATES, STATES, Entry, ImportPlan, NotRead, NotTaken, Problem
from lora_studio.gui.theme import colours
from lora_studio.gui.widgets.parts import short

UNLIKELY, DECLINED = "unlikely", "declined"
UNREADABLE, NOT_READ, NOT_TAKEN = "unreadable", "not read", "not taken"
GROUPS = ("new", "changed", UNLIKELY, DECLINED, *STATES[2:], UNREADABLE, NOT_READ, NOT_TAKEN)
"""What the lines are parted into, in the order in which they stand."""
NAME, STATE, PLACE = range(3)
_NO_PARENT = QModelIndex()
_TONES = {"new": "good", "changed": "accent", "conflict": "warning", "gone": "warning", UNREADABLE: "bad"}

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
Item = Entry | Problem | NotRead | NotTaken


def group_of(item: Item) -> str:
    """Which of GROUPS the line belongs to."""
    if isinstance(item, Entry):
        if item.state not in CHOSEN_STATES:
            return item.state
        return DECLINED if item.declined else UNLIKELY if item.is_unlikely else item.state
    return UNREADABLE if isinstance(item, Problem) else NOT_READ if isinstance(item, NotRead) else NOT_TAKEN


class PlanModel(QAbstractTableModel):
    """Shows one plan, all of it or one group. Signals: ticked() when a person chose or left out a line."""

    ticked = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._items: list[tuple[str, Item]] = []
        self._order: list[int] = []
        self._shown: Sequence[int] = ()
        self._chosen: set[int] = set()
        self._by_hand: dict[object, bool] = {}
        self.words = {
            "new": self.tr("New"),
            "changed": self.tr("Changed"),
            "conflict": self.tr("Edited here"),
            "gone": self.tr("Gone from the file"),
            "duplicate": self.tr("There already"),
            "same": self.tr("The same"),
            UNLIKELY: self.tr("Probably not a rule"),
            DECLINED: self.tr("Left out before"),
            UNREADABLE: self.tr("Not readable"),
            NOT_READ: self.tr("Not read"),
            NOT_TAKEN: self.tr("Fields not taken"),
        }

    def show_plan(self, plan: ImportPlan) -> None:
        """Shows all of `plan`, with its own choice ticked, and what a person ticked or left out in the one before.

        What is probably no rule stands below what is one; the rest below that.
        """
        self.beginResetModel()
        items: list[Item] = [*plan.entries, *plan.problems, *plan.not_read, *plan.not_taken]
        self._items = [(group_of(item), item) for item in items]
        self._order = sorted(range(len(items)), key=lambda n: _rank(self._items[n][0]))
        self._chosen = set(plan.default_choice())
        for number, entry in enumerate(plan.entries):
            if (on := self._by_hand.get(_key(entry))) is not None and entry.state != "same":
                (self._chosen.add if on else self._chosen.discard)(number)
        self._shown = self._order
        self.endResetModel()

    def forget_ticks(self) -> None:
        """What a person ticked or left out so far is no longer kept for the next plan."""
        self._by_hand.clear()

    def show_group(self, group: str) -> None:
        """Shows the lines of one of GROUPS; of all for an empty text."""
        self.beginResetModel()
        self._shown = [n for n in self._order if group in ("", self._items[n][0])]
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

    def item(self, line: int) -> Item:
        """What stands in the line."""
        return self._items[self._shown[line]][1]

    def is_ticked(self, line: int) -> bool:
        return self._shown[line] in self._chosen

    def tick(self, lines: Iterable[int], on: bool) -> None:
        """Chooses the lines or leaves them out; those that cannot be imported stay as they are."""
        numbers = {self._shown[line] for line in lines if self._can_tick(line)}
        self._by_hand |= {_key(self._items[number][1]): on for number in numbers}
        self._chosen = self._chosen | numbers if on else self._chosen - numbers
        if self._shown:
            self.dataChanged.emit(self.index(0, NAME), self.index(len(self._shown) - 1, NAME), [Role.CheckStateRole])
        self.ticked.emit()

    def _can_tick(self, line: int) -> bool:
        state, item = self._items[self._shown[line]]
        return isinstance(item, Entry) and state != "same"

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

    def _name(self, item: Item) -> str:
        if isinstance(item, Entry):
            return short(item.draft.name, 200)
        if isinstance(item, NotTaken):
            return short(f"{item.field}: {item.reason}", 200)
        return short(item.reason if isinstance(item, NotRead) else item.why, 200)

    def _accessible(self, state: str, item: Item, line: int) -> str:
        name = f"{self._name(item)}, {self.words[state]}"
        return self.tr("{0}, chosen").format(name) if self.is_ticked(line) else name


def _rank(group: str) -> int:
    """Where a group stands: those that can be taken in the order of the files, then the others one after the other."""
    return GROUPS.index(group) if group in (UNLIKELY, DECLINED, UNREADABLE, NOT_READ, NOT_TAKEN) else 0


def _key(item: Item) -> object:
    """What tells a rule of one plan from the others, and is the same in the next."""
    assert isinstance(item, Entry)
    return item.source, item.place, item.said.content if item.said else item.old and item.old.id


def where(item: Item) -> str:
    """The file's name and the line."""
    path = item.source.name if isinstance(item, Entry) else item.path
    line = 0 if isinstance(item, NotRead) else item.line
    name = str(path).replace("\\", "/").rstrip("/").rpartition("/")[2] or str(path)
    return f"{name}:{line}" if line else name
