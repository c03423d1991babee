"""The way through the rows of the preview: of which side, of which type, of which guidelines."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QPushButton, QWidget

from lora_studio.core.dataset.pages import Look
from lora_studio.core.dataset.preview import Preview
from lora_studio.gui.export.words import type_name
from lora_studio.gui.widgets.parts import label, tool

_ROOM = 24
"""Beside the longest of the types of question: they are not cut off."""


class RowBar(QWidget):
    """Train, eval or all; the type of question; a step back or forth; a jump to one guideline.

    Signals: changed() when other rows are wanted; jump_wanted() when the person wants to choose a guideline.
    """

    changed = Signal()
    jump_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._place = 0
        self._end = 0
        self._total = 0
        self._before: list[int] = []
        self.sides: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self.types = QComboBox()
        self.types.setAccessibleName(self.tr("Type of question"))
        self.types.view().setAccessibleName(self.tr("Types of question"))
        self.types.setProperty("compact", True)
        self.types.setMinimumContentsLength(12)
        self.types.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.where = label(kind="small")
        self.back = tool(self.tr("Rows before these"), "chevron-left")
        self.forth = tool(self.tr("Next rows"), "chevron-right")
        self.jump = tool(self.tr("Rows of one guideline…"), "search")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        for side, name in (("", self.tr("All")), ("train", self.tr("Train")), ("eval", self.tr("Eval"))):
            line.addWidget(self._side(side, name))
        line.addSpacing(4)
        line.addWidget(self.types)
        line.addStretch()
        line.addWidget(self.where)
        for one in (self.back, self.forth, self.jump):
            line.addWidget(one)
        self.sides[""].setChecked(True)
        self._show_types((), {})
        self._group.buttonToggled.connect(lambda one, chosen: self._on_filter() if chosen else None)
        self.types.currentIndexChanged.connect(self._on_filter)

    def look(self) -> Look:
        """Which rows are wanted."""
        side = next(side for side, one in self.sides.items() if one.isChecked())
        return Look(self._place, side, self.types.currentData() or "")

    def show_preview(self, preview: Preview) -> None:
        """Shows where the rows of `preview` are, and which types of question there are."""
        self._place, self._end = preview.page.place, preview.page.end
        self._total = preview.census.guidelines
        self._show_types(preview.types, dict(preview.kinds), "" if preview.total_is_exact else "≈ ")
        said = self.tr("Guidelines {0}–{1} of {2}")
        first, last, total = (f"{number:,}" for number in (self._place + 1, self._end, self._total))
        self.where.setText(said.format(first, last, total) if self._total else "")

    @property
    def has_before(self) -> bool:
        """Whether there are rows before those that are shown."""
        return self._place > 0

    @property
    def has_more(self) -> bool:
        """Whether rows follow those that are shown."""
        return self._end < self._total

    def go_to(self, place: int) -> None:
        """Shows the rows from the guideline at `place` on."""
        if place != self._place:
            self._before.append(self._place)
            self._place = place
            self.changed.emit()

    def go_on(self) -> None:
        """Shows the rows that follow."""
        if self.has_more:
            self.go_to(self._end)

    def go_back(self) -> None:
        """Shows the rows that were shown before, or those before these."""
        if self.has_before:
            near = max(0, self._place - max(1, self._end - self._place))
            self._place = self._before.pop() if self._before else near
            self.changed.emit()

    def start_over(self) -> None:
        """Forgets the place: other guidelines are meant."""
        self._place = 0
        self._before.clear()

    def _side(self, side: str, name: str) -> QPushButton:
        made = QPushButton(name)
        made.setProperty("kind", "segment")
        made.setCheckable(True)
        made.setAccessibleName(self.tr("Rows of the preview: {0}").format(name))
        self._group.addButton(made)
        self.sides[side] = made
        return made

    def _show_types(self, types: tuple[str, ...], counted: Mapping[str, int], about: str = "") -> None:
        chosen = self.types.currentData()
        self.types.blockSignals(True)
        if tuple(self.types.itemData(n) for n in range(1, self.types.count())) != types or not self.types.count():
            self.types.clear()
            self.types.addItem(self.tr("All questions"), "")
            for name in types:
                self.types.addItem("", name)
            self.types.setCurrentIndex(max(0, self.types.findData(chosen)))
        for number, name in enumerate(types, 1):
            self.types.setItemText(number, f"{type_name(name)} ({about}{counted.get(name, 0):,})")
        self.types.view().setMinimumWidth(self.types.view().sizeHintForColumn(0) + _ROOM)
        self.types.blockSignals(False)
        if chosen and self.types.currentData() != chosen:  # this format asks no such question
            self._on_filter()

    def _on_filter(self) -> None:
        self._before.clear()
        self.changed.emit()
