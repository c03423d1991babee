"""`backup`, `restore` and `purge`, the owner's alone: copies of the library, the way back, and erasing for good."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from lora_studio.core.domain import OWNER
from lora_studio.core.drafts import change_unsaved
from lora_studio.core.errors import Cancelled, PermissionDenied, StudioError
from lora_studio.core.files import path_text, plain_path
from lora_studio.core.home import Home
from lora_studio.core.library.access import check_admin_key
from lora_studio.core.library.audit import record, recorded
from lora_studio.core.library.backups import back_up
from lora_studio.core.library.purging import names_of, purge
from lora_studio.core.library.restoring import present_library, restore
from lora_studio.core.library.store import open_library
from lora_studio.core.library.tries import OWNERS
from lora_studio.doors.cli import keys, show
from lora_studio.terminal import is_terminal

Response = dict[str, Any]


def back_up_library(arguments: argparse.Namespace, home: Home) -> Response:
    """`lora-studio backup [FILE]`."""
    library = open_library(home.library, create=False)
    target = plain_path(arguments.file, "file", folder=False) if arguments.file else None
    detail = {"file": path_text(target)} if target else {}
    with recorded(library, OWNER, "backup", detail):
        made = back_up(library.path, target)
    return {"path": str(made), "bytes": made.stat().st_size}


def show_backup(response: Response) -> None:
    """Where the copy lies."""
    show.line(f"The library is copied to {response['path']} ({response['bytes']:,} bytes)")


def restore_library(arguments: argparse.Namespace, home: Home) -> Response:
    """`lora-studio restore FILE`."""
    file = plain_path(arguments.file, "file", folder=False)
    kept = restore(home.library, file, keys.owner_key(present_library(home.library)))
    return {"path": str(home.library), "restored": str(file), "kept": str(kept) if kept else None}


def show_restore(response: Response) -> None:
    """What is in place now, and where the library of before is."""
    show.line(f"{response['restored']} is the library now")
    if response["kept"]:
        show.line(f"The one of before is kept: {response['kept']}")


def purge_guidelines(arguments: argparse.Namespace, home: Home) -> Response:
    """`lora-studio purge ID…`."""
    library = open_library(home.library, create=False)
    ids = list(dict.fromkeys(arguments.ids))
    try:
        check_admin_key(library, keys.owner_key(library), OWNERS)
        _confirm(list(names_of(library, ids).values()))
    except StudioError as refused:
        record(library, OWNER, "purge", refused.code, {"count": str(len(ids)), "error": refused.message})
        raise
    done = purge(library, ids)
    change_unsaved(home.drafts, dict.fromkeys(ids))
    return {"count": done.count, "datasets": list(done.datasets), "left": [str(path) for path in done.left]}


def _confirm(names: list[str]) -> None:
    """Has a person at a terminal type what is about to happen. Raises Cancelled for anything else."""
    if not is_terminal(sys.stdin):
        raise PermissionDenied("guidelines are purged at a terminal only, by a person who types")
    for name in names:
        show.problem(f"  {name}")
    word = f"purge {len(names)}"
    show.problem("They are erased for good: every version, the search index, and every backup beside the library.")
    if keys.typed_line(f"To go on, type {word}: ").strip() != word:
        raise Cancelled


def show_purge(response: Response) -> None:
    """What was erased, and where the text may still be."""
    show.line(f"Erased for good: {response['count']:,} guidelines")
    for path in response["left"]:
        show.problem(f"Note: {path} could not be read and may still hold them; delete it")
    for folder in response["datasets"]:
        show.problem(f"Note: datasets in {folder} were made with them; delete those and the adapters trained on them")
