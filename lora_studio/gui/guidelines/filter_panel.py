"""The filter panel: scope, category, priority, tags and state, each with live counts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.domain import SCOPE_TYPES, GuidelineFilter, Scope
from lora_studio.core.library.facets import Facets
from lora_studio.gui.guidelines.facet_list import Facet
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, keep_room, label
from lora_studio.gui.widgets.range_slider import RangeSlider
from lora_studio.gui.widgets.tab_order import order_tabs

WIDTH = 200
STATES = (True, False, None)
"""What the three chips of the state mean as a filter's `active`."""


class FilterPanel(QScrollArea):
    """Holds a filter as widgets. Signals: changed() when a person changed it."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Filter"))
        self._scope_types = {
            "global": self.tr("Global"), "org": self.tr("Organisations"), "project": self.tr("Projects"),
            "session": self.tr("Sessions"),
        }  # fmt: skip
        self.scopes = Facet(self.tr("Scope"), self._scope_text, first=12, depth_of=lambda scope: int(bool(scope.id)))
        self.categories = Facet(self.tr("Category"), str, first=8)
        self.tags = Facet(self.tr("Tags"), str, first=12, as_chips=True)
        self.priority = RangeSlider(0, 100, self.tr("Priority"))
        self.clear_button = button(self.tr("Clear"), "link")
        self.clear_button.setAccessibleName(self.tr("Clear the filter"))
        self._slide_soon = QTimer(self, singleShot=True, interval=60)
        self._slide_soon.timeout.connect(self.changed)
        keep_room(self.clear_button)
        self._build()
        self._show_range(0, 100)
        self.scopes.changed.connect(self._on_scope)
        for facet in (self.categories, self.tags):
            facet.changed.connect(self.changed)
        self.priority.changed.connect(self._on_slide)
        self.states.idClicked.connect(self.changed)
        self.changed.connect(self._show_clear)
        self.clear_button.clicked.connect(self._on_clear)

    def _build(self) -> None:
        inner = QWidget()
        inner.setProperty("plain", True)
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 16, 8, 16)
        layout.setSpacing(16)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("FILTER"), "caption"))
        head.addStretch()
        head.addWidget(self.clear_button)
        layout.addLayout(head)
        layout.addWidget(self.scopes)
        layout.addWidget(self.categories)
        layout.addLayout(self._priority_group())
        layout.addLayout(self._state_group())
        layout.addWidget(self.tags)
        layout.addStretch()
        self.setWidget(inner)

    def _priority_group(self) -> QVBoxLayout:
        self._low, self._high = label("", "small"), label("", "small")
        self._high.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for end in (self._low, self._high):
            end.setFixedWidth(24)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self._low)
        line.addWidget(self.priority, 1)
        line.addWidget(self._high)
        group = QVBoxLayout()
        group.setSpacing(4)
        group.addWidget(label(self.tr("Priority"), "caption"))
        group.addLayout(line)
        return group

    def _state_group(self) -> QVBoxLayout:
        self.states = QButtonGroup(self)
        self._state_names = (self.tr("Active"), self.tr("Inactive"), self.tr("All"))
        chips = QWidget()
        flow = FlowLayout(chips)
        for number, name in enumerate(self._state_names):
            chip = button(name, "chip")
            chip.setCheckable(True)
            chip.setChecked(number == 0)
            self.states.addButton(chip, number)
            flow.addWidget(chip)
        group = QVBoxLayout()
        group.setSpacing(4)
        group.addWidget(label(self.tr("State"), "caption"))
        group.addWidget(chips)
        return group

    def wanted(self) -> GuidelineFilter:
        """The filter as it is set."""
        return GuidelineFilter(
            categories=self.categories.chosen(),
            priority_min=self.priority.low,
            priority_max=self.priority.high,
            tags=self.tags.chosen(),
            scopes=self.scopes.chosen(),
            active=STATES[self.states.checkedId()],
        )

    def set_wanted(self, wanted: GuidelineFilter) -> None:
        """Sets every widget, without a signal."""
        self.scopes.choose(wanted.scopes)
        self.categories.choose(wanted.categories)
        self.tags.choose(wanted.tags)
        self.priority.set_range(wanted.priority_min, wanted.priority_max)
        self.states.button(STATES.index(wanted.active)).setChecked(True)
        self._show_range(wanted.priority_min, wanted.priority_max)

    def show_facets(self, facets: Facets) -> None:
        """Shows the counts."""
        self.scopes.show_counts(_as_tree(facets.scopes))
        self.categories.show_counts(facets.categories)
        self.tags.show_counts(facets.tags)
        for number, count in enumerate((facets.active, facets.inactive, facets.active + facets.inactive)):
            chip: QPushButton = self.states.button(number)  # type: ignore[assignment]
            chip.setText(self._state_names[number] + (f"  {count:,}" if STATES[number] is not None else ""))
            chip.setAccessibleName(self.tr("{0}, {1} guidelines").format(self._state_names[number], count))
        order_tabs(self)

    def _scope_text(self, scope: Scope) -> str:
        return scope.id or self._scope_types[scope.type]

    def _on_scope(self) -> None:
        """A whole type and one of its scopes exclude each other: the one that was ticked last counts."""
        *earlier, last = self.scopes.chosen() or (None,)
        if last is not None:
            self.scopes.choose(
                [one for one in earlier if one.type != last.type or bool(one.id) == bool(last.id)] + [last]
            )
        self.changed.emit()

    def _on_slide(self, low: int, high: int) -> None:
        self._show_range(low, high)
        self._slide_soon.start()

    def _show_range(self, low: int, high: int) -> None:
        self._low.setText(str(low))
        self._high.setText(str(high))
        self._show_clear()

    def _show_clear(self) -> None:
        self.clear_button.setVisible(self.wanted() != GuidelineFilter())

    def clear(self) -> None:
        """Takes every choice back, without a signal."""
        self.set_wanted(GuidelineFilter())

    def _on_clear(self) -> None:
        self.clear()
        self.changed.emit()


def _as_tree(counts: Sequence[tuple[Scope, int]]) -> list[tuple[Scope, int]]:
    """Global, then each type of scope with all that it has, followed by its scopes."""
    tree = [(scope, count) for scope, count in counts if scope.type == "global"]
    for scope_type in SCOPE_TYPES[1:]:
        own = [(scope, count) for scope, count in counts if scope.type == scope_type]
        if own:
            tree += [(Scope(scope_type), sum(count for _, count in own)), *own]
    return tree
