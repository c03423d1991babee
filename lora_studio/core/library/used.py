"""What past exports used of the library, and how that differs from what the library holds today."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from peewee import SQL

from lora_studio.core.domain import OWNER, GuidelineFilter, is_blank
from lora_studio.core.library.access import permitted
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import TEXT_COLUMNS, export_guideline, guideline, matching

TOUCHED_MAX = 5_000
"""More changed guidelines than this are not looked at one by one: everything is compared anew."""
EMPTY = hashlib.sha256().hexdigest()
_WORDS = tuple(name for name in TEXT_COLUMNS if name not in ("active", "deleted"))


class Run(NamedTuple):
    """One export that the library remembers; `files` are the SHA-256 values of its files, `filter` is JSON text."""

    row: int
    who: str
    digest: str
    files: tuple[str, ...]
    filter: str


class Difference(NamedTuple):
    """One guideline that is not as a dataset has it: `what` is "new", "gone", or the names of what changed."""

    id: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Since:
    """The guidelines, by row, that differ from what one export used."""

    changed: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    new: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        """How many guidelines differ."""
        return len(self.changed) + len(self.gone) + len(self.new)


def past_runs(library: Library) -> list[Run]:
    """All exports, the oldest first. Equal digests mean that the very same versions were used."""
    query = """SELECT row, who, json_extract(config, '$.guidelines.digest'), json_extract(config, '$.files[0].sha256'),
        json_extract(config, '$.files[1].sha256'), json_extract(config, '$.filter') FROM export_run ORDER BY row"""
    with library.connection():
        rows = library.sql(query).fetchall()
    return [
        Run(row, who, digest or "", tuple(file for file in files if file and file != EMPTY), wanted or "{}")
        for row, who, digest, *files, wanted in rows
    ]


def touched_since(library: Library, seen: int) -> frozenset[int] | None:
    """The guidelines, by row, with a change newer than `seen`; None where they are too many to look at each."""
    query = "SELECT DISTINCT guideline FROM guideline_version WHERE rowid > ? LIMIT ?"
    with library.connection():
        rows = frozenset(row for (row,) in library.sql(query, (seen, TOUCHED_MAX + 1)))
    return rows if len(rows) <= TOUCHED_MAX else None


def differences(
    library: Library, run: Run, wanted: GuidelineFilter | None, before: Since | None, touched: frozenset[int] | None
) -> Since:
    """What differs from the versions that `run` used, and what `wanted`, its filter, would take beside them today.

    With what was found `before`, only the guidelines `touched` since then are looked at; None means all of them.
    None for `wanted` means that no others can come in.
    """
    if before is None:
        touched = None
    with library.connection():
        changed, gone = _moved_on(library, run, touched)
        new = frozenset() if wanted is None else _new(library, run, wanted, touched)
    if before is None or touched is None:
        return Since(changed, gone, new)
    return Since(before.changed - touched | changed, before.gone - touched | gone, before.new - touched | new)


def _moved_on(library: Library, run: Run, touched: frozenset[int] | None) -> tuple[frozenset[int], frozenset[int]]:
    now, then = (", ".join(f"{table}.{name}" for name in _WORDS) for table in ("g", "v"))
    query = f"""
        SELECT g.row, g.active = 0 OR g.deleted = 1 FROM export_guideline u
        JOIN guideline g ON g.row = u.guideline
        JOIN guideline_version v ON v.guideline = u.guideline AND v.version = u.version
        WHERE u.run = ? AND g.version <> u.version
          AND (g.active <> v.active OR g.deleted <> v.deleted OR ({now}) <> ({then}))
        """
    values: tuple[Any, ...] = (run.row,)
    if touched is not None:
        query += " AND u.guideline IN (SELECT value FROM json_each(?))"
        values += (_listed(touched),)
    rows = library.sql(query, values).fetchall()
    return frozenset(row for row, gone in rows if not gone), frozenset(row for row, gone in rows if gone)


def _new(library: Library, run: Run, wanted: GuidelineFilter, touched: frozenset[int] | None) -> frozenset[int]:
    visible = None if run.who == OWNER else permitted(library, run.who, "read")
    used = export_guideline.select(export_guideline.guideline).where(export_guideline.run == run.row)
    condition = matching(wanted, visible) & guideline.row.not_in(used)
    if touched is not None:
        condition &= _row_in(touched)
    found = library.execute(guideline.select(guideline.row, SQL("substr(content, 1, 200)")).where(condition))
    rows = array("q")
    maybe_blank = array("q")
    for row, start in found:
        (maybe_blank if is_blank(start) else rows).append(row)
    texts = library.execute(guideline.select(guideline.row, guideline.content).where(_row_in(maybe_blank)))
    return frozenset(rows) | {row for row, content in texts if not is_blank(content)}


def describe(library: Library, run: Run, since: Since, most: int = 100) -> list[Difference]:
    """The first `most` differences in words: what changed, then what is gone, then what is new."""
    wanted = [*sorted(since.changed), *sorted(since.gone), *sorted(since.new)][:most]
    now, then = (", ".join(f"{table}.{name}" for name in _WORDS) for table in ("g", "v"))
    query = f"""
        SELECT g.row, g.id, {now}, {then} FROM guideline g
        LEFT JOIN export_guideline u ON u.run = ? AND u.guideline = g.row
        LEFT JOIN guideline_version v ON v.guideline = g.row AND v.version = u.version
        WHERE g.row IN (SELECT value FROM json_each(?))
        """
    with library.connection():
        rows = {row[0]: row[1:] for row in library.sql(query, (run.row, _listed(wanted)))}
    return [_difference(row, rows[row], since) for row in wanted if row in rows]


def _difference(row: int, found: Sequence[Any], since: Since) -> Difference:
    now, then = found[1 : 1 + len(_WORDS)], found[1 + len(_WORDS) :]
    changed = [name for name, one, other in zip(_WORDS, now, then, strict=True) if one != other]
    what = "gone" if row in since.gone else "new" if row in since.new else " ".join(changed)
    return Difference(found[0], found[1], what)


def names_used(library: Library, run: Run, most: int = 100_000) -> dict[str, str]:
    """The names, by id, of the guidelines that a run used, as they are called today."""
    query = """SELECT json_group_array(json_array(g.id, g.name)) FROM (SELECT guideline FROM export_guideline
        WHERE run = ? LIMIT ?) u JOIN guideline g ON g.row = u.guideline"""
    with library.connection():
        text = library.sql(query, (run.row, most)).fetchone()[0]
    return dict(_read_pairs(text))


_read_pairs = msgspec.json.Decoder(list[tuple[str, str]]).decode


def _row_in(rows: Iterable[int]) -> Any:
    return guideline.row.in_(SQL("(SELECT value FROM json_each(?))", (_listed(rows),)))


def _listed(rows: Iterable[int]) -> str:
    return msgspec.json.encode(list(rows)).decode()
