"""The plan in the response of generate_script: what the training will be where nobody says, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from driver import KEY, Door
from samples import plain

from lora_studio.core.training.plan import REPLAY_SHARE, Rows, plan
from lora_studio.core.training.sizes import model_facts

MODEL = "org/SmolLM2-135M"
KEYS = [
    "steps", "epochs", "learningRate", "batchSize", "gradientAccumulation", "warmupSteps", "maxLength", "replay",
    "rows", "seconds", "memoryBytes", "reasons",
]  # fmt: skip


@pytest.fixture
def out(door: Door) -> Path:
    door.add(plain(12))
    out = door.home.path / "lora"
    assert door.export(str(out), format="chat", targetModel=MODEL)["success"]
    return out


def rate(model: str) -> float:
    """What is planned for a model that is known by its name alone."""
    return plan(Rows(12), model_facts(model)).learning_rate


def script(door: Door, out: Path, **more: object) -> dict[str, Any]:
    request = {"action": "generate_script", "targetModel": MODEL, "format": "chat", "datasetPath": str(out)}
    return door.call(**{**request, **more})


def test_what_is_left_out_is_planned_and_why(door: Door, out: Path) -> None:
    made = script(door, out)["plan"]
    assert list(made) == KEYS
    assert made["steps"] >= 100
    assert (made["learningRate"], made["replay"]) == (rate(MODEL), REPLAY_SHARE)
    assert made["rows"] > 0
    assert made["seconds"] > 0
    assert made["memoryBytes"] > 5e8
    assert any("its name says 135M" in reason for reason in made["reasons"])


def test_what_is_given_is_taken(door: Door, out: Path) -> None:
    training = {"steps": 50, "learningRate": 1e-5, "batchSize": 2, "maxLength": 256, "replay": 0}
    made = script(door, out, training=training)["plan"]
    assert {name: made[name] for name in training} == training
    assert made["gradientAccumulation"] == 1
    assert "Fewer than 100 steps often teach nothing." in made["reasons"]


@pytest.mark.parametrize(
    ("training", "field"),
    [
        ({"steps": 0}, "training.steps"),
        ({"steps": 10, "epochs": 2}, "training.steps"),
        ({"replay": 0.6}, "training.replay"),
        ({"replay": True}, "training.replay"),
        ({"epochs": None}, "training.epochs"),
    ],
)
def test_values_that_cannot_be_are_refused_by_name(
    door: Door, out: Path, training: dict[str, object], field: str
) -> None:
    refused = script(door, out, training=training, outputPath=str(out), admin_key=KEY)["error"]
    assert (refused["code"], refused["field"]) == ("VALIDATION", field)
    assert not list(out.glob("train_*.py"))


def test_where_nothing_is_known_the_plan_is_null(door: Door, out: Path) -> None:
    assert script(door, out / "elsewhere")["plan"] is None
    assert script(door, out, format="openai")["plan"] is None  # no such dataset
    assert door.export(str(out), format="openai", targetModel=MODEL)["success"]
    assert script(door, out, format="openai")["plan"] is None  # a service plans for itself


def test_preferences_have_no_replay(door: Door, out: Path) -> None:
    refused = script(door, out, tool="memory_rl", format="dpo", training={"replay": 0.1})["error"]
    assert refused["field"] == "training.replay"


def test_a_model_outside_the_allowed_folders_is_only_a_name(door: Door, out: Path, tmp_path: Path) -> None:
    config = json.dumps({"hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 300})
    outside, inside = tmp_path / "secret-8B", door.home.path / "tiny-8B"
    for folder in (outside, inside):
        folder.mkdir()
        (folder / "config.json").write_text(config)
        assert door.export(str(out), format="chat", targetModel=str(folder))["success"]
    assert script(door, out, targetModel=str(outside))["plan"]["learningRate"] == rate("8B")
    assert script(door, out, targetModel=str(inside))["plan"]["learningRate"] > rate(MODEL)
