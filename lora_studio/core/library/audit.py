"""The audit log: who did what when, and how it ended. It only grows (triggers see to that)."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lora_studio.core.clock import timestamp
from lora_studio.core.errors import StudioError
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import audit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the log; `detail` is what the action was about, as text values by name."""

    at: str
    who: str
    action: str
    outcome: str
    detail: dict[str, str]


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


def entries(library: Library, limit: int = 100) -> list[AuditEntry]:
    """The last `limit` rows, newest first."""
    columns = (audit.at, audit.who, audit.action, audit.outcome, audit.detail)
    with library.connection():
        rows = library.execute(audit.select(*columns).order_by(audit.row.desc()).limit(limit)).fetchall()
    return [AuditEntry(at, who, action, outcome, json.loads(detail)) for at, who, action, outcome, detail in rows]
