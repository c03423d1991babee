"""Requests that are too much, or in the wrong place: refused soon, and without a trace on a fresh home."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from driver import KEY, MODEL, Door, digest

from lora_studio.core.errors import Invalid
from lora_studio.core.home import Home
from lora_studio.core.settings import Settings, save_settings
from lora_studio.doors.requests import wire
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import respond_to_bytes
from lora_studio.doors.requests.wire import DEEPEST, parse_request


def refused(door: Door, data: bytes) -> dict[str, Any]:
    answer = respond_to_bytes(data, Desk(door.home))
    assert not answer["success"]
    error: dict[str, Any] = answer["error"]
    return error


@pytest.mark.parametrize(
    "names", [["same"] * 40_000, [f"n{n}" for n in range(40_000)] + ["n39999"], [f"n{n}" for n in range(40_000)]]
)
def test_many_fields_are_refused_at_once(door: Door, names: list[str]) -> None:
    data = "{" + ",".join(f'"{name}": 1' for name in names) + "}"
    start = time.process_time()
    error = refused(door, data.encode())
    assert time.process_time() - start < 5
    assert error["code"] == "VALIDATION"
    if len(set(names)) < len(names):
        assert error["field"] == names[-1]


def test_many_wrong_words_are_refused_at_once(door: Door) -> None:
    wrong = [{"name": "n", "content": "c", "scopeType": f"projekt {n}"} for n in range(20_000)]
    start = time.process_time()
    error = door.guideline("bulk_add", guidelines=wrong)["error"]
    assert time.process_time() - start < 10
    assert "did you mean" in error["message"]


@pytest.mark.parametrize("around", ["[]", "{}", "mixed"])
def test_a_hundred_levels_are_read_and_no_more(around: str) -> None:
    def nested(depth: int) -> bytes:
        opened, closed = '{"a":', "}"
        if around == "[]":
            opened, closed = "[", "]"
        elif around == "mixed":
            opened, closed, depth = '[{"]]":', "}]", depth // 2
        return (opened * depth + "1" + closed * depth).encode()

    parse_request(nested(DEEPEST))
    with pytest.raises(Invalid, match="nested too deeply"):
        parse_request(nested(DEEPEST + 2))


def test_brackets_in_texts_and_broken_requests_are_no_levels() -> None:
    text = "[" * 200 + "\\" + '"' + "{" * 200
    assert parse_request(json.dumps({"a": text}).encode()) == {"a": text}
    with pytest.raises(Invalid, match="not valid JSON"):
        parse_request(b"]" * 200)


@pytest.mark.parametrize("part", [1, 2, 3, 7])
def test_what_stands_outside_of_texts_is_found_however_it_is_cut(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(wire, "_PART", part)
    texts = ["", "\\", '"', '\\"', '[{"', "a\\\\", "]", "é\n"]
    data = json.dumps([{one + other: [one, {other: 1}]} for one in texts for other in texts]).encode()
    outside = b"".join(wire._outside_texts(data)).replace(b'"', b"")
    assert outside == re.sub(rb'"(?:[^"\\]|\\.)*"', b"", data)


FRESH: tuple[dict[str, Any], ...] = (
    {},
    {"action": "export", "targetModel": MODEL, "outputPath": "out", "agentId": "t", "admin_key": KEY},
    {"action": "generate_script", "targetModel": MODEL, "datasetPath": ".", "outputPath": "out", "agentId": "t"},
    {"tool": "memory_guideline", "action": "list", "agentId": "t"},
    {"tool": "memory_guideline", "action": "add", "agentId": "t", "guideline": {"name": "n", "content": "c"}},
    {"tool": "memory_guideline", "action": "delete", "agentId": "t", "id": "x"},
    {"tool": "memory_query", "action": "search", "agentId": "t", "query": "x"},
    {"tool": "memory_export", "action": "export", "agentId": "t", "outputPath": "out", "admin_key": KEY},
)


@pytest.mark.parametrize("number", range(len(FRESH)))
def test_a_refusal_on_a_fresh_home_leaves_nothing(work: Path, number: int) -> None:
    door = Door(Home(work.parent / "fresh"))
    answer = door.raw(FRESH[number])
    assert not answer["success"]
    if FRESH[number].get("agentId"):
        assert answer["error"]["code"] == "PERMISSION_DENIED"
    if FRESH[number].get("admin_key"):
        assert "lora-studio admin-key set" in answer["error"]["message"]
    assert not door.home.path.exists()
    assert digest(work) == {}


def test_a_door_started_at_the_root_is_allowed_no_more_than_its_home(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    door.add([{"name": "n", "content": "c"}])
    out = tmp_path / "elsewhere"
    error = door.export(str(out))["error"]
    assert (error["code"], error["field"]) == ("VALIDATION", "outputPath")
    assert "allowed_folders" in error["message"]
    assert not out.exists()
    assert door.export(str(door.home.datasets))["success"]
    save_settings(door.home.settings, Settings(allowed_folders=(str(tmp_path),)))
    assert door.export(str(out))["success"]
