"""memory_rl through the JSON door and the command line: fields, access, audit, and the same bytes as any export."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from driver import DATE, KEY, MODEL, Door, Response, digest, file_lines
from peft_files import put_adapter

from lora_studio.core.errors import PermissionDenied
from lora_studio.core.library.audit import entries
from lora_studio.doors.cli import commands
from lora_studio.doors.cli.arguments import parser
from lora_studio.doors.cli.exam import exam, show_exam

RULES = [
    {"name": f"Rule {n}", "content": f"Do {n}.", "examples": {"good": [f"good {n}"], "bad": [f"bad {n}"]}}
    for n in range(10)
]


def export(door: Door, **more: Any) -> Response:
    request = {"action": "export", "targetModel": MODEL, "outputPath": "out", "agentId": "t", "admin_key": KEY}
    return door.call(tool="memory_rl", **(request | more))


def script(door: Door, **more: Any) -> Response:
    request = {"action": "generate_script", "targetModel": MODEL, "datasetPath": "out"}
    return door.call(tool="memory_rl", **(request | more))


def typed(*words: str) -> argparse.Namespace:
    return parser().parse_args(words)


@pytest.mark.parametrize(("format_name", "count"), [("dpo", 30), ("kto", 60)])
def test_an_export_answers_as_every_other(door: Door, work: Path, format_name: str, count: int) -> None:
    door.add(RULES)
    made = export(door, format=format_name)
    train = work / "out" / f"meta_llama_Llama_3_8B_{format_name}_train_{DATE}.jsonl"
    share = count * 9 // 10
    assert made == {
        "success": True,
        "targetModel": MODEL,
        "format": format_name,
        "outputPath": str(work / "out"),
        "trainFile": str(train),
        "evalFile": str(train).replace("_train_", "_eval_"),
        "configFile": str(train).replace("_train_", "_config_").replace(".jsonl", ".json"),
        "stats": {
            "totalExamples": count,
            "trainExamples": share,
            "evalExamples": count - share,
            "trainEvalSplit": 0.9,
        },
    }
    assert len(file_lines(train)) == share
    listed = door.call(action="list_adapters", outputPath="out")["adapters"]
    assert [(one["format"], one["exampleCount"]) for one in listed] == [(format_name, count)]


def test_dpo_is_what_is_made_where_no_format_is_named(door: Door, work: Path) -> None:
    door.add(RULES)
    assert export(door)["format"] == script(door)["format"] == "dpo"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"format": "chat"}, "format"),
        ({"includeExamples": True}, "includeExamples"),
        ({"strict": False}, "strict"),
        ({"examplesPerGuideline": "3"}, "examplesPerGuideline"),
        ({"trainEvalSplit": 1.5}, "trainEvalSplit"),
        ({"outputPath": "../.."}, "outputPath"),
        ({"splitBy": "row"}, "splitBy"),
    ],
)
def test_wrong_fields_are_refused_by_name_and_change_nothing(
    door: Door, work: Path, fields: dict[str, Any], field: str
) -> None:
    door.add(RULES)
    refused = export(door, **fields)
    assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", field)
    assert list(work.iterdir()) == []


def test_the_key_and_the_grants_guard_it(door: Door, work: Path) -> None:
    door.add(RULES)
    for more in ({"admin_key": "wrong key here"}, {"admin_key": ""}, {"agentId": "stranger"}):
        refused = export(door, **more)
        assert refused["error"]["code"] == "PERMISSION_DENIED"
        assert refused["error"]["message"].startswith("Permission denied")
    assert export(door, agentId="desktop")["error"]["code"] == "PERMISSION_DENIED"
    assert list(work.iterdir()) == []
    assert export(door)["success"]
    rows = [(row.who, row.action, row.outcome) for row in entries(door.library)]
    assert rows.count(("t", "memory_rl export", "done")) == 1
    assert ("stranger", "memory_rl export", "PERMISSION_DENIED") in rows


def test_guidelines_without_examples_are_refused_with_what_to_do(door: Door, work: Path) -> None:
    door.add([{"name": "A", "content": "a"}])
    refused = export(door)["error"]
    assert refused["code"] == "NOT_FOUND"
    assert refused["message"].startswith("No preference data can be made")
    assert export(door, guidelineFilter={"category": "none"})["error"]["message"] == (
        "No guidelines found matching the filter criteria"
    )


def test_what_is_left_out_is_in_the_warnings(door: Door, work: Path) -> None:
    door.add([*RULES, {"name": "Odd", "content": "x", "examples": {"good": ["s", " "], "bad": ["s", "b"]}}])
    assert export(door)["warnings"] == [
        "Left out 1 pair with an empty side ('Odd'); fill in the example or delete it",
        "Left out 1 example that is both good and bad ('Odd'); keep each of them on one side",
    ]


@pytest.mark.parametrize("format_name", ["dpo", "kto"])
def test_a_script_is_written_with_the_values_of_preference_training(door: Door, work: Path, format_name: str) -> None:
    door.add(RULES)
    export(door, format=format_name)
    made = script(door, format=format_name, outputPath="out", admin_key=KEY, training={"beta": 0.5, "epochs": 2})
    assert made["scriptPath"] == str(work / "out" / f"train_{format_name}.py")
    assert "EPOCHS = 2\n" in made["script"]
    assert 1e-6 < made["plan"]["learningRate"] < 1e-4
    assert (made["plan"]["epochs"], made["plan"]["replay"]) == (2, 0)
    loss = "sigmoid" if format_name == "dpo" else "kto"
    assert f"BETA = 0.5\nLOSS_TYPE = '{loss}'\nADAPTER = ''\n" in made["script"]
    with_adapter = script(door, format=format_name, outputPath="out", admin_key=KEY, adapterPath="out/lora_output")
    assert "ADAPTER = 'lora_output'\n" in with_adapter["script"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"training": {"beta": 0}}, "training.beta"),
        ({"training": {"lossType": "kto"}}, "training.lossType"),
        ({"training": {"lossType": "best"}}, "training.lossType"),
        ({"training": {"betta": 1}}, "training.betta"),
        ({"adapterPath": "/etc"}, "adapterPath"),
        ({"format": "openai"}, "format"),
    ],
)
def test_wrong_values_of_a_script_are_refused_by_name(door: Door, work: Path, more: dict[str, Any], field: str) -> None:
    refused = script(door, **more)
    assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", field)


def test_the_command_line_gives_the_same_bytes(door: Door, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door.add(RULES)
    monkeypatch.setenv("LORA_STUDIO_ADMIN_KEY", KEY)
    export(door, outputPath="one", format="kto", seed=3)
    words = ("export", "--format", "kto", "--target-model", MODEL, "--output-path", "two", "--seed", "3")
    commands.export(typed(*words), door.home)
    one, two = digest(work / "one"), digest(work / "two")
    assert {name: sha for name, sha in one.items() if "_config_" not in name and name != "README.md"} == {
        name: sha for name, sha in two.items() if "_config_" not in name and name != "README.md"
    }
    made = commands.script(
        typed(
            "script", "--format", "kto", "--target-model", MODEL, "--dataset-path", "two", "--beta", "0.2",
            "--loss-type", "apo_zero_unpaired", "--adapter-path", "base",
        ),
        door.home,
    )  # fmt: skip
    assert "BETA = 0.2\nLOSS_TYPE = 'apo_zero_unpaired'\nADAPTER = " in made["script"]


def test_an_exam_is_written_beside_its_adapter(
    door: Door, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    door.add(RULES)
    monkeypatch.setenv("LORA_STUDIO_ADMIN_KEY", KEY)
    config = json.loads(Path(export(door)["configFile"]).read_text())
    adapter = put_adapter(work / "out" / "lora_output", checksums=[file["sha256"] for file in config["files"]])
    made = exam(typed("exam", "out/lora_output"), door.home)
    count = len(file_lines(adapter / "exam_questions.jsonl"))
    assert count > len(RULES)
    assert (
        made.items()
        >= {
            "script": str(adapter / "exam.py"),
            "questionsFile": str(adapter / "exam_questions.jsonl"),
            "questions": count,
        }.items()
    )
    assert "MODEL = 'meta-llama/Llama-3.2-1B'\n" in (adapter / "exam.py").read_text()
    show_exam(made)
    assert capsys.readouterr().out.startswith(f"Wrote {count} questions: ")
    assert [row.outcome for row in entries(door.library) if row.action == "exam"] == ["done"]


def test_an_exam_needs_the_key_and_says_why_it_failed(door: Door, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door.add(RULES)
    config = json.loads(Path(export(door)["configFile"]).read_text())
    adapter = put_adapter(work / "out" / "lora_output", checksums=[file["sha256"] for file in config["files"]])
    before = digest(adapter)
    monkeypatch.setenv("LORA_STUDIO_ADMIN_KEY", "not the key at all")
    with pytest.raises(PermissionDenied):
        exam(typed("exam", str(adapter)), door.home)
    assert digest(adapter) == before
