"""The Guidelines page: filter, list, and the chosen guideline beside them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.core.domain import Guideline, GuidelineFilter
from lora_studio.core.library.browse import Facets, row_of
from lora_studio.gui.guidelines import changes
from lora_studio.gui.guidelines.detail import DetailPanel
from lora_studio.gui.guidelines.filter_panel import FilterPanel
from lora_studio.gui.guidelines.finder import Finder, Found
from lora_studio.gui.guidelines.list_pane import ListPane
from lora_studio.gui.guidelines.model import FIRST_ORDER
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.worker import Work, in_background

if TYPE_CHECKING:
    from lora_studio.gui.guidelines.empty import EmptyLibrary

UNDO_SECONDS = 20
COLUMNS_KEY = "guidelines/columns-1"
"""Goes up when the columns change, so that what was kept of others is not applied to them."""


class GuidelinesPage(QWidget):
    """Signals: shown() when the table holds the answer to the newest question; export_wanted()."""

    shown = Signal()
    export_wanted = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.total = 0
        self._facets: Facets | None = None
        self._select_next = ""
        self._narrow, self._filter_kept = False, True
        self.finder = Finder(studio.library, self)
        self.finder.look(GuidelineFilter(), "", *FIRST_ORDER)  # the library answers while the window is being built
        self.filter = FilterPanel(self)
        self.list = ListPane(studio.library, self)
        self.table = self.list.table
        self.detail = DetailPanel(studio, self)
        self.empty: EmptyLibrary | None = None
        self.notice = Notice()
        self._selection = Latest(self, pause_ms=0)
        self._build()
        self._connect_reading()
        self._connect_writing()

    def _build(self) -> None:
        right = QWidget()
        margins = QVBoxLayout(right)
        margins.setContentsMargins(0, 16, 0, 0)
        margins.addWidget(self.detail)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(16)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.list)
        self.splitter.addWidget(right)
        self.splitter.setSizes([600, 400])
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        full = QWidget()
        line = QHBoxLayout(full)
        line.setContentsMargins(16, 0, 16, 0)
        line.setSpacing(8)
        line.addWidget(self.filter)
        line.addWidget(self.splitter, 1)
        self._state = QStackedWidget()
        self._state.addWidget(full)
        noticed = QHBoxLayout()
        noticed.setContentsMargins(16, 0, 16, 0)
        noticed.addWidget(self.notice)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.setSpacing(12)
        layout.addWidget(self._state, 1)
        layout.addLayout(noticed)

    def _connect_reading(self) -> None:
        self.list.asked.connect(self.look)
        self.list.show_all_wanted.connect(self.show_all)
        self.list.filter_toggled.connect(self._on_filter_toggled)
        self.filter.changed.connect(self.look)
        self.finder.found.connect(self._on_found)
        self.finder.counted.connect(self._on_counted)
        self.table.chosen.connect(self._on_chosen)
        self._selection.succeeded.connect(self._note_selection)
        self._studio.guidelines_changed.connect(self.reload)
        self._studio.settings_changed.connect(self._on_chosen)
        for source in (self.finder, self.list.model, self.detail, self._selection):
            source.failed.connect(self._on_failure)

    def _connect_writing(self) -> None:
        self.table.open_wanted.connect(self.edit_current)
        self.table.delete_wanted.connect(self.delete_selected)
        self.detail.edit_wanted.connect(self._edit)
        self.detail.delete_wanted.connect(self.delete_selected)
        self.detail.export_wanted.connect(self.export_wanted)
        self.list.new_wanted.connect(self.new_guideline)
        undo = QShortcut(QKeySequence("Ctrl+Z"), self, self.undo)
        undo.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def set_narrow(self, narrow: bool) -> None:
        """In a small window the filter makes room, until the person asks for it."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.list.filter_button.setChecked(not narrow and self._filter_kept)

    def _on_filter_toggled(self, shown: bool) -> None:
        self.filter.setVisible(shown)
        if not self._narrow:
            self._filter_kept = shown

    def look(self) -> None:
        """Asks for what the search and the filter mean now; `shown` follows."""
        self.finder.look(self.filter.wanted(), self.list.search.text(), *self.table.order)

    def reload(self) -> None:
        """Asks again, because the library changed."""
        self.finder.forget()
        self.look()

    def is_busy(self) -> bool:
        """Whether anything on the page is still being read."""
        return self.finder.is_busy() or self.detail.is_busy() or self._selection.is_busy()

    def _on_found(self, found: Found) -> None:
        self.total = found.order.total
        self._show_state(found.order.total)
        self.list.show_rows(found.rows, found.order.total)
        if self._select_next:
            self._select_saved()
        self.shown.emit()

    def _show_state(self, total: int) -> None:
        """The list, or for an empty library the ways in, made when they are first needed."""
        if self.empty is None and not total:
            from lora_studio.gui.guidelines.empty import EmptyLibrary

            self.empty = EmptyLibrary()
            self.empty.new_wanted.connect(self.new_guideline)
            self.empty.starter_wanted.connect(self._add_starter_set)
            self._state.addWidget(self.empty)
        self._state.setCurrentIndex(0 if total else 1)
        if self.empty is not None:
            self.empty.set_busy(False)

    def _on_counted(self, facets: Facets) -> None:
        self._facets = facets
        self.filter.show_facets(facets)

    def _on_chosen(self) -> None:
        """Shows the chosen guideline. Several are noted as the selection; a single one is only being read."""
        rows = self.table.selected_rows()
        if len(rows) == 1:
            self.detail.show_row(rows[0])
        else:
            self.detail.show_count(len(rows))
        if len(rows) > 1 or self._selection.is_busy():
            noted = rows if len(rows) > 1 else rows[:0]
            self._selection.ask(partial(changes.read_ids, self._studio.library, noted))
        else:
            self._note_selection(())

    def _note_selection(self, ids: changes.Ids) -> None:
        self._studio.choose(self.filter.wanted(), self.list.search.text(), ids)

    def _select_saved(self) -> None:
        guideline_id, self._select_next = self._select_next, ""
        row = row_of(self._studio.library, guideline_id)
        if row is not None and not self.table.select_row(row):
            self.notice.say(self.tr("Saved, but the search or the filter hides it."), "good", seconds=UNDO_SECONDS)
            self.notice.offer(self.tr("Show it"), partial(self._show_id, guideline_id))

    def _show_id(self, guideline_id: str) -> None:
        self._select_next = guideline_id
        self.notice.hide()
        self.show_all()

    def show_all(self) -> None:
        """Clears the search and the filter."""
        self.filter.clear()
        self.list.search.clear()
        self.look()

    def new_guideline(self) -> None:
        """Opens the dialog for a new guideline."""
        self._edit(None)

    def edit_current(self) -> None:
        """Opens the dialog for the guideline that is shown."""
        if self.detail.reading is not None:
            self._edit(self.detail.reading.guideline)

    def _edit(self, guideline: Guideline | None) -> None:
        # Here, because the window opens sooner without it.
        from lora_studio.gui.guidelines.editor import EditorDialog
        from lora_studio.gui.guidelines.form import Known

        known = Known()
        if self._facets is not None:
            scopes = [scope for scope, _ in self._facets.scopes]
            known = Known([name for name, _ in self._facets.categories], scopes)
        dialog = EditorDialog(self._studio.library, guideline, known, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, guideline: Guideline) -> None:
        self._select_next = guideline.id
        self._studio.guidelines_changed.emit()

    def delete_selected(self) -> None:
        """Deletes the selected guidelines; what is offered then brings them back. The line after them is next."""
        rows = self.table.selected_rows()
        if len(rows):
            self.table.select_next_time()
            self._change(partial(changes.delete, self._studio.library, rows), self._on_deleted)

    def _on_deleted(self, ids: changes.Ids) -> None:
        said = self.tr("Deleted 1 guideline") if len(ids) == 1 else self.tr("Deleted {0} guidelines")
        self.notice.say(said.format(f"{len(ids):,}"), seconds=UNDO_SECONDS)
        self.notice.offer(self.tr("Undo"), partial(self._restore, ids))
        self._studio.guidelines_changed.emit()

    def undo(self) -> None:
        """Does what the notice offers, as a click on it would."""
        if self.notice.isVisible() and self.notice.offers:
            self.notice.offers[0].click()

    def _restore(self, ids: changes.Ids) -> None:
        self.notice.hide()
        self._change(partial(changes.restore, self._studio.library, ids), self._on_changed)

    def _add_starter_set(self) -> None:
        if self.empty is not None:
            self.empty.set_busy(True)
        self._change(partial(changes.add_starters, self._studio.library), self._on_changed)

    def _on_changed(self, count: int) -> None:
        if not count:
            self.notice.say(self.tr("The starter set is for a library that never had a guideline."), "warning")
        self._studio.guidelines_changed.emit()

    def _change(self, work: Work, done: Callable[..., None]) -> None:
        in_background(self, work, done, self._on_failure)

    def _on_failure(self, error: Exception) -> None:
        if self.empty is not None:
            self.empty.set_busy(False)
        from lora_studio.gui.messages import show_error

        show_error(self, error)

    def save_view(self, kept: QSettings) -> None:
        """Remembers columns, splitter and whether the filter is shown."""
        kept.setValue(COLUMNS_KEY, self.table.columns_state())
        kept.setValue("guidelines/splitter", self.splitter.saveState())
        kept.setValue("guidelines/filter", self._filter_kept)

    def restore_view(self, kept: QSettings) -> None:
        """Sets what `save_view` remembered."""
        self.table.restore_columns(_bytes(kept, COLUMNS_KEY))
        self.splitter.restoreState(_bytes(kept, "guidelines/splitter"))
        self._filter_kept = bool(kept.value("guidelines/filter", True, type=bool))
        self.list.filter_button.setChecked(self._filter_kept)


def _bytes(kept: QSettings, key: str) -> QByteArray:
    value = kept.value(key, QByteArray(), type=QByteArray)
    return value if isinstance(value, QByteArray) else QByteArray()
