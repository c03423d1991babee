"""Requests that nobody should send: each is refused in good form and changes nothing."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import KEY, MODEL, Door, Response, digest
from samples import NASTY, plain

from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import respond_to_bytes, response_text

CODES = {"VALIDATION", "PERMISSION_DENIED", "NOT_FOUND", "CONFLICT", "IO"}
AN_ID = "00000000-0000-4000-8000-000000000000"
FILTER = {"category": "odd", "priority": 3, "tags": ["t3"], "scopeType": "project", "scopeId": "web"}
GUIDELINE = {
    "id": "00000000-0000-4000-8000-000000000001", "name": "new", "content": "c", "category": "x", "priority": 1,
    "tags": ["a"], "scopeType": "org", "scopeId": "o", "rationale": "r", "examples": {"good": ["g"], "bad": ["b"]},
    "active": True, "version": 1, "createdAt": "2025-12-24T10:30:00.000Z", "updatedAt": "2025-12-24T10:30:00.000Z",
}  # fmt: skip
LORA = {"r": 8, "alpha": 32, "dropout": 0.1, "targetModules": ["q_proj"], "quantization": "4bit"}
TRAINING = {"epochs": 1, "learningRate": 0.1, "batchSize": 1, "gradientAccumulation": 1, "maxLength": 99, "seed": 0}
REQUESTS: list[dict[str, Any]] = [
    {"tool": "memory_lora", "action": "export", "targetModel": MODEL, "format": "chat", "outputPath": "out",
     "agentId": "t", "admin_key": KEY, "includeExamples": True, "examplesPerGuideline": 3, "trainEvalSplit": 0.9,
     "guidelineFilter": FILTER, "seed": 0, "splitBy": "question", "ifExists": "keep_both", "strict": False},
    {"action": "list_adapters", "outputPath": "out", "agentId": "t"},
    {"action": "generate_script", "targetModel": MODEL, "datasetPath": "out", "format": "chat", "outputPath": "out",
     "agentId": "t", "admin_key": KEY, "lora": LORA, "training": TRAINING},
    {"tool": "memory_guideline", "action": "add", "agentId": "t", "guideline": GUIDELINE, "reason": "why"},
    {"tool": "memory_guideline", "action": "bulk_add", "agentId": "t", "guidelines": [GUIDELINE], "reason": "why"},
    {"tool": "memory_guideline", "action": "get", "agentId": "t", "id": AN_ID},
    {"tool": "memory_guideline", "action": "history", "agentId": "t", "id": AN_ID},
    {"tool": "memory_guideline", "action": "list", "agentId": "t", "guidelineFilter": FILTER, "limit": 5, "offset": 0,
     "includeInactive": True},
    {"tool": "memory_guideline", "action": "update", "agentId": "t", "id": AN_ID, "reason": "why",
     "changes": {"content": "changed", "tags": ["x"], "examples": {"good": ["x"]}}, "expectedVersion": 1},
    *({"tool": "memory_guideline", "action": action, "agentId": "t", "ids": [AN_ID], "reason": "why"}
      for action in ("deactivate", "activate", "delete", "restore")),
    {"tool": "memory_query", "action": "search", "agentId": "t", "query": "good", "guidelineFilter": FILTER,
     "limit": 20, "offset": 0},
    {"tool": "memory_export", "action": "export", "agentId": "t", "admin_key": KEY, "format": "json",
     "guidelineFilter": FILTER, "outputPath": "out"},
]  # fmt: skip

NUMBERS = [0, -0.0, 1, -1, 101, 2**31, 2**53, 2**63, 2**64, 10**400, -(10**400), 1.5, 3.0, 1e-320, 1e308]
NO_NUMBERS = [float("nan"), float("inf"), float("-inf")]
TEXTS = [
    "", " ", "\u200b", "x", "3", "true", "null", "NaN", "\0", "a\0b", "\ud800", "\udfff x", "x" * 501, "x" * 100_001,
    "\u202e\u2028", "a\nb", "\x7f", "../x", "../../../../tmp/lora-studio-escape", "/etc", "/etc/passwd", "~", "~root",
    "/dev/null", "/proc/self/fd/0", "out/../..", "link", "link/deep", "C:\\x", "\\\\host\\x", "file:///etc", "desktop",
    "Desktop", "'; DROP TABLE guideline; --", "{{ 7 * 7 }}", "{% raw %}", "$(touch x)", "%s%n", "<|user|>", "all",
    "global", AN_ID, KEY[:-1], "Huggingface", "chatt", "a" * 10_000,
]  # fmt: skip
THINGS: list[Any] = [None, True, False, [], {}, [[]], [None], [1], ["x"], [True], {"a": 1}, {"": {}}, {"good": "x"},
          ["x"] * 1_001, [{}], {"name": "x"}, {"scopeId": "x"}, {"tags": "x"}, {"__proto__": 1}]  # fmt: skip
NAMES = [
    "",
    "x",
    "admin",
    "adminKey",
    "target_model",
    "targetmodel",
    "__class__",
    "\ud800",
    "\0",
    "é",
    "x" * 10_000,
    "id",
]


def nested(depth: int, in_object: bool) -> Any:
    thing: Any = "deep"
    for _ in range(depth):
        thing = {"a": thing} if in_object else [thing]
    return thing


def hostile(rng: random.Random) -> Any:
    pool = rng.choice((NUMBERS, NO_NUMBERS, TEXTS, TEXTS, THINGS, ["deep"]))
    value = rng.choice(pool)
    return nested(rng.choice((10, 300)), rng.random() < 0.5) if value == "deep" else value


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a request at which something could be put."""
    if isinstance(data, dict | list):
        for name in data if isinstance(data, dict) else range(len(data)):
            yield (*path, name)
            yield from places(data[name], (*path, name))


def spoil(request: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The request with one to three things wrong, or merely odd."""
    spoilt = copy.deepcopy(request)
    for _ in range(rng.choice((1, 1, 2, 3))):
        *way, last = rng.choice(list(places(spoilt)))
        inner = spoilt
        for step in way:
            inner = inner[step]
        kind = rng.random()
        if kind < 0.7 and last != "admin_key":  # many wrong keys only make the test wait
            inner[last] = hostile(rng)
        elif kind < 0.85:
            spoilt[rng.choice(NAMES)] = hostile(rng)
        else:
            del inner[last]
        if not spoilt:
            break
    return spoilt


def library_state(door: Door) -> tuple[Any, ...]:
    library = door.library
    with library.connection():
        return tuple(
            library.sql(f"SELECT count(*), max(rowid) FROM {table}").fetchone()
            for table in ("guideline", "guideline_version", "export_run")
        )


def expect_refusal(answer: Response) -> None:
    assert list(answer) == ["success", "error"]
    error = answer["error"]
    assert error["code"] in CODES, answer
    assert set(error) <= {"code", "message", "field", "faults"}
    assert error["message"].strip()
    assert "\n" not in error["message"]
    assert "Traceback" not in error["message"]
    assert len(error["message"]) < 20_000


@pytest.mark.parametrize("seed", range(8))
def test_two_thousand_requests(door: Door, work: Path, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    outside = work.parent / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    (work / "link").symlink_to(outside)
    door.add(NASTY + plain(5))
    door.add([{"name": "target", "content": "c", "id": AN_ID, "scopeType": "project", "scopeId": "web"}])
    assert door.export()["success"]
    rng = random.Random(seed)
    beyond = set(Path("/tmp").iterdir())
    refused = 0
    for _ in range(250):
        request = spoil(rng.choice(REQUESTS), rng)
        before = (library_state(door), digest(work))
        answer = door.raw(request)
        assert json.loads(response_text(answer)) == answer
        if not answer["success"]:
            refused += 1
            expect_refusal(answer)
            assert (library_state(door), digest(work)) == before, request
    assert refused > 180
    assert not caplog.records
    assert digest(outside) == {"kept.txt": digest(outside)["kept.txt"]}
    assert not {path for path in set(Path("/tmp").iterdir()) - beyond if path.name.startswith("lora-studio-escape")}
    assert sorted(path.name for path in work.parent.iterdir()) == ["home", "outside", "work"]


@pytest.mark.parametrize("request_", [None, True, 1, 1.5, "x", [], [{}], float("nan"), nested(900, False)], ids=repr)
def test_what_is_no_object_is_refused(door: Door, request_: Any) -> None:
    answer = door.raw(request_)
    assert answer == {
        "success": False,
        "error": {"code": "VALIDATION", "message": "The request must be one JSON object"},
    }


KINDS: dict[str, list[Any]] = {
    "null": [None],
    "boolean": [True, False],
    "number": [0, 1, 0.5, 1.0, float("nan"), 10**400],
    "text": ["", "x", "3", "true", "0.9", "[]"],
    "array": [[], ["x"], [1]],
    "object": [{}, {"x": 1}],
}
NOT_A = {
    "boolean": ["null", "number", "text", "array", "object"],
    "number": ["null", "boolean", "text", "array", "object"],
    "text": ["null", "boolean", "number", "array", "object"],
    "array": ["null", "boolean", "number", "text", "object"],
    "object": ["null", "boolean", "number", "text", "array"],
}


def kind_of(value: Any) -> str:
    kinds = {bool: "boolean", int: "number", float: "number", str: "text", list: "array", dict: "object"}
    return kinds[type(value)]


def way_name(way: tuple[Any, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)[1:]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one.get('tool', 'memory_lora')} {one['action']}")
def test_a_wrong_type_is_refused_by_the_name_of_its_field(door: Door, work: Path, request_: dict[str, Any]) -> None:
    before = (library_state(door), digest(work))
    for way in places(request_):
        if way[0] == "action":
            continue
        *steps, last = way
        spoilt = copy.deepcopy(request_)
        inner = spoilt
        for step in steps:
            inner = inner[step]
        wrong = [value for kind in NOT_A[kind_of(inner[last])] for value in KINDS[kind]]
        for value in wrong:
            if (last, value) == ("scopeId", None) and way[0] != "guidelineFilter":
                continue  # our own answers say null there
            inner[last] = value
            answer = door.raw(spoilt)
            expect_refusal(answer)
            said = (answer["error"]["code"], answer["error"]["field"])
            assert said == ("VALIDATION", way_name(way)), (value, answer)
    assert (library_state(door), digest(work)) == before


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one.get('tool', 'memory_lora')} {one['action']}")
def test_an_unknown_field_is_refused_with_the_nearest_known_name(door: Door, request_: dict[str, Any]) -> None:
    for name in request_:
        if name in ("tool", "action"):
            continue
        typo = name + "x"
        answer = door.raw({**request_, typo: request_[name]})
        assert (answer["error"]["code"], answer["error"]["field"]) == ("VALIDATION", typo)
        assert f"'{typo}'" in answer["error"]["message"]
        assert name in answer["error"]["message"]


@pytest.mark.parametrize(
    ("changes", "message", "field"),
    [
        ({"trainEvalSplit": 1.5}, "trainEvalSplit must be between 0 and 1", "trainEvalSplit"),
        ({"trainEvalSplit": -0.001}, "trainEvalSplit must be between 0 and 1", "trainEvalSplit"),
        ({"trainEvalSplit": float("nan")}, "trainEvalSplit must be between 0 and 1", "trainEvalSplit"),
        ({"trainEvalSplit": float("inf")}, "trainEvalSplit must be between 0 and 1", "trainEvalSplit"),
        ({"trainEvalSplit": 10**400}, "trainEvalSplit must be between 0 and 1", "trainEvalSplit"),
        ({"examplesPerGuideline": 1_001}, "examplesPerGuideline must be between 0 and 1000", "examplesPerGuideline"),
        ({"examplesPerGuideline": -1}, "examplesPerGuideline must be between 0 and 1000", "examplesPerGuideline"),
        ({"seed": -1}, "seed must be at least 0", "seed"),
        ({"guidelineFilter": {"priority": 101}}, "guidelineFilter.priority must be between 0 and 100",
         "guidelineFilter.priority"),
        ({"strict": True, "format": "chat"}, "strict goes with format anthropic only; leave it out", "strict"),
    ],
)  # fmt: skip
def test_messages(door: Door, changes: dict[str, Any], message: str, field: str) -> None:
    error = {"code": "VALIDATION", "message": message, "field": field}
    assert door.export(**changes) == {"success": False, "error": error}


@pytest.mark.parametrize("model", ["", " ", "x" * 201, "a\nb", "a\x1bb", "a\x85b", "a\u2028b", "\ud800", "a\0"])
def test_target_models_that_are_none(door: Door, model: str) -> None:
    door.add(plain(1))
    answer = door.export(targetModel=model)
    assert (answer["error"]["code"], answer["error"]["field"]) == ("VALIDATION", "targetModel")


@pytest.mark.parametrize(
    "model", ["x", "日本語" * 66, "../../etc/passwd", "a b", "<|user|>", "x" * 200, "CON", ".", "-rf"]
)
def test_any_other_target_model_is_a_model(door: Door, work: Path, model: str) -> None:
    door.add(plain(1))
    answer = door.export(targetModel=model)
    assert answer["targetModel"] == model
    assert {Path(answer[name]).parent for name in ("trainFile", "evalFile", "configFile")} == {work / "out"}
    assert door.call(action="list_adapters", outputPath="out")["adapters"][0]["targetModel"] == model


def test_nothing_found_is_said_word_for_word(door: Door, work: Path) -> None:
    error = {"code": "NOT_FOUND", "message": "No guidelines found matching the filter criteria"}
    assert door.export() == {"success": False, "error": error}
    door.add(plain(3))
    for wanted in ({"tags": ["nowhere"]}, {"category": "Odd"}, {"priority": 77}, {"scopeType": "org"}):
        assert door.export(guidelineFilter=wanted) == {"success": False, "error": error}
    assert digest(work) == {}


def test_a_refusal_is_short_however_much_is_wrong(door: Door) -> None:
    for request in (
        {"action": "export", **{f"field{number}": 1 for number in range(5_000)}},
        {"tool": "memory_guideline", "action": "bulk_add", "agentId": "t", "guidelines": [{"nam": 1}] * 5_000},
        {"action": "x" * 1_000_000},
        {"tool": ["x" * 1_000_000]},
        {"action": "export", "x" * 1_000_000: 1},
    ):
        answer = door.raw(request)
        expect_refusal(answer)
        assert len(response_text(answer)) < 20_000


@pytest.mark.parametrize("field", ["tool", "action", "targetModel", "guidelineFilter", "admin_key", "unknown"])
def test_any_depth_that_can_be_read_is_refused_in_form(door: Door, field: str) -> None:
    for depth in (1, *range(100, 900, 100), *range(900, 1_000, 3), 1_500, 100_000):
        deep = f'"{field}": {"[" * depth}{"]" * depth}'
        text = f"{{{deep}}}" if field == "action" else f'{{"action": "export", {deep}}}'
        answer = respond_to_bytes(text.encode(), Desk(door.home))
        expect_refusal(answer)
