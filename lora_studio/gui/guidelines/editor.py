"""Writes a new guideline or changes one, in place, and says beside the fields what keeps it from being saved."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.domain import Guideline
from lora_studio.core.drafts import Unsaved
from lora_studio.core.errors import Conflict, StudioError
from lora_studio.core.library.store import Library
from lora_studio.core.review.diff import FieldDiff
from lora_studio.gui.commands import command, runs
from lora_studio.gui.guidelines.checks import faults
from lora_studio.gui.guidelines.diff import DiffView
from lora_studio.gui.guidelines.form import GuidelineForm, Known
from lora_studio.gui.guidelines.read import Saved, compare, newest, save
from lora_studio.gui.messages import show_error
from lora_studio.gui.widgets.parts import button, label
from lora_studio.gui.widgets.question import Question
from lora_studio.gui.worker import in_background

KEEP_AFTER_MS = 1_000


class Editor(QWidget):
    """Signals: saved(Saved) once the library has it; closed() when the person gave up writing; kept() when something
    was typed and then nothing for a second.
    """

    saved = Signal(object)
    closed = Signal()
    kept = Signal()

    def __init__(self, library: Library, old: Guideline | None, known: Known) -> None:
        super().__init__()
        self.key = old.id if old else f"new {uuid.uuid4()}"
        self._library = library
        self._old = old
        self._busy = False
        self._shown_faults: frozenset[str] = frozenset()
        self.form = GuidelineForm(known)
        self.question, self.differences = Question(), DiffView(self.tr("Theirs against yours"))
        self.reason = QLineEdit()
        self.cancel_button, self.save_button = button(self.tr("Cancel")), button("", "primary")
        self._action = self.tr("Save changes") if old else self.tr("Add guideline")
        self._soon = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._soon.timeout.connect(self.kept)
        self._build(self.tr("Edit guideline") if old else self.tr("New guideline"))
        if old:
            self.form.show_draft(old)
        self._start = self.form.draft()
        self.form.edited.connect(self._on_edit)

    def _build(self, title: str) -> None:
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self.form)
        self.differences.hide()
        head = QVBoxLayout()
        head.setContentsMargins(16, 12, 16, 8)
        head.setSpacing(8)
        head.addWidget(label(title, "title"))
        head.addWidget(self.question)
        head.addWidget(self.differences)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._foot())
        self.save_action = command(self, self.tr("Save what was written"), self.save, "Ctrl+Return", "check")
        self.cancel_action = command(self, self.tr("Stop writing"), self.cancel, "Esc")
        self.save_button.setText(self._action)
        self.save_button.setAccessibleName(self._action)
        runs(self.save_button, self.save_action)
        runs(self.cancel_button, self.cancel_action)

    def _foot(self) -> QFrame:
        self.reason.setPlaceholderText(self.tr("Reason, for the history (optional)"))
        self.reason.setAccessibleName(self.tr("Reason, for the history"))
        self.reason.setMaxLength(1_000)
        foot = QFrame()
        foot.setProperty("foot", "panel")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        layout = QVBoxLayout(foot)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.reason)
        layout.addLayout(buttons)
        return foot

    def begin(self) -> None:
        """Puts the cursor where the writing starts."""
        (self.form.content if self._old else self.form.name).setFocus()

    def unsaved(self) -> Unsaved | None:
        """What would be lost without saving; None where nothing would."""
        draft = self.form.draft()
        if draft == self._start:
            return None
        return Unsaved(key=self.key, draft=draft, old=self._old, reason=self.reason.text())

    def resume(self, unsaved: Unsaved) -> None:
        """Goes on with what was being written."""
        self.key, self._old = unsaved.key, unsaved.old
        self.form.show_draft(unsaved.draft)
        self.reason.setText(unsaved.reason)

    def is_busy(self) -> bool:
        """Whether it is being saved at this moment."""
        return self._busy

    def _on_edit(self) -> None:
        """Says at once what is wrong, but not of a field that nobody has come to yet."""
        self._soon.start()
        found = faults(self.form.draft())
        start = faults(self._start)
        new = {field for field in found if found[field] != start.get(field)}
        self._shown_faults = (self._shown_faults | new) & frozenset(found)
        self.form.show_faults({field: found[field] for field in self._shown_faults})

    def save(self) -> None:
        """Saves, or shows everything that is in the way and goes to the first of it."""
        if self._busy:
            return
        draft = self.form.draft()
        found = faults(draft)
        self._shown_faults = frozenset(found)
        self.form.show_faults(found)
        if found:
            self.form.focus(next(iter(found)))
            return
        self._set_busy(True)
        work = partial(save, self._library, self._old, draft, self.reason.text().strip())
        in_background(self, work, self._on_saved, self._on_refused)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.form.setEnabled(not busy)
        self.reason.setEnabled(not busy)
        self.save_action.setEnabled(not busy)
        self.cancel_action.setEnabled(not busy)
        self.save_button.setText(self.tr("Saving…") if busy else self._action)

    def _on_saved(self, saved: Saved) -> None:
        self._soon.stop()
        self._busy = False
        self.saved.emit(saved)

    def _on_refused(self, error: Exception) -> None:
        self._set_busy(False)
        if not isinstance(error, Conflict):
            self._say(error)
        elif error.field == "expectedVersion" and self._old is not None:
            self._ask_newest(self._on_conflict)
        else:
            self.form.show_faults({"name": error.message})
            self._shown_faults = frozenset()
            self.form.focus("name")

    def _say(self, error: Exception) -> None:
        if isinstance(error, StudioError):
            self._ask(error.message, "bad", (self.tr("Try again"), self.save))
        else:
            show_error(self, error)

    def _ask(self, said: str, look: str, *answers: tuple[str, Callable[[], object]]) -> None:
        self.question.say(said, look)
        for text, act in answers:
            self.question.offer(text, act)
        self.question.offers[0].setFocus()

    def _ask_newest(self, then: Callable[[Guideline], None]) -> None:
        assert self._old is not None
        in_background(self, partial(newest, self._library, self._old.id), then, self._say)

    def _on_conflict(self, theirs: Guideline) -> None:
        """Says what somebody else made of it, and lets the person choose."""
        over = (self.tr("Save mine over it"), partial(self._save_over, theirs))
        if theirs.deleted:
            said = self.tr("Someone else deleted this guideline while you were writing.")
            give_up = (self.tr("Leave it deleted"), self.closed.emit)
            self._ask(said, "warning", (self.tr("Bring it back with my text"), over[1]), give_up)
            return
        said = self.tr("Someone else changed this guideline while you were writing. Theirs (−) against yours (+):")
        self._ask(said, "warning", (self.tr("Take theirs"), partial(self._take, theirs)), over)
        in_background(self, partial(compare, theirs, self.form.draft()), self._show_differences, self._say)

    def _show_differences(self, changes: list[FieldDiff]) -> None:
        self.differences.show_changes([change for change in changes if change.field != "deleted"])
        self.differences.setMaximumHeight(max(self.height() // 4, 96))
        self.differences.show()

    def _take(self, theirs: Guideline) -> None:
        self._settle(theirs)
        self.form.show_draft(theirs)
        self._start = self.form.draft()
        self.form.focus("content")

    def _save_over(self, theirs: Guideline) -> None:
        self._settle(theirs)
        self.save()

    def _settle(self, theirs: Guideline) -> None:
        self._old = theirs
        self.question.hide()
        self.differences.hide()

    def cancel(self) -> None:
        """Gives up writing; where something was written, asks first, in place."""
        if self.unsaved() is None:
            self.closed.emit()
            return
        self.differences.hide()
        keep = (self.tr("Keep writing"), self._keep_writing)
        self._ask(self.tr("What you wrote is not saved."), "warning", keep, (self.tr("Discard it"), self.closed.emit))

    def _keep_writing(self) -> None:
        self.question.hide()
        self.begin()
