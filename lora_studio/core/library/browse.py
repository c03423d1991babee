"""What the table of guidelines shows: the wanted rows in order, and short records of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from peewee import SQL

from lora_studio.core.domain import Guideline, GuidelineFilter, Scope
from lora_studio.core.errors import NotFound
from lora_studio.core.library.search import matching_rows, read_rows
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import (
    GUIDELINE_COLUMNS,
    guideline,
    guideline_from_row,
    matching,
    read_list,
)


class Summary(NamedTuple):
    """What one line of the table shows of a guideline."""

    row: int
    id: str
    name: str
    category: str
    priority: int
    tags: tuple[str, ...]
    scope: Scope
    active: bool
    version: int
    updated_at: str


_SUMMARY_NAMES = ("row", "id", "name", "category", "priority", "tags", "scope_type", "scope_id")
_SUMMARY_COLUMNS = tuple(getattr(guideline, name) for name in (*_SUMMARY_NAMES, "active", "version", "updated_at"))

SORT_COLUMNS: dict[str, tuple[Any, ...]] = {
    "name": (guideline.name.collate("NOCASE"),),
    "category": (guideline.category.collate("NOCASE"),),
    "priority": (guideline.priority,),
    "tags": (guideline.tags.collate("NOCASE"),),
    "scope": (guideline.scope_type, guideline.scope_id.collate("NOCASE")),
    "updated": (guideline.updated_at,),
}
"""By sort column: what is compared."""
_AMONG_EQUALS = (guideline.name, guideline.category, guideline.scope_type, guideline.scope_id, guideline.row)
"""How equal ones follow each other: as in the index guideline_order, which then needs no sorting."""


def browse(
    library: Library, wanted: GuidelineFilter, text: str, sort_column: str = "priority", descending: bool = True
) -> array[int]:
    """The rows that `wanted` means and `text` finds, in order."""
    with library.connection():
        order = ordered_rows(library, wanted, sort_column, descending)
        return narrowed(order, matching_rows(library, text))


def ordered_rows(library: Library, wanted: GuidelineFilter, sort_column: str, descending: bool) -> array[int]:
    """The rows that `wanted` means, in order. For 100,000 guidelines this is the slow half of `browse`: keep it."""
    compared = [column.desc() if descending else column for column in SORT_COLUMNS[sort_column]]
    query = guideline.select(guideline.row).where(matching(wanted)).order_by(*compared, *_AMONG_EQUALS)
    rows, values = query.sql()
    with library.connection():
        # One text for all rows: SQLite lets go of Python's lock once, and the window stays quick meanwhile.
        text = library.sql(f"SELECT json_group_array(row) FROM ({rows})", values).fetchone()[0]
    return array("q", read_rows(text))


def wanted_rows(library: Library, wanted: GuidelineFilter) -> list[int]:
    """The rows that `wanted` means, in no order."""
    rows, values = guideline.select(guideline.row).where(matching(wanted)).sql()
    with library.connection():
        return read_rows(library.sql(f"SELECT json_group_array(row) FROM ({rows})", values).fetchone()[0])


def narrowed(order: array[int], found: Iterable[int] | None) -> array[int]:
    """The rows of `order` that are in `found`, in the order of `order`; None keeps all."""
    return order if found is None else array("q", filter(set(found).__contains__, order))


def summaries(library: Library, rows: Sequence[int]) -> list[Summary]:
    """The short records of `rows`, in their order."""
    query = guideline.select(*_SUMMARY_COLUMNS).where(_row_in(rows))
    with library.connection():
        known = {row[0]: _summary(row) for row in library.execute(query)}
    return [known[row] for row in rows if row in known]


def _summary(row: Sequence[Any]) -> Summary:
    number, own_id, name, category, priority, tags, scope_type, scope_id, active, version, updated_at = row
    return Summary(
        number, own_id, name, category, priority, read_list(tags), Scope(scope_type, scope_id), bool(active), version,
        updated_at,
    )  # fmt: skip


def guideline_at(library: Library, row: int) -> Guideline:
    """The guideline in `row`, a deleted one too. Raises NotFound."""
    query = guideline.select(*GUIDELINE_COLUMNS).where(guideline.row == row)
    with library.connection():
        found = library.execute(query).fetchone()
    if found is None:
        raise NotFound("This guideline is not in the library; look at the list again", "id")
    return guideline_from_row(found)


def row_of(library: Library, guideline_id: str) -> int | None:
    """The row of a guideline by its id; None where there is none."""
    with library.connection():
        found = library.execute(guideline.select(guideline.row).where(guideline.id == guideline_id)).fetchone()
    return None if found is None else int(found[0])


def ids_of(library: Library, rows: Sequence[int]) -> list[str]:
    """The ids of the guidelines in `rows`, in their order."""
    query = guideline.select(guideline.row, guideline.id).where(_row_in(rows))
    with library.connection():
        known = dict(library.execute(query))
    return [known[row] for row in rows if row in known]


def _row_in(rows: Sequence[int]) -> Any:
    listed = msgspec.json.encode(list(rows)).decode()
    return guideline.row.in_(SQL("(SELECT value FROM json_each(?))", (listed,)))


def last_change(library: Library) -> int:
    """A number that grows with every change of any guideline, whoever makes it."""
    with library.connection():
        return int(library.sql("SELECT coalesce(max(rowid), 0) FROM guideline_version").fetchone()[0])
