"""The admin key, grants and scopes: agents get exactly what they were granted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import KEY, Door, Response, dataset_lines, digest, prepare

from lora_studio.core.domain import Scope
from lora_studio.core.errors import PermissionDenied
from lora_studio.core.home import Home
from lora_studio.core.library import access
from lora_studio.core.library.audit import entries

SCOPES = {
    "global": {},
    "web": {"scopeType": "project", "scopeId": "web"},
    "app": {"scopeType": "project", "scopeId": "app"},
    "acme": {"scopeType": "org", "scopeId": "web"},  # the same id in another kind of scope
    "s1": {"scopeType": "session", "scopeId": "web"},
}
GRANTS = {
    "globe": ["global"],
    "weber": ["project:web"],
    "apper": ["project:app", "org:web"],
    "session": ["session:web"],
    "all": ["all"],
    "nobody": [],
}
SEES = {
    "globe": ["global"],
    "weber": ["web"],
    "apper": ["app", "acme"],
    "session": ["s1"],
    "all": [*SCOPES],
    "nobody": [],
}


@pytest.fixture
def full(door: Door) -> Door:
    """One guideline in each scope, named after it, and an agent for each of GRANTS."""
    door.add([{"name": name, "content": f"Text of {name}.", **scope} for name, scope in SCOPES.items()])
    for agent, scopes in GRANTS.items():
        for scope in scopes:
            access.grant(door.library, agent, "read", access.parse_scope(scope))
    return door


def exported(answer: Response) -> list[str]:
    return sorted({json.loads(line)["metadata"]["guidelineName"] for line in dataset_lines(answer)})


def listed(answer: Response) -> list[str]:
    found = answer["guidelines"] if "guidelines" in answer else answer["results"]
    assert answer["total"] == len(found)
    return sorted(one["name"] for one in found)


def shared(answer: Response) -> list[str]:
    return sorted(one["name"] for one in json.loads(answer["content"])["guidelines"])


READS: dict[str, tuple[Callable[..., Response], Callable[[Response], list[str]]]] = {
    "export": (lambda door, **more: door.export(ifExists="keep_both", **more), exported),
    "list": (lambda door, **more: door.call(tool="memory_guideline", action="list", **more), listed),
    "search": (lambda door, **more: door.call(tool="memory_query", action="search", query="text", **more), listed),
    "share": (lambda door, **more: door.call(tool="memory_export", action="export", **more), shared),
}


@pytest.mark.parametrize("agent", GRANTS)
@pytest.mark.parametrize("read", READS)
def test_without_a_scope_an_agent_sees_every_scope_granted_and_no_other(full: Door, read: str, agent: str) -> None:
    ask, names = READS[read]
    answer = ask(full, agentId=agent)
    if SEES[agent]:
        assert names(answer) == sorted(SEES[agent])
    else:
        assert answer["error"]["code"] == "PERMISSION_DENIED"
        assert answer["error"]["message"].startswith("Permission denied")


@pytest.mark.parametrize("agent", GRANTS)
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("read", READS)
def test_a_named_scope_is_given_whole_or_refused(full: Door, read: str, agent: str, scope: str) -> None:
    ask, names = READS[read]
    answer = ask(full, agentId=agent, guidelineFilter=SCOPES[scope] or {"scopeType": "global"})
    if scope in SEES[agent]:
        assert names(answer) == [scope]
    else:
        assert answer["error"]["code"] == "PERMISSION_DENIED"
        assert answer["error"]["message"].startswith("Permission denied")


def test_a_scope_type_alone_means_what_of_it_may_be_read(full: Door, work: Path) -> None:
    ask, names = READS["list"]
    wanted = {"guidelineFilter": {"scopeType": "project"}}
    assert names(ask(full, agentId="all", **wanted)) == ["app", "web"]
    assert names(ask(full, agentId="apper", **wanted)) == ["app"]
    assert ask(full, agentId="globe", **wanted)["error"]["code"] == "PERMISSION_DENIED"


def test_filters_do_not_widen_what_is_seen(full: Door) -> None:
    refused = full.export(agentId="weber", guidelineFilter={"category": "nothing"})
    assert refused["error"] == {"code": "NOT_FOUND", "message": "No guidelines found matching the filter criteria"}
    assert exported(full.export(agentId="weber", guidelineFilter={"category": "general", "priority": 50})) == ["web"]


WRITES: dict[str, Callable[[Door, str, str], Response]] = {
    "update": lambda door, agent, an_id: door.guideline("update", agent, id=an_id, changes={"content": "changed"}),
    "deactivate": lambda door, agent, an_id: door.guideline("deactivate", agent, ids=[an_id]),
    "activate": lambda door, agent, an_id: door.guideline("activate", agent, id=an_id),
    "delete": lambda door, agent, an_id: door.guideline("delete", agent, id=an_id),
    "restore": lambda door, agent, an_id: door.guideline("restore", agent, id=an_id),
}


@pytest.mark.parametrize("write", WRITES)
def test_writing_needs_write_in_that_scope(full: Door, write: str) -> None:
    ids = {one["name"]: one["id"] for one in full.guideline("list")["guidelines"]}
    access.grant(full.library, "weber", "write", Scope("project", "app"))
    before = full.guideline("list")
    for agent, name in (("weber", "web"), ("weber", "global"), ("globe", "global"), ("all", "s1"), ("new", "app")):
        refused = WRITES[write](full, agent, ids[name])
        assert refused["error"]["code"] == "PERMISSION_DENIED", (agent, name)
    assert full.guideline("list") == before
    assert WRITES[write](full, "weber", ids["app"])["success"]


def test_adding_and_moving_need_write_in_the_scope_where_it_goes(full: Door) -> None:
    access.grant(full.library, "weber", "write", Scope("project", "web"))
    new = {"name": "n", "content": "c"}
    assert full.guideline("add", "weber", guideline={**new, **SCOPES["web"]})["success"]
    before = full.guideline("list")
    for refused in (
        full.guideline("add", "weber", guideline=new),
        full.guideline("bulk_add", "weber", guidelines=[{**new, "name": "m", **SCOPES["web"]}, new]),
        full.guideline("update", "weber", id=before["guidelines"][-1]["id"], changes={"scopeType": "global"}),
    ):
        assert refused["error"]["code"] == "PERMISSION_DENIED"
    assert full.guideline("list") == before


def test_history_needs_every_scope_the_guideline_ever_had(full: Door) -> None:
    one = next(one for one in full.guideline("list")["guidelines"] if one["name"] == "app")
    moved = full.guideline("update", id=one["id"], changes={"scopeType": "project", "scopeId": "web"})
    assert moved["guideline"]["scopeId"] == "web"
    assert full.guideline("get", "weber", id=one["id"])["success"]
    assert full.guideline("history", "weber", id=one["id"])["error"]["code"] == "PERMISSION_DENIED"
    assert full.guideline("get", "apper", id=one["id"])["error"]["code"] == "PERMISSION_DENIED"


@pytest.mark.parametrize("action", ["get", "update", "history", "deactivate", "delete", "restore"])
def test_a_refusal_never_tells_the_text_or_name_of_what_may_not_be_read(full: Door, action: str) -> None:
    secret = full.add([{"name": "Plan Zebra", "content": "tell nobody", **SCOPES["app"]}])[0]["id"]
    more: dict[str, Any] = {"changes": {"content": "x"}} if action == "update" else {}
    for state in ("present", "deleted"):
        if state == "deleted":
            full.guideline("delete", id=secret)
        for agent in ("globe", "nobody"):
            refused = full.guideline(action, agent, id=secret, **more)
            assert refused["error"]["code"] == "PERMISSION_DENIED", (state, refused)
            assert "Zebra" not in json.dumps(refused)


@pytest.mark.parametrize("name", ["desktop", "DESKTOP", " Desktop\u3000"])
def test_the_owner_s_name_is_refused_at_this_door(full: Door, work: Path, name: str) -> None:
    before = digest(work)
    for refused in (
        full.export(agentId=name),
        full.guideline("list", name),
        full.call(action="list_adapters", agentId=name),
        full.call(tool="memory_query", action="search", agentId=name, query="text"),
        full.call(action="generate_script", targetModel="m", datasetPath="x", agentId=name),
    ):
        assert (refused["error"]["code"], refused["error"]["field"]) == ("PERMISSION_DENIED", "agentId")
    assert digest(work) == before


def test_without_a_key_set_the_refusal_says_how_to_set_one(work: Path) -> None:
    door = Door(Home(work.parent / "fresh"))
    access.grant(door.library, "t", "write", access.ALL_SCOPES)
    door.add([{"name": "n", "content": "c"}])
    for more in ({}, {"admin_key": ""}):
        refused = door.export(**more)
        assert refused["error"]["code"] == "PERMISSION_DENIED"
        assert "lora-studio admin-key set" in refused["error"]["message"]
    assert not (work / "out").exists()


GUARDED: dict[str, Callable[[Door, dict[str, Any]], Response]] = {
    "export": lambda door, key: door.raw(
        {"action": "export", "targetModel": "m", "outputPath": "out", "agentId": "t", **key}
    ),
    "script": lambda door, key: door.call(
        action="generate_script", targetModel="m", datasetPath=".", outputPath="out", agentId="t", **key
    ),
    "share": lambda door, key: door.call(
        tool="memory_export", action="export", outputPath="out", agentId="t", **key
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", GUARDED)
def test_a_wrong_or_missing_key_writes_nothing(full: Door, work: Path, what: str) -> None:
    before = digest(work)
    for key in ({}, {"admin_key": ""}, {"admin_key": KEY + " "}, {"admin_key": KEY.upper()}):
        refused = GUARDED[what](full, key)
        assert (refused["error"]["code"], refused["error"]["field"]) == ("PERMISSION_DENIED", "admin_key")
        assert refused["error"]["message"].startswith("Permission denied: ")
    for wrong in (None, 7, [KEY], {"key": KEY}, True):
        refused = GUARDED[what](full, {"admin_key": wrong})
        assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", "admin_key")
    assert digest(work) == before
    assert GUARDED[what](full, {"admin_key": KEY})["success"]


def test_five_wrong_keys_in_a_row_slow_the_next_try_down(full: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("lora_studio.core.library.access.time.sleep", waits.append)
    for _ in range(4):
        full.export(admin_key="wrong")
    assert full.export()["success"]  # a right one begins anew
    for _ in range(5):
        full.export(admin_key="wrong")
    assert set(waits) <= {0}
    full.export(admin_key="wrong")
    full.export(admin_key="wrong")
    assert 0 < waits[-2] < waits[-1]


def test_what_happened_is_in_the_audit_log(full: Door, work: Path) -> None:
    full.export()
    full.export(agentId="mallory")
    full.export(admin_key="wrong key")
    full.export(trainEvalSplit=2)
    full.call(action="generate_script", targetModel="m", datasetPath="out", outputPath="out", agentId="t",
              admin_key=KEY)  # fmt: skip
    full.call(action="nonsense", agentId="t")
    full.raw([])
    rows = [(entry.who, entry.action, entry.outcome) for entry in reversed(entries(full.library))][-7:]
    assert rows == [
        ("t", "memory_lora export", "done"),
        ("mallory", "memory_lora export", "PERMISSION_DENIED"),
        ("t", "memory_lora export", "PERMISSION_DENIED"),
        ("t", "memory_lora export", "VALIDATION"),
        ("t", "memory_lora generate_script", "done"),
        ("t", "memory_lora nonsense", "VALIDATION"),
        ("?", "memory_lora ?", "VALIDATION"),
    ]


def test_the_key_is_in_no_file_and_no_answer(full: Door, work: Path, caplog: pytest.LogCaptureFixture) -> None:
    said = [
        full.export(),
        full.export(agentId="mallory"),
        full.export(outputPath="../../../etc"),
        full.export(trainEvalSplit="x"),
        full.export(admin_key=[KEY]),
        full.export(admin_key={KEY: KEY}),
        full.call(action="generate_script", targetModel="m", datasetPath="out", outputPath="out", agentId="t",
                  admin_key=KEY),
        full.call(tool="memory_export", action="export", outputPath="out", agentId="t", admin_key=KEY),
        full.raw({"action": "export", "adminKey": KEY}),
    ]  # fmt: skip
    assert KEY not in json.dumps(said) + caplog.text
    for path in work.parent.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def test_a_key_given_in_the_wrong_place_is_not_repeated(full: Door, work: Path) -> None:
    misplaced: list[dict[str, Any]] = [
        {"format": KEY}, {"agentId": KEY}, {"targetModel": 1, "splitBy": KEY}, {"guidelineFilter": {"scopeType": KEY}},
        {KEY: 1}, {"action": KEY}, {"tool": KEY},
    ]  # fmt: skip
    for wrong in misplaced:
        assert KEY not in json.dumps(full.export(**wrong)), wrong
    for path in work.parent.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("field", ["agentId", "action", "tool", "id", "guidelineFilter", KEY])
def test_a_key_that_the_request_does_not_name_as_one_is_not_written_down(full: Door, work: Path, field: str) -> None:
    request: dict[str, Any] = {"tool": "memory_guideline", "action": "list", "agentId": "weber", field: KEY}
    if field == "id":
        request |= {"action": "get"}
    elif field == "guidelineFilter":
        request |= {field: {"scopeType": "project", "scopeId": KEY}}
    refused = full.raw(request)
    assert not refused["success"]
    if field == "agentId":  # of which nothing is known
        assert KEY not in json.dumps(refused)
    assert KEY not in str(entries(full.library))
    for path in work.parent.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


ODD_KEYS = [
    ": false, ", "PERMISSION_DENIED", "Permission denied", '"code": "', "message\": \"", "admin_key", "huggingface",
    "it's a \"key\" \\ here", "tab\tand\nline", "x" * 300, "Schlüssel 🗝 ключ",
]  # fmt: skip


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_break_no_answer_and_are_not_repeated(work: Path, key: str) -> None:
    door = prepare(work.parent / "odd")
    access.set_admin_key(door.library, key, KEY)
    wrong = door.export(admin_key=key + "!")
    assert wrong["error"] == {
        "code": "PERMISSION_DENIED", "message": "Permission denied: the admin key is wrong", "field": "admin_key",
    }  # fmt: skip
    assert door.export(admin_key=key)["error"]["code"] == "NOT_FOUND"  # an empty library
    elsewhere: tuple[dict[str, Any], ...] = (
        {"agentId": key}, {"format": key + "?"}, {"x" * 50 + key: 1}, {"splitBy": key}, {"outputPath": f"../{key}/.."},
        {"guidelineFilter": {"scopeType": "project", "scopeId": key}}, {"targetModel": key, "agentId": "nobody"},
    )  # fmt: skip
    for wrong_place in elsewhere:
        refused = door.export(admin_key=key, **wrong_place)
        assert list(refused) == ["success", "error"]
        assert refused["error"]["code"] in ("PERMISSION_DENIED", "VALIDATION", "NOT_FOUND")
        said = [refused["error"]["message"].removeprefix("Permission denied"), *str(entries(door.library, 1)[0].detail)]
        if key != "huggingface":  # one of our own words too
            assert key not in said[0]
            assert key[:20] not in said[0]
        assert key not in entries(door.library, 1)[0].who


def test_a_key_in_the_place_of_a_name_is_not_exported(full: Door, work: Path) -> None:
    for wrong in ({"targetModel": KEY}, {"outputPath": KEY}, {"outputPath": f"out/{KEY}"}):
        refused = full.export(**wrong)
        assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", next(iter(wrong)))
    assert list(work.iterdir()) == []


def test_a_second_first_key_does_not_replace_the_first(work: Path) -> None:
    library = prepare(work.parent / "two").library
    for present in (None, "", "wrong key"):
        with pytest.raises(PermissionDenied):
            access.set_admin_key(library, "another long key", present)
    access.check_admin_key(library, KEY)


def test_a_mistake_of_ours_does_not_log_the_key(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> None:
        raise KeyError(KEY)

    monkeypatch.setattr("lora_studio.doors.requests.lora.export_dataset", fail)
    assert door.export()["error"]["code"] == "INTERNAL"
    assert "in fail" in caplog.text
    assert KEY not in caplog.text
    caplog.clear()  # noise fails a test


def test_a_misplaced_key_is_hidden_in_a_command_to_copy_too(door: Door) -> None:
    key = 'it\'s a "secret" key'
    access.set_admin_key(door.library, key, KEY)
    access.grant(door.library, "bot", "read", Scope("org", "a"))
    wanted = {"scopeType": "org", "scopeId": key}
    assert not door.call(tool="memory_query", action="search", agentId="bot", query="x", guidelineFilter=wanted)[
        "success"
    ]
    said = entries(door.library, 1)[0].detail["error"]
    assert "--scope" in said
    assert "secret" not in said
