"""Full-text search: FTS5 ranked by bm25; plain substring search where words do not help (Chinese, code parts)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from lora_studio.core.domain import Guideline, GuidelineFilter, Scope
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import GUIDELINE_COLUMNS, guideline, guideline_from_row, matching

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Scripts written without spaces between words, which the index sees as one long word."""
_WEIGHTS = "10.0, 3.0, 1.0, 5.0, 1.0"
"""How much a hit counts in name, content, rationale, tags, examples."""
SNIPPET_WORDS = 16
_LIKE = "{0} LIKE ? ESCAPE '!'"  # a third of what instr() and lower() take
_LONGEST_WORD = 10_000
"""Characters of a word that are looked for; SQLite takes patterns of up to 50,000 bytes."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A guideline found; a higher `score` is a better fit; `snippet` is text around the first hit, hits in ** **."""

    guideline: Guideline
    score: float
    snippet: str


def index_query(text: str) -> str | None:
    """`text` as a safe FTS5 query: all of its words, the last one as a beginning; None where words do not help."""
    if _UNSPACED.search(text):
        return None
    words = _WORD.findall(text)
    if not words:
        return None
    return " ".join(f'"{word}"' for word in words) + "*"


def search_guidelines(
    library: Library,
    text: str,
    wanted: GuidelineFilter,
    visible: Sequence[Scope] | None = None,
    limit: int = 20,
    offset: int = 0,
) -> tuple[list[Hit], int]:
    """The best hits for `text` among the wanted guidelines, and how many there are in all.

    Where the index knows none, the texts are searched for the words as they stand.
    """
    with library.connection():
        query = index_query(text)
        if query is not None:
            hits, total = _by_index(library, query, wanted, visible, limit, offset)
            if total:
                return hits, total
        return _by_substring(library, text.split(), wanted, visible, limit, offset)


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


def _by_index(
    library: Library,
    query: str,
    wanted: GuidelineFilter,
    visible: Sequence[Scope] | None,
    limit: int,
    offset: int,
) -> tuple[list[Hit], int]:
    rows = guideline.select(guideline.row).where(matching(wanted, visible))
    condition, values = rows.sql()
    found = f"guideline_search MATCH ? AND rowid IN ({condition})"
    total = library.sql(f"SELECT count(*) FROM guideline_search WHERE {found}", (query, *values)).fetchone()[0]
    ranked = library.sql(
        f"SELECT rowid, bm25(guideline_search, {_WEIGHTS}) AS rank,"
        f" snippet(guideline_search, -1, '**', '**', '…', {SNIPPET_WORDS}) FROM guideline_search"
        f" WHERE {found} ORDER BY rank, rowid LIMIT ? OFFSET ?",
        (query, *values, limit, offset),
    ).fetchall()
    known = _records(library, [row for row, _, _ in ranked])
    return [Hit(known[row], float(f"{-rank:.6g}"), snippet) for row, rank, snippet in ranked], total


def _by_substring(
    library: Library,
    words: Sequence[str],
    wanted: GuidelineFilter,
    visible: Sequence[Scope] | None,
    limit: int,
    offset: int,
) -> tuple[list[Hit], int]:
    if not words:
        return [], 0
    rows, more = guideline.select(guideline.row).where(matching(wanted, visible)).sql()
    condition, values = _contains(words)
    found = f"FROM guideline WHERE {condition} AND row IN ({rows})"
    total = library.sql(f"SELECT count(*) {found}", (*values, *more)).fetchone()[0]
    ordered = library.sql(
        f"SELECT row {found} ORDER BY priority DESC, name, row LIMIT ? OFFSET ?",
        (*values, *more, limit, offset),
    ).fetchall()
    known = _records(library, [row for (row,) in ordered])
    return [Hit(known[row], 0.0, _around(known[row].content, words[0])) for (row,) in ordered], total


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


def _around(text: str, word: str) -> str:
    place = text.lower().find(word.lower())
    if place < 0:
        return text[:120]
    start, end = max(0, place - 50), place + len(word) + 70
    middle = f"{text[start:place]}**{text[place : place + len(word)]}**{text[place + len(word) : end]}"
    return ("…" if start else "") + middle + ("…" if end < len(text) else "")
