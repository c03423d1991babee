"""Who may do what: the admin key that guards exports, and the grants that limit what an agent sees."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from lora_studio.core.clock import timestamp
from lora_studio.core.domain import LABEL_MAX, OWNER, PERMISSIONS, SCOPE_TYPES, Scope
from lora_studio.core.errors import Invalid, NotFound, PermissionDenied
from lora_studio.core.library.audit import record
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import access_grant, admin_key
from lora_studio.pasting import command_line

# 19 MiB and two passes: the OWASP password storage sheet's Argon2id setting with the least memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
FREE_WRONG_TRIES = 5
LONGEST_WAIT_S = 20.0
KEY_MIN, KEY_MAX = 8, 1_000
AS_FIELD = "give it as admin_key"
"""How a request gives the key; the end of the sentence that it is missing."""

ALL_SCOPES = Scope("all")


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """What one agent may do in one scope; `write` includes read."""

    agent: str
    permission: str
    scope: Scope


def has_admin_key(library: Library) -> bool:
    """Whether an admin key was set."""
    with library.connection():
        return bool(library.execute(admin_key.select(admin_key.only)).fetchone())


Wait = Callable[[float], None]
"""Passes so many seconds, or raises."""


def set_admin_key(library: Library, new: str, present: str | None = None, wait: Wait | None = None) -> None:
    """Sets the key; once there is one, `present` must be it. Raises Invalid for a key that is too short or long."""
    if not KEY_MIN <= len(new) <= KEY_MAX or not new.strip():
        raise Invalid(f"The admin key must have {KEY_MIN} to {KEY_MAX} characters; choose a longer one")
    if "\0" in new or any("\ud800" <= c <= "\udfff" for c in new):
        raise Invalid("The admin key must be plain text without NUL; choose another one")
    is_first = not has_admin_key(library)
    if not is_first:
        check_admin_key(library, present, wait)
    new_hash = _HASHER.hash(new)
    with library.writing():
        if is_first and has_admin_key(library):
            raise PermissionDenied("another admin key was set at the same moment; give that one to change it")
        library.execute(admin_key.delete())
        library.execute(admin_key.insert(only=1, hash=new_hash, failures=0, next_try=0.0))
        record(library, OWNER, "admin_key set", "done", {})


def check_admin_key(library: Library, key: str | None, wait: Wait | None = None) -> None:
    """Raises PermissionDenied unless `key` is the admin key. After five wrong ones in a row each try waits.

    `wait`, by default a plain sleep, is how: the window shows the seconds, and may give up by raising Cancelled.
    """
    with library.connection():
        if not has_admin_key(library):
            raise PermissionDenied(
                "no admin key is set, and exports need one; the owner sets it with: lora-studio admin-key set",
                "admin_key",
            )
        if not key:
            raise PermissionDenied(f"the admin key is missing; {AS_FIELD}", "admin_key")
        wait_s = _reserve_try(library)
    if wait_s > LONGEST_WAIT_S:
        raise PermissionDenied(
            f"too many wrong admin keys in a row; try again in {int(wait_s) + 1} seconds", "admin_key"
        )
    (wait or time.sleep)(wait_s)
    with library.connection():
        stored = library.execute(admin_key.select(admin_key.hash)).fetchone()[0]
        try:
            _HASHER.verify(stored, key.encode("utf-8", "surrogatepass"))
        except VerifyMismatchError:
            library.execute(admin_key.update({admin_key.failures: admin_key.failures + 1}))
            raise PermissionDenied("the admin key is wrong", "admin_key") from None
        library.execute(admin_key.update({admin_key.failures: 0, admin_key.next_try: 0.0}))


def _reserve_try(library: Library) -> float:
    """Seconds that this try has to wait. Tries queue up, so that many at once are no faster than one by one."""
    with library.writing():
        failures, next_try = library.execute(admin_key.select(admin_key.failures, admin_key.next_try)).fetchone()
        if failures < FREE_WRONG_TRIES:
            return 0.0
        if next_try - time.time() > 2 * LONGEST_WAIT_S:  # further than any wait: the clock was set back meanwhile
            next_try = 0.0
        pause = min(2.0 ** (failures - FREE_WRONG_TRIES), LONGEST_WAIT_S)
        start = max(time.time() + pause, next_try)
        wait: float = start - time.time()
        if wait <= LONGEST_WAIT_S:
            library.execute(admin_key.update({admin_key.next_try: start + pause}))
        return wait


def parse_scope(text: str) -> Scope:
    """`global`, `all`, or `org:ID`, `project:ID`, `session:ID`. Raises Invalid."""
    kind, _, scope_id = text.partition(":")
    if text in ("all", "global") or (kind in SCOPE_TYPES[1:] and scope_id.strip()):
        return Scope(kind, scope_id)
    raise Invalid(f"{text!r} is not a scope; use global, org:ID, project:ID, session:ID or all", "scope")


def grant(library: Library, agent: str, permission: str, scope: Scope) -> None:
    """Gives `agent` the permission; granting it twice changes nothing."""
    _check_grant(agent, permission)
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
    _check_grant(agent, permission)
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


def _check_grant(agent: str, permission: str) -> None:
    if agent.strip().casefold() == OWNER:
        raise Invalid(f"{OWNER!r} is the library's owner and may do everything; name an agent", "agentId")
    if not agent.strip() or len(agent) > LABEL_MAX or "\0" in agent or any("\ud800" <= c <= "\udfff" for c in agent):
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
        raise PermissionDenied(f"agent {agent!r} has no {permission} permission; {_ask_for(agent, permission)}")
    for scope in scopes:
        whole_type = scope.type != "global" and not scope.id
        if scope not in allowed and not (whole_type and any(scope.type == one.type for one in allowed)):
            raise PermissionDenied(
                f"agent {agent!r} has no {permission} permission for {scope}; {_ask_for(agent, permission, scope)}"
            )
    return allowed


def _ask_for(agent: str, permission: str, scope: Scope | None = None) -> str:
    grants_it = command_line("lora-studio", "grant", agent, "--permission", permission, "--scope", scope or "SCOPE")
    return f"the library's owner grants it with: {grants_it}"
