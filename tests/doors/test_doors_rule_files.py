"""memory_export as rule files of coding agents: in the response, or into a project."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver import KEY, Door, Response, digest
from samples import NASTY, plain

from lora_studio.core.domain import Scope
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.library import access
from lora_studio.core.rulefiles.conventions import CONVENTIONS


def share(door: Door, format_name: str, **more: object) -> Response:
    return door.call(**{"tool": "memory_export", "action": "export", "agentId": "t", "format": format_name} | more)


def in_project(door: Door, format_name: str, **more: object) -> Response:
    return share(door, format_name, **{"outputPath": "project", "admin_key": KEY} | more)


@pytest.mark.parametrize("format_name", CONVENTIONS)
def test_the_response_holds_the_files_that_a_project_would_get(door: Door, work: Path, format_name: str) -> None:
    door.add(NASTY + plain(12))
    answer = share(door, format_name)
    assert list(answer) == ["success", "files", "count", "tokens"]
    assert answer["count"] == len(NASTY) + 12
    assert answer["tokens"] > 500
    wrote = in_project(door, format_name)
    assert list(wrote) == ["success", "path", "files", "removed", "count", "tokens"]
    project = work / "project"
    assert [Path(file["path"]).relative_to(project).as_posix() for file in wrote["files"]] == [
        file["path"] for file in answer["files"]
    ]
    for file in answer["files"]:
        assert (project / file["path"]).read_bytes() == file["content"].encode()
    plan = plan_import(door.library, [project])
    assert {entry.state for entry in plan.entries} == {"same"}
    assert len(plan.entries) == len(NASTY) + 12
    assert all("seen by no reviewer" in problem.why for problem in plan.problems)
    assert in_project(door, format_name)["files"] == []


def test_an_edit_by_hand_is_a_conflict_and_nothing_changes(door: Door, work: Path) -> None:
    added = door.add(plain(2))
    in_project(door, "agents")
    path = work / "project" / "AGENTS.md"
    path.write_text(path.read_text().replace("Do thing 1 well.", "Do thing 1 better."))
    door.guideline("update", id=added[1]["id"], changes={"priority": 99})
    before = digest(work)
    answer = in_project(door, "agents")
    assert (answer["error"]["code"], answer["error"]["field"]) == ("CONFLICT", "outputPath")
    assert "'Rule 1' was edited in the file" in answer["error"]["message"]
    assert digest(work) == before


def test_an_agent_writes_and_takes_away_only_what_it_may_read(door: Door, work: Path) -> None:
    added = door.add([*plain(2), {"name": "Theirs", "content": "x", "scopeType": "org", "scopeId": "b"}])
    in_project(door, "agents")
    access.grant(door.library, "a", "read", Scope())
    assert [file["content"].count("<!-- lora-studio") for file in share(door, "agents", agentId="a")["files"]] == [2]
    door.guideline("deactivate", ids=[one["id"] for one in added[1:]])
    text = (work / "project" / "AGENTS.md").read_text()
    assert "Rule 1" in text
    in_project(door, "agents", agentId="a")
    text = (work / "project" / "AGENTS.md").read_text()
    assert "Rule 1" not in text
    assert "Theirs" in text  # whether that is switched off this agent may not know
    assert in_project(door, "agents", agentId="nobody")["error"]["code"] == "PERMISSION_DENIED"


def test_writing_needs_the_key_and_an_allowed_folder(door: Door, work: Path) -> None:
    door.add(plain(1))
    assert in_project(door, "claude", admin_key="wrong")["error"]["code"] == "PERMISSION_DENIED"
    assert in_project(door, "claude", outputPath="../elsewhere")["error"]["code"] == "VALIDATION"
    (work / "project").write_text("a file")
    assert in_project(door, "claude")["error"]["field"] == "outputPath"
    assert share(door, "windsurf")["error"]["field"] == "format"


def test_nothing_at_all_makes_no_file(door: Door, work: Path) -> None:
    assert share(door, "cursor") == {"success": True, "files": [], "count": 0, "tokens": 0}
    assert in_project(door, "cursor")["files"] == []
