"""What the page asks the library for, in the background: rows for every keystroke, then counts for the filter."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.library import browse
from lora_studio.core.library.guidelines import count_guidelines
from lora_studio.core.library.search import matching_rows
from lora_studio.core.library.store import Library
from lora_studio.gui.latest import Latest
from lora_studio.gui.worker import Worker

COUNT_AFTER_MS = 150
Progress = Callable[[int, int], None]


class Order(NamedTuple):
    """All rows of one filter in one order, what they were made for, and how many the library has in all."""

    key: tuple[Any, ...]
    rows: array[int]
    total: int


class Found(NamedTuple):
    """What a search gave: the rows to show, and the order they were cut from."""

    rows: array[int]
    order: Order


class Finder(QObject):
    """Keeps the newest question's answer coming; answers to older ones are dropped.

    The order of the rows is kept from one keystroke to the next, so that a keystroke only looks up its words.
    Signals: found(Found), counted(Facets), failed(error).
    """

    found = Signal(object)
    counted = Signal(object)
    failed = Signal(object)

    def __init__(self, library: Library, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._order: Order | None = None
        self._changes = 0
        self._question: tuple[GuidelineFilter, str] = (GuidelineFilter(), "")
        self._rows = Latest(self, pause_ms=0)
        self._rows.succeeded.connect(self._on_found)
        self._rows.failed.connect(self.failed)
        self._facets = Latest(self, pause_ms=0)
        self._facets.succeeded.connect(self.counted)
        self._facets.failed.connect(self.failed)
        self._count_soon = QTimer(self, singleShot=True, interval=COUNT_AFTER_MS)
        self._count_soon.timeout.connect(self._count)

    def look(self, wanted: GuidelineFilter, text: str, column: str, descending: bool) -> None:
        """Asks for the rows of this filter, search text and order; `found` follows."""
        key = (wanted, column, descending, self._changes)
        kept = self._order if self._order is not None and self._order.key == key else None
        self._question = (wanted, text)
        self._count_soon.stop()
        for worker in self._facets.findChildren(Worker):
            worker.cancel()
        self._rows.ask(partial(_find, self._library, key, kept, text))

    def forget(self) -> None:
        """Notes that the library changed: the next answer is read anew."""
        self._changes += 1

    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._rows.is_busy() or self._facets.is_busy() or self._count_soon.isActive()

    def _on_found(self, found: Found) -> None:
        self._order = found.order
        self.found.emit(found)
        self._count_soon.start()

    def _count(self) -> None:
        wanted, text = self._question
        self._facets.ask(partial(_count, self._library, wanted, text))


def _find(library: Library, key: tuple[Any, ...], kept: Order | None, text: str, progress: Progress) -> Found:
    with library.connection():
        order = kept or _order(library, key)
        progress(0, 1)
        return Found(browse.narrowed(order.rows, matching_rows(library, text)), order)


def _order(library: Library, key: tuple[Any, ...]) -> Order:
    wanted, column, descending, _ = key
    rows = browse.ordered_rows(library, wanted, column, descending)
    return Order(key, rows, count_guidelines(library, GuidelineFilter(active=None)))


def _count(library: Library, wanted: GuidelineFilter, text: str, progress: Progress) -> browse.Facets:
    return browse.facets(library, wanted, text, progress)
