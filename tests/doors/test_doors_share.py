"""memory_export: guidelines as files; JSON goes into another library without loss."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from driver import KEY, Door, Response, prepare
from samples import NASTY, plain


def share(door: Door, format_name: str, **more: Any) -> Response:
    return door.call(tool="memory_export", action="export", agentId="t", format=format_name, **more)


def from_csv(row: dict[str, str]) -> dict[str, Any]:
    texts: dict[str, Any] = dict(row)
    for name in ("tags", "examples"):
        texts[name] = json.loads(row[name])
    return texts | {
        "priority": int(row["priority"]),
        "version": int(row["version"]),
        "scopeId": row["scopeId"] or None,
        "active": row["active"] == "True",
    }


def parsed(format_name: str, content: str) -> list[Any]:
    if format_name == "json":
        return list(json.loads(content)["guidelines"])
    if format_name == "jsonl":
        return [json.loads(line) for line in content.split("\n")[:-1]]
    if format_name == "yaml":
        return list(yaml.safe_load(content)["guidelines"])
    return [from_csv(row) for row in csv.DictReader(io.StringIO(content, newline=""))]


@pytest.mark.parametrize("format_name", ["json", "jsonl", "yaml", "csv"])
def test_what_is_shared_is_all_there_is(door: Door, format_name: str) -> None:
    added = door.add(NASTY + plain(20))
    answer = share(door, format_name)
    assert list(answer) == ["success", "content", "count"]
    assert answer["count"] == len(added)
    assert sorted(parsed(format_name, answer["content"]), key=str) == sorted(added, key=str)


def test_markdown_says_every_name_and_text(door: Door) -> None:
    added = door.add(plain(20))
    content = share(door, "markdown")["content"]
    for one in added:
        assert one["name"] in content
        assert one["content"] in content
        assert one["examples"]["good"][0] in content


def test_json_goes_into_another_home_without_loss(door: Door, work: Path) -> None:
    added = door.add(NASTY + plain(20))
    door.guideline("update", id=added[0]["id"], changes={"content": "Changed."})
    content = json.loads(share(door, "json")["content"])
    assert list(content) == ["guidelines"]
    other = prepare(work.parent / "other")
    taken = other.guideline("bulk_add", **content)
    assert taken["success"], taken
    again = json.loads(share(other, "json")["content"])["guidelines"]
    assert [{**one, "version": 1} for one in content["guidelines"]] == again
    first = (door.export("a")["trainFile"], other.export("b", agentId="t")["trainFile"])
    texts = [Path(path).read_text().replace('"guidelineVersion":2', '"guidelineVersion":1') for path in first]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("format_name", ["json", "jsonl", "yaml", "markdown", "csv"])
def test_a_file_holds_what_the_answer_would(door: Door, work: Path, format_name: str) -> None:
    ending = "md" if format_name == "markdown" else format_name
    door.add(NASTY)
    content = share(door, format_name)["content"]
    answer = share(door, format_name, outputPath="shared", admin_key=KEY)
    path = work / "shared" / f"guidelines_2025-12-24.{ending}"
    assert answer == {"success": True, "path": str(path), "count": len(NASTY)}
    assert path.read_bytes() == content.encode()
    assert stat.S_ISREG(path.stat().st_mode)


def test_a_filter_and_nothing_at_all(door: Door) -> None:
    assert share(door, "json") == {"success": True, "content": '{"guidelines": []}\n', "count": 0}
    for format_name in ("jsonl", "yaml", "csv"):
        assert parsed(format_name, share(door, format_name)["content"]) == []
    door.add(plain(10))
    assert share(door, "json", guidelineFilter={"category": "odd"})["count"] == 5


def test_more_than_one_page(door: Door) -> None:
    added = door.add(plain(2_345))
    answer = share(door, "jsonl")
    assert answer["count"] == 2_345
    assert {one["id"] for one in parsed("jsonl", answer["content"])} == {one["id"] for one in added}
