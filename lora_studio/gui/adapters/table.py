"""The table of the shelf: whole lines, columns that give way in a small window, a menu with all that can be done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QMenu, QTableView, QWidget

from lora_studio.gui.adapters.model import FOLDER, KIND, MADE, MODEL, NAME, ROWS, SHAPE, STATE, AdaptersModel, Line

_LEAST = {KIND: 100, NAME: 170, MODEL: 130, SHAPE: 96, ROWS: 72, MADE: 142, FOLDER: 110, STATE: 124}
"""By column: the width that it needs."""
_SHARES = {NAME: 0.45, MODEL: 0.3, FOLDER: 0.25}
"""By column: its share of what is left over."""
_GIVE_WAY = (FOLDER, SHAPE, MODEL, MADE, ROWS)
"""Which column goes first where the width does not do for all; the details tell what it told."""


class AdaptersTable(QTableView):
    """Signals: chosen() when other lines are selected; open_wanted() for a double click or Enter."""

    chosen = Signal()
    open_wanted = Signal()

    def __init__(self, model: AdaptersModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines_model = model
        self._fitting = self._by_hand = self._showing = False
        self.setModel(model)
        self.setAccessibleName(self.tr("Datasets and adapters"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(34)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(36)
        header.setMinimumSectionSize(48)
        # A selection of its own, always empty: else the header asks every line whether it is selected.
        header.setSelectionModel(QItemSelectionModel(model, header))
        header.setSortIndicator(MADE, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)
        header.sectionResized.connect(self._on_resized)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        self.doubleClicked.connect(self.open_wanted)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Shows these lines; what was selected and what is seen stay."""
        selected, current = self.selected_paths(), self.current_path()
        place = self.verticalScrollBar().value()
        self._showing = True
        self.lines_model.show(lines)
        if self.selected_paths() != selected:
            self.select_paths(selected, current)
            self.verticalScrollBar().setValue(place)
        self._showing = False
        self.chosen.emit()

    def select_paths(self, paths: Sequence[Path], current: Path | None = None) -> bool:
        """Selects these lines and gives one of them the cursor; False where none of them is shown."""
        rows = self.lines_model.rows_of(paths)
        chosen = QItemSelection()
        for row in rows:
            chosen.select(self.lines_model.index(row, 0), self.lines_model.index(row, STATE))
        flag = QItemSelectionModel.SelectionFlag
        for row in self.lines_model.rows_of([current] if current else []) or rows[:1]:
            self.selectionModel().setCurrentIndex(self.lines_model.index(row, NAME), flag.NoUpdate)
        self.selectionModel().select(chosen, flag.ClearAndSelect)
        return bool(rows)

    def selected(self) -> list[Line]:
        """The selected lines, from the top down."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.lines_model.lines[row] for row in rows if row < len(self.lines_model.lines)]

    def selected_paths(self) -> list[Path]:
        """What tells the selected lines from others."""
        return [line.item.path for line in self.selected()]

    def current_path(self) -> Path | None:
        """That of the line with the cursor."""
        row = self.currentIndex().row()
        return self.lines_model.lines[row].item.path if 0 <= row < len(self.lines_model.lines) else None

    def _on_selection(self) -> None:
        if not self._showing:
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_wanted.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Fills the width with the columns that have room, until a person sets a width."""
        width, shown = self.viewport().width(), dict(_LEAST)
        for column in _GIVE_WAY:
            if sum(shown.values()) > width:
                del shown[column]
        spare = max(0, width - sum(shown.values()))
        shares = {column: share for column, share in _SHARES.items() if column in shown}
        self._fitting = True
        for column, least in _LEAST.items():
            self.setColumnHidden(column, column not in shown)
            if column in shown and not self._by_hand:
                self.setColumnWidth(column, least + int(spare * shares.get(column, 0) / sum(shares.values())))
        self._fitting = False

    def _on_resized(self, column: int, before: int, now: int) -> None:
        self._by_hand = self._by_hand or not self._fitting

    def offer(self, actions: Sequence[QAction], place: QPoint) -> QMenu:
        """Opens a menu of what can be done, at a place of the viewport."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for action in actions:
            if action.isVisible():
                menu.addAction(action)
        menu.popup(self.viewport().mapToGlobal(place))
        return menu
