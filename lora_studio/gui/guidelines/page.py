"""The Guidelines page: filter, list, and the chosen guideline beside them."""

from __future__ import annotations

from array import array
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.core.domain import Guideline, GuidelineFilter
from lora_studio.core.errors import StudioError
from lora_studio.core.library.browse import row_of
from lora_studio.core.library.changes import Edit
from lora_studio.core.library.facets import Facets
from lora_studio.gui.guidelines import changes, kept_view
from lora_studio.gui.guidelines.detail import DetailPanel
from lora_studio.gui.guidelines.filter_panel import FilterPanel
from lora_studio.gui.guidelines.finder import Finder, Found
from lora_studio.gui.guidelines.list_pane import ListPane
from lora_studio.gui.guidelines.model import FIRST_ORDER
from lora_studio.gui.guidelines.page_commands import PageCommands
from lora_studio.gui.guidelines.undo_bar import UNDO_SECONDS, UndoBar
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio

if TYPE_CHECKING:
    from lora_studio.gui.guidelines.empty import EmptyLibrary


class GuidelinesPage(QWidget):
    """Signals: shown() when the table holds the answer to the newest question; export_wanted(), import_wanted()."""

    shown = Signal()
    export_wanted = Signal()
    import_wanted = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.total = 0
        self._facets: Facets | None = None
        self._select_next = ""
        self._question: tuple[object, ...] = ()
        self._narrow, self.filter_kept = False, True
        self.finder = Finder(studio.library, self)
        self.finder.look(GuidelineFilter(), "", *FIRST_ORDER)  # the library answers while the window is being built
        self.filter = FilterPanel(self)
        self.list = ListPane(studio.library, self)
        self.table = self.list.table
        self.detail = DetailPanel(studio, self)
        self.empty: EmptyLibrary | None = None
        self.history = studio.history
        self.bar = UndoBar(self.history, self)
        self.notice = self.bar.notice
        self._selection = Latest(self, pause_ms=0)
        self._build()
        self._connect_reading()
        self._connect_writing()
        self.commands = PageCommands(self)

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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._state, 1)
        layout.addWidget(self.bar)

    def _connect_reading(self) -> None:
        self.list.asked.connect(self.look)
        self.list.show_all_wanted.connect(self.show_all)
        self.list.again_wanted.connect(self.reload)
        self.list.filter_toggled.connect(self._on_filter_toggled)
        self.filter.changed.connect(self.look)
        self.finder.found.connect(self._on_found)
        self.finder.counted.connect(self._on_counted)
        self.table.chosen.connect(self._on_chosen)
        self._selection.succeeded.connect(self._note_selection)
        self.studio.guidelines_changed.connect(self.reload)
        self.studio.settings_changed.connect(self._on_chosen)
        for source in (self.finder, self.list.model, self.detail, self._selection):
            source.failed.connect(self._on_failure)

    def _connect_writing(self) -> None:
        self.table.open_wanted.connect(self.edit_current)
        self.detail.edit_wanted.connect(self._edit)
        self.detail.saved.connect(self._on_saved)
        self.detail.writing_began.connect(self._show_list)
        self.detail.writing_ended.connect(self._show_ways_in)
        self.detail.delete_wanted.connect(self.delete_selected)
        self.detail.export_wanted.connect(self.export_wanted)
        self.list.new_wanted.connect(self.new_guideline)
        self.list.import_wanted.connect(self.import_wanted)
        self.detail.change_wanted.connect(self.change_selected)
        self.detail.all_wanted.connect(self.table.selectAll)
        self.history.ended.connect(self._on_change_ended)

    def set_narrow(self, narrow: bool) -> None:
        """In a small window the filter makes room, until the person asks for it."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.list.filter_button.setChecked(not narrow and self.filter_kept)

    def _on_filter_toggled(self, shown: bool) -> None:
        self.filter.setVisible(shown)
        if not self._narrow:
            self.filter_kept = shown

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

    def is_read_only(self) -> bool:
        """Whether the library may be read but not written."""
        return self.list.is_read_only

    def _on_found(self, found: Found) -> None:
        self.total = found.order.total
        self._show_state(found.order.total)
        self.list.show_read_only(self._why_read_only())
        self.list.show_rows(found.rows, found.order.total, again=found.question == self._question)
        self._question = found.question
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
            self.empty.import_wanted.connect(self.import_wanted)
            self._state.addWidget(self.empty)
        self._state.setCurrentIndex(0 if total or self.detail.is_writing() else 1)

    def _why_read_only(self) -> str:
        if not self.studio.library.is_read_only():
            return ""
        return self.tr("This library can only be read: its file or folder may not be written by you.")

    def _show_list(self) -> None:
        self._state.setCurrentIndex(0)

    def _show_ways_in(self) -> None:
        self._show_state(self.total)

    def _on_counted(self, facets: Facets) -> None:
        self._facets = facets
        self.filter.show_facets(facets)
        self._describe_selection()

    def _on_chosen(self) -> None:
        """Shows the chosen guideline. Several are noted as the selection; a single one is only being read."""
        rows = self.table.selected_rows()
        if len(rows) == 1:
            self.detail.show_row(rows[0])
        else:
            self.detail.show_count(len(rows))
        if len(rows) > 1 or self._selection.is_busy():
            noted = rows if len(rows) > 1 else rows[:0]
            self._selection.ask(partial(changes.read_selection, self.studio.library, self.finder.labels, noted))
        else:
            self.studio.choose(self.filter.wanted(), self.list.search.text(), ())
        self.commands.keep_up()

    def _describe_selection(self) -> None:
        """The counts came after the selection: what is selected can be told now."""
        if len(rows := self.table.selected_rows()) > 1:
            self._selection.ask(partial(changes.read_selection, self.studio.library, self.finder.labels, rows))

    def _note_selection(self, selection: changes.Selection) -> None:
        self.studio.choose(self.filter.wanted(), self.list.search.text(), selection.ids)
        several = self.detail.several
        if several is not None and selection.ids:
            several.show_matching(len(self.list.model.rows))
            several.allow(not self.is_read_only() and not self.history.is_busy())
            if self._facets is not None:
                several.offer(self._facets)
            if selection.described is not None:
                several.show_selected(selection.described)

    def _select_saved(self) -> None:
        guideline_id, self._select_next = self._select_next, ""
        row = row_of(self.studio.library, guideline_id)
        if row is not None and not self.table.select_row(row):
            self.notice.say(self.tr("Saved, but the search or the filter hides it."), "good", seconds=UNDO_SECONDS)
            self.notice.offer(self.tr("Show it"), partial(self.show_id, guideline_id))

    def show_id(self, guideline_id: str) -> None:
        """Shows and chooses one guideline, whatever was searched before."""
        self._select_next = guideline_id
        self.notice.hide()
        self.show_all()

    def show_all(self) -> None:
        """Clears the search and the filter."""
        self.filter.clear()
        self.list.search.clear()
        self.look()

    def new_guideline(self) -> None:
        """Opens the form for a new guideline."""
        self._edit(None)

    def edit_current(self) -> None:
        """Opens the form for the guideline that is shown, or goes on in the one that is open."""
        if self.detail.editor is not None:
            self.detail.editor.begin()
        elif self.detail.reading is not None:
            self._edit(self.detail.reading.guideline)

    def _edit(self, guideline: Guideline | None) -> None:
        if self.is_read_only() or (guideline is not None and guideline.deleted):
            return
        from lora_studio.gui.guidelines.form import known_of  # here, because the window opens sooner without it

        self.detail.edit(guideline, known_of(self._facets))

    def _on_saved(self, old: Guideline | None, new: Guideline) -> None:
        self._select_next = new.id
        self.history.note_saved(old, new)
        if old is not None and old.version == new.version:
            self._on_chosen()

    def change_selected(self, edit: Edit) -> None:
        """Does `edit` to the selected guidelines."""
        self._change(self.table.selected_rows(), edit)

    def delete_selected(self) -> None:
        """Deletes the selected guidelines; undo brings them back. The line after them is next."""
        self.table.select_next_time()
        self.change_selected(Edit(deleted=True))

    def _change(self, rows: array[int], edit: Edit) -> None:
        if len(rows) and not self.is_read_only():
            self.history.do(partial(changes.change, self.studio.library, rows, edit))

    def _add_starter_set(self) -> None:
        if self.empty is not None:
            self.empty.set_busy(True)
        self.history.do(partial(changes.add_starters, self.studio.library))

    def _on_change_ended(self) -> None:
        if self.empty is not None:
            self.empty.set_busy(False)

    def _on_failure(self, error: Exception) -> None:
        """What the library refuses to give is said in the list's place; anything else is our mistake."""
        if isinstance(error, StudioError):
            self._state.setCurrentIndex(0)
            self.list.show_trouble(error.message)
            return
        from lora_studio.gui.messages import show_error

        show_error(self, error)

    def save_view(self, kept: QSettings) -> None:
        """Remembers columns, splitter and whether the filter is shown."""
        kept_view.save_view(self, kept)

    def restore_view(self, kept: QSettings) -> None:
        """Sets what `save_view` remembered."""
        kept_view.restore_view(self, kept)
        if self.table.order != FIRST_ORDER:
            self.look()
