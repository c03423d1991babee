"""Full-text search: FTS5 ranked by bm25; plain substring search where words do not help (Chinese, code parts)."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import peewee

from lora_studio.core.domain import Guideline, GuidelineFilter, Scope
from lora_studio.core.library.snippets import by_letters, by_words
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import GUIDELINE_COLUMNS, guideline, guideline_from_row, matching

_WORD = re.compile(r"[^\W_]+")
_NAME_ENDS = ("+", "#")
_SIGNED = re.compile(r"(?<![^\W_])[^\W_]+(?:[+#]+|(?:[.:/@-]+[^\W_]+)+)")
"""Names in which the signs count, such as C++, C#, node.js and std::move: the index knows only their words."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Scripts written without spaces between words, which the index sees as one long word."""
_WEIGHTS = "10.0, 3.0, 1.0, 5.0, 1.0"
"""How much a hit counts in name, content, rationale, tags, examples."""
SEARCH_S = 2.0
"""After so many seconds a search gives what it has."""
_STEPS_BETWEEN_LOOKS = 20_000
_AT_A_TIME = 20
_LIKE = "{0} LIKE ? ESCAPE '!'"  # a third of what instr() and lower() take
_LONGEST_WORD = 10_000
"""Characters of a word that are looked for; SQLite takes patterns of up to 50,000 bytes."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A guideline found; a higher `score` is a better fit; `snippet` is text around the first hit, hits in ** **."""

    guideline: Guideline
    score: float
    snippet: str


class Answer(NamedTuple):
    """What a search found: one page of hits, best first, and how many there are; `partial` where the time was over."""

    hits: list[Hit]
    total: int
    partial: bool


def index_query(text: str) -> str | None:
    """`text` as a safe FTS5 query: all of its words, the last one as a beginning unless a sign such as in C++ ends it;
    None where words do not help."""
    if _UNSPACED.search(text):
        return None
    *words, last = _WORD.findall(text) or [""]
    if not last:
        return None
    once = {word.lower(): word for word in words}  # each costs time for every place where it stands
    return " ".join(f'"{word}"' for word in (*once.values(), last)) + (
        "" if text.rstrip().endswith(_NAME_ENDS) else "*"
    )


def search_guidelines(
    library: Library,
    text: str,
    wanted: GuidelineFilter,
    visible: Sequence[Scope] | None = None,
    limit: int = 20,
    offset: int = 0,
) -> Answer:
    """The best hits for `text` among the wanted guidelines; after SEARCH_S seconds what has been found by then.

    Where the index knows none, the texts are searched for the words as they stand.
    """
    with library.connection(), _time_limit(library) as clock:
        query = index_query(text)
        if query is not None:
            ranked = _ranked(library, query, wanted, visible, clock)
            if ranked:
                words = _WORD.findall(text)
                ranked = _exact_first(library, ranked, _SIGNED.findall(text), clock)
                return _page(library, ranked, limit, offset, clock, lambda one: by_words(one, words))
        words = text.split()
        ranked = _as_they_stand(library, words, wanted, visible, clock) if words else []
        return _page(library, ranked, limit, offset, clock, lambda one: by_letters(one, words[0]))


@dataclass(slots=True)
class _Clock:
    end: float
    is_over: bool = False

    def looks(self) -> bool:
        """Whether the time is over."""
        self.is_over = self.is_over or time.monotonic() > self.end
        return self.is_over


@contextlib.contextmanager
def _time_limit(library: Library) -> Iterator[_Clock]:
    """SQLite itself stops in the middle of a statement, with an error that `_rows` understands."""
    clock, connection = _Clock(time.monotonic() + SEARCH_S), library.db.connection()
    connection.set_progress_handler(clock.looks, _STEPS_BETWEEN_LOOKS)
    try:
        yield clock
    finally:
        connection.set_progress_handler(None, 0)


def _rows(library: Library, sql: str, values: Sequence[object], clock: _Clock) -> list[Any]:
    """The rows as far as they come in time."""
    found: list[Any] = []
    try:
        found.extend(row for row in library.sql(sql, values) if not clock.looks() or not found)
    except (peewee.OperationalError, sqlite3.OperationalError):
        if not clock.is_over:
            raise
    return found


def matching_rows(library: Library, text: str) -> list[int] | None:
    """The row numbers of all guidelines that `text` finds, unranked; None where the text is blank."""
    if not text.strip():
        return None
    with library.connection():
        query = index_query(text)
        if query is not None:
            # One text for all rows: SQLite lets go of Python's lock once, and the window stays quick meanwhile.
            sql = "SELECT json_group_array(rowid) FROM guideline_search WHERE guideline_search MATCH ?"
            found = read_rows(library.sql(sql, (query,)).fetchone()[0])
            if found:
                return found
        condition, values = _contains(text.split())
        sql = f"SELECT json_group_array(row) FROM guideline WHERE {condition}"
        return read_rows(library.sql(sql, values).fetchone()[0])


read_rows = msgspec.json.Decoder(list[int]).decode
"""The row numbers in SQLite's json_group_array(row)."""


def _ranked(
    library: Library, query: str, wanted: GuidelineFilter, visible: Sequence[Scope] | None, clock: _Clock
) -> list[tuple[int, float]]:
    """The rows that the index finds with their scores, best first."""
    condition, values = guideline.select(guideline.row).where(matching(wanted, visible)).sql()
    sql = f"""SELECT rowid, -bm25(guideline_search, {_WEIGHTS}) FROM guideline_search
        WHERE guideline_search MATCH ? AND rowid IN ({condition})"""
    return sorted(_rows(library, sql, (query, *values), clock), key=lambda hit: (-hit[1], hit[0]))


def _exact_first(
    library: Library, ranked: list[tuple[int, float]], names: Sequence[str], clock: _Clock
) -> list[tuple[int, float]]:
    """`ranked` with those rows first whose texts hold the `names` as they stand."""
    if not names:
        return ranked
    condition, values = _contains(names)
    listed = msgspec.json.encode([row for row, _ in ranked]).decode()
    sql = f"SELECT row FROM guideline WHERE row IN (SELECT value FROM json_each(?)) AND {condition}"
    exact = {row for (row,) in _rows(library, sql, (listed, *values), clock)}
    return sorted(ranked, key=lambda hit: hit[0] not in exact)


def _as_they_stand(
    library: Library, words: Sequence[str], wanted: GuidelineFilter, visible: Sequence[Scope] | None, clock: _Clock
) -> list[tuple[int, float]]:
    """The rows whose texts hold every word, the most urgent first."""
    rows, more = guideline.select(guideline.row).where(matching(wanted, visible)).sql()
    condition, values = _contains(words)
    sql = f"SELECT row, priority, name FROM guideline WHERE {condition} AND row IN ({rows})"
    found = _rows(library, sql, (*values, *more), clock)
    return [(row, 0.0) for row, _, _ in sorted(found, key=lambda hit: (-hit[1], hit[2], hit[0]))]


def _page(
    library: Library,
    ranked: Sequence[tuple[int, float]],
    limit: int,
    offset: int,
    clock: _Clock,
    snippet: Callable[[Guideline], str],
) -> Answer:
    """The hits of one page, read in order while there is time, at least one."""
    hits: list[Hit] = []
    library.db.connection().set_progress_handler(None, 0)  # few rows, by number; the clock is looked at in between
    page = ranked[offset : offset + limit]
    for start in range(0, len(page), _AT_A_TIME):
        part = page[start : start + _AT_A_TIME]
        known = _records(library, [row for row, _ in part])
        for row, score in part:
            if clock.looks() and hits:
                return Answer(hits, len(ranked), True)
            hits.append(Hit(known[row], float(f"{score:.6g}"), snippet(known[row])))
    return Answer(hits, len(ranked), clock.is_over)


def _contains(words: Sequence[str]) -> tuple[str, list[str]]:
    """The condition that every word stands in one of a guideline's texts, and its values."""
    conditions, values = [], []
    for word in words:
        found = [_LIKE.format(column) for column in ("name", "content", "rationale")]
        found += [_in_list(word).format(column) for column in ("tags", "good", "bad")]
        conditions.append(f"({' OR '.join(found)})")
        pattern = "%" + re.sub("[%_!]", r"!\g<0>", word[:_LONGEST_WORD]) + "%"
        values += [pattern] * conditions[-1].count("?")
    return " AND ".join(conditions), values


def _in_list(word: str) -> str:
    """Letters and digits stand in the JSON of a list as they are; anything else could hit its punctuation."""
    if word.isalnum():
        return _LIKE
    one_by_one = f"EXISTS (SELECT 1 FROM json_each({{0}}) WHERE {_LIKE.format('value')})"
    # Looking at the JSON first is ten times as fast, and right for all that it does not escape.
    return one_by_one if '"' in word or "\\" in word else f"({_LIKE} AND {one_by_one})"


def _records(library: Library, rows: Sequence[int]) -> dict[int, Guideline]:
    query = guideline.select(guideline.row, *GUIDELINE_COLUMNS).where(guideline.row.in_(list(rows)))
    return {row[0]: guideline_from_row(row[1:]) for row in library.execute(query)}
