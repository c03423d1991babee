"""What a training script adds to the trainer does what it says: its loss, its dropout, what was best."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scripting import render
from workshop import FILES, Trainer

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def told(trainer: Trainer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("parts")
    (folder / "train_chat.py").write_text(render("chat"))
    done = trainer.run("python", FILES / "parts_of_trainer.py", folder / "train_chat.py", folder=folder)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("told ")]
    found: dict[str, Any] = json.loads(line.removeprefix("told "))
    return found


def test_the_loss_is_the_mean_over_the_answers_with_the_verdicts_weighed(told: dict[str, Any]) -> None:
    losses = told["losses"]
    assert losses["ours"] == pytest.approx(losses["longWay"], rel=1e-5)
    assert losses["evalOurs"] == pytest.approx(losses["ours"], rel=1e-6)
    assert losses["others"] == -1.0  # a model that is no adapter's is left to the library


def test_rows_that_begin_alike_are_read_once_with_the_same_result(told: dict[str, Any]) -> None:
    together = told["together"]
    assert (together["can"], together["stillTraining"]) == (True, True)
    assert together["tokens"] == 5 + (3 + 4) + 4 + 5 + 2
    assert together["apart"] < 1e-5
    assert together["gradientsApart"] < 1e-4
    assert together["withoutGain"]


def test_the_quick_dropout_is_a_dropout(told: dict[str, Any]) -> None:
    dropout = told["dropout"]
    assert (dropout["kind"], dropout["layers"]) == ("QuickDropout", 1)
    assert dropout["dropped"] == pytest.approx(0.25, abs=0.02)
    assert dropout["mean"] == pytest.approx(1.0, abs=0.03)
    assert dropout["differ"]
    assert dropout["gradient"]
    assert dropout["atRest"]


def test_held_out_rows_that_get_worse_twice_end_it_and_the_best_is_kept(told: dict[str, Any]) -> None:
    assert told["best"] == {"ended": 3, "kept": 1.0}
