"""Counts for the filter panel: how many guidelines each further choice would leave.

Which guidelines a filter means, the database says; their labels are kept in memory, so that counting is quick.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import compress, islice, repeat
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from lora_studio.core.domain import GuidelineFilter, Scope
from lora_studio.core.library.browse import wanted_rows
from lora_studio.core.library.search import matching_rows, read_rows
from lora_studio.core.library.store import Library

Progress = Callable[[int, int], None]
PART = 20_000
"""Labels that are counted in one go; between two of them the window may have Python to itself."""


@dataclass(frozen=True, slots=True)
class Facets:
    """How many guidelines each choice of the filter panel would leave, the panel's other choices kept.

    Every value that the library has is here, most used first; its count is 0 where nothing would be left.
    """

    scopes: tuple[tuple[Scope, int], ...]
    categories: tuple[tuple[str, int], ...]
    tags: tuple[tuple[str, int], ...]
    active: int
    inactive: int
    total: int
    """All guidelines of the library, whatever the filter."""


class Column(NamedTuple):
    """One label of many guidelines: its values, most used first, and by number which value stands in which place."""

    values: tuple[Any, ...]
    numbers: array[int]
    places: array[int] | range


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of all guidelines that are not deleted, or of all that are; a guideline's place is its row's."""

    rows: array[int]
    scopes: Column
    categories: Column
    tags: Column
    active: Column
    priorities: array[int]


@dataclass(frozen=True, slots=True)
class Selected:
    """What some guidelines have in common and where they differ: each value that any of them has, with how many do."""

    count: int
    scopes: tuple[tuple[Scope, int], ...]
    categories: tuple[tuple[str, int], ...]
    tags: tuple[tuple[str, int], ...]
    active: int
    priority_min: int
    priority_max: int


def read_labels(library: Library, *, deleted: bool = False) -> Labels:
    """Reads the labels of the whole library, good until the next change; it takes longer than counting."""
    arrays = ", ".join(
        f"json_group_array({name})" for name in ("row", "scope_type", "scope_id", "category", "active", "priority")
    )
    tagged = (
        "SELECT tag, json_group_array(guideline) FROM guideline_tag"
        " WHERE guideline NOT IN (SELECT row FROM guideline WHERE deleted <> ?) GROUP BY tag"
    )
    with library.connection():
        # Each column as one text: SQLite lets go of Python's lock once, and the window stays quick meanwhile.
        texts = library.sql(f"SELECT {arrays} FROM guideline WHERE deleted = ?", (int(deleted),)).fetchone()
        tags = library.sql(tagged, (int(deleted),)).fetchall()
    rows = array("q", read_rows(texts[0]))
    types, ids, categories, active, priorities = (msgspec.json.decode(text) for text in texts[1:])
    place_of = dict(zip(rows, range(len(rows)), strict=True))
    of_tags = [(tag, [place_of[row] for row in read_rows(listed)]) for tag, listed in tags]
    scopes = _column(list(zip(types, ids, strict=True)))
    return Labels(
        rows,
        scopes._replace(values=tuple(Scope(*value) for value in scopes.values)),
        _column(categories),
        _tag_column(of_tags),
        _column(active),
        array("l", priorities),
    )


def _column(labels: Sequence[Hashable]) -> Column:
    """The column of guidelines that have one label each."""
    values = _most_used_first(Counter(labels))
    number_of = {value: number for number, value in enumerate(values)}
    return Column(values, array("l", map(number_of.__getitem__, labels)), range(len(labels)))


def _tag_column(tags: Sequence[tuple[str, Sequence[int]]]) -> Column:
    places_of = dict(tags)
    values = _most_used_first(Counter({tag: len(places) for tag, places in tags}))
    numbers, places = array("l"), array("l")
    for number, tag in enumerate(values):
        places.extend(places_of[tag])
        numbers.extend(repeat(number, len(places_of[tag])))
    return Column(values, numbers, places)


def _most_used_first(counts: Counter[Any]) -> tuple[Any, ...]:
    return tuple(sorted(counts, key=lambda value: (-counts[value], value)))


def facets(library: Library, wanted: GuidelineFilter, text: str) -> Facets:
    """The counts for this filter and this search."""
    with library.connection():
        labels = read_labels(library, deleted=wanted.deleted)
        return count_labels(library, labels, wanted, matching_rows(library, text))


def count_labels(
    library: Library,
    labels: Labels,
    wanted: GuidelineFilter,
    found: Iterable[int] | None,
    progress: Progress = lambda done, total: None,
) -> Facets:
    """Counts each value among the rows in `found` (None: all), as if nothing of its own kind were chosen."""
    kept: dict[GuidelineFilter, bytes] = {}
    among = None if found is None else frozenset(found)

    def count(column: Column, **nothing: Any) -> list[tuple[Any, int]]:
        progress(len(kept), 5)
        free = replace(wanted, **nothing)
        if free not in kept:
            kept[free] = _mask(labels.rows, wanted_rows(library, free), among)
        return _counted(column, kept[free])

    with library.connection():
        active = dict(count(labels.active, active=None))
        return Facets(
            tuple(count(labels.scopes, scopes=())),
            tuple(count(labels.categories, categories=())),
            tuple(count(labels.tags, tags=())),
            active.get(1, 0),
            active.get(0, 0),
            len(labels.rows),
        )


def describe(labels: Labels, rows: Iterable[int]) -> Selected:
    """What can be said of the guidelines in `rows`; those that `labels` does not know are left out."""
    mask = _mask(labels.rows, rows, None)
    priorities = array("l", compress(labels.priorities, mask)) or array("l", [0])

    def some(column: Column) -> tuple[tuple[Any, int], ...]:
        return tuple(sorted(filter(itemgetter(1), _counted(column, mask)), key=itemgetter(1), reverse=True))

    return Selected(
        sum(mask),
        some(labels.scopes),
        some(labels.categories),
        some(labels.tags),
        dict(_counted(labels.active, mask)).get(1, 0),
        min(priorities),
        max(priorities),
    )


def _mask(rows: array[int], meant: Iterable[int], found: Collection[int] | None) -> bytes:
    """One byte for each of `rows`: 1 where it is meant and found."""
    counted = set(meant) if found is None else set(meant) & set(found)
    return bytes(map(counted.__contains__, rows))


def _counted(column: Column, mask: bytes) -> list[tuple[Any, int]]:
    among = mask if isinstance(column.places, range) else map(mask.__getitem__, column.places)
    counts: Counter[int] = Counter()
    counted = compress(column.numbers, among)
    while part := list(islice(counted, PART)):
        counts.update(part)
    return [(value, counts[number]) for number, value in enumerate(column.values)]
