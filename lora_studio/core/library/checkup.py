"""Whether a library is sound: the file, the links between its tables, and the search index, which can be made anew."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from lora_studio.core.errors import StorageError
from lora_studio.core.library.copies import fault_of, opened
from lora_studio.core.library.store import Library
from lora_studio.core.library.trouble import damaged, database_errors

_TEXTS = "name, content, rationale, tags, examples"
_FILLED = f"INSERT INTO {{0}} (rowid, {_TEXTS}) SELECT row, {_TEXTS} FROM guideline_text"
_TAGS = "SELECT DISTINCT value, row FROM guideline, json_each(tags)"
_KEPT_TAGS = "SELECT tag, guideline FROM guideline_tag"


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was looked at; `rebuilt` names what differed from the guidelines and was made anew."""

    guidelines: int
    rebuilt: tuple[str, ...]


def check_library(library: Library) -> Checkup:
    """Looks at all of the library. Raises StorageError, with the newest sound backup, where it is damaged."""
    fault = fault_of(library.path, quick=False)
    if fault:
        raise damaged(library.path, f"is damaged ({fault})")
    with database_errors(library.path), opened(library.path) as connection:
        lost = connection.execute("PRAGMA foreign_key_check").fetchone()
        if lost:
            raise damaged(library.path, f"is damaged (a row of {lost[0]} belongs to nothing)")
        rebuilt = []
        if not _tags_agree(connection):
            rebuilt.append("tags")
        if not _index_agrees(connection):
            rebuilt.append("search index")
        if rebuilt:
            _rebuild(library.path, connection)
        count = connection.execute("SELECT count(*) FROM guideline WHERE deleted = 0").fetchone()[0]
    return Checkup(int(count), tuple(rebuilt))


def _tags_agree(connection: sqlite3.Connection) -> bool:
    both = f"SELECT 1 FROM ({_TAGS} EXCEPT {_KEPT_TAGS}) UNION ALL SELECT 1 FROM ({_KEPT_TAGS} EXCEPT {_TAGS}) LIMIT 1"
    return connection.execute(both).fetchone() is None


def _index_agrees(connection: sqlite3.Connection) -> bool:
    """Whether the index holds each word where one made anew from the guidelines has it.

    SQLite's own comparison cannot read guidelines through a view with JSON.
    """
    try:
        connection.execute("INSERT INTO guideline_search (guideline_search) VALUES ('integrity-check')")
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.rollback()
    (made,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'guideline_search'").fetchone()
    tokens = made[made.index("tokenize") :]
    connection.execute(f"CREATE VIRTUAL TABLE temp.fresh USING fts5 ({_TEXTS}, content = '', {tokens}")
    connection.execute(_FILLED.format("temp.fresh"))
    for name, of in (("kept", "main, guideline_search"), ("anew", "temp, fresh")):
        connection.execute(f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab ({of}, instance)")
    kept, anew = (connection.execute(f"SELECT term, doc, col, offset FROM temp.{name}") for name in ("kept", "anew"))
    agrees = all(one == other for one, other in zip_longest(kept, anew))
    for cursor in (kept, anew):
        cursor.close()
    connection.rollback()
    return agrees


def _rebuild(path: Path, connection: sqlite3.Connection) -> None:
    try:
        rebuild_index(connection)
        connection.execute("DELETE FROM guideline_tag")
        connection.execute(f"INSERT INTO guideline_tag {_TAGS}")
        connection.commit()
    except sqlite3.DatabaseError as error:
        raise StorageError(f"The search index of {path} cannot be made anew: {error}") from error


def rebuild_index(connection: sqlite3.Connection) -> None:
    """Makes the search index anew from the guidelines, so that it holds nothing else."""
    connection.execute("INSERT INTO guideline_search (guideline_search) VALUES ('delete-all')")
    connection.execute(_FILLED.format("guideline_search"))
