"""The audit log: who did what when, and how it ended. It only grows (triggers see to that)."""

from __future__ import annotations

import contextlib
import csv
import json
import logging
import operator
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any

from peewee import SQL

from lora_studio.core.clock import timestamp
from lora_studio.core.domain import OWNER
from lora_studio.core.errors import PermissionDenied, StudioError
from lora_studio.core.files import storage_errors
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import audit
from lora_studio.core.sharing import harmless

Progress = Callable[[int, int], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the log; `detail` is what the action was about, as text values by name."""

    at: str
    who: str
    action: str
    outcome: str
    detail: dict[str, str]
    row: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SeenAgent:
    """A name that asked for something lately. `refused` counts its refusals for want of permission since its last
    success; `said` is the newest of them.
    """

    name: str
    last: str
    refused: int
    said: str


def record(library: Library, who: str, action: str, outcome: str, detail: Mapping[str, str]) -> None:
    """Adds a row. `outcome` is "done" or an error code; `detail` must never hold a key."""
    with library.connection():
        library.execute(
            audit.insert(at=timestamp(), who=who, action=action, outcome=outcome, detail=json.dumps(dict(detail)))
        )


@contextlib.contextmanager
def recorded(library: Library, who: str, action: str, detail: Mapping[str, str]) -> Iterator[None]:
    """Records how the block ends: "done", or the code of the StudioError that it raises.

    Where the row cannot be written, the log says so: what was done stays done, and a refusal stays that refusal.
    """
    try:
        yield
    except StudioError as error:
        _record_or_log(library, who, action, error.code, {**detail, "error": error.message})
        raise
    _record_or_log(library, who, action, "done", detail)


def _record_or_log(library: Library, who: str, action: str, outcome: str, detail: Mapping[str, str]) -> None:
    try:
        record(library, who, action, outcome, detail)
    except StudioError as problem:
        log.error("the audit log misses %s (%s): %s", action, outcome, problem)


SLICE = 20_000
"""Rows that are looked through between two words of progress."""
PAGE = 200


def entries(library: Library, limit: int = 100) -> list[AuditEntry]:
    """The last `limit` rows, newest first."""
    with library.connection():
        rows = library.execute(audit.select(*_COLUMNS).order_by(audit.row.desc()).limit(limit)).fetchall()
    return [_entry(row) for row in rows]


def older_entries(
    library: Library, before: int | None = None, text: str = "", limit: int = PAGE, progress: Progress | None = None
) -> list[AuditEntry]:
    """The next `limit` rows older than row `before` (None: from the newest), newest first.

    Only those with every word of `text` in who, action, outcome or detail, whatever their case. Costs the same on
    the first and on the millionth row; `progress(done, total)` may stop a search that finds little.
    """
    condition = _holds(text)
    found: list[AuditEntry] = []
    with library.connection():
        top = start = last_row(library) if before is None else before - 1
        while top > 0 and len(found) < limit:
            if progress:
                progress(start - top, start)
            bottom = top - SLICE if text.strip() else 0
            part = audit.select(*_COLUMNS).where((audit.row <= top) & (audit.row > bottom) & condition)
            rows = library.execute(part.order_by(audit.row.desc()).limit(limit - len(found))).fetchall()
            found += [_entry(row) for row in rows]
            top = bottom
    return found


def last_row(library: Library) -> int:
    """The number of the newest row; 0 for an empty log."""
    with library.connection():
        return int(library.sql("SELECT coalesce(max(row), 0) FROM audit").fetchone()[0])


def seen_agents(library: Library, rows: int = SLICE) -> list[SeenAgent]:
    """The agents in the last `rows` rows, those seen last first; not the owner, and nobody without a name."""
    seen: dict[str, SeenAgent] = {}
    closed: set[str] = set()
    with library.connection():
        query = audit.select(audit.who, audit.at, audit.outcome, audit.detail).order_by(audit.row.desc()).limit(rows)
        for who, at, outcome, detail in library.execute(query):
            if who in (OWNER, "?", "") or who in closed:
                continue
            agent = seen.setdefault(who, SeenAgent(who, at, 0, ""))
            if outcome == "done":
                closed.add(who)
            elif outcome == PermissionDenied.code and "admin key" not in detail:
                seen[who] = replace(agent, refused=agent.refused + 1, said=agent.said or json.loads(detail)["error"])
    return list(seen.values())


def write_csv(library: Library, path: Path, text: str, progress: Progress) -> int:
    """Writes the rows that `older_entries` finds for `text` to `path`, whole or not at all; gives their number.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    with storage_errors(f"write {path}"):
        handle, part = tempfile.mkstemp(prefix=".lora-studio-", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                written = _write_rows(library, csv.writer(file), text, progress)
            Path(part).replace(path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    return written


def _write_rows(library: Library, sheet: Any, text: str, progress: Progress) -> int:
    sheet.writerow(("when", "who", "action", "outcome", "detail"))
    written, total = 0, last_row(library)
    before: int | None = total + 1
    while before is not None:
        progress(total - before + 1, total)
        found = older_entries(library, before, text, SLICE, lambda done, of: progress(total - of + done, total))
        for entry in found:
            detail = "; ".join(f"{name}: {value}" for name, value in entry.detail.items())
            sheet.writerow([harmless(cell) for cell in (entry.at, entry.who, entry.action, entry.outcome, detail)])
        written += len(found)
        before = found[-1].row if len(found) == SLICE else None
    progress(total, total)
    return written


_COLUMNS = (audit.at, audit.who, audit.action, audit.outcome, audit.detail, audit.row)


def _entry(row: Sequence[Any]) -> AuditEntry:
    at, who, action, outcome, detail, number = row
    return AuditEntry(at, who, action, outcome, json.loads(detail), number)


def _holds(text: str) -> Any:
    """Every word of `text` is somewhere in the row; SQLite's LIKE knows the case of ASCII letters only."""
    said = " || char(10) || ".join(("who", "action", "outcome", "detail"))
    terms: list[Any] = [SQL("1")]
    for word in text.split():
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        terms.append(SQL(f"({said} LIKE ? ESCAPE '\\')", (pattern,)))
    return reduce(operator.and_, terms)
