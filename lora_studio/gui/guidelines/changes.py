"""What the page asks of the library beside reading its list, each as work for a worker."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import NamedTuple

from lora_studio.core.domain import OWNER
from lora_studio.core.library.browse import ids_of
from lora_studio.core.library.changes import Change, Edit, change_rows, change_to
from lora_studio.core.library.facets import Labels, Selected, describe
from lora_studio.core.library.store import Library
from lora_studio.core.starter import add_starter_set

Progress = Callable[[int, int], None]


class Selection(NamedTuple):
    """The ids of what is selected, and what can be said of it, once the labels have been read."""

    ids: tuple[str, ...]
    described: Selected | None


def read_selection(library: Library, labels: Labels | None, rows: array[int], progress: Progress) -> Selection:
    """Looks at the guidelines in `rows`."""
    ids = tuple(ids_of(library, rows))
    progress(1, 2)
    return Selection(ids, describe(labels, rows) if labels and ids else None)


def change(library: Library, rows: array[int], edit: Edit, progress: Progress) -> Change:
    """Does `edit` to the guidelines in `rows`."""
    return change_rows(library, rows, edit, OWNER, "Changed in the window", progress)


def add_starters(library: Library, progress: Progress) -> Change:
    """Adds the starter set to a library that never had a guideline."""
    return change_to(library, add_starter_set(library, progress), "starter")
