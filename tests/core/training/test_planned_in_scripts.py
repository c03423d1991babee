"""A script plans what nobody has given, from its own rows, as the studio does before."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lora_studio.core.resources import resource_text
from lora_studio.core.training import plan, sizes

CONFIG = {"hidden_size": 576, "num_hidden_layers": 30, "vocab_size": 49_152, "intermediate_size": 1536}
TEN = {"epochs": None, "steps": None, "learning_rate": None, "batch_size": None, "gradient_accumulation": None}


class Tokenizer:
    """A token for each word."""

    chat_template = "own"

    def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[str]]:
        return {"input_ids": text.split()}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a script holds of the plan, with stand-ins for the libraries and for its other parts."""
    torch, transformers = ModuleType("torch"), ModuleType("transformers")
    vars(torch)["get_num_threads"] = lambda: 2
    config = SimpleNamespace(from_pretrained=lambda name: SimpleNamespace(to_dict=lambda: CONFIG))
    vars(transformers)["AutoConfig"] = config
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "transformers", transformers)
    names: dict[str, Any] = {
        **vars(plan), **vars(sizes), "os": os, "FORMAT": "chat", "PLAIN_TEMPLATE": "plain",
        "training_device": lambda options: "cpu",
        "read_config": lambda path: json.loads(path.read_text()) if path.is_file() else {},
        "tokens": lambda tokenizer, messages: [word for one in messages for word in one["content"].split()],
    }  # fmt: skip
    exec(resource_text("scripts/planned.py.j2"), names)
    return names


def options(tmp_path: Path, **given: object) -> argparse.Namespace:
    (tmp_path / "config.json").write_text(json.dumps({"guidelines": {"count": 12}, "options": {"variety": "rich"}}))
    values = {**TEN, "max_length": None, "replay": None, "r": 8, "quantization": "none", "model": "m"}
    return argparse.Namespace(**{**values, "dataset": tmp_path, **given})


def conversation(words: int, **more: object) -> list[dict[str, object]]:
    answer = {"role": "assistant", "content": "word " * words, **more}
    return [{"role": "user", "content": "What holds?"}, answer]


def test_what_nobody_gave_is_filled_in_and_said(
    script: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = options(tmp_path)
    made = script["settle"](
        chosen, Tokenizer(), [conversation(8)] * 42 + [conversation(98)], {"configFile": "config.json"}
    )
    rows = plan.Rows(43, tokens=42 * 10 + 100, longest=100, rules=12, variety="rich")
    machine = plan.Machine("cpu", cores=2, weight_bytes=4)
    assert made == plan.plan(rows, sizes.model_facts("m", CONFIG), machine)
    assert (chosen.epochs, chosen.steps, chosen.learning_rate, chosen.max_length) == (12, None, made.learning_rate, 256)
    assert (chosen.batch_size, chosen.gradient_accumulation, chosen.replay) == (2, 1, plan.REPLAY_SHARE)
    said = capsys.readouterr().out
    assert said.startswith(f"Planned: {plan.in_words(made)}.\n  12 epochs of")
    assert f"\n  A learning rate of {made.learning_rate:g} suits a model of hidden size 576.\n" in said


def test_what_was_given_stays(script: dict[str, Any], tmp_path: Path) -> None:
    chosen = options(tmp_path, steps=9, learning_rate=0.5, batch_size=3, replay=0.5, max_length=20, r=64)
    script["settle"](chosen, Tokenizer(), [conversation(8)] * 43, {})
    assert (chosen.steps, chosen.learning_rate, chosen.batch_size, chosen.replay) == (9, 0.5, 3, 0.5)
    assert (chosen.max_length, chosen.r) == (20, 64)


def test_no_replay_without_a_chat_template(script: dict[str, Any], tmp_path: Path) -> None:
    tokenizer = Tokenizer()
    tokenizer.chat_template = "plain"
    made = script["settle"](options(tmp_path), tokenizer, [conversation(8)] * 43, {})
    assert (made.replay, made.rows) == (0, 43)


def test_without_the_model_the_tokens_are_guessed(script: dict[str, Any], tmp_path: Path) -> None:
    script["known_config"] = lambda name: None
    made = script["settle"](options(tmp_path, model="a-7B"), None, [conversation(8)] * 43, {})
    assert made.tokens == 43 * (51 // 4 + 12)
    assert made.reasons[0] == "The model a-7B is not on this machine: its name says 7B."


def test_of_a_preference_both_answers_count(script: dict[str, Any], tmp_path: Path) -> None:
    script["FORMAT"] = "dpo"
    made = script["settle"](options(tmp_path), Tokenizer(), [conversation(8, rejected="no no")] * 43, {})
    assert (made.tokens, made.replay) == (43 * 12, 0)


def test_only_the_first_of_several_processes_speaks(
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    made = script["settle"](options(tmp_path), Tokenizer(), [conversation(8)] * 43, {})
    assert made.batch_size * made.gradient_accumulation == 1
    assert capsys.readouterr().out == ""
