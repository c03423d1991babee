"""Guidelines by their ids for one agent: one that it may not read is refused as one that is not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from lora_studio.core.domain import Guideline, GuidelineVersion
from lora_studio.core.errors import NotFound, PermissionDenied
from lora_studio.core.library.access import ask_for, permitted, require
from lora_studio.core.library.guidelines import get_guidelines, guideline_history
from lora_studio.core.library.store import Library

Found = TypeVar("Found", Guideline, GuidelineVersion)


def permitted_guidelines(library: Library, agent: str, permission: str, ids: Sequence[str]) -> list[Guideline]:
    """The guidelines of `ids`, deleted ones too, as one read found them. Raises PermissionDenied.

    An agent that may not read one of them learns neither its scope nor whether it is there; NotFound is for one that
    may read all.
    """
    return _permitted(library, agent, permission, lambda: get_guidelines(library, ids))


def permitted_history(library: Library, agent: str, guideline_id: str) -> list[GuidelineVersion]:
    """All versions, newest first, for an agent that may read every scope that the guideline ever had."""
    return _permitted(library, agent, "read", lambda: guideline_history(library, guideline_id))


def _permitted(library: Library, agent: str, permission: str, find: Callable[[], list[Found]]) -> list[Found]:
    require(library, agent, permission, ())
    readable = permitted(library, agent, "read")
    try:
        found = find()
    except NotFound:
        if readable is None:
            raise
        raise _unseen(permission) from None
    scopes = tuple(dict.fromkeys(one.scope for one in found))
    if readable is not None and not set(scopes) <= set(readable):
        raise _unseen(permission)
    require(library, agent, permission, scopes)
    return found


def _unseen(permission: str) -> PermissionDenied:
    reason = f"the agent has no {permission} permission for a guideline with this id; {ask_for('AGENT', permission)}"
    return PermissionDenied(reason, "id")
