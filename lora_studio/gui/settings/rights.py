"""What agents may do, read and changed in the worker: grants, known scopes, and who asked lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from lora_studio.core.domain import OWNER, Scope
from lora_studio.core.errors import Cancelled, StudioError
from lora_studio.core.library import access
from lora_studio.core.library.access import ALL_SCOPES, Grant
from lora_studio.core.library.audit import Progress, SeenAgent, last_row, record, seen_agents
from lora_studio.core.library.store import Library
from lora_studio.core.library.tries import OWNERS


@dataclass(frozen=True, slots=True)
class Rights:
    """All grants, the scopes that could be granted, and the agents of the newest part of the audit log."""

    grants: tuple[Grant, ...]
    scopes: tuple[Scope, ...]
    seen: tuple[SeenAgent, ...]


def read_rights(library: Library, progress: Progress) -> Rights:
    """How things are now."""
    with library.connection():
        grants = tuple(access.grants(library))
        return Rights(grants, (ALL_SCOPES, *access.known_scopes(library)), tuple(seen_agents(library)))


def stamp(library: Library, progress: Progress) -> tuple[object, ...]:
    """Something that differs as soon as grants, key or audit log do."""
    with library.connection():
        return (last_row(library), access.has_admin_key(library), tuple(access.grants(library)))


def change_rights(
    library: Library, key: str, given: Sequence[Grant], taken: Sequence[Grant], progress: Progress
) -> tuple[tuple[Grant, ...], tuple[Grant, ...]]:
    """Grants and revokes; once there is an admin key, `key` must be it. Gives what is new and what is gone.

    A refusal is a row of the audit log.
    """
    action = "grant" if given else "revoke"
    try:
        access.check_admin_key(library, key, OWNERS)
        before = set(access.grants(library))
        for one in taken:
            access.revoke(library, one.agent, one.permission, one.scope)
        for one in given:
            access.grant(library, one.agent, one.permission, one.scope)
    except Cancelled:
        raise
    except StudioError as error:
        record(library, OWNER, action, error.code, {"error": error.message})
        raise
    after = set(access.grants(library))
    return tuple(sorted(after - before)), tuple(sorted(before - after))


def scope_words(scope: Scope) -> str:
    """A scope as a person says it: "everything", "global", "project webapp"."""
    if scope == ALL_SCOPES:
        return QCoreApplication.translate("Rights", "everything")
    return f"{scope.type} {scope.id}" if scope.id else scope.type


def rights_words(agent: str, grants: Sequence[Grant]) -> str:
    """What one agent may do, in a sentence."""
    own = [grant for grant in grants if grant.agent == agent]
    written = [grant.scope for grant in own if grant.permission == "write"]
    read = [grant.scope for grant in own if grant.permission == "read" and grant.scope not in written]
    translate = QCoreApplication.translate
    if ALL_SCOPES in written:
        return translate("Rights", "{0} may read and write everything.").format(agent)
    parts = []
    if ALL_SCOPES in read:
        parts.append(translate("Rights", "read everything"))
    elif read:
        parts.append(translate("Rights", "read {0}").format(_listed(read)))
    if written:
        parts.append(translate("Rights", "read and write {0}").format(_listed(written)))
    if not parts:
        return translate("Rights", "{0} may do nothing.").format(agent)
    return translate("Rights", "{0} may {1}.").format(agent, translate("Rights", ", and ").join(parts))


def _listed(scopes: Sequence[Scope]) -> str:
    words = [scope_words(scope) for scope in scopes]
    last = QCoreApplication.translate("Rights", " and ")
    return last.join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
