"""What an import would do: groups with counts, the lines to tick, and the chosen one in full beside them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lora_studio.core.importing.records import ImportPlan
from lora_studio.gui.commands import command, runs
from lora_studio.gui.importing.detail import EntryDetail
from lora_studio.gui.importing.model import GROUPS, NAME, PLACE, STATE, PlanModel
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, empty, panel

LINE_HEIGHT = 32


class PlanTable(QTableView):
    """The lines; the space bar ticks what is selected. Has no signals of its own."""

    def __init__(self, model: PlanModel) -> None:
        super().__init__()
        self._lines = model
        self.setModel(model)
        self.setAccessibleName(self.tr("What would be imported"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        lines, header = self.verticalHeader(), self.horizontalHeader()
        lines.hide()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setDefaultSectionSize(LINE_HEIGHT)
        header.setHighlightSections(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)
        self.setColumnWidth(STATE, 116)
        self.setColumnWidth(PLACE, 136)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        selected = [index.row() for index in self.selectionModel().selectedRows(NAME)]
        if event.key() == Qt.Key.Key_Space and selected:
            self._lines.tick(selected, not self._lines.is_ticked(self.currentIndex().row()))
        else:
            super().keyPressEvent(event)


class Preview(QWidget):
    """Signals: choice_changed() when what would be imported changed."""

    choice_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines = PlanModel(self)
        self.table = PlanTable(self.lines)
        self.detail = EntryDetail()
        self.groups = QButtonGroup(self)
        self._group_line = QWidget()
        FlowLayout(self._group_line).setSpacing(6)
        self.all_action = command(self, self.tr("Choose all shown"), lambda: self._tick_all(True))
        self.none_action = command(self, self.tr("Choose none of the shown"), lambda: self._tick_all(False))
        self.all_button = button(self.tr("Choose all"), "link")
        self.none_button = button(self.tr("None"), "link")
        self.none_button.setAccessibleName(self.tr("Choose none"))
        runs(self.all_button, self.all_action)
        runs(self.none_button, self.none_action)
        self._build()
        self.groups.idClicked.connect(self._on_group)
        self.lines.ticked.connect(self.choice_changed)
        self.table.selectionModel().currentRowChanged.connect(self._on_line)

    def show_plan(self, plan: ImportPlan) -> None:
        """Shows the plan and selects its first line; what a person ticked in the plan before stays ticked."""
        self.lines.show_plan(plan)
        empty(self._group_line)
        counts = self.lines.counts()
        flow = self._group_line.layout()
        assert flow is not None
        for number, group in enumerate(("", *GROUPS)):
            if group and group not in counts:
                continue
            word = self.lines.words[group] if group else self.tr("All")
            count = counts[group] if group else sum(counts.values())
            one = button(f"{word}  {count:,}", "segment")
            one.setCheckable(True)
            one.setChecked(not group)
            one.setAccessibleName(self.tr("{0}, {1}").format(word, count))
            self.groups.addButton(one, number)
            flow.addWidget(one)
        self._select_first()
        self.choice_changed.emit()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._group_line, 1)
        head.addWidget(self.all_button, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.none_button, 0, Qt.AlignmentFlag.AlignTop)
        left, left_layout = panel()
        left_layout.setContentsMargins(1, 1, 1, 1)
        left_layout.addWidget(self.table)
        right, right_layout = panel()
        right_layout.setContentsMargins(16, 12, 8, 12)
        right_layout.addWidget(self.detail)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.setHandleWidth(12)
        for half, least in ((left, 380), (right, 280)):
            half.setMinimumWidth(least)
            halves.addWidget(half)
        halves.setSizes([580, 420])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(halves, 1)

    def _on_group(self, number: int) -> None:
        self.lines.show_group(("", *GROUPS)[number])
        self._select_first()

    def _select_first(self) -> None:
        if self.lines.rowCount():
            self.table.selectRow(0)
        self._on_line(self.table.currentIndex())

    def _on_line(self, index: QModelIndex) -> None:
        self.detail.show_item(self.lines.item(index.row()) if index.isValid() else None)

    def _tick_all(self, on: bool) -> None:
        self.lines.tick(range(self.lines.rowCount()), on)
