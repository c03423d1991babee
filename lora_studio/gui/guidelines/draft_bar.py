"""Texts that were begun and not saved: kept beside the library, and offered again until they are saved or discarded."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal

from lora_studio.core.drafts import Unsaved, change_unsaved, load_unsaved
from lora_studio.core.errors import StudioError
from lora_studio.gui.latest import Latest
from lora_studio.gui.widgets.parts import short
from lora_studio.gui.widgets.question import Question

BACK_MS = 20_000


class DraftBar(Question):
    """Signals: continue_wanted(Unsaved); failed(error) where the disk refuses."""

    continue_wanted = Signal(object)
    failed = Signal(object)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._kept: dict[str, Unsaved] = {}
        self._pending: dict[str, Unsaved | None] = {}
        self._quiet = False
        self._write = Latest(self, pause_ms=0)
        self._write.succeeded.connect(lambda _: self._pending.clear())
        self._write.failed.connect(self.failed)
        self._forget = QTimer(self, singleShot=True, interval=BACK_MS)
        self._forget.timeout.connect(self._show)

    def load(self) -> None:
        """Offers what was kept when the window was open last."""
        try:
            self._kept = load_unsaved(self._path)
        except StudioError as error:
            self.failed.emit(error)
        self._show()

    def of(self, key: str) -> Unsaved | None:
        """What was begun of the guideline `key`."""
        return self._kept.get(key)

    def set_quiet(self, quiet: bool) -> None:
        """Hides the offer while something is being written."""
        self._quiet = quiet
        self._show()

    def note(self, unsaved: Unsaved) -> None:
        """Keeps `unsaved`, on the disk too, in the background."""
        self._kept.pop(unsaved.key, None)
        self._kept[unsaved.key] = unsaved
        self._change(unsaved.key, unsaved)

    def drop(self, key: str) -> None:
        """Forgets what was begun under `key`: it was saved or given up."""
        if self._kept.pop(key, None) is not None:
            self._change(key, None)

    def _change(self, key: str, unsaved: Unsaved | None) -> None:
        self._pending[key] = unsaved
        changes = dict(self._pending)  # all of them: an order that is dropped for a newer one loses nothing
        self._write.ask(lambda progress: change_unsaved(self._path, changes))

    def flush(self) -> None:
        """Has everything on the disk when it returns; for when the window is about to go."""
        if self._pending:
            try:
                change_unsaved(self._path, self._pending)
                self._pending.clear()
            except StudioError as error:
                self.failed.emit(error)

    def is_busy(self) -> bool:
        """Whether something is still being written to the disk."""
        return self._write.is_busy()

    def _show(self) -> None:
        self._forget.stop()
        if self._quiet or not self._kept:
            self.hide()
            return
        newest = list(self._kept.values())[-1]
        name = short(newest.draft.name, 60) or self.tr("A new guideline")
        said = self.tr("“{0}” is not saved yet.").format(name)
        if len(self._kept) > 1:
            said = self.tr("{0} Nor are {1} more.").format(said, len(self._kept) - 1)
        self.say(said, "warning")
        self.offer(self.tr("Continue writing"), partial(self.continue_wanted.emit, newest))
        self.offer(self.tr("Discard it"), partial(self._discard, newest))

    def _discard(self, unsaved: Unsaved) -> None:
        self.drop(unsaved.key)
        self.say(self.tr("Discarded."))
        self.offer(self.tr("Bring it back"), partial(self._bring_back, unsaved))
        self._forget.start()

    def _bring_back(self, unsaved: Unsaved) -> None:
        self.note(unsaved)
        self._show()
