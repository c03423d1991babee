"""Erasing guidelines for good: in every version, the search index, what imports noted, and the backups beside."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.domain import OWNER
from lora_studio.core.errors import NotFound
from lora_studio.core.library.audit import record
from lora_studio.core.library.checkup import rebuild_index
from lora_studio.core.library.copies import BUSY_S, all_copies, fault_of
from lora_studio.core.library.store import Library
from lora_studio.core.library.trouble import database_errors

_NAMES = "SELECT DISTINCT name FROM guideline_version WHERE guideline IN (SELECT row FROM gone)"


@dataclass(frozen=True, slots=True)
class Purged:
    """How many guidelines were erased, the datasets that were exported with them, and the copies that could not be
    cleaned, which still hold them."""

    count: int
    datasets: tuple[str, ...]
    left: tuple[Path, ...]


def names_of(library: Library, ids: Sequence[str]) -> dict[str, str]:
    """The names of the guidelines by their ids, deleted ones too. Raises NotFound, naming an id that is none."""
    with library.connection():
        sql = "SELECT id, name FROM guideline WHERE id IN (SELECT value FROM json_each(?))"
        names = dict(library.sql(sql, (json.dumps(list(ids)),)).fetchall())
    missing = [one for one in ids if one not in names]
    if missing:
        raise NotFound(f"There is no guideline with the id {missing[0]!r}; nothing was erased", "id")
    return names


def purge(library: Library, ids: Sequence[str]) -> Purged:
    """Erases the guidelines; nothing brings them back. The audit log keeps that it was done, not what was erased.

    Raises NotFound and StorageError.
    """
    count = len(names_of(library, ids))
    with database_errors(library.path):
        datasets = _erased(library.path, ids)
    record(library, OWNER, "purge", "done", {"count": str(count)})
    return Purged(count, tuple(datasets), tuple(_left_in_copies(library.path, ids)))


def _left_in_copies(library: Path, ids: Sequence[str]) -> Iterator[Path]:
    """Erases them in each copy beside the library; gives those in which that could not be done."""
    for copy in all_copies(library):
        try:
            if fault_of(copy.path):
                raise sqlite3.DatabaseError
            _erased(copy.path, ids)
        except (OSError, sqlite3.Error):
            yield copy.path


def _erased(path: Path, ids: Sequence[str]) -> list[str]:
    """Erases the guidelines in one file, in every table that refers to them; the datasets made with them."""
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = on")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TEMP TABLE gone (row INTEGER PRIMARY KEY)")
        wanted = "INSERT INTO gone SELECT row FROM guideline WHERE id IN (SELECT value FROM json_each(?))"
        if connection.execute(wanted, (json.dumps(list(ids)),)).rowcount < 1:
            return []
        folders = """SELECT DISTINCT folder FROM export_run JOIN export_guideline ON run = export_run.row
            JOIN gone ON guideline = gone.row WHERE state = 'done' ORDER BY folder"""
        datasets = [folder for (folder,) in connection.execute(folders)]
        names = [name for (name,) in connection.execute(_NAMES)]
        held = [*_references(connection), ("guideline", "row")]
        with _without_guards(connection):
            for table, column in held:
                connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT row FROM gone)")
            for name in names:
                _forget(connection, name)
            rebuild_index(connection)
        connection.execute("COMMIT")
        connection.execute("VACUUM")  # what was erased is not left on free pages
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    return datasets


def _forget(connection: sqlite3.Connection, name: str) -> None:
    """Takes a guideline's name out of the audit log, where refusals have quoted it; the rows stay."""
    said = json.dumps(repr(name))[1:-1]
    connection.execute(
        "UPDATE audit SET detail = replace(detail, ?, ?) WHERE instr(detail, ?)", (said, "(purged)", said)
    )


def _references(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """The tables that tell of guidelines, and the column of each that says of which."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for _, _, of, column, *_ in connection.execute(f"PRAGMA foreign_key_list ({table})").fetchall():
            if of == "guideline":
                yield table, column


@contextlib.contextmanager
def _without_guards(connection: sqlite3.Connection) -> Iterator[None]:
    """Takes away the triggers by which history only grows, and puts them back; all of it in one transaction."""
    guards = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"
    ).fetchall()
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in guards:
        connection.execute(sql)
