"""The Guidelines page: filter, search and table, and the chosen guideline beside them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.core.domain import OWNER, Guideline
from lora_studio.core.library.browse import Facets, ids_of, row_of
from lora_studio.core.library.guidelines import set_deleted
from lora_studio.core.library.store import Library
from lora_studio.core.starter import add_starter_set
from lora_studio.gui.guidelines.detail import DetailPanel
from lora_studio.gui.guidelines.empty import EmptyLibrary
from lora_studio.gui.guidelines.filter_panel import FilterPanel
from lora_studio.gui.guidelines.finder import Finder, Found
from lora_studio.gui.guidelines.model import GuidelineModel
from lora_studio.gui.guidelines.table import GuidelineTable
from lora_studio.gui.latest import Latest
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.widgets.parts import button, label, picture, tool
from lora_studio.gui.worker import in_background

UNDO_SECONDS = 20
Progress = Callable[[int, int], None]


class GuidelinesPage(QWidget):
    """Signals: shown() when the table holds the answer to the newest question; export_wanted()."""

    shown = Signal()
    export_wanted = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.total = 0
        self._facets: Facets | None = None
        self._select_next: str | None = None
        self.finder = Finder(studio.library, self)
        self.model = GuidelineModel(studio.library, self)
        self.filter = FilterPanel(self)
        self.table = GuidelineTable(self.model, self)
        self.detail = DetailPanel(studio, self)
        self.empty = EmptyLibrary()
        self.notice = Notice()
        self.search = QLineEdit()
        self.count = label("", "secondary")
        self._selection = Latest(self, pause_ms=0)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(16)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self._middle())
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        full = QWidget()
        line = QHBoxLayout(full)
        line.setContentsMargins(0, 0, 16, 0)
        line.setSpacing(8)
        line.addWidget(self.filter)
        line.addWidget(self.splitter, 1)
        self._state = QStackedWidget()
        self._state.addWidget(full)
        self._state.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._state)

    def _middle(self) -> QWidget:
        middle = QWidget()
        middle.setMinimumWidth(320)
        box = QFrame()
        box.setProperty("panel", "true")
        self._lists = QStackedWidget()
        self._lists.addWidget(self.table)
        self._lists.addWidget(self._nothing_found())
        inner = QVBoxLayout(box)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(self._lists)
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 16, 0, 12)
        layout.setSpacing(12)
        layout.addLayout(self._head())
        layout.addWidget(self.search)
        layout.addWidget(box, 1)
        layout.addWidget(self.notice)
        self.detail.setContentsMargins(0, 0, 0, 0)
        return middle

    def _head(self) -> QHBoxLayout:
        self.new_button = button(self.tr("New guideline"), "primary", "plus")
        self.new_button.setToolTip(self.tr("New guideline (Ctrl+N)"))
        self.filter_button = tool(self.tr("Show or hide the filter"), "list-filter")
        self.filter_button.setCheckable(True)
        self.filter_button.setChecked(True)
        self.search.setPlaceholderText(self.tr("Search names, content, tags and examples"))
        self.search.setAccessibleName(self.tr("Search guidelines"))
        self._glass, self._clear = QAction(self), QAction(self.tr("Clear the search"), self)
        show_icon(self._glass, "search")
        show_icon(self._clear, "x", size=14)
        self._clear.setVisible(False)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.search.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Guidelines"), "page"))
        head.addWidget(self.count, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch()
        head.addWidget(self.filter_button)
        head.addWidget(self.new_button)
        return head

    def _nothing_found(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setSpacing(8)
        layout.addStretch(2)
        layout.addWidget(picture("search", "faint", 20), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(label(self.tr("No guideline matches"), "lead"), 0, Qt.AlignmentFlag.AlignHCenter)
        self.show_all_button = button(self.tr("Clear search and filter"), "link")
        layout.addWidget(self.show_all_button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        return page

    def _connect(self) -> None:
        self.search.textChanged.connect(self.look)
        self._clear.triggered.connect(self.search.clear)
        self.filter.changed.connect(self.look)
        self.filter_button.toggled.connect(self.filter.setVisible)
        self.model.sort_wanted.connect(self.look)
        self.finder.found.connect(self._on_found)
        self.finder.counted.connect(self._on_counted)
        self.table.chosen.connect(self._on_chosen)
        self.table.open_wanted.connect(self.edit_current)
        self.table.delete_wanted.connect(self.delete_selected)
        self.detail.edit_wanted.connect(self._edit)
        self.detail.delete_wanted.connect(self.delete_selected)
        self.detail.export_wanted.connect(self.export_wanted)
        for source in (self.finder, self.model, self.detail, self._selection):
            source.failed.connect(self._on_failure)
        self._selection.succeeded.connect(self._note_selection)
        self.new_button.clicked.connect(self.new_guideline)
        self.show_all_button.clicked.connect(self.show_all)
        self.empty.new_wanted.connect(self.new_guideline)
        self.empty.starter_wanted.connect(self._add_starter_set)
        self._studio.guidelines_changed.connect(self.reload)
        self._studio.settings_changed.connect(self._on_chosen)
        into_table = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search, self._go_to_table)
        out_of_search = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.search, self.search.clear)
        undo = QShortcut(QKeySequence.StandardKey.Undo, self.table, self._undo)
        for shortcut in (into_table, out_of_search, undo):
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)

    def look(self) -> None:
        """Asks for what the search and the filter mean now; `shown` follows."""
        text = self.search.text()
        self._clear.setVisible(bool(text))
        self.finder.look(self.filter.wanted(), text, *self.table.order)

    def reload(self) -> None:
        """Asks again, because the library changed."""
        self.finder.forget()
        self.look()

    def is_busy(self) -> bool:
        """Whether anything on the page is still being read."""
        return self.finder.is_busy() or self.detail.is_busy() or self._selection.is_busy()

    def _on_found(self, found: Found) -> None:
        self.total = found.total
        self.table.show_rows(found.rows)
        self._state.setCurrentIndex(0 if found.total else 1)
        self._lists.setCurrentIndex(0 if len(found.rows) else 1)
        if self._select_next is not None:
            self._select_id(self._select_next)
        number = f"{found.total:,}"
        if len(found.rows) != found.total:
            number = self.tr("{0} of {1} match").format(f"{len(found.rows):,}", number)
        self.count.setText(number)
        self._note_selection(self._studio.selected)
        self.shown.emit()

    def _on_counted(self, facets: Facets) -> None:
        self._facets = facets
        self.filter.show_facets(facets)

    def _on_chosen(self) -> None:
        """Shows the chosen guideline, and notes the selection once it is one: a single line is only being read."""
        rows = self.table.selected_rows()
        if len(rows) == 1:
            self.detail.show_row(rows[0])
        else:
            self.detail.show_count(len(rows))
        self._selection.ask(partial(_ids, self._studio.library, rows if len(rows) > 1 else rows[:0]))

    def _note_selection(self, ids: tuple[str, ...]) -> None:
        self._studio.choose(self.filter.wanted(), self.search.text(), ids)

    def _select_id(self, guideline_id: str) -> None:
        row = row_of(self._studio.library, guideline_id)
        self._select_next = None
        if row is not None and not self.table.select_row(row):
            self.notice.say(self.tr("Saved. The search or the filter hides it."), "good", seconds=UNDO_SECONDS)
            self.notice.offer(self.tr("Show it"), partial(self._show_id, guideline_id))

    def _show_id(self, guideline_id: str) -> None:
        self._select_next = guideline_id
        self.notice.hide()
        self.show_all()

    def show_all(self) -> None:
        """Clears the search and the filter."""
        self.filter.clear()
        self.search.clear()
        self.look()

    def go_to_search(self) -> None:
        """Puts the cursor into the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _go_to_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.table.selected_count():
            self.table.selectRow(0)

    def new_guideline(self) -> None:
        """Opens the dialog for a new guideline."""
        self._edit(None)

    def edit_current(self) -> None:
        """Opens the dialog for the guideline that is shown."""
        if self.detail.reading is not None:
            self._edit(self.detail.reading.guideline)

    def _edit(self, guideline: Guideline | None) -> None:
        from lora_studio.gui.guidelines.editor import EditorDialog, Known

        facets = self._facets
        known = Known([name for name, _ in facets.categories], [scope for scope, _ in facets.scopes]) if facets else Known()
        dialog = EditorDialog(self._studio.library, guideline, known, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, guideline: Guideline) -> None:
        self._select_next = guideline.id
        self._studio.guidelines_changed.emit()

    def delete_selected(self) -> None:
        """Deletes the selected guidelines; what is offered then brings them back."""
        rows = self.table.selected_rows()
        if len(rows):
            self._in_background(partial(_delete, self._studio.library, rows), self._on_deleted)

    def _on_deleted(self, ids: tuple[str, ...]) -> None:
        said = self.tr("Deleted 1 guideline") if len(ids) == 1 else self.tr("Deleted {0} guidelines")
        self.notice.say(said.format(f"{len(ids):,}"), seconds=UNDO_SECONDS)
        self.notice.offer(self.tr("Undo"), partial(self._restore, ids))
        self._studio.guidelines_changed.emit()

    def _undo(self) -> None:
        if self.notice.isVisible() and self.notice.offers:
            self.notice.offers[0].click()

    def _restore(self, ids: tuple[str, ...]) -> None:
        self.notice.hide()
        self._in_background(partial(_restore, self._studio.library, ids), self._on_changed)

    def _add_starter_set(self) -> None:
        self.empty.set_busy(True)
        self._in_background(partial(_add_starter_set, self._studio.library), self._on_changed)

    def _on_changed(self, result: object) -> None:
        self.empty.set_busy(False)
        self._studio.guidelines_changed.emit()

    def _in_background(self, work: Callable[[Progress], object], done: Callable[..., None]) -> None:
        in_background(self, work, done, self._on_failure)

    def _on_failure(self, error: Exception) -> None:
        self.empty.set_busy(False)
        show_error(self, error)

    def save_view(self, kept: QSettings) -> None:
        """Remembers columns, splitter and whether the filter is shown."""
        kept.setValue("guidelines/columns", self.table.columns_state())
        kept.setValue("guidelines/splitter", self.splitter.saveState())
        kept.setValue("guidelines/filter", self.filter_button.isChecked())

    def restore_view(self, kept: QSettings) -> None:
        """Sets what `save_view` remembered."""
        self.table.restore_columns(_bytes(kept, "guidelines/columns"))
        self.splitter.restoreState(_bytes(kept, "guidelines/splitter"))
        self.filter_button.setChecked(bool(kept.value("guidelines/filter", True, type=bool)))
