"""The admin key and the grants."""

from __future__ import annotations

import os

import pytest

from lora_studio.core.domain import OWNER, Scope
from lora_studio.core.errors import Invalid, NotFound, PermissionDenied, StorageError
from lora_studio.core.library import access
from lora_studio.core.library.access import ALL_SCOPES, Grant
from lora_studio.core.library.audit import AuditEntry, entries
from lora_studio.core.library.store import Library
from lora_studio.core.library.tries import OWNERS

KEY = "correct horse"
WEB, APP = Scope("project", "web"), Scope("project", "app")


def test_without_a_key_the_refusal_says_how_to_set_one(library: Library) -> None:
    with pytest.raises(PermissionDenied, match=r"^Permission denied: no admin key is set.*lora-studio admin-key set$"):
        access.check_admin_key(library, KEY)


def test_the_key_is_kept_as_a_hash_only(library: Library) -> None:
    access.set_admin_key(library, KEY)
    access.check_admin_key(library, KEY)
    with library.connection():
        kept = library.sql("SELECT hash FROM admin_key").fetchone()[0]
        library.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert kept.startswith("$argon2id$")
    assert KEY.encode() not in library.path.read_bytes()


@pytest.mark.parametrize("wrong", ["", "wrong horse", "correct horse ", "\ud800"])
def test_any_other_key_is_refused(library: Library, wrong: str) -> None:
    access.set_admin_key(library, KEY)
    with pytest.raises(PermissionDenied, match=r"^Permission denied: the admin key is"):
        access.check_admin_key(library, wrong)


def test_changing_the_key_needs_the_present_one(library: Library) -> None:
    access.set_admin_key(library, KEY)
    with pytest.raises(PermissionDenied):
        access.set_admin_key(library, "another one", "not the key")
    access.set_admin_key(library, "another one", KEY)
    access.check_admin_key(library, "another one")


@pytest.mark.parametrize("key", ["", "short", " " * 20, "x" * 1_001, "with\0nul..", "half \ud800 half"])
def test_a_poor_key_is_refused(library: Library, key: str) -> None:
    with pytest.raises(Invalid, match="The admin key must"):
        access.set_admin_key(library, key)
    assert not access.has_admin_key(library)


def test_five_wrong_keys_in_a_row_slow_the_next_try_down(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    access.set_admin_key(library, KEY)
    for _ in range(7):
        with pytest.raises(PermissionDenied):
            access.check_admin_key(library, "wrong horse")
    assert waits[:5] == [0.0] * 5
    assert 0.9 < waits[5] <= 1.0 < waits[6] <= 5.0
    access.check_admin_key(library, KEY)
    access.check_admin_key(library, KEY)
    assert waits[-1] == 0.0


def test_many_tries_at_once_queue_up_until_they_are_refused(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("time.time", lambda: 1e9)
    access.set_admin_key(library, KEY)
    said = []
    for _ in range(14):
        with pytest.raises(PermissionDenied) as refused:
            access.check_admin_key(library, "wrong horse")
        said.append("too many wrong admin keys in a row; try again in" in refused.value.message)
    assert said == [False] * 13 + [True]  # five are free, eight wait, the ninth that would wait is refused


def test_a_clock_that_was_set_back_locks_nobody_out(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    access.set_admin_key(library, KEY)
    with library.connection():
        library.sql("UPDATE admin_key_tries SET failures = 9, waiting = ?", (str([9e12] * 8),))
    access.check_admin_key(library, KEY)


@pytest.mark.parametrize("failures", [6, 20, 1_029, 10**9])
def test_no_try_waits_longer_than_half_a_minute(
    library: Library, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    access.set_admin_key(library, KEY)
    with library.connection():
        library.sql("UPDATE admin_key_tries SET failures = ?", (failures,))
    for _ in range(3):
        with pytest.raises(PermissionDenied, match="is wrong"):
            access.check_admin_key(library, "wrong horse")
    access.check_admin_key(library, KEY)
    assert all(0 < wait <= 30 for wait in waits)
    access.check_admin_key(library, KEY)
    assert waits[-1] == 0.0


def test_wrong_keys_of_agents_never_lock_the_owner_out(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    access.set_admin_key(library, KEY)
    for _ in range(40):
        with pytest.raises(PermissionDenied):
            access.check_admin_key(library, "wrong horse")
    waits.clear()
    assert access.check_admin_key(library, KEY, OWNERS)
    assert waits == [0.0]
    for _ in range(40):  # not even one who types as the owner refuses the owner
        with pytest.raises(PermissionDenied, match="is wrong"):
            access.check_admin_key(library, "wrong horse", OWNERS)
    assert access.check_admin_key(library, KEY, OWNERS)
    assert max(waits) <= 30


def test_without_a_key_the_owner_alone_goes_on(library: Library) -> None:
    assert not access.check_admin_key(library, "", OWNERS)
    detail: dict[str, str] = {}
    access.check_owner(library, "", detail)
    assert detail == {"adminKey": "none is set"}
    access.set_admin_key(library, KEY)
    with pytest.raises(PermissionDenied, match="the admin key is missing"):
        access.check_owner(library, "", detail)


def test_a_lost_key_is_done_away_with_by_typing_the_library_s_name(library: Library) -> None:
    with pytest.raises(NotFound, match="nothing to reset"):
        access.reset_admin_key(library, library.path.name)
    access.set_admin_key(library, KEY)
    access.grant(library, "a", "read", WEB)
    with pytest.raises(Invalid, match="not the library's name"):
        access.reset_admin_key(library, "yes")
    access.check_admin_key(library, KEY)
    access.reset_admin_key(library, library.path.name)
    assert not access.has_admin_key(library)
    assert access.grants(library) == [Grant("a", "read", WEB)]
    assert entries(library)[0].action == "admin_key reset"
    access.set_admin_key(library, "another one")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="the system has no owners of this kind")
def test_only_who_owns_the_file_resets_the_key(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    access.set_admin_key(library, KEY)
    other = os.getuid() + 1
    monkeypatch.setattr("os.getuid", lambda: other)
    with pytest.raises(PermissionDenied, match="another user's"):
        access.reset_admin_key(library, library.path.name)
    access.check_admin_key(library, KEY)


def test_a_damaged_hash_is_said(library: Library) -> None:
    access.set_admin_key(library, KEY)
    with library.connection():
        library.sql("UPDATE admin_key SET hash = 'nonsense'")
    with pytest.raises(StorageError, match="damaged"):
        access.check_admin_key(library, KEY)


def test_grants_are_exact_and_write_includes_read(library: Library) -> None:
    access.grant(library, "a", "read", WEB)
    access.grant(library, "a", "write", APP)
    access.grant(library, "a", "write", APP)
    assert access.grants(library) == [Grant("a", "read", WEB), Grant("a", "write", APP)]
    assert access.permitted(library, "a", "read") == (APP, WEB)
    assert access.permitted(library, "a", "write") == (APP,)
    assert access.permitted(library, "b", "read") == ()
    assert access.permitted(library, OWNER, "write") is None
    access.grant(library, "b", "read", ALL_SCOPES)
    assert (access.permitted(library, "b", "read"), access.permitted(library, "b", "write")) == (None, ())


def test_named_scopes_must_be_granted(library: Library) -> None:
    access.grant(library, "a", "read", WEB)
    assert access.require(library, "a", "read", ()) == (WEB,)
    assert access.require(library, "a", "read", (WEB,)) == (WEB,)
    assert access.require(library, "a", "read", (Scope("project"),)) == (WEB,)
    for refused in (APP, Scope(), Scope("org")):
        with pytest.raises(PermissionDenied, match=r"^Permission denied: agent 'a' has no read permission"):
            access.require(library, "a", "read", (refused,))
    with pytest.raises(PermissionDenied, match="has no write permission; the library's owner grants it"):
        access.require(library, "a", "write", ())


def test_revoking_read_takes_write_too(library: Library) -> None:
    access.grant(library, "a", "write", WEB)
    access.revoke(library, "a", "read", WEB)
    assert access.grants(library) == []
    with pytest.raises(NotFound, match="nothing was revoked"):
        access.revoke(library, "a", "write", WEB)


@pytest.mark.parametrize("agent", ["desktop", " Desktop ", "", " ", "a\0", "a" * 201])
def test_some_names_are_no_agents(library: Library, agent: str) -> None:
    with pytest.raises(Invalid):
        access.grant(library, agent, "read", WEB)


@pytest.mark.parametrize("text", ["", "project", "project:", "project: ", "everything", "all:x", "global:x", "team:x"])
def test_scopes_that_cannot_be_meant_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is not a scope"):
        access.parse_scope(text)


@pytest.mark.parametrize("scope_id", ["x" * 201, "half \udcff", "nul \0"])
def test_scopes_that_cannot_be_kept_are_refused(scope_id: str) -> None:
    with pytest.raises(Invalid, match="at most 200 characters of plain text"):
        access.parse_scope(f"org:{scope_id}")


def test_scopes_as_typed() -> None:
    typed = ("global", "all", "org:acme", "session:a:b")
    assert [str(access.parse_scope(text)) for text in typed] == list(typed)


@pytest.mark.usefixtures("fixed_clock")
def test_changes_of_access_are_recorded(library: Library) -> None:
    access.set_admin_key(library, KEY)
    access.grant(library, "a", "read", WEB)
    access.revoke(library, "a", "read", WEB)
    at, detail = "2025-12-24T10:30:00.000Z", {"agent": "a", "permission": "read", "scope": "project:web"}
    assert entries(library) == [
        AuditEntry(at, OWNER, "revoke", "done", detail),
        AuditEntry(at, OWNER, "grant", "done", detail),
        AuditEntry(at, OWNER, "admin_key set", "done", {}),
    ]
