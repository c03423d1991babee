"""The clock: real time in UTC, or the time fixed by LORA_STUDIO_NOW (an ISO time, for tests)."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from lora_studio.core.errors import Invalid


def now() -> datetime:
    """The present time in UTC. Raises Invalid when LORA_STUDIO_NOW is not an ISO time."""
    fixed = os.environ.get("LORA_STUDIO_NOW")
    if not fixed:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(fixed)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"LORA_STUDIO_NOW must be an ISO time such as 2025-12-24T10:30:00Z, not {fixed!r}") from None


def timestamp() -> str:
    """The present time as `2025-12-24T10:30:00.000Z`."""
    return now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def today() -> str:
    """The present date in UTC as `YYYY-MM-DD`."""
    return now().date().isoformat()
