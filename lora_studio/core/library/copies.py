"""Copies of the library file: made whole or not at all, found beside it, and looked at before they are trusted.

A copy is one file of SQLite's own backup, without helpers beside it, so that it may be moved and kept anywhere.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.clock import timestamp
from lora_studio.core.files import PRIVATE_FILE, storage_errors, sync_folder
from lora_studio.core.resources import resources_dir

APPLICATION_ID = 0x4C6F5241  # "LoRA", so that `file` and we can tell our library from another SQLite file
FOLDER = "backups"
HELPERS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file that is open; the first may hold its newest part."""
_DATED = re.compile(r"library-(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z\.db")
BUSY_S = 15.0


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy beside the library: when it was made, as in `clock.timestamp`; empty where its name does not say so."""

    path: Path
    made: str
    size: int


def newest_version() -> int:
    """The schema version that this program writes: the number of the last migration."""
    return len(migrations())


def migrations() -> list[Path]:
    """The files that make a library, in order."""
    return sorted((resources_dir() / "migrations").glob("*.sql"))


def dated_copies(library: Path) -> list[Copy]:
    """The backups in their own folder beside the library, newest first."""
    found = []
    with contextlib.suppress(OSError):  # no folder yet
        for entry in os.scandir(library.parent / FOLDER):
            if (match := _DATED.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False):
                made = f"{match[1]}T{match[2]}:{match[3]}:{match[4]}Z"
                found.append(Copy(Path(entry.path), made, entry.stat(follow_symlinks=False).st_size))
    return sorted(found, key=lambda one: one.made, reverse=True)


def all_copies(library: Path) -> list[Copy]:
    """Those, and the ones that migrations and `restore` have left right beside the library, newest first."""
    beside = [path for path in library.parent.glob(f"{library.name}.before-*") if not path.is_symlink()]
    plain = [path for path in beside if path.is_file() and not path.name.endswith(HELPERS)]
    plain.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [*dated_copies(library), *(Copy(path, "", path.stat().st_size) for path in plain)]


def dated_path(library: Path) -> Path:
    """Where a backup that is made now belongs."""
    return library.parent / FOLDER / f"library-{timestamp().replace(':', '')}.db"


def make_copy(source: Path, target: Path) -> None:
    """Copies the library `source`, its newest part included, to `target`. Raises StorageError and SQLite's errors."""
    part = target.with_name(f".{target.name}.part")
    with storage_errors(f"write the copy {target}"):
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
    try:
        with opened(source) as origin, contextlib.closing(sqlite3.connect(part)) as made:
            origin.backup(made)
            made.execute("PRAGMA journal_mode = delete")
        with storage_errors(f"write the copy {target}"):
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.replace(target)
            sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file `path` for reading, closed at the end; nothing is made where it is not there."""
    alone = not path.with_name(f"{path.name}-wal").exists()
    fixed = alone and not os.access(path.parent, os.W_OK)
    address = path.absolute().as_uri() + ("?immutable=1" if fixed else "?mode=rw")
    with contextlib.closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as connection:
        yield connection


def fault_of(path: Path, *, quick: bool = True) -> str:
    """Why the file is no sound library, as the end of a sentence; empty for a sound one. Raises nothing."""
    try:
        if not path.stat().st_size:
            return "it is empty"
        with opened(path) as connection:
            return _fault(connection, "quick_check" if quick else "integrity_check")
    except sqlite3.Error as error:
        return f"SQLite says: {error}"
    except OSError as error:
        return str(error.strerror or error)


def _fault(connection: sqlite3.Connection, check: str) -> str:
    def pragma(name: str) -> int:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

    if pragma("application_id") != APPLICATION_ID:
        return "it is not a LoRA Studio library"
    if pragma("user_version") > newest_version():
        return "a newer LoRA Studio made it"
    if pragma("user_version") < 1:
        return "it holds no library"
    if _has_programs_of_others(connection):
        return "it holds triggers or views that are not a library's"
    found = connection.execute(f"PRAGMA {check}(1)").fetchone()[0]
    if found != "ok":
        return f"SQLite finds in it: {found}"
    return "" if connection.execute("SELECT count(*) >= 0 FROM guideline").fetchone()[0] else "it has no guidelines"


def _has_programs_of_others(connection: sqlite3.Connection) -> bool:
    """Whether there are statements in the file that our migrations have not put there: a view that never ends would
    be read, a trigger obeyed."""
    ours = "".join(path.read_text(encoding="utf-8") for path in migrations())
    found = connection.execute("SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view')")
    return any(sql not in ours for (sql,) in found)


def newest_sound(library: Path) -> Path | None:
    """The newest copy beside the library that is sound."""
    return next((one.path for one in all_copies(library) if not fault_of(one.path)), None)
