"""What the page asks of the library beside reading it, each as work for a worker."""

from __future__ import annotations

from array import array
from collections.abc import Callable

from lora_studio.core.domain import OWNER
from lora_studio.core.library.browse import ids_of
from lora_studio.core.library.guidelines import set_deleted
from lora_studio.core.library.store import Library
from lora_studio.core.starter import add_starter_set

Progress = Callable[[int, int], None]
Ids = tuple[str, ...]


def read_ids(library: Library, rows: array[int], progress: Progress) -> Ids:
    """The ids of the guidelines in `rows`."""
    return tuple(ids_of(library, rows))


def delete(library: Library, rows: array[int], progress: Progress) -> Ids:
    """Deletes the guidelines in `rows`, and gives their ids, for `restore`."""
    ids = tuple(ids_of(library, rows))
    set_deleted(library, ids, True, OWNER, "Deleted in the window")
    return ids


def restore(library: Library, ids: Ids, progress: Progress) -> int:
    """Brings deleted guidelines back, and says how many."""
    return set_deleted(library, ids, False, OWNER, "Deletion undone")


def add_starters(library: Library, progress: Progress) -> int:
    """Adds the starter set to a library that never had a guideline, and says how many."""
    return len(add_starter_set(library, progress))
