"""The dialog that writes a new guideline or changes one, and says in place what keeps it from being saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.domain import OWNER, Draft, Guideline
from lora_studio.core.errors import Conflict, StudioError
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, get_guideline
from lora_studio.core.library.store import Library
from lora_studio.gui.guidelines.checks import faults
from lora_studio.gui.guidelines.form import GuidelineForm, Known
from lora_studio.gui.latest import delete_when_idle
from lora_studio.gui.messages import show_error
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.widgets.parts import button, label
from lora_studio.gui.worker import in_background

Progress = Callable[[int, int], None]


class EditorDialog(QDialog):
    """Signals: saved(Guideline) once the library has it; QDialog's own."""

    saved = Signal(object)

    def __init__(self, library: Library, old: Guideline | None, known: Known, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._library = library
        self._old = old
        self._touched = self._confirmed = False
        self._shown_faults: frozenset[str] = frozenset()
        self.form = GuidelineForm(known)
        self.notice = Notice()
        self.reason = QLineEdit()
        self._build(self.tr("Edit guideline") if old else self.tr("New guideline"))
        if old:
            self.form.show_draft(old)
        self._start = self.form.draft()
        self.form.edited.connect(self._on_edit)
        (self.form.content if old else self.form.name).setFocus()

    def _build(self, title: str) -> None:
        self.setWindowTitle(title)
        self.resize(720, 760)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.form)
        heading = label(title, "title")
        heading.setContentsMargins(24, 20, 24, 8)
        noticed = QHBoxLayout()
        noticed.setContentsMargins(24, 0, 24, 8)
        noticed.addWidget(self.notice)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(heading)
        layout.addLayout(noticed)
        layout.addWidget(scroll, 1)
        layout.addWidget(self._foot())
        QShortcut(QKeySequence("Ctrl+Return"), self, self.save)

    def _foot(self) -> QFrame:
        self.reason.setPlaceholderText(self.tr("Reason, for the history (optional)"))
        self.reason.setAccessibleName(self.tr("Reason, for the history"))
        self.reason.setMaxLength(1_000)
        self.cancel_button = button(self.tr("Cancel"))
        self.cancel_button.clicked.connect(self.reject)
        self._action = self.tr("Save changes") if self._old else self.tr("Add guideline")
        self.save_button = button(self._action, "primary")
        self.save_button.setToolTip(self.tr("Ctrl+Enter"))
        self.save_button.clicked.connect(self.save)
        foot = QFrame()
        foot.setProperty("foot", True)
        line = QHBoxLayout(foot)
        line.setContentsMargins(24, 12, 24, 12)
        line.setSpacing(8)
        line.addWidget(self.reason, 1)
        line.addWidget(self.cancel_button)
        line.addWidget(self.save_button)
        return foot

    def _on_edit(self) -> None:
        """Says at once what is wrong, but not of a field that nobody has come to yet."""
        self._touched = True
        self._confirmed = False
        found = faults(self.form.draft())
        start = faults(self._start)
        new = {field for field in found if found[field] != start.get(field)}
        self._shown_faults = (self._shown_faults | new) & frozenset(found)
        self.form.show_faults({field: found[field] for field in self._shown_faults})

    def save(self) -> None:
        """Saves, or shows everything that is in the way and goes to the first of it."""
        draft = self.form.draft()
        found = faults(draft)
        self._shown_faults = frozenset(found)
        self.form.show_faults(found)
        if found:
            self.form.focus(next(iter(found)))
            return
        self._set_busy(True)
        work = partial(_save, self._library, self._old, draft, self.reason.text().strip())
        in_background(self, work, self._on_saved, self._on_refused)

    def _set_busy(self, busy: bool) -> None:
        self.form.setEnabled(not busy)
        self.save_button.setEnabled(not busy)
        self.save_button.setText(self.tr("Saving…") if busy else self._action)

    def _on_saved(self, guideline: Guideline) -> None:
        self.saved.emit(guideline)
        self.accept()

    def _on_refused(self, error: Exception) -> None:
        self._set_busy(False)
        if not isinstance(error, Conflict):
            self._say(error)
        elif error.field == "expectedVersion":
            self.notice.say(self.tr("Someone else changed this guideline while you were writing."), "warning")
            self.notice.offer(self.tr("Show theirs"), self._show_theirs)
            self.notice.offer(self.tr("Save mine over it"), self._save_over)
        else:
            self.form.show_faults({"name": error.message})
            self._shown_faults = frozenset()
            self.form.focus("name")

    def _say(self, error: Exception) -> None:
        if isinstance(error, StudioError):
            self.notice.say(error.message, "bad")
        else:
            show_error(self, error)

    def _newest(self) -> Guideline | None:
        assert self._old is not None
        try:
            return get_guideline(self._library, self._old.id)
        except StudioError as error:
            self._say(error)
            return None

    def _show_theirs(self) -> None:
        newest = self._newest()
        if newest is not None:
            self._old = newest
            self.form.show_draft(newest)
            self._start = self.form.draft()
            self.notice.hide()

    def _save_over(self) -> None:
        newest = self._newest()
        if newest is not None:
            self._old = newest
            self.notice.hide()
            self.save()

    def reject(self) -> None:
        """Closes; where something was written, asks first, in place."""
        if self._confirmed or self.form.draft() == self._start:
            super().reject()
            return
        self._confirmed = True
        self.notice.say(self.tr("What you wrote is not saved."), "warning")
        self.notice.offer(self.tr("Discard it"), self.reject)
        self.notice.offer(self.tr("Keep writing"), self._keep_writing)

    def _keep_writing(self) -> None:
        self._confirmed = False
        self.notice.hide()
        self.form.name.setFocus()

    def done(self, result: int) -> None:
        super().done(result)
        delete_when_idle(self)


def _save(library: Library, old: Guideline | None, draft: Draft, reason: str, progress: Progress) -> Guideline:
    if old is None:
        return add_guidelines(library, [draft], OWNER, reason)[0]
    changed = change_guidelines(library, [old.id], lambda _: draft, OWNER, reason, old.version)
    return changed[0] if changed else old
