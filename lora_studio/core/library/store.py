"""Opening the library: one SQLite file in WAL mode, migrated by plain SQL, shared by several processes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee
from peewee import SqliteDatabase

from lora_studio.core.errors import Invalid, NotFound, StorageError
from lora_studio.core.files import PRIVATE_FILE, locked, make_private_folder, storage_errors, sync_folder
from lora_studio.core.library.backups import keep_backup
from lora_studio.core.library.copies import APPLICATION_ID, HELPERS, make_copy, migrations, newest_version
from lora_studio.core.library.trouble import damaged, database_errors

BUSY_TIMEOUT_MS = 15_000


@dataclass(frozen=True, slots=True)
class Library:
    """An opened library. Each thread uses its own connection: `with library.connection():`."""

    path: Path
    db: Any

    def execute(self, query: object) -> sqlite3.Cursor:
        """Runs a query built with `tables`; the rows come as tuples."""
        cursor: sqlite3.Cursor = self.db.execute(query)
        return cursor

    def sql(self, text: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Runs one statement; `values` fill its question marks."""
        cursor: sqlite3.Cursor = self.db.execute_sql(text, values)
        return cursor

    def many(self, text: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs one statement for each of `rows`, whose values fill its question marks.

        What SQLite refuses is raised as its own error, not Peewee's.
        """
        self.db.cursor().executemany(text, rows)

    def is_read_only(self) -> bool:
        """Whether the file or its folder may not be written: then there is much to read, and nothing to change."""
        return not (_may_write(self.path) and _may_write(self.path.parent))

    @contextlib.contextmanager
    def connection(self) -> Iterator[None]:
        """A connection of this thread's own, closed at the end; inside another one of the same thread, that one.

        SQLite's refusals (locked, full, read-only, damaged) become StorageError.
        """
        with database_errors(self.path):
            if not self.db.is_closed():
                yield
                return
            if not self.path.exists():  # SQLite would make an empty file in its place
                raise StorageError(f"The library {self.path} is gone; put it back, or restart to begin a new one")
            self.db.connect()
            try:
                yield
            finally:
                self.db.close()

    @contextlib.contextmanager
    def writing(self, changes: int = 1, *, importing: bool = False) -> Iterator[None]:
        """A connection inside one transaction: everything in the block is kept, or nothing.

        Inside another one it is part of that: a savepoint would make the search index ten times as slow. `changes` is
        how many guidelines may change, by which it is known whether a backup is due first.
        """
        with self.connection():
            if self.db.in_transaction():
                yield
                return
            keep_backup(self.path, self.db.connection(), changes, importing=importing)
            with self.db.atomic():
                yield


def open_library(path: Path, *, create: bool = True) -> Library:
    """The library at `path`, made or migrated first where needed.

    Raises NotFound when it is absent and `create` is False, Invalid when the file is not a library or was made by
    a newer program, StorageError when the disk refuses.
    """
    with storage_errors(f"look for the library {path}"):
        exists = path.exists()
    if not create and not exists:
        raise NotFound(f"There is no library at {path}; run lora-studio quickstart to make one")
    if not exists:
        _make(path)
    library = _opened(path)
    if not path.stat().st_size:
        raise damaged(path, "is empty, which this program never leaves behind")
    with library.connection():
        if _refuse_strangers(library) < newest_version():
            with locked(path.parent):  # two starts at once: one migrates, the other waits and finds it done
                version = _schema_version(library)
                if version < newest_version():
                    make_copy(path, path.with_name(f"{path.name}.before-version-{version + 1}"))
                    _migrate(library)
    return library


def _opened(path: Path) -> Library:
    db: Any = SqliteDatabase(
        _address(path),
        uri=True,
        pragmas={
            "foreign_keys": 1,
            "synchronous": "normal",
            "busy_timeout": BUSY_TIMEOUT_MS,
            "temp_store": "memory",  # each statement of a bulk change keeps a journal
        },
        lock_type="IMMEDIATE",
        autoconnect=False,
        timeout=BUSY_TIMEOUT_MS / 1000,
    )
    roll_back = db.rollback

    def roll_back_quietly() -> None:
        """On a full disk SQLite has rolled back by itself: that this fails then must not hide why."""
        with contextlib.suppress(peewee.DatabaseError):
            roll_back()

    db.rollback = roll_back_quietly
    return Library(path, db)


def _make(path: Path) -> None:
    """Makes a new library under another name and gives it its own when it is whole: a kill leaves none behind."""
    make_private_folder(path.parent)
    with storage_errors(f"create the library {path}"), locked(path.parent):
        if path.exists():
            return  # another first start was quicker
        lost = path.with_name(f"{path.name}-wal")
        if lost.exists() and lost.stat().st_size:
            raise StorageError(
                f"The library {path} is gone, but its newest part {lost} is there; put it back beside it"
            )
        part = path.with_name(f".{path.name}.part")
        for end in ("", *HELPERS):
            part.with_name(part.name + end).unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
        made = _opened(part)
        with made.connection():
            made.sql("PRAGMA journal_mode = wal")
            _migrate(made)
        part.replace(path)
        sync_folder(path.parent)


def _address(path: Path) -> str:
    """What SQLite opens. In a folder that may not be written it would fail to make its helper files, and wants to be
    told that nobody changes the library there; unless someone else's helper files are there already."""
    alone = not path.with_name(f"{path.name}-wal").exists()
    fixed = path.exists() and alone and not _may_write(path.parent)
    return path.absolute().as_uri() + ("?immutable=1" if fixed else "")


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _schema_version(library: Library) -> int:
    return int(library.sql("PRAGMA user_version").fetchone()[0])


def _refuse_strangers(library: Library) -> int:
    """The version of a library that this program can read."""
    found = _schema_version(library)
    if library.sql("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise Invalid(f"{library.path} is an SQLite file, but not a LoRA Studio library; choose another file")
    if found < 1:
        raise damaged(library.path, "is damaged")
    if found > newest_version():
        raise Invalid(
            f"The library {library.path} was made by a newer LoRA Studio (its version is {found}, "
            f"this program knows {newest_version()}); update the program"
        )
    return found


def _migrate(library: Library) -> None:
    for number, path in enumerate(migrations(), start=1):
        with library.db.atomic():
            if _schema_version(library) >= number:
                continue
            for statement in _statements(path.read_text(encoding="utf-8")):
                library.sql(statement)
            library.sql(f"PRAGMA application_id = {APPLICATION_ID}")
            library.sql(f"PRAGMA user_version = {number}")


def _statements(script: str) -> Iterator[str]:
    """The statements of `script` one by one: `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
