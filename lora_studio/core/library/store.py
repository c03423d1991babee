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
from lora_studio.core.files import PRIVATE_FILE, locked, make_private_folder, storage_errors
from lora_studio.core.resources import resources_dir

APPLICATION_ID = 0x4C6F5241  # "LoRA", so that `file` and we can tell our library from another SQLite file
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
    def writing(self) -> Iterator[None]:
        """A connection inside one transaction: everything in the block is kept, or nothing.

        Inside another one it is part of that: a savepoint would make the search index ten times as slow.
        """
        with self.connection():
            if self.db.in_transaction():
                yield
                return
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
    db = SqliteDatabase(
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
    library = Library(path, db)
    if not exists:
        make_private_folder(path.parent)
        with storage_errors(f"create the library {path}"):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))
    with library.connection():
        _refuse_strangers(library)
        if _schema_version(library) < newest_version():
            with locked(path.parent):  # two first starts at once: one migrates, the other waits and finds it done
                _migrate(library)
    return library


def _address(path: Path) -> str:
    """What SQLite opens. In a folder that may not be written it would fail to make its helper files, and wants to be
    told that nobody changes the library there; unless someone else's helper files are there already."""
    alone = not path.with_name(f"{path.name}-wal").exists()
    fixed = path.exists() and alone and not _may_write(path.parent)
    return path.absolute().as_uri() + ("?immutable=1" if fixed else "")


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def newest_version() -> int:
    """The schema version that this program writes: the number of the last migration."""
    return len(_migrations())


def _migrations() -> list[Path]:
    return sorted((resources_dir() / "migrations").glob("*.sql"))


def _schema_version(library: Library) -> int:
    return int(library.sql("PRAGMA user_version").fetchone()[0])


def _refuse_strangers(library: Library) -> None:
    found = _schema_version(library)
    if found and library.sql("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise _not_ours(library)
    if found > newest_version():
        raise Invalid(
            f"The library {library.path} was made by a newer LoRA Studio (its version is {found}, "
            f"this program knows {newest_version()}); update the program"
        )


def _not_ours(library: Library) -> Invalid:
    return Invalid(f"{library.path} is an SQLite file, but not a LoRA Studio library; choose another file")


def _migrate(library: Library) -> None:
    start = _schema_version(library)
    if start == 0 and library.sql("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise _not_ours(library)
    if library.sql("PRAGMA journal_mode").fetchone()[0] != "wal":
        library.sql("PRAGMA journal_mode = wal")
    if start:
        back_up(library, f"before-version-{start + 1}")
    for number, path in enumerate(_migrations(), start=1):
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


def back_up(library: Library, label: str) -> Path:
    """Copies the whole library to `library.db.{label}` beside it and gives that path; WAL content included."""
    copy = library.path.with_name(f"{library.path.name}.{label}")
    with library.connection(), storage_errors(f"back up the library to {copy}"):
        os.close(os.open(copy, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))
        target = sqlite3.connect(copy)
        try:
            library.db.connection().backup(target)
        finally:
            target.close()
    return copy


@contextlib.contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite refuses for the environment's sake into one sentence; our own mistakes pass through."""
    try:
        yield
    except (peewee.IntegrityError, sqlite3.IntegrityError):
        raise
    except (peewee.DatabaseError, sqlite3.DatabaseError) as error:
        text = str(error)
        for sign, advice in _ADVICE.items():
            if sign in text:
                raise StorageError(f"The library {path} {advice}") from error
        raise


_ADVICE = {
    "locked": "is busy in another program; close that or try again",
    "busy": "is busy in another program; close that or try again",
    "full": "cannot grow because the disk is full; free some space and try again",
    "readonly": "may not be written; change its permissions or choose another home with --home",
    "unable to open": "cannot be opened; check that its folder exists and may be read",
    "not a database": "is not an SQLite file; move it away, or choose another home with --home",
    "no such table: guideline": "is not a LoRA Studio library any more; put back a backup copy from beside it",
    "malformed": "is damaged; put back a backup copy from beside it",
    "disk I/O": "cannot be read from or written to the disk; check the disk",
}
