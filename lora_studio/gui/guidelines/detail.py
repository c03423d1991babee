"""The right side of the page: the chosen guideline, or what can be done with several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.core.domain import Guideline
from lora_studio.core.drafts import Unsaved
from lora_studio.core.errors import StudioError
from lora_studio.gui.guidelines.draft_bar import DraftBar
from lora_studio.gui.guidelines.states import Trouble, quiet_page
from lora_studio.gui.latest import Latest, delete_when_idle
from lora_studio.gui.studio import Studio

if TYPE_CHECKING:  # the window opens sooner without what it takes to read one
    from lora_studio.gui.guidelines.bulk import BulkPanel
    from lora_studio.gui.guidelines.editor import Editor
    from lora_studio.gui.guidelines.form import Known
    from lora_studio.gui.guidelines.read import Reading, Saved
    from lora_studio.gui.guidelines.reading import ReadingView

Progress = Callable[[int, int], None]
NO_ROW = -1
SLOW_MS = 200
"""After so long it is said that a guideline is being read."""


class DetailPanel(QFrame):
    """Shows one guideline, or what to do when several or none are selected; and writes one, in the same place.

    Signals: edit_wanted(Guideline), delete_wanted(), export_wanted(), failed(error); of several: change_wanted(Edit),
    all_wanted() for all that match; saved(old, new) with two Guidelines, the first None for a new one, once the
    library has it; writing_began(), writing_ended().
    """

    edit_wanted = Signal(object)
    delete_wanted = Signal()
    export_wanted = Signal()
    failed = Signal(object)
    change_wanted = Signal(object)
    all_wanted = Signal()
    saved = Signal(object, object)
    writing_began = Signal()
    writing_ended = Signal()

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        self._row = NO_ROW
        self._known: Known | None = None
        self.view: ReadingView | None = None
        self.several: BulkPanel | None = None
        self.editor: Editor | None = None
        self.setProperty("panel", "true")
        self.setMinimumWidth(300)
        self._latest = Latest(self)
        self._latest.succeeded.connect(self._on_read)
        self._latest.failed.connect(self._on_failure)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._on_slow)
        self.drafts = DraftBar(studio.home.drafts)
        self.drafts.continue_wanted.connect(self.resume)
        self.drafts.failed.connect(self.failed)
        self._pages = QStackedWidget()
        self._nothing = quiet_page(self.tr("Choose a guideline to read it"))
        self._waiting = quiet_page(self.tr("Reading…"))
        self.trouble = Trouble()
        self.trouble.again_wanted.connect(self._read_again)
        for page in (self._nothing, self._waiting, self.trouble):
            self._pages.addWidget(page)
        noticed = QHBoxLayout()
        noticed.setContentsMargins(8, 8, 8, 0)
        noticed.addWidget(self.drafts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(noticed)
        layout.addWidget(self._pages, 1)
        self.drafts.load()

    @property
    def reading(self) -> Reading | None:
        """What is shown of a guideline; None when none is."""
        return self.view.reading if self.view and self._pages.currentWidget() is self.view else None

    def show_row(self, row: int) -> None:
        """Reads and shows the guideline in `row`; what is shown stays until then.

        Text that is being written is put aside and offered again, unless `row` is where the writing began.
        """
        if self.editor is not None:
            if row == self._row or self.editor.is_busy():
                return
            self._put_aside()
        self._row = row
        self._read_again()

    def _read_again(self) -> None:
        self._slow.start()
        self._latest.ask(_Reader(self._studio, self._row))

    def show_count(self, count: int) -> None:
        """Shows that nothing is selected (0), or how many are."""
        if self.editor is not None:
            if not count or self.editor.is_busy():
                return  # a search that hides the guideline is no reason to stop writing
            self._put_aside()
        self._row = NO_ROW
        self._slow.stop()
        if self._latest.is_busy():
            self._latest.ask(_nothing_to_read)
        if not count:
            self._pages.setCurrentWidget(self._nothing)
            return
        if self.several is None:
            from lora_studio.gui.guidelines.bulk import BulkPanel

            self.several = BulkPanel()
            self.several.export_wanted.connect(self.export_wanted)
            self.several.delete_wanted.connect(self.delete_wanted)
            self.several.change_wanted.connect(self.change_wanted)
            self.several.all_wanted.connect(self.all_wanted)
            self._pages.addWidget(self.several)
        self.several.show_count(count)
        self._pages.setCurrentWidget(self.several)

    def is_busy(self) -> bool:
        """Whether a guideline is still being read or saved."""
        view, editor = self.view, self.editor
        shown = view is not None and self._pages.currentWidget() is view and view.is_busy()
        return self._latest.is_busy() or shown or (editor is not None and editor.is_busy()) or self.drafts.is_busy()

    def is_writing(self) -> bool:
        """Whether the form is open."""
        return self.editor is not None

    def _on_slow(self) -> None:
        if self._latest.is_busy() and self.editor is None:
            self._pages.setCurrentWidget(self._waiting)

    def _on_read(self, reading: Reading | None) -> None:
        self._slow.stop()
        if reading is None or self.editor is not None:
            return
        if self.view is None:
            self._make_view()
        assert self.view is not None
        self.view.show_reading(reading)
        self._pages.setCurrentWidget(self.view)

    def _make_view(self) -> None:
        from lora_studio.gui.guidelines.reading import ReadingView

        kept = QSettings(str(self._studio.home.path / "window.ini"), QSettings.Format.IniFormat)
        self.view = ReadingView(self._studio, kept)
        self.view.edit_wanted.connect(self.edit_wanted)
        self.view.delete_wanted.connect(self.delete_wanted)
        self.view.saved.connect(self._on_restored)
        self.view.failed.connect(self._on_trouble)
        self._pages.addWidget(self.view)

    def _on_failure(self, error: Exception) -> None:
        """What keeps a guideline from being read is said in its place; anything else is our mistake."""
        self._slow.stop()
        if self.editor is None and isinstance(error, StudioError):
            self.trouble.say(error.message)
            self._pages.setCurrentWidget(self.trouble)
        else:
            self.failed.emit(error)

    def _on_trouble(self, error: Exception) -> None:
        if self.view is not None and isinstance(error, StudioError):
            self.view.state.say(error.message, "bad")
        else:
            self.failed.emit(error)

    def edit(self, guideline: Guideline | None, known: Known) -> None:
        """Opens the form for `guideline`, or for a new one; goes on with what was begun of it."""
        self._known = known
        if self.editor is not None:
            if self.editor.is_busy() or (guideline is not None and self.editor.key == guideline.id):
                self.editor.begin()
                return
            if guideline is None and self.editor.key.startswith("new") and self.editor.unsaved() is None:
                self.editor.begin()
                return
            self._put_aside()
        begun = self.drafts.of(guideline.id) if guideline else None
        editor = self._open(begun.old if begun else guideline, known)
        if begun:
            editor.resume(begun)

    def resume(self, unsaved: Unsaved) -> None:
        """Goes on with what was put aside."""
        from lora_studio.gui.guidelines.form import Known

        if self.editor is None:
            self._open(unsaved.old, self._known or Known()).resume(unsaved)

    def _open(self, guideline: Guideline | None, known: Known) -> Editor:
        from lora_studio.gui.guidelines.editor import Editor

        editor = self.editor = Editor(self._studio.library, guideline, known)
        editor.saved.connect(self._on_saved)
        editor.closed.connect(self._on_closed)
        editor.kept.connect(self._note)
        self._pages.addWidget(editor)
        self._pages.setCurrentWidget(editor)
        self.drafts.set_quiet(True)
        self.writing_began.emit()
        editor.begin()
        return editor

    def _note(self) -> None:
        """Keeps what was typed so far, so that not even a crash loses it."""
        if self.editor is not None and (unsaved := self.editor.unsaved()):
            self.drafts.note(unsaved)

    def _put_aside(self) -> None:
        """Closes the form; what is not saved stays on offer."""
        if self.editor is not None:
            unsaved = self.editor.unsaved()
            if unsaved:
                self.drafts.note(unsaved)
            else:
                self.drafts.drop(self.editor.key)
            self._end_writing()

    def _end_writing(self) -> None:
        editor, self.editor = self.editor, None
        if editor is not None:
            self._pages.removeWidget(editor)
            editor.hide()
            delete_when_idle(editor)
        self._pages.setCurrentWidget(self.view if self.view and self._row != NO_ROW else self._nothing)
        self.drafts.set_quiet(False)
        self.writing_ended.emit()

    def _on_saved(self, done: Saved) -> None:
        if self.editor is not None:
            self.drafts.drop(self.editor.key)
            self._end_writing()
        self.saved.emit(done.old, done.new)

    def _on_restored(self, done: Saved) -> None:
        self.saved.emit(done.old, done.new)

    def _on_closed(self) -> None:
        if self.editor is not None:
            self.drafts.drop(self.editor.key)
            self._end_writing()
            if self._row != NO_ROW:
                self._read_again()

    def hideEvent(self, event: QHideEvent) -> None:
        """The window may be closing: what is not saved is safe before that."""
        super().hideEvent(event)
        if self.editor is not None and not self.editor.is_busy() and (unsaved := self.editor.unsaved()):
            self.drafts.note(unsaved)
        self.drafts.flush()


class _Reader:
    """The work of reading one guideline; imports in the thread what only that needs."""

    def __init__(self, studio: Studio, row: int) -> None:
        self._library, self._templates, self._row = studio.library, studio.settings.templates, row

    def __call__(self, progress: Progress) -> Any:
        from lora_studio.gui.guidelines.read import read

        return read(self._library, self._templates, self._row, progress)


def _nothing_to_read(progress: Progress) -> None:
    """Takes the place of a reading that is no longer wanted."""
