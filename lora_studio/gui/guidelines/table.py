"""The table of guidelines: whole lines, sorted by a click on a header, columns as the person left them."""

from __future__ import annotations

from array import array

from PySide6.QtCore import QByteArray, QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from lora_studio.gui.guidelines.model import COLUMNS, FIRST_ORDER, GuidelineModel, Index
from lora_studio.gui.theme import colours

LINE_HEIGHT = 34
WIDTHS = {"name": 300, "category": 118, "priority": 84, "tags": 84, "scope": 130, "updated": 130}
HIDDEN_FIRST = ("scope", "updated")
KEPT_STRETCHES = 500
"""Most stretches of selected lines that are found again after a new search; a selection of more is given up."""


class GuidelineTable(QTableView):
    """Signals: chosen() when the selection or the current line changed; open_wanted(), menu_wanted(where on screen)."""

    chosen = Signal()
    open_wanted = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, model: GuidelineModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows_model = model
        self._resetting = False
        self._next_place = -1
        self.setModel(model)
        self.setAccessibleName(self.tr("Guidelines"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(LineDelegate(self))
        self._set_up_headers()
        self.selectionModel().selectionChanged.connect(self._tell)
        self.doubleClicked.connect(self._on_double_click)

    def _set_up_headers(self) -> None:
        lines, header = self.verticalHeader(), self.horizontalHeader()
        lines.hide()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setMinimumSectionSize(LINE_HEIGHT)
        lines.setDefaultSectionSize(LINE_HEIGHT)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(60)
        header.setFixedHeight(36)
        header.setSectionsMovable(True)
        self._show_first_order()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self.offer_columns)
        for place, column in enumerate(COLUMNS):
            self.setColumnWidth(place, WIDTHS[column])
            self.setColumnHidden(place, column in HIDDEN_FIRST)
        header.setSectionResizeMode(COLUMNS.index("name"), QHeaderView.ResizeMode.Stretch)
        # A selection of its own, always empty: else the header asks every line whether it is selected.
        header.setSelectionModel(QItemSelectionModel(self.rows_model, header))
        self.setSortingEnabled(True)

    def _show_first_order(self) -> None:
        column, _ = FIRST_ORDER
        self.horizontalHeader().setSortIndicator(COLUMNS.index(column), Qt.SortOrder.DescendingOrder)

    @property
    def order(self) -> tuple[str, bool]:
        """The column that the lines are sorted by, and whether descending."""
        header = self.horizontalHeader()
        return COLUMNS[header.sortIndicatorSection()], header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder

    def show_rows(self, rows: array[int], *, again: bool = False) -> None:
        """Shows these rows; what was selected and current stays so where it is still there.

        With `again`, they answer the same question as those before: then the lines stay where they are on the screen.
        """
        selected, current = self.selected_rows(), self.current_row()
        top, below = self.rowAt(0), self.verticalScrollBar().value() % LINE_HEIGHT
        kept = self.rows_model.rows[top : top + 1] if again and top >= 0 else array("q")
        self._resetting = True
        self.rows_model.set_rows(rows)
        self._select_again(selected, current, scroll=not again)
        self._resetting = False
        for place in self.rows_model.places_of(kept):
            self.verticalScrollBar().setValue(place * LINE_HEIGHT + below)
        self.chosen.emit()

    def select_next_time(self) -> None:
        """When the selected lines are gone from the next rows shown, the line in their place is selected."""
        parts = self._selected_parts()
        self._next_place = min(top for top, _ in parts) if parts else -1

    def _select_again(self, selected: array[int], current: int | None, *, scroll: bool) -> None:
        chosen = QItemSelection()
        last = len(COLUMNS) - 1
        stretches = _stretches(self.rows_model.places_of(selected))
        for top, bottom in stretches if len(stretches) <= KEPT_STRETCHES else []:
            chosen.select(self.rows_model.index(top, 0), self.rows_model.index(bottom, last))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        for place in self.rows_model.places_of([] if current is None else [current]):
            index = self.rows_model.index(place, 0)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            if scroll:
                self.scrollTo(index)
        place, self._next_place = min(self._next_place, len(self.rows_model.rows) - 1), -1
        if place >= 0 and chosen.isEmpty():
            self.selectRow(place)

    def select_row(self, row: int) -> bool:
        """Selects one guideline and shows it; False where it is not in the list."""
        places = self.rows_model.places_of([row])
        if places:
            line = self.rows_model.index(places[0], 0)
            flags = QItemSelectionModel.SelectionFlag  # selectRow would take the line out again while Ctrl is held
            self.selectionModel().setCurrentIndex(line, flags.ClearAndSelect | flags.Rows)
            self.scrollTo(line)
        return bool(places)

    def selected_count(self) -> int:
        """How many lines are selected."""
        return sum(bottom - top + 1 for top, bottom in self._selected_parts())

    def selected_rows(self) -> array[int]:
        """The row numbers of the selected lines."""
        found: array[int] = array("q")
        for top, bottom in self._selected_parts():
            found.extend(self.rows_model.rows[top : bottom + 1])
        return found

    def _selected_parts(self) -> list[tuple[int, int]]:
        """First and last line of every stretch of selected lines: a list of all lines could be long."""
        selection = self.selectionModel().selection()
        parts = [selection.at(number) for number in range(selection.count())]
        return [(part.top(), part.bottom()) for part in parts]

    def current_row(self) -> int | None:
        """The row number of the line with the keyboard focus."""
        place = self.currentIndex().row()
        return self.rows_model.rows[place] if 0 <= place < len(self.rows_model.rows) else None

    def _tell(self) -> None:
        if not self._resetting:
            self.chosen.emit()

    def _on_double_click(self, index: Index) -> None:
        self.open_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selected_count():
            self.open_wanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        line = self.visualRect(self.currentIndex())
        self.menu_wanted.emit(self.viewport().mapToGlobal(line.bottomLeft()) if by_key else event.globalPos())

    def offer_columns(self, place: QPoint | None = None) -> None:
        """Opens the menu of columns, at `place` in the header."""
        header = self.horizontalHeader()
        self.columns_menu().popup(header.mapToGlobal(place or QPoint(0, header.height())))

    def columns_menu(self) -> QMenu:
        """A menu that shows and hides columns; the name stays."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for place, column in enumerate(COLUMNS):
            title = str(self.rows_model.headerData(place, Qt.Orientation.Horizontal))
            action = QAction(title, menu, checkable=True, checked=not self.isColumnHidden(place))
            action.setEnabled(column != "name")
            action.setData(place)
            menu.addAction(action)
        menu.triggered.connect(self._show_column)
        return menu

    def _show_column(self, action: QAction) -> None:
        self.setColumnHidden(action.data(), not action.isChecked())

    def columns_state(self) -> QByteArray:
        """Widths, order and visibility of the columns, for `restore_columns`."""
        return self.horizontalHeader().saveState()

    def restore_columns(self, state: QByteArray) -> None:
        """Sets the columns as `state` has them, and what they are sorted by; nothing where it does not fit."""
        if not state.isEmpty():
            header = self.horizontalHeader()
            header.blockSignals(True)  # nobody has asked for anything yet
            header.restoreState(state)
            if not 0 <= header.sortIndicatorSection() < len(COLUMNS):
                self._show_first_order()
            header.blockSignals(False)


def _stretches(places: list[int]) -> list[tuple[int, int]]:
    """First and last of every stretch of numbers that follow each other; `places` go up."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and found[-1][1] == place - 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


class LineDelegate(QStyledItemDelegate):
    """Marks the line with the keyboard focus by a bar at its left edge. Has no signals."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        view = self.parent()
        if not isinstance(view, GuidelineTable) or not view.hasFocus():
            return
        header = view.horizontalHeader()
        if index.row() == view.currentIndex().row() and header.visualIndex(index.column()) == 0:
            box = option.rect
            painter.fillRect(box.left(), box.top(), 3, box.height() - 1, colours().accent)
