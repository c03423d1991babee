"""Who may do what: the admin key that guards exports, and the grants that limit what an agent sees."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from lora_studio.core.clock import timestamp
from lora_studio.core.domain import LABEL_MAX, OWNER, PERMISSIONS, SCOPE_TYPES, Scope
from lora_studio.core.errors import Invalid, NotFound, PermissionDenied, StorageError
from lora_studio.core.library.audit import record
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import access_grant, admin_key
from lora_studio.core.library.tries import DOORS, OWNERS, count, reserve
from lora_studio.pasting import command_line

# 19 MiB and two passes: the OWASP password storage sheet's Argon2id setting with the least memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
KEY_MIN, KEY_MAX = 8, 1_000
AS_FIELD, AS_OWNER = "give it as admin_key", "give it and try again"
"""How a request and how the owner gives the key; the end of the sentence that it is missing."""
NO_KEY = "no admin key is set, and exports need one; the owner sets it with: lora-studio admin-key set"
UNGUARDED = {"adminKey": "none is set"}
"""What the audit log says of an export that no key guarded."""

ALL_SCOPES = Scope("all")


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """What one agent may do in one scope; `write` includes read."""

    agent: str
    permission: str
    scope: Scope


def has_admin_key(library: Library) -> bool:
    """Whether an admin key was set."""
    return _kept_hash(library) is not None


def _kept_hash(library: Library) -> str | None:
    with library.connection():
        row = library.execute(admin_key.select(admin_key.hash)).fetchone()
    return None if row is None else str(row[0])


Wait = Callable[[float], None]
"""Passes so many seconds, or raises."""


def set_admin_key(library: Library, new: str, present: str | None = None, wait: Wait | None = None) -> None:
    """Sets the key; once there is one, `present` must be it. Raises Invalid for a key that is too short or long."""
    check_new_key(new)
    is_first = not check_admin_key(library, present, OWNERS, wait)
    new_hash = _HASHER.hash(new)
    with library.writing():
        if is_first and has_admin_key(library):
            raise PermissionDenied("another admin key was set at the same moment; give that one to change it")
        library.execute(admin_key.delete())
        library.execute(admin_key.insert(only=1, hash=new_hash))
        record(library, OWNER, "admin_key set", "done", {})


def check_new_key(new: str) -> None:
    """Raises Invalid for what cannot be an admin key."""
    if not KEY_MIN <= len(new) <= KEY_MAX or not new.strip():
        raise Invalid(f"The admin key must have {KEY_MIN} to {KEY_MAX} characters; choose a longer one")
    if "\0" in new or any("\ud800" <= c <= "\udfff" for c in new):
        raise Invalid("The admin key must be plain text without NUL; choose another one")


def reset_admin_key(library: Library, typed: str) -> None:
    """The way back for a lost key: afterwards none is set. Grants stay as they are.

    For who owns the library's file alone, who must have `typed` its name. Raises PermissionDenied and Invalid.
    """
    if not has_admin_key(library):
        raise NotFound("No admin key is set; there is nothing to reset")
    if hasattr(os, "getuid") and library.path.stat().st_uid != os.getuid():
        raise PermissionDenied(f"the library {library.path} is another user's, who alone may reset its key")
    if typed.strip() not in (library.path.name, str(library.path)):
        raise Invalid(f"That is not the library's name, {library.path.name}; nothing was changed")
    with library.writing():
        library.execute(admin_key.delete())
        for who in (OWNERS, DOORS):
            count(library, who, right=True)
        record(library, OWNER, "admin_key reset", "done", {})


def check_admin_key(library: Library, key: str | None, who: str = DOORS, wait: Wait | None = None) -> bool:
    """True where `key` is the admin key; False where none is set, which only the owner may go on from.

    Raises PermissionDenied for all else. After five wrong ones in a row each try waits; `wait`, by default a plain
    sleep, is how: the window shows the seconds, and may give up by raising Cancelled.
    """
    if not has_admin_key(library):
        if who == OWNERS:
            return False
        raise PermissionDenied(NO_KEY, "admin_key")
    if not key:
        raise PermissionDenied(f"the admin key is missing; {AS_FIELD if who == DOORS else AS_OWNER}", "admin_key")
    (wait or time.sleep)(reserve(library, who))
    kept = _kept_hash(library)
    if kept is None:  # it was reset meanwhile
        return check_admin_key(library, key, who, wait)
    is_right = _matches(library, kept, key)
    with library.connection():
        count(library, who, right=is_right)
    if not is_right:
        raise PermissionDenied("the admin key is wrong", "admin_key")
    return True


def check_owner(library: Library, key: str, detail: dict[str, str], wait: Wait | None = None) -> None:
    """The owner's check before what the key guards; where none is set, `detail` of the audit row says so."""
    if not check_admin_key(library, key, OWNERS, wait):
        detail |= UNGUARDED


def is_admin_key(library: Library, text: str) -> bool:
    """Whether `text` is the key, uncounted: to keep it out of what is written down, never to tell anyone who asks."""
    kept = _kept_hash(library)
    return kept is not None and _matches(library, kept, text)


def _matches(library: Library, kept: str, key: str) -> bool:
    try:
        return _HASHER.verify(kept, key.encode("utf-8", "surrogatepass"))
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError):
        raise StorageError(
            f"What the library {library.path} keeps of the admin key is damaged; put back a backup copy, or do away "
            "with the key: lora-studio admin-key reset"
        ) from None


def parse_scope(text: str) -> Scope:
    """`global`, `all`, or `org:ID`, `project:ID`, `session:ID`. Raises Invalid."""
    kind, _, scope_id = text.partition(":")
    if kind in SCOPE_TYPES[1:] and scope_id.strip() and not _is_label(scope_id):
        raise Invalid(f"A scope's id has at most {LABEL_MAX} characters of plain text; give another one", "scope")
    if text in ("all", "global") or (kind in SCOPE_TYPES[1:] and scope_id.strip()):
        return Scope(kind, scope_id)
    raise Invalid(f"{text!r} is not a scope; use global, org:ID, project:ID, session:ID or all", "scope")


def _is_label(text: str) -> bool:
    """Whether the library can keep it as a name: not blank, not too long, without NUL and half characters."""
    is_odd = any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)
    return bool(text.strip()) and len(text) <= LABEL_MAX and not is_odd


def grant(library: Library, agent: str, permission: str, scope: Scope) -> None:
    """Gives `agent` the permission; granting it twice changes nothing."""
    check_grant(agent, permission)
    values = {
        "agent": agent,
        "permission": permission,
        "scope_type": scope.type,
        "scope_id": scope.id,
        "granted_at": timestamp(),
    }
    with library.writing():
        library.execute(access_grant.insert(values).on_conflict_ignore())
        record(library, OWNER, "grant", "done", {"agent": agent, "permission": permission, "scope": str(scope)})


def revoke(library: Library, agent: str, permission: str, scope: Scope) -> None:
    """Takes the permission back; without read there is no write. Raises NotFound where there is none."""
    check_grant(agent, permission)
    taken = PERMISSIONS if permission == "read" else ("write",)
    condition = (
        (access_grant.agent == agent)
        & (access_grant.permission.in_(list(taken)))
        & (access_grant.scope_type == scope.type)
        & (access_grant.scope_id == scope.id)
    )
    with library.writing():
        if not library.execute(access_grant.select(access_grant.agent).where(condition)).fetchone():
            raise NotFound(f"{agent!r} has no {permission} permission for {scope}; nothing was revoked")
        library.execute(access_grant.delete().where(condition))
        record(library, OWNER, "revoke", "done", {"agent": agent, "permission": permission, "scope": str(scope)})


def check_grant(agent: str, permission: str) -> None:
    """Raises Invalid for a name or a permission that nobody can be granted."""
    if agent.strip().casefold() == OWNER:
        raise Invalid(f"{OWNER!r} is the library's owner and may do everything; name an agent", "agentId")
    if not _is_label(agent):
        raise Invalid(
            f"The agent's name must have 1 to {LABEL_MAX} characters; give the name that it uses as agentId", "agentId"
        )
    if permission not in PERMISSIONS:
        raise Invalid(f"{permission!r} is not a permission; use read or write", "permission")


def grants(library: Library, agent: str | None = None) -> list[Grant]:
    """All grants, or one agent's, sorted."""
    query = access_grant.select(
        access_grant.agent, access_grant.permission, access_grant.scope_type, access_grant.scope_id
    )
    if agent is not None:
        query = query.where(access_grant.agent == agent)
    with library.connection():
        return sorted(Grant(who, what, Scope(kind, of)) for who, what, kind, of in library.execute(query))


def known_scopes(library: Library) -> list[Scope]:
    """The scopes that guidelines and grants name, global first; what a picker offers beside "all"."""
    named = (
        "SELECT scope_type, scope_id FROM guideline WHERE deleted = 0 UNION SELECT scope_type, scope_id "
        "FROM access_grant WHERE scope_type <> 'all'"
    )
    with library.connection():
        found = {Scope(kind, of) for kind, of in library.sql(named)} | {Scope()}
    return sorted(found, key=lambda scope: (SCOPE_TYPES.index(scope.type), scope.id.casefold(), scope.id))


def permitted(library: Library, agent: str, permission: str) -> tuple[Scope, ...] | None:
    """The scopes in which `agent` has `permission`; None means all of them."""
    if agent == OWNER:
        return None
    enough = PERMISSIONS if permission == "read" else ("write",)
    scopes = {grant.scope for grant in grants(library, agent) if grant.permission in enough}
    return None if ALL_SCOPES in scopes else tuple(sorted(scopes))


def require(library: Library, agent: str, permission: str, scopes: tuple[Scope, ...]) -> tuple[Scope, ...] | None:
    """What `permitted` gives, after a check of the named `scopes`; raises PermissionDenied.

    A scope type without an id asks for whatever of that type is permitted; no scope at all, for anything.
    """
    allowed = permitted(library, agent, permission)
    if allowed is None:
        return None
    if not allowed:
        # Unnamed: what nobody granted anything to may be any text, the admin key too.
        raise PermissionDenied(f"the agent has no {permission} permission; {ask_for('AGENT', permission)}")
    for scope in scopes:
        whole_type = scope.type != "global" and not scope.id
        if scope not in allowed and not (whole_type and any(scope.type == one.type for one in allowed)):
            raise PermissionDenied(
                f"agent {agent!r} has no {permission} permission for {scope}; {ask_for(agent, permission, scope)}"
            )
    return allowed


def ask_for(agent: str, permission: str, scope: Scope | None = None) -> str:
    """The end of a refusal's sentence: how the permission is granted."""
    grants_it = command_line("lora-studio", "grant", agent, "--permission", permission, "--scope", scope or "SCOPE")
    return f"the library's owner grants it with: {grants_it}"
