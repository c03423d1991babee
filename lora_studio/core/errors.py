"""Errors that a user can cause: their text is shown as it is and says what to do."""

from __future__ import annotations

from collections.abc import Sequence


class StudioError(Exception):
    """An expected error. `code` is the JSON door's code, `field` the request field at fault, if one is."""

    code = "VALIDATION"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(StudioError):
    """The request or the input is wrong."""


class InvalidFields(Invalid):
    """Several faults of one request: pairs of field and message, at least one."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(message for _, message in faults), faults[0][0])
        self.faults = tuple(faults)


class PermissionDenied(StudioError):
    """The key or the grants do not allow it. The message always starts with "Permission denied"."""

    code = "PERMISSION_DENIED"

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(f"Permission denied: {reason}", field)


class NotFound(StudioError):
    """What was asked for does not exist."""

    code = "NOT_FOUND"


class Conflict(StudioError):
    """It exists already, or it changed in the meantime."""

    code = "CONFLICT"


class StorageError(StudioError):
    """The disk, the folder or the library file does not let us."""

    code = "IO"


class Cancelled(StudioError):
    """Raised by a progress callable to stop the work; not a failure."""

    code = "CANCELLED"

    def __init__(self) -> None:
        super().__init__("Cancelled; nothing was changed")
