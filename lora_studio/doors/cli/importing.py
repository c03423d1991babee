"""`import`: what files hold that is new, changed, the same or unreadable; and, without --dry-run, into the library."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.files import path_text
from lora_studio.core.home import Home
from lora_studio.core.importing.apply import apply_import
from lora_studio.core.importing.files import FITS
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.importing.records import CHOSEN_STATES, STATES, Entry, ImportPlan
from lora_studio.core.library.access import parse_scope
from lora_studio.core.library.store import open_library
from lora_studio.doors.cli import show

SHOWN = 200
"""Most lines of one kind that a table shows."""


def import_files(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """Plans the import and, unless it is a dry run, does it: what is new and changed, and what --take names."""
    paths = [Path(text) for text in arguments.paths]
    for path in paths:
        if not _is_there(path):
            raise NotFound(f"There is no file or folder {path_text(path)!r}; check the path", "paths")
    scope = parse_scope(arguments.scope)
    library = open_library(home.library)
    with show.progress_bar("Reading") as progress:
        tell = progress or (lambda done, total: None)
        plan = plan_import(library, paths, scope, tell)
        if not plan.entries:
            raise Invalid(_nothing(plan))
        states = {*CHOSEN_STATES, *arguments.take}
        chosen = [number for number, entry in enumerate(plan.entries) if entry.state in states]
        done = None if arguments.dry_run else apply_import(library, plan, chosen, OWNER, progress=tell)
    return {
        "dryRun": arguments.dry_run,
        "counts": {**{state: plan.count(state) for state in STATES}, "unreadable": len(plan.problems)},
        "imported": sum(done.counts.values()) if done else 0,
        "entries": [_entry_json(entry) for entry in plan.entries],
        "problems": [{"path": one.path, "line": one.line, "message": one.why} for one in plan.problems],
    }


def _is_there(path: Path) -> bool:
    try:
        return path.expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _nothing(plan: ImportPlan) -> str:
    if not plan.problems:
        return f"No guidelines found; what fits: {FITS}"
    first = plan.problems[0]
    more = f" ({len(plan.problems) - 1:,} more could not be read either)" if len(plan.problems) > 1 else ""
    return f"{first.path}: {first.why}{more}"


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "state": entry.state,
        "name": entry.draft.name,
        "id": entry.old.id if entry.old else None,
        "category": entry.draft.category,
        "scopeType": entry.draft.scope.type,
        "scopeId": entry.draft.scope.id or None,
        "source": path_text(entry.source),
        "line": entry.line,
        "changes": list(entry.changes),
        "note": entry.note,
    }


def show_import(response: dict[str, Any]) -> None:
    """A table of what differs and of what could not be read, then the sums in words."""
    rows = []
    for state in STATES:
        found = [entry for entry in response["entries"] if entry["state"] == state]
        rows += [(state, one["name"], _place(one["source"], one["line"]), _remark(one)) for one in found[:SHOWN]]
        if len(found) > SHOWN:
            rows.append((state, f"… and {len(found) - SHOWN:,} more", "", ""))
    problems = response["problems"]
    rows += [("unreadable", "", _place(one["path"], one["line"]), one["message"]) for one in problems[:SHOWN]]
    if len(problems) > SHOWN:
        rows.append(("unreadable", f"… and {len(problems) - SHOWN:,} more", "", ""))
    show.table(("What", "Name", "Where", "Note"), rows)
    counts = response["counts"]
    show.line(", ".join(f"{counts[state]:,} {state}" for state in (*STATES, "unreadable") if counts[state]))
    if response["dryRun"]:
        show.line("Nothing was changed; leave out --dry-run to import")
        return
    number = response["imported"]
    show.line(f"Imported {number:,} guideline{'' if number == 1 else 's'}")
    left = [state for state in ("conflict", "gone", "duplicate") if counts[state]]
    if left and number < sum(counts[state] for state in (*CHOSEN_STATES, *left)):
        show.line(f"Left alone: {', '.join(left)}; --take names what is to be imported too")


def _place(path: str, line: int) -> str:
    return f"{path}:{line}" if line else path


def _remark(entry: dict[str, Any]) -> str:
    return entry["note"] or (f"changes {', '.join(entry['changes'])}" if entry["changes"] else "")
