"""Variety through the doors: what a request and a command get, and that nobody gets it unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driver import KEY, MODEL, Door, Response, dataset_lines
from rich_rules import DOCUMENTED
from samples import plain

from lora_studio.core.dataset.variety import RICH_TYPES
from lora_studio.doors.cli import commands
from lora_studio.doors.cli.arguments import parser

RULE = {
    "name": "Open files with their encoding",
    "content": "Name utf-8 wherever a text is read or written, for the machine's own choice differs.",
    "rationale": "Half of all broken umlauts come from a default.",
    "examples": {
        "good": ["read_notes(path, encoding='utf-8')", "secret_good()"],
        "bad": ["read_notes(path)", "secret_bad()"],
    },
}


def types(answer: Response) -> set[str]:
    return {json.loads(line)["metadata"]["type"] for line in dataset_lines(answer)}


def test_nobody_gets_rich_rows_unasked(door: Door) -> None:
    door.add([*plain(3), RULE])
    unasked, asked = door.export("one", format="chat"), door.export("two", format="chat", variety="documented")
    assert dataset_lines(unasked) == dataset_lines(asked)
    assert types(unasked) == DOCUMENTED
    assert json.loads(Path(unasked["configFile"]).read_text())["options"]["variety"] == "documented"


@pytest.mark.parametrize("name", ["huggingface", "chat", "alpaca", "anthropic"])
def test_rich_rows_on_request(door: Door, name: str) -> None:
    door.add([*plain(3), RULE])
    made = door.export(format=name, variety="rich", splitBy="question")
    assert types(made) == DOCUMENTED | set(RICH_TYPES)
    lines = dataset_lines(made)
    assert made["stats"]["totalExamples"] == len(lines)
    assert not [line for line in lines if b"secret_good" in line or b"secret_bad" in line]
    again = door.export("again", format=name, variety="rich", splitBy="question")
    assert Path(again["trainFile"]).read_bytes() == Path(made["trainFile"]).read_bytes()
    assert Path(again["evalFile"]).read_bytes() == Path(made["evalFile"]).read_bytes()


@pytest.mark.parametrize("wrong", ["Rich", "", None, True, ["rich"], "richer"])
def test_another_variety_is_refused(door: Door, wrong: object) -> None:
    door.add([RULE])
    refused = door.export(variety=wrong)
    assert refused["success"] is False
    assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", "variety")
    assert not Path("out").exists()


def test_the_command_gives_the_same_rows(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_STUDIO_ADMIN_KEY", KEY)
    door.add([RULE])
    words = ["export", "--target-model", MODEL, "--format", "chat", "--output-path", "typed", "--variety", "rich"]
    typed = commands.export(parser().parse_args(words), door.home)
    assert dataset_lines(typed) == dataset_lines(door.export(format="chat", variety="rich"))
