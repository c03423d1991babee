"""What SQLite refuses, as sentences that say what to do: for damage, which backup to put back."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import peewee

from lora_studio.core.errors import StorageError
from lora_studio.core.library.copies import newest_sound
from lora_studio.pasting import command_line

_ADVICE = {
    "locked": "is busy in another program; close that or try again",
    "busy": "is busy in another program; close that or try again",
    "full": "cannot grow because the disk is full; free some space and try again",
    "readonly": "may not be written; change its permissions or choose another home with --home",
    "unable to open": "cannot be opened; check that its folder exists and may be read",
    "disk I/O": "cannot be read from or written to the disk; check the disk",
}
_DAMAGE = {
    "not a database": "is not an SQLite file",
    "no such table": "is not a LoRA Studio library any more",
    "no such column": "is not a LoRA Studio library any more",
    "malformed": "is damaged",
    "corrupt": "is damaged",
    "vtable constructor failed": "is damaged",
    "unsupported file format": "is damaged",
}


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
        for sign, what in _DAMAGE.items():
            if sign in text:
                raise damaged(path, what) from error
        raise


def damaged(path: Path, what: str) -> StorageError:
    """The refusal of a library that `what` is true of, with the newest sound backup of it."""
    found = newest_sound(path)
    if found is None:
        return StorageError(
            f"The library {path} {what}, and there is no sound backup beside it; put back a copy of your own, "
            "or move it away to begin a new one"
        )
    command = command_line("lora-studio", "restore", found)
    return StorageError(f"The library {path} {what}; its newest sound backup is {found}: put it back with {command}")
