"""The promise: export, generate, run the script as documented, load as documented, get the guidelines back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from workshop import Workshop, events

pytestmark = pytest.mark.training

SYSTEM = {"role": "system", "content": ""}
"""Filled with the dataset's own sentence."""
ASKED: dict[str, tuple[list[dict[str, str]], str]] = {
    "huggingface": ([], "{}"),
    "alpaca": ([], "Provide guidance based on established guidelines.\n\n{}"),
    "chat": ([SYSTEM], "{}"),
    "sharegpt": ([SYSTEM], "{}"),
}
LORA = {"r": 16, "alpha": 32, "dropout": 0.0}
TRAINING = {
    "epochs": 100,
    "learningRate": 5e-3,
    "batchSize": 15,
    "gradientAccumulation": 1,
    "maxLength": 256,
    "replay": 0,
}


def system_of(train_file: str) -> str:
    row = json.loads(Path(train_file).read_text().splitlines()[0])
    turns = row.get("prompt") or row["conversations"]
    text: str = turns[0].get("content") or turns[0]["value"]
    return text


@pytest.mark.parametrize("format_name", ASKED)
def test_the_adapter_knows_the_guidelines_word_for_word(workshop: Workshop, format_name: str) -> None:
    made = workshop.prepare(f"{format_name}_dataset", format_name, lora=LORA, training=TRAINING)
    before, form = ASKED[format_name]
    if before:
        before = [{**SYSTEM, "content": system_of(made.exported["trainFile"])}]
    done = workshop.train(made)
    told = events(done.stdout)
    assert [one["event"] for one in (told[0], told[-1])] == ["start", "done"]
    assert told[-1]["step"] == told[-1]["of"] == 400
    losses = [one["loss"] for one in told if one["event"] == "step"]
    assert losses[-1] < losses[0] / 2
    untuned, tuned = workshop.right_answers(made.folder, before, form)
    assert untuned == 0
    assert tuned >= 19
