"""`import`: what files hold that is new, changed, the same or unreadable; and, without --dry-run, into the library."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.files import path_text
from lora_studio.core.home import Home
from lora_studio.core.importing.apply import apply_import
from lora_studio.core.importing.files import FITS
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.importing.records import CHOSEN_STATES, STATES, Entry, ImportPlan, NotRead
from lora_studio.core.importing.remembered import source_paths
from lora_studio.core.library.access import parse_scope
from lora_studio.core.library.store import Library, open_library
from lora_studio.doors.cli import show

SHOWN = 200
"""Most lines of one kind that a table shows."""
UNLIKELY, DECLINED = "unlikely", "declined"
"""What the command line calls an entry that is probably no rule, and one that was left out before."""
_GROUPS = ("new", "changed", UNLIKELY, DECLINED, "conflict", "gone", "duplicate", "same")


def import_files(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """Plans the import and, unless it is a dry run, does it: what is new and changed, and what --take names."""
    library = open_library(home.library)
    paths, lost = _paths(library, arguments)
    scope = parse_scope(arguments.scope) if arguments.scope else None
    with show.progress_bar("Reading") as progress:
        tell = progress or (lambda done, total: None)
        plan = plan_import(library, paths, scope, tell, arguments.anew)
        plan = replace(plan, not_read=(*plan.not_read, *lost))
        if not plan.entries:
            raise Invalid(_nothing(plan))
        chosen = _chosen(plan, arguments.take)
        done = None if arguments.dry_run else apply_import(library, plan, chosen, OWNER, progress=tell)
    return {
        "dryRun": arguments.dry_run,
        "counts": _counts(plan),
        "imported": sum(done.counts.values()) if done else 0,
        "entries": [_entry_json(entry, number in chosen) for number, entry in enumerate(plan.entries)],
        "problems": [{"path": one.path, "line": one.line, "message": one.why} for one in plan.problems],
        "notRead": [{"path": one.path, "reason": one.reason} for one in plan.not_read],
        "notTaken": [
            {"path": one.path, "line": one.line, "field": one.field, "reason": one.reason} for one in plan.not_taken
        ],
    }


def _paths(library: Library, arguments: argparse.Namespace) -> tuple[list[Path], list[NotRead]]:
    """What is to be read: the paths that are named, or with --again every file that was imported; and those lost."""
    paths = [Path(text) for text in arguments.paths]
    for path in paths:
        if not _is_there(path):
            raise NotFound(f"There is no file or folder {path_text(path)!r}; check the path", "paths")
    if not arguments.again:
        return paths, []
    with library.connection():
        known = source_paths(library)
    if not known:
        raise Invalid("Nothing was imported from a file yet; name a file or a folder", "again")
    lost = [NotRead(path_text(path), "It is no longer there") for path in known if not _is_there(path)]
    return [path for path in known if _is_there(path)], lost


def _is_there(path: Path) -> bool:
    try:
        return path.expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _chosen(plan: ImportPlan, take: Sequence[str]) -> frozenset[int]:
    """What the plan takes of itself, and what `take` names besides."""
    return frozenset(number for number, entry in enumerate(plan.entries) if entry.is_offered or _named(entry) in take)


def _named(entry: Entry) -> str:
    """What --take calls an entry that is not offered."""
    if entry.state in CHOSEN_STATES:
        return DECLINED if entry.declined else UNLIKELY if entry.is_unlikely else entry.state
    return entry.state


def _counts(plan: ImportPlan) -> dict[str, int]:
    counts = {state: plan.count(state) for state in STATES}
    return counts | {
        UNLIKELY: sum(_named(entry) == UNLIKELY for entry in plan.entries),
        DECLINED: sum(entry.declined for entry in plan.entries),
        "unreadable": len(plan.problems),
        "notRead": len(plan.not_read),
        "notTaken": len(plan.not_taken),
    }


def _nothing(plan: ImportPlan) -> str:
    told = [(one.path, one.why) for one in plan.problems] + [(one.path, one.reason) for one in plan.not_read]
    if not told:
        return f"No guidelines found; what fits: {FITS}"
    (path, why), more = told[0], len(told) - 1
    return f"{path}: {why}" + (f" ({more:,} more could not be read either)" if more else "")


def _entry_json(entry: Entry, taken: bool) -> dict[str, Any]:
    draft = entry.draft
    return {
        "state": entry.state,
        "name": draft.name,
        "id": entry.old.id if entry.old else None,
        "category": draft.category,
        "scopeType": draft.scope.type,
        "scopeId": draft.scope.id or None,
        "source": path_text(entry.source),
        "line": entry.line,
        "changes": list(entry.changes),
        "note": entry.note,
        "content": draft.content,
        "tags": list(draft.tags),
        "examples": {"good": list(draft.good), "bad": list(draft.bad)},
        "rationale": draft.rationale,
        "active": draft.active,
        "taken": taken,
        "reason": entry.reason,
        "description": entry.description,
        "declined": entry.declined,
    }


def show_import(response: dict[str, Any]) -> None:
    """A table of what differs, of what is probably no rule, and of what was not read or taken; the sums in words."""
    entries: dict[str, list[dict[str, Any]]] = {}
    for one in response["entries"]:
        entries.setdefault(_group(one), []).append(one)
    rows: list[tuple[str, str, str, str]] = []
    for group in _GROUPS:
        lines = [(one["name"], _place(one["source"], one["line"]), _remark(one)) for one in entries.get(group, ())]
        rows += _lines(group, lines)
    rows += _lines("unreadable", [("", _place(p["path"], p["line"]), p["message"]) for p in response["problems"]])
    rows += _lines("not read", [("", one["path"], one["reason"]) for one in response["notRead"]])
    rows += _lines(
        "not taken", [(one["field"], _place(one["path"], one["line"]), one["reason"]) for one in response["notTaken"]]
    )
    show.table(("What", "Name", "Where", "Note"), rows)
    _show_sums(response, {group: len(found) for group, found in entries.items()})


def _lines(what: str, found: list[tuple[str, str, str]]) -> list[tuple[str, str, str, str]]:
    rows = [(what, *line) for line in found[:SHOWN]]
    return [*rows, (what, f"… and {len(found) - SHOWN:,} more", "", "")] if len(found) > SHOWN else rows


def _group(entry: dict[str, Any]) -> str:
    if entry["state"] not in CHOSEN_STATES:
        return str(entry["state"])
    return DECLINED if entry["declined"] else UNLIKELY if entry["reason"] and not entry["id"] else str(entry["state"])


def _show_sums(response: dict[str, Any], groups: dict[str, int]) -> None:
    counts = response["counts"]
    sums = [(groups.get(group, 0), group) for group in _GROUPS]
    fields = "field not taken" if counts["notTaken"] == 1 else "fields not taken"
    sums += [(counts["unreadable"], "unreadable"), (counts["notRead"], "not read"), (counts["notTaken"], fields)]
    show.line(", ".join(f"{count:,} {word}" for count, word in sums if count))
    if not any(group not in ("same", DECLINED) for group in groups):
        show.line("Nothing new: the library says what the files say")
        return
    if response["dryRun"]:
        show.line("Nothing was changed; leave out --dry-run to import")
        return
    number = response["imported"]
    show.line(f"Imported {number:,} guideline{'' if number == 1 else 's'}")
    if left := {_group(one) for one in response["entries"] if not one["taken"] and one["state"] != "same"}:
        show.line(f"Left alone: {', '.join(sorted(left))}; --take names what is to be imported too")


def _place(path: str, line: int) -> str:
    return f"{path}:{line}" if line else path


def _remark(entry: dict[str, Any]) -> str:
    changes = f"changes {', '.join(entry['changes'])}" if entry["changes"] else ""
    return str(entry["note"] or changes or entry["reason"])
