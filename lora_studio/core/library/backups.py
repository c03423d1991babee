"""Backups of the library: made by themselves before what changes it, as many as are worth their room, and by hand."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from lora_studio.core.clock import now
from lora_studio.core.errors import Conflict, StorageError
from lora_studio.core.files import make_private_folder, storage_errors
from lora_studio.core.library.copies import FOLDER, Copy, dated_copies, dated_path, make_copy
from lora_studio.core.library.trouble import database_errors

BULK = 1_000
"""Changes to more guidelines than that at once get a backup of their own."""
IMPORT_AGE = timedelta(hours=1)
"""An import gets one where the last is older than that."""
DAYS, WEEKS = 7, 4
"""The newest of each of the last so many days and weeks that have one are kept."""
MOST_BYTES = 2 << 30
"""All of them together; of a library that is larger than that none is made by itself."""
log = logging.getLogger(__name__)


def keep_backup(library: Path, connection: sqlite3.Connection, changes: int, *, importing: bool) -> Path | None:
    """To be called before `changes` guidelines change: makes a backup where one is due, and takes away old ones.

    One is due on every day on which something changes, before a change of many, and before an import. Raises
    StorageError where that cannot be written before a change of many or an import; a day's own is left out then.
    """
    if not _is_due(library, connection, changes, importing):
        return None
    try:
        return back_up(library)
    except StorageError as error:
        if changes > BULK or importing:
            raise StorageError(f"{error.message} (a backup is made before so large a change)") from error
        log.error("no backup was made today: %s", error)
        return None


def back_up(library: Path, target: Path | None = None) -> Path:
    """Copies the library, sound and whole, to `target`, which must not be there yet, or among the dated backups.

    Raises Conflict and StorageError.
    """
    path = target or dated_path(library)
    if path.exists() or path.is_symlink():
        if target is None:
            return path  # of this very moment
        raise Conflict(f"{path} is there already; choose another name for the backup", "file")
    make_private_folder(path.parent)
    with database_errors(library):
        make_copy(library, path)
    if target is None:
        _take_away_old(library)
    return path


def _is_due(library: Path, connection: sqlite3.Connection, changes: int, importing: bool) -> bool:
    copies, moment = dated_copies(library), now()
    last = copies[0].made if copies else ""
    many = changes > BULK or (importing and (not last or moment - _time(last) > IMPORT_AGE))
    if not many and last[:10] == moment.date().isoformat():
        return False
    # A library's first day needs no backup: nothing in it is older.
    first = connection.execute("SELECT created_at FROM guideline ORDER BY row LIMIT 1").fetchone()
    if first is None or not (many or last or first[0][:10] < moment.date().isoformat()):
        return False
    newest = max(
        connection.execute(f"SELECT {column} FROM {table} ORDER BY rowid DESC LIMIT 1").fetchone() or ("",)
        for table, column in (("guideline_version", "created_at"), ("audit", "at"))
    )
    return str(newest[0]) > last and library.stat().st_size <= MOST_BYTES


def _time(made: str) -> datetime:
    return datetime.fromisoformat(made)


def _take_away_old(library: Path) -> None:
    copies = dated_copies(library)
    kept = worth_keeping(copies, now())
    for copy in copies:
        if copy not in kept:
            with contextlib.suppress(OSError):  # open in another program: next time
                copy.path.unlink()


def worth_keeping(copies: Sequence[Copy], moment: datetime) -> set[Copy]:
    """Of `copies`, newest first: today's, the newest of the last days and weeks, and no more than have room."""
    today = moment.date().isoformat()
    days: dict[str, Copy] = {}
    weeks: dict[str, Copy] = {}
    for copy in copies:
        days.setdefault(copy.made[:10], copy)
        weeks.setdefault(_time(copy.made).strftime("%G-%V"), copy)
    wanted = {*list(days.values())[:DAYS], *list(weeks.values())[:WEEKS]}
    wanted |= {copy for copy in copies if copy.made[:10] == today}
    room, kept = MOST_BYTES, set[Copy]()
    for copy in (one for one in copies if one in wanted):
        room -= copy.size
        if room < 0 and kept:
            break
        kept.add(copy)
    return kept


def room_of(library: Path) -> tuple[int, int]:
    """How many backups there are in their folder, and how many bytes they take."""
    with storage_errors(f"look at {library.parent / FOLDER}"):
        copies = dated_copies(library)
    return len(copies), sum(copy.size for copy in copies)
