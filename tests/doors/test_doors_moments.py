"""What is checked is what is used: texts that move while they are read, folders that become links, lists."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from driver import KEY, Door

from lora_studio.core.domain import Scope
from lora_studio.core.library import access
from lora_studio.core.library.guidelines import count_guidelines
from lora_studio.core.library.store import Library

WEB = {"scopeType": "project", "scopeId": "web"}
APP = {"scopeType": "project", "scopeId": "app"}


@pytest.fixture
def weber(door: Door) -> Door:
    """Also an agent that may read and write the project web alone."""
    access.grant(door.library, "weber", "write", Scope("project", "web"))
    return door


@pytest.mark.parametrize("late", [1, 2, 3])
def test_a_guideline_that_moves_to_another_scope_is_not_read_there(
    weber: Door, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    one = weber.add([{"name": "n", "content": "open", **WEB}])[0]["id"]
    looks: list[int] = []
    really = access.permitted

    def move_while_it_looks(library: Library, agent: str, permission: str) -> tuple[Scope, ...] | None:
        allowed = really(library, agent, permission)
        if agent == "weber":
            looks.append(1)
            if len(looks) == late:
                Door(weber.home).guideline("update", id=one, changes={**APP, "content": "secret"})
        return allowed

    monkeypatch.setattr(access, "permitted", move_while_it_looks)
    answer = weber.guideline("get", "weber", id=one)
    assert "secret" not in str(answer)
    assert answer["success"] or answer["error"]["code"] == "PERMISSION_DENIED"


def test_count_and_total_of_a_list_are_of_one_moment(weber: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [one["id"] for one in weber.add([{"name": f"n{number}", "content": "c"} for number in range(4)])]

    def count_after_a_change(library: Library, *wanted: Any) -> int:
        Door(weber.home).guideline("delete", ids=ids[:2])
        return count_guidelines(library, *wanted)

    monkeypatch.setattr("lora_studio.doors.requests.guideline.count_guidelines", count_after_a_change)
    answer = weber.guideline("list")
    assert answer["count"] == answer["total"] == 4
    assert weber.guideline("list")["total"] == 2


@pytest.mark.parametrize("action", ["get", "history", "update", "deactivate", "activate", "delete", "restore"])
def test_an_id_that_may_not_be_read_is_refused_as_one_that_is_not_there(weber: Door, action: str) -> None:
    foreign = weber.add([{"name": "n", "content": "c", "scopeType": "org", "scopeId": "zebra"}])[0]["id"]
    more: dict[str, Any] = {"changes": {"content": "x"}} if action == "update" else {}
    refused = [weber.guideline(action, "weber", id=an_id, **more) for an_id in (foreign, str(uuid.uuid4()))]
    assert refused[0] == refused[1]
    assert refused[0]["error"]["code"] == "PERMISSION_DENIED"
    assert "zebra" not in str(refused)
    assert weber.guideline(action, id=str(uuid.uuid4()), **more)["error"]["code"] == "NOT_FOUND"


def test_adding_with_the_id_of_what_may_not_be_read_is_no_conflict(weber: Door) -> None:
    own = weber.add([{"name": "own", "content": "c", **WEB}])[0]["id"]
    foreign = weber.add([{"name": "n", "content": "c", **APP}])[0]["id"]
    new = {"name": "new", "content": "c", **WEB}
    for action, wanted in (
        ("add", {"guideline": {**new, "id": foreign}}),
        ("bulk_add", {"guidelines": [{**new, "id": foreign}]}),
    ):
        refused = weber.guideline(action, "weber", **wanted)["error"]
        assert refused["code"] == "PERMISSION_DENIED"
        assert "already" not in refused["message"]
    assert weber.guideline("add", "weber", guideline={**new, "id": own})["error"]["code"] == "CONFLICT"
    assert weber.guideline("add", "weber", guideline={**new, "id": str(uuid.uuid4())})["success"]


@pytest.mark.parametrize("action", ["export", "generate_script", "share"])
def test_a_folder_that_became_a_link_during_the_wait_is_refused(
    door: Door, work: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    door.add([{"name": "n", "content": "c"}])
    outside = work.parent / "outside"
    outside.mkdir()
    (work / "out").mkdir()

    def swap(seconds: float) -> None:
        (work / "out").rmdir()
        (work / "out").symlink_to(outside)

    monkeypatch.setattr("lora_studio.core.library.access.time.sleep", swap)
    request: dict[str, Any] = {"action": action, "targetModel": "m", "datasetPath": "."}
    if action == "share":
        request = {"tool": "memory_export", "action": "export"}
    elif action == "export":
        request = {"action": "export", "targetModel": "m"}
    refused = door.call(**request, agentId="t", admin_key=KEY, outputPath="out")
    assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", "outputPath")
    assert list(outside.iterdir()) == []
