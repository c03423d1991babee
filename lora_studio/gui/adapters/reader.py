"""Keeps up with the shelf: reads its folders, compares it with the library, hashes files, all in the background."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lora_studio.core.dataset.export import Progress
from lora_studio.core.library.runs import recent_folders
from lora_studio.core.library.store import Library
from lora_studio.core.training.shelf import Contents, Item, Place, read_shelf
from lora_studio.core.training.states import (
    Comparison,
    Hashes,
    Standing,
    State,
    check_files,
    compare_with_library,
    state_of,
    unchecked_bytes,
)
from lora_studio.gui.adapters.watch import FolderWatch
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import Work, in_background

SMALL_BYTES = 8 << 20
"""Files up to this size are hashed without being asked for; others when they are chosen."""
AT_ONCE_BYTES = 64 << 20
LOOK_SHARE = 20
"""A slow look takes at most one part in so many of the time."""


class InTurn(QObject):
    """Does one piece of work at a time; what is asked for meanwhile is done once more afterwards, so nothing starves.

    Signals: succeeded(result), failed(error).
    """

    succeeded = Signal(object)
    failed = Signal(object)

    def __init__(self, make: Callable[[], Work], parent: QObject) -> None:
        super().__init__(parent)
        self._make = make
        self._is_busy = self._again = False

    def ask(self) -> None:
        """Starts the work, now or after the one that is running."""
        if self._is_busy:
            self._again = True
            return
        self._is_busy, self._again = True, False
        in_background(self, self._make(), self._on_success, self._on_failure, self._on_cancelled)

    def _on_success(self, result: object) -> None:
        self.succeeded.emit(result)
        self._on_end()

    def _on_failure(self, error: Exception) -> None:
        self.failed.emit(error)
        self._on_end()

    def _on_cancelled(self) -> None:
        self._is_busy = self._again = False

    def _on_end(self) -> None:
        self._is_busy = False
        if self._again:
            self.ask()


class ShelfReader(QObject):
    """Signals: arrived(items) while the shelf is read for the first time; changed() when what lies there, how it
    stands or what its files hold is known anew; hashing(done, total) in bytes; failed(error).
    """

    arrived = Signal(object)
    changed = Signal()
    hashing = Signal(int, int)
    failed = Signal(object)
    _batch = Signal(object)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self.contents: Contents | None = None
        self.comparison = Comparison()
        self.hashes: Hashes = {}
        self._known: dict[Path, Item] = {}
        self._tried: set[tuple[Path, object]] = set()
        self._hashing: list[Item] = []
        self._first: Item | None = None
        self._active = False
        self._look = InTurn(self._look_work, self)
        self._compare = InTurn(self._compare_work, self)
        self._hash = Latest(self, pause_ms=0)
        self.watch = FolderWatch(self)
        self._batch.connect(self._on_batch)
        self._look.succeeded.connect(self._on_look)
        self._compare.succeeded.connect(self._on_compared)
        self._hash.succeeded.connect(self._on_hashed)
        for part in (self._look, self._compare, self._hash):
            part.failed.connect(self.failed)
        self.watch.changed.connect(self.look)
        studio.guidelines_changed.connect(self.compare)
        studio.datasets_changed.connect(self.look)

    def set_active(self, active: bool) -> None:
        """Works only while somebody looks."""
        self._active = active
        if active:
            self.watch.start()
            self.look()
            self.compare()
        else:
            self.watch.stop()

    def look(self) -> None:
        """Looks into the folders again."""
        if self._active:
            self._look.ask()

    def compare(self) -> None:
        """Compares with the library again."""
        if self._active and self.contents is not None:
            self._compare.ask()

    def check_first(self, item: Item | None) -> None:
        """Hashes the files of `item` before all others, however large they are."""
        if item != self._first:
            self._first = item
            if item is not None and unchecked_bytes(item, self.hashes):
                self._hash_next()

    def standing(self, item: Item) -> Standing | None:
        """How it stands against the library; None as long as nobody knows."""
        return self.comparison.standings.get(item.path)

    def state(self, item: Item) -> State:
        """The state of `item` as far as it is known."""
        return state_of(item, self.hashes, self.standing(item))

    def _look_work(self) -> Work:
        folders = tuple(Path(folder) for folder in self._studio.settings.watched_folders)
        tell = self._batch.emit if self.contents is None else lambda items: None
        places = (Place(self._studio.home.datasets, 2), *(Place(folder, 2, named=True) for folder in folders))
        return partial(_look, self._studio.library, places, self._known, tell)

    def _on_batch(self, items: tuple[Item, ...]) -> None:
        if self.contents is None:
            self.arrived.emit(items)

    def _on_look(self, found: tuple[Contents, float]) -> None:
        contents, seconds = found
        self.watch.watch(contents.folders)
        if self._active:
            self.watch.start(int(seconds * 1_000 * LOOK_SHARE))
        if contents == self.contents:
            return
        self.contents = contents
        self._known = {item.path: item for item in contents.items}
        self.changed.emit()
        self.compare()
        self._hash_next()

    def _compare_work(self) -> Work:
        items = self.contents.items if self.contents else ()
        return partial(compare_with_library, self._studio.library, items, self.comparison)

    def _on_compared(self, comparison: Comparison) -> None:
        is_news = comparison.standings != self.comparison.standings
        self.comparison = comparison
        if is_news:
            self.changed.emit()

    def _hash_next(self) -> None:
        """Hashes what was chosen, else the next small ones."""
        chosen = [item for item in self._chosen() if self._waits(item)]
        self._hashing = chosen or list(self._small_ones())
        if self._hashing and self._active:
            work = partial(check_files, self._hashing, dict(self.hashes))
            self._hash.ask(partial(_telling, work, self.hashing.emit if chosen else None))

    def _chosen(self) -> list[Item]:
        return [self._known.get(self._first.path, self._first)] if self._first else []

    def _waits(self, item: Item) -> int:
        """How many bytes of `item` wait to be hashed; what was tried and changed meanwhile waits for the next look."""
        return 0 if (item.path, item.stamps) in self._tried else unchecked_bytes(item, self.hashes)

    def _small_ones(self) -> Iterator[Item]:
        total = 0
        for item in self._known.values():
            count = self._waits(item)
            if 0 < count <= SMALL_BYTES:
                total += count
                if total > AT_ONCE_BYTES:
                    return
                yield item

    def _on_hashed(self, found: Hashes) -> None:
        self._tried.update((item.path, item.stamps) for item in self._hashing)
        self.hashes |= found
        if found:
            self.changed.emit()
        self._hash_next()


def _look(
    library: Library,
    places: tuple[Place, ...],
    known: dict[Path, Item],
    tell: Callable[[object], None],
    progress: Progress,
) -> tuple[Contents, float]:
    """What lies in `places` and wherever was exported to, and how many seconds the look took."""
    start = time.monotonic()
    exported = (Place(folder, 2) for folder in recent_folders(library))
    return read_shelf((*places, *exported), known, progress, tell), time.monotonic() - start


def _telling(work: Callable[[Progress], Hashes], tell: Callable[[int, int], None] | None, progress: Progress) -> Hashes:
    def both(done: int, total: int) -> None:
        progress(done, total)
        if tell:
            tell(done, total)

    return work(both)
