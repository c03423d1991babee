"""What a plan is made from: a dataset's rows, the base model where it lies on this machine, the machine itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scripting import LOCAL, MODEL, made_rows, write_dataset

from lora_studio.core.training import planning
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.plan import REPLAY_SHARE, Machine, Rows, plan
from lora_studio.core.training.planning import (
    MARGIN,
    TEMPLATE_TOKENS,
    dataset_rows,
    local_model,
    plan_run,
    plan_training,
    this_machine,
)

CONFIG = {"hidden_size": 576, "num_hidden_layers": 30, "vocab_size": 49_152, "intermediate_size": 1536}


@pytest.mark.parametrize("format_name", [*LOCAL, "dpo", "kto"])
def test_rows_are_counted_by_the_config_and_measured_by_their_text(tmp_path: Path, format_name: str) -> None:
    config: dict[str, Any] = {"guidelines": {"count": 6, "digest": "0" * 64}, "options": {"variety": "rich"}}
    rows = dataset_rows(write_dataset(tmp_path, format_name, rows=40, **config))
    kind = format_name if format_name in ("dpo", "kto") else "sft"
    assert (rows.count, rows.rules, rows.kind, rows.variety) == (40, 6, kind, "rich")
    assert rows.tokens is not None
    assert rows.longest is not None
    assert 15 * 40 < rows.tokens < 80 * 40
    assert rows.tokens / 40 < rows.longest < 2 * rows.tokens / 40


def test_of_a_large_dataset_the_first_rows_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "SAMPLE_ROWS", 3)
    rows = made_rows("alpaca", 3)
    small, large = (
        dataset_rows(write_dataset(tmp_path / name, "alpaca", rows=rows * times))
        for name, times in (("small", 1), ("large", 100))
    )
    assert small.tokens is not None
    assert large.tokens == pytest.approx(100 * small.tokens, abs=100)
    assert large.longest == small.longest


@pytest.mark.parametrize("damage", ["[", "7\n", '{"text": 5}\n', "\n"])
def test_rows_that_cannot_be_read_leave_the_tokens_open(tmp_path: Path, damage: str) -> None:
    dataset = write_dataset(tmp_path, "chat", rows=[{"text": damage}])
    (tmp_path / dataset.train.name).write_text(damage)
    rows = dataset_rows(dataset)
    readable = damage in ("7\n", '{"text": 5}\n')  # as short as a row can be
    assert rows.tokens == (TEMPLATE_TOKENS if readable else None)
    assert rows.longest == (MARGIN * TEMPLATE_TOKENS if readable else None)
    (tmp_path / dataset.train.name).unlink()


@pytest.mark.parametrize("guidelines", [None, {"count": "6"}, {"count": -1}, {"count": 41}, {"count": True}])
def test_a_number_of_rules_that_cannot_be_is_none(tmp_path: Path, guidelines: object) -> None:
    rows = dataset_rows(write_dataset(tmp_path, "chat", rows=40, guidelines=guidelines, options=[]))
    assert rows.rules in (None, True)
    assert rows.variety == "documented"


def test_the_model_in_a_folder_and_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mine-8B"
    folder.mkdir()
    assert local_model(str(folder)).hidden == 4096  # by its name
    (folder / "config.json").write_text(json.dumps(CONFIG))
    assert local_model(str(folder)).hidden == 576
    assert local_model(str(folder), may_read=lambda path: path != folder).hidden == 4096

    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    assert local_model("org/some-8B").hidden == 4096
    stored = tmp_path / "hf" / "hub" / "models--org--some-8B"
    for name, text in (
        ("refs/main", "abc123\n"),
        ("blobs/config", json.dumps(CONFIG)),
        ("snapshots/abc123/README.md", ""),
    ):
        (stored / name).parent.mkdir(parents=True, exist_ok=True)
        (stored / name).write_text(text)
    (stored / "snapshots" / "abc123" / "config.json").symlink_to("../../blobs/config")
    assert local_model("org/some-8B").hidden == 576
    (stored / "refs" / "main").write_text("../../../../../mine-8B")
    assert local_model("org/some-8B").hidden == 4096  # nothing outside the cache


@pytest.mark.parametrize("name", ["", "\0", "a" * 5_000, "~nobody-here/x", "../..", "org/name/more", "C:\\x"])
def test_odd_names_of_models_are_only_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert local_model(name).parameters == 1e9


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"hidden_size": -1}', "[" * 100_000])
def test_an_odd_config_is_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    assert local_model(str(tmp_path)).guess


def test_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert this_machine(LoraOptions(), cpu=True).device == "cpu"
    assert this_machine(LoraOptions()).cores >= 1
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr("shutil.which", lambda name: "C:\\nvidia-smi.exe")
    found = this_machine(LoraOptions(quantization="4bit"))
    assert (found.device, found.weight_bytes) == ("cuda", 0.6)


def test_a_run_is_planned_for_this_machine(tmp_path: Path) -> None:
    config = write_dataset(tmp_path, "chat", rows=43).adapter.config_file
    made = plan_run(config, "", LoraOptions(), TrainingOptions(learning_rate=1e-4), cpu=True)
    assert made is not None
    assert (made.rows, made.learning_rate, made.replay) == (43, 1e-4, REPLAY_SHARE)
    assert made.steps >= 100
    assert made.seconds
    assert made.memory_bytes
    assert any(reason.startswith(f"The model {MODEL.split('/')[1]} is not") for reason in made.reasons)
    smaller = plan_run(config, "SmolLM2-135M", LoraOptions(), TrainingOptions(), cpu=True)
    assert smaller is not None
    assert smaller.learning_rate > plan(Rows(43), local_model(MODEL)).learning_rate
    assert plan_run(tmp_path / "none.json", "", LoraOptions(), TrainingOptions()) is None


def test_what_is_given_goes_into_the_plan(tmp_path: Path) -> None:
    given = TrainingOptions(
        steps=9, learning_rate=0.1, batch_size=3, gradient_accumulation=5, max_length=99, replay=0.4
    )
    made = plan_training(write_dataset(tmp_path, "chat"), MODEL, LoraOptions(r=3), given, Machine())
    assert (made.steps, made.learning_rate, made.batch_size, made.gradient_accumulation) == (9, 0.1, 3, 5)
    assert (made.max_length, made.replay, made.r) == (99, 0.4, 3)
    assert dataset_rows(write_dataset(tmp_path / "b", "chat")) == Rows(
        40, made.tokens, dataset_rows(write_dataset(tmp_path / "c", "chat")).longest
    )
