"""Putting a backup back: looked at first, the present library kept whole beside it."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

from lora_studio.core.clock import timestamp
from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Invalid, NotFound, StorageError
from lora_studio.core.files import locked, make_private_folder, path_text, storage_errors, sync_folder
from lora_studio.core.library.access import Wait, check_admin_key
from lora_studio.core.library.copies import BUSY_S, HELPERS, fault_of, make_copy, opened
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.library.tries import OWNERS
from lora_studio.core.library.trouble import database_errors


def present_library(path: Path) -> Library | None:
    """The library at `path`, None where there is none or none that can be read."""
    try:
        return open_library(path, create=False)
    except (NotFound, StorageError, Invalid):
        return None


def restore(path: Path, file: Path, key: str, wait: Wait | None = None) -> Path | None:
    """Puts a copy of `file` in the place of the library `path`; gives where the one that was there is kept.

    `key`: the present library's admin key, where one is set. Raises Invalid for a file that is no sound library,
    PermissionDenied and StorageError; then nothing has changed.
    """
    fault = f"There is no file {file}" if not file.is_file() else fault_of(file, quick=False)
    if fault or (path.exists() and file.samefile(path)):
        why = fault or "it is the present library itself"
        raise Invalid(f"{file} cannot be restored: {why}; choose another backup", "file")
    present = present_library(path)
    if present is not None:
        check_admin_key(present, key, OWNERS, wait)
    make_private_folder(path.parent)
    kept = path.with_name(f"{path.name}.before-restore-{timestamp().replace(':', '')}") if path.exists() else None
    part = path.with_name(f".{path.name}.restored")
    try:
        with database_errors(path), storage_errors(f"restore {file}"), locked(path.parent):
            make_copy(file, part)
            _note(part, file, kept)
            if present is not None and kept:
                make_copy(path, kept)
                _fill(path, part)
            else:
                _exchange(path, part, kept)
    finally:
        part.unlink(missing_ok=True)
    open_library(path)  # an older one is migrated
    return kept


def _note(part: Path, file: Path, kept: Path | None) -> None:
    """Writes what happens into the audit log of the library that comes back."""
    detail = {"file": path_text(file), "kept": path_text(kept) if kept else ""}
    with contextlib.closing(sqlite3.connect(part)) as connection:
        connection.execute(
            "INSERT INTO audit (at, who, action, outcome, detail) VALUES (?, ?, 'restore', 'done', ?)",
            (timestamp(), OWNER, json.dumps(detail)),
        )
        connection.commit()
        connection.execute("PRAGMA journal_mode = wal")


def _fill(path: Path, part: Path) -> None:
    """Puts the content of `part` into the sound library in one step, whoever else has that open."""
    with opened(part) as origin, contextlib.closing(sqlite3.connect(path, timeout=BUSY_S)) as library:
        origin.backup(library)
        library.execute("PRAGMA wal_checkpoint (TRUNCATE)")


def _exchange(path: Path, part: Path, kept: Path | None) -> None:
    """Puts `part` in the place of a library that cannot be read, or of none."""
    for end in ("", *HELPERS):
        old = path.with_name(path.name + end)
        if kept and old.exists():
            shutil.copy2(old, kept.with_name(kept.name + end))
        if end:
            old.unlink(missing_ok=True)
    part.replace(path)
    sync_folder(path.parent)
