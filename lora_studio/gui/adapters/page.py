"""The Adapters page: every dataset in the watched folders as one list, with details of the chosen one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QItemSelection, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lora_studio.gui.adapters.details import AdapterDetails
from lora_studio.gui.adapters.model import ENTRY, MADE_COLUMN, SORT, AdaptersModel
from lora_studio.gui.adapters.shelf import Entry, Shelves, read_shelves
from lora_studio.gui.export.scripting import ScriptWriter
from lora_studio.gui.latest import Latest
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label, picture

_LEAST_WIDTHS = (150, 120, 80, 64, 142, 70, 104)
_SHARES = (0.45, 0.3, 0.0, 0.0, 0.0, 0.25, 0.0)
"""By column: the width that it needs, and its share of what is left over."""


class FittingTable(QTableView):
    """A table whose columns fill its width until a person sets a width. Has no signals of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._is_fitting = False
        self._is_set_by_hand = False
        self.horizontalHeader().sectionResized.connect(self._on_resized)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_set_by_hand:
            return
        self._is_fitting = True
        spare = max(0, self.viewport().width() - sum(_LEAST_WIDTHS))
        for column, (least, share) in enumerate(zip(_LEAST_WIDTHS, _SHARES, strict=True)):
            self.setColumnWidth(column, least + int(spare * share))
        self._is_fitting = False

    def _on_resized(self, column: int, before: int, now: int) -> None:
        self._is_set_by_hand = self._is_set_by_hand or not self._is_fitting


class AdaptersPage(QWidget):
    """The shelf. F5 reads it anew.

    Signals: export_asked() when the person wants to make a first dataset.
    """

    export_asked = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._wanted_folder = ""
        self.count = label(kind="secondary")
        self.refresh_button = button(self.tr("Refresh"), icon="refresh-cw")
        self.refresh_button.setToolTip(self.tr("Read the folders again (F5)"))
        self.model = AdaptersModel(self)
        self.table = self._table()
        self.details = AdapterDetails()
        self.warnings = label(kind="notice", wrap=True)
        self.export_button = button(self.tr("Go to Export"), "primary", "package")
        self._stack = QStackedWidget()
        self._latest = Latest(self)
        self._scripts = ScriptWriter(studio, self)
        self._build()
        self._connect()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Reads the folders again, in the background."""
        if self.isVisible():
            self._latest.ask(partial(read_shelves, self._studio.library, (self._studio.home.datasets,)))

    def show_folder(self, folder: str) -> None:
        """Chooses the newest dataset of `folder` as soon as the list is read."""
        self._wanted_folder = folder
        self.refresh()

    def _table(self) -> QTableView:
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT)
        table = FittingTable()
        table.setModel(self._sorted)
        table.setAccessibleName(self.tr("Datasets"))
        table.setSortingEnabled(True)
        table.sortByColumn(MADE_COLUMN, Qt.SortOrder.DescendingOrder)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(34)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setMinimumHeight(36)
        return table

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Adapters"), "page"))
        head.addWidget(self.count)
        head.addStretch()
        head.addWidget(self.refresh_button)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.table)
        split.addWidget(self.details)
        split.setHandleWidth(16)
        split.setChildrenCollapsible(False)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 0)
        split.setSizes([840, 340])
        self.details.setMinimumWidth(260)
        self.details.hide()
        self._stack.addWidget(QWidget())
        self._stack.addWidget(self._empty())
        self._stack.addWidget(split)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.warnings)
        layout.addWidget(self._stack, 1)
        self.warnings.hide()

    def _empty(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setSpacing(12)
        layout.addStretch()
        middle = Qt.AlignmentFlag.AlignHCenter
        layout.addWidget(picture("layers", "faint", 20), 0, middle)
        layout.addWidget(label(self.tr("No datasets yet"), "title"), 0, middle)
        next_step = self.tr("Export your guidelines once; the dataset then stands here, ready to train on.")
        layout.addWidget(label(next_step, "secondary"), 0, middle)
        layout.addWidget(self.export_button, 0, middle)
        layout.addStretch()
        return page

    def _connect(self) -> None:
        self._studio.datasets_changed.connect(self.refresh)
        self.refresh_button.clicked.connect(self.refresh)
        self.export_button.clicked.connect(self.export_asked)
        self.details.script_asked.connect(self._on_script)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self._latest.succeeded.connect(self._on_shelves)
        self._latest.failed.connect(self._on_failure)
        again = QShortcut(QKeySequence(Qt.Key.Key_F5), self)
        again.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        again.activated.connect(self.refresh)

    def _on_shelves(self, shelves: Shelves) -> None:
        chosen = self.details.entry
        self.model.show(shelves.entries)
        number = len(shelves.entries)
        self.count.setText(self.tr("1 dataset") if number == 1 else self.tr("{0} datasets").format(f"{number:,}"))
        self.warnings.setText("\n".join(shelves.warnings[:5]))
        self.warnings.setVisible(bool(shelves.warnings))
        self._stack.setCurrentIndex(2 if shelves.entries else 1)
        self._choose(chosen)

    def _choose(self, before: Entry | None) -> None:
        """Chooses what was asked for, or the dataset that was chosen before, or the first."""
        entries = [self._sorted.index(row, 0).data(ENTRY) for row in range(self._sorted.rowCount())]
        same = (row for row, entry in enumerate(entries) if before and _file(entry) == _file(before))
        asked = (row for row, entry in enumerate(entries) if str(entry.adapter.dataset_path) == self._wanted_folder)
        row = next(asked, next(same, 0)) if self._wanted_folder else next(same, 0)
        self._wanted_folder = ""
        self.table.selectRow(row)
        self._on_selection()

    def _on_selection(self, selected: QItemSelection | None = None, gone: QItemSelection | None = None) -> None:
        rows = self.table.selectionModel().selectedRows()
        entry: Entry | None = rows[0].data(ENTRY) if rows else None
        self.details.show_entry(entry, self.model.state_name(entry) if entry else "")

    def _on_script(self) -> None:
        entry = self.details.entry
        if entry is not None:
            self._scripts.write(entry.adapter.dataset_path, entry.adapter.target_model, entry.adapter.format)

    def _on_failure(self, error: Exception) -> None:
        show_error(self, error)


def _file(entry: Entry) -> str:
    return str(entry.adapter.config_file)
