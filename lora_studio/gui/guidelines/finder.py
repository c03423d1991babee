"""What the page asks the library for, in the background: rows for every keystroke, then counts for the filter."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.library import browse
from lora_studio.core.library.facets import Facets, Labels, count_labels, read_labels
from lora_studio.core.library.guidelines import count_guidelines
from lora_studio.core.library.search import matching_rows
from lora_studio.core.library.store import Library
from lora_studio.gui.latest import Latest
from lora_studio.gui.worker import Worker

COUNT_AFTER_MS = 40
Progress = Callable[[int, int], None]


class Order(NamedTuple):
    """All active (or inactive, or all) rows in one order, what they were made for, and the library's size."""

    key: tuple[Any, ...]
    rows: array[int]
    total: int


class Search(NamedTuple):
    """The rows that a text finds (None: all), and the text and the state of the library that they are of."""

    key: tuple[Any, ...]
    rows: list[int] | None


class Found(NamedTuple):
    """What a question gave: the rows to show, the order they were cut from, what the text found, and the question."""

    rows: array[int]
    order: Order
    search: Search
    question: tuple[Any, ...]


class Counted(NamedTuple):
    """The counts, and the labels that they were made from, of one state of the library."""

    facets: Facets
    labels: Labels
    changes: int


class Finder(QObject):
    """Keeps the newest question's answer coming; answers to older ones are dropped.

    What a keystroke or a click leaves as it was is kept: the order of the rows, the text's hits, the labels to count.
    Signals: found(Found), counted(Facets), failed(error).
    """

    found = Signal(object)
    counted = Signal(object)
    failed = Signal(object)

    def __init__(self, library: Library, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._last: Found | None = None
        self._counted: Counted | None = None
        self._changes = 0
        self._wanted = GuidelineFilter()
        self._rows = Latest(self, pause_ms=0)
        self._rows.succeeded.connect(self._on_found)
        self._rows.failed.connect(self.failed)
        self._facets = Latest(self, pause_ms=0)
        self._facets.succeeded.connect(self._on_counted)
        self._facets.failed.connect(self.failed)
        self._count_soon = QTimer(self, singleShot=True, interval=COUNT_AFTER_MS)
        self._count_soon.timeout.connect(self._count)

    def look(self, wanted: GuidelineFilter, text: str, column: str, descending: bool) -> None:
        """Asks for the rows of this filter, search text and order; `found` follows."""
        self._wanted = wanted
        self._count_soon.stop()
        for worker in self._facets.findChildren(Worker):
            worker.cancel()
        key = (wanted.active, column, descending, self._changes)
        self._rows.ask(partial(_find, self._library, self._last, key, (text, self._changes), wanted))

    def forget(self) -> None:
        """Notes that the library changed: the next answer is read anew."""
        self._changes += 1

    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self.is_looking() or self._facets.is_busy() or self._count_soon.isActive()

    def is_looking(self) -> bool:
        """Whether rows are still to come."""
        return self._rows.is_busy()

    @property
    def labels(self) -> Labels | None:
        """The labels as they were counted last; None before that."""
        return self._counted.labels if self._counted else None

    def _on_found(self, found: Found) -> None:
        self._last = found
        self.found.emit(found)
        self._count_soon.start()

    def _count(self) -> None:
        kept = self._counted if self._counted and self._counted.changes == self._changes else None
        rows = self._last.search.rows if self._last else None
        self._facets.ask(partial(_count, self._library, kept, self._changes, self._wanted, rows))

    def _on_counted(self, counted: Counted) -> None:
        self._counted = counted
        self.counted.emit(counted.facets)


def _find(
    library: Library,
    last: Found | None,
    order_key: tuple[Any, ...],
    search_key: tuple[str, int],
    wanted: GuidelineFilter,
    progress: Progress,
) -> Found:
    with library.connection():
        order = last.order if last and last.order.key == order_key else _order(library, order_key)
        progress(0, 1)
        same = last is not None and last.search.key == search_key
        search = last.search if last and same else Search(search_key, matching_rows(library, search_key[0]))
        progress(0, 1)
        rows = browse.narrowed(order.rows, search.rows)
        if replace(wanted, active=None) != GuidelineFilter(active=None):
            rows = browse.narrowed(rows, browse.wanted_rows(library, wanted))
        return Found(rows, order, search, (wanted, search_key[0], *order_key[1:3]))


def _order(library: Library, key: tuple[Any, ...]) -> Order:
    active, column, descending, _ = key
    rows = browse.ordered_rows(library, GuidelineFilter(active=active), column, descending)
    return Order(key, rows, count_guidelines(library, GuidelineFilter(active=None)))


def _count(
    library: Library,
    kept: Counted | None,
    changes: int,
    wanted: GuidelineFilter,
    found: list[int] | None,
    progress: Progress,
) -> Counted:
    labels = kept.labels if kept else read_labels(library)
    progress(0, 1)
    return Counted(count_labels(library, labels, wanted, found, progress), labels, changes)
