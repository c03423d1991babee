"""Undo and redo of everything that a person changes in the library, within one session of the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from lora_studio.core.domain import OWNER, Guideline
from lora_studio.core.library.changes import Change, Reverted, change_to, revert
from lora_studio.core.library.store import Library
from lora_studio.gui.worker import Worker, in_background

UNDO_DEPTH = 200
"""Changes that can be taken back; older ones are forgotten here, but stay in each guideline's versions."""

Progress = Callable[[int, int], None]


class Done(NamedTuple):
    """What just happened: `how` is "done", "undone" or "redone"; `skipped` were changed by others meanwhile."""

    change: Change
    how: str
    skipped: int = 0


class History(QObject):
    """Every change goes through here, one at a time: made by `do`, or made elsewhere and told by `note`.

    Signals: happened(Done) when the library changed; steps_changed() when other steps can be undone or redone;
    started() and ended() around work in the background, progressed(done, total) meanwhile; failed(error): nothing
    was changed then.
    """

    happened = Signal(object)
    steps_changed = Signal()
    started = Signal()
    progressed = Signal(int, int)
    ended = Signal()
    failed = Signal(object)

    def __init__(self, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._past: list[Change] = []
        self._future: list[Change] = []
        self._busy = False

    @property
    def to_undo(self) -> Change | None:
        """What `undo` would take back."""
        return self._past[-1] if self._past else None

    @property
    def to_redo(self) -> Change | None:
        """What `redo` would do again, as the change that took it back."""
        return self._future[-1] if self._future else None

    def is_busy(self) -> bool:
        """Whether a change is being made; another one cannot be begun."""
        return self._busy

    def note(self, change: Change) -> None:
        """Takes in a change that was made elsewhere; one of nothing is told, but not kept."""
        if len(change):
            self._past = [*self._past, change][-UNDO_DEPTH:]
            self._future.clear()
            self.steps_changed.emit()
        self.happened.emit(Done(change, "done"))

    def note_saved(self, old: Guideline | None, new: Guideline) -> None:
        """Takes in one guideline that was added (`old` None) or edited; nothing where no version was made."""
        if old is None or new.version != old.version:
            self.note(change_to(self._library, [new], "edit" if old else "add"))

    def do(self, work: Callable[[Progress], Change]) -> None:
        """Makes a change in the background, unless one is being made."""
        self._run(work, self.note)

    def undo(self) -> None:
        """Takes the last change back, in the background."""
        if self._past:
            last = self._past[-1]
            self._run(partial(_revert, self._library, last, "Undone in the window"), partial(self._on_undone, last))

    def redo(self) -> None:
        """Does again what was taken back last, in the background."""
        if self._future:
            last = self._future[-1]
            self._run(partial(_revert, self._library, last, "Redone in the window"), partial(self._on_redone, last))

    def forget(self) -> None:
        """Forgets every step: another library is in the place of the one in which they were made."""
        self._past, self._future = [], []
        self.steps_changed.emit()

    def cancel(self) -> None:
        """Stops what is being done; it leaves nothing changed."""
        for worker in self.findChildren(Worker):
            worker.cancel()

    def _run(self, work: Callable[[Progress], object], then: Callable[..., None]) -> None:
        if self._busy:
            return
        self._busy, self._then = True, then
        in_background(self, work, self._on_success, self._on_failure, self._on_end).progressed.connect(self.progressed)
        self.started.emit()

    def _on_success(self, result: object) -> None:
        self._on_end()
        self._then(result)

    def _on_failure(self, error: Exception) -> None:
        self._on_end()
        self.failed.emit(error)

    def _on_end(self) -> None:
        self._busy = False
        self.ended.emit()

    def _on_undone(self, change: Change, reverted: Reverted) -> None:
        self._past = [one for one in self._past if one is not change]  # another may have been noted meanwhile
        self._reverted(self._future, reverted, "undone")

    def _on_redone(self, change: Change, reverted: Reverted) -> None:
        self._future = [one for one in self._future if one is not change]
        self._reverted(self._past, reverted, "redone")

    def _reverted(self, target: list[Change], reverted: Reverted, how: str) -> None:
        if len(reverted.change):
            target.append(reverted.change)
        self.steps_changed.emit()
        self.happened.emit(Done(reverted.change, how, reverted.skipped))


def _revert(library: Library, change: Change, reason: str, progress: Progress) -> Reverted:
    return revert(library, change, OWNER, reason, progress)
