"""Which rows a training script learns from, and in which order."""

from __future__ import annotations

import argparse
import ast
import json
import random
import sys
import types
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripting import render

from lora_studio.core.training.scripts import TEMPLATES

ROWS = st.lists(st.tuples(st.integers(1, 300), st.sampled_from((-1, 0, 0, 1))), min_size=1, max_size=600)
SYSTEM = [{"role": "system", "content": "S"}]


def a_script(name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__file__ = "train_chat.py"
    sys.modules[name] = module  # where dataclasses look
    exec(compile(render("chat"), "train_chat.py", "exec", dont_inherit=True), module.__dict__)
    return module


SCRIPT = a_script("a_script_of_rows")


@pytest.fixture(scope="module", autouse=True)
def _gone_at_the_end() -> Iterator[None]:
    yield
    sys.modules.pop("a_script_of_rows", None)


@given(ROWS, st.integers(1, 16), st.integers(0, 3))
def test_an_epoch_has_every_row_once_and_another_order_each_time(
    rows: list[tuple[int, int]], rows_a_step: int, seed: int
) -> None:
    tokens, verdicts = [[7] * length for length, _ in rows], [verdict for _, verdict in rows]
    order = SCRIPT.by_length(tokens, verdicts, rows_a_step, seed, 0)
    assert sorted(order) == list(range(len(rows)))
    assert order == SCRIPT.by_length(tokens, verdicts, rows_a_step, seed, 0)
    if len(rows) > 100:
        assert order != SCRIPT.by_length(tokens, verdicts, rows_a_step, seed, 1)


def test_a_step_has_rows_of_like_length_and_as_many_yes_as_no() -> None:
    chance = random.Random(0)
    lengths = [chance.randrange(10, 400) for _ in range(960)]
    verdicts = [1, -1, 0] * 320
    order = SCRIPT.by_length([[7] * length for length in lengths], verdicts, 8, 0, 0)
    steps = [order[at : at + 8] for at in range(0, 960, 8)]
    padded = sum(8 * max(lengths[place] for place in step) for step in steps)
    assert padded < 1.15 * sum(lengths)
    uneven = [abs(sum(verdicts[place] for place in step)) for step in steps]
    assert max(uneven) <= 1
    assert sum(uneven) < len(steps) / 2


@pytest.mark.parametrize("rows_a_step", [2, 4, 8])
def test_both_sides_of_a_pair_are_in_one_step(rows_a_step: int) -> None:
    """What tells them apart is learnt best where nothing else does."""
    chance = random.Random(0)
    pairs = [[chance.randrange(1_000) for _ in range(chance.randrange(20, 60))] for _ in range(400)]
    rows = [row for pair in pairs for row in ([*pair, 1], [*pair[3:], 2])]
    order = SCRIPT.by_length(rows, [1, -1] * 400, rows_a_step, 0, 0)
    place = {row: number // rows_a_step for number, row in enumerate(order)}
    together = sum(place[row] == place[row + 1] for row in range(0, 800, 2))
    assert together >= 0.9 * 400


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("Yes.", 1), ("no, because", -1), ("**No**", -1), ("Nobody knows.", 0), ("", 0), ("The rule says yes.", 0)],
)
def test_a_verdict_is_known_by_its_first_word(answer: str, verdict: int) -> None:
    assert SCRIPT.verdict_of(answer) == verdict


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("Bees collect nectar. They also col", "Bees collect nectar."),
        ("One. Two! Three? Fo", "One. Two! Three?"),
        ("it never ends", ""),
        ("Here it is. ```python\ndef f(): ret", ""),
    ],
)
def test_an_answer_that_was_cut_off_ends_with_a_sentence(answer: str, kept: str) -> None:
    assert SCRIPT.whole_part(answer) == kept


def test_an_answer_that_goes_in_circles_is_known() -> None:
    assert SCRIPT.is_loop("no, " * 20)
    assert not SCRIPT.is_loop("A glacier is a large mass of ice that moves slowly down a valley under its own weight.")


def options(folder: Path, **changes: Any) -> argparse.Namespace:
    values = {"model": str(folder / "base"), "quantization": "none", "seed": 0, "replay": 0.1, "dataset": folder}
    return argparse.Namespace(**{**values, **changes})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[dict[str, str]]]:
    """What the base model was asked; it answers with the question, and with nothing to every fifth."""
    found: list[list[dict[str, str]]] = []

    def answers(opts: object, tokenizer: object, device: str, conversations: list[Any]) -> list[str]:
        found.extend(conversations)
        return ["" if number % 5 == 4 else f"A: {one[-1]['content']}" for number, one in enumerate(conversations)]

    monkeypatch.setitem(SCRIPT.__dict__, "answers_of_base", answers)
    monkeypatch.setitem(SCRIPT.__dict__, "HERE", tmp_path)
    return found


def test_the_base_models_own_answers_are_mixed_in_with_and_without_the_system_sentence(
    asked: list[Any], tmp_path: Path
) -> None:
    rows = SCRIPT.replayed(options(tmp_path), None, "cpu", 300, SYSTEM)
    assert len(rows) == 300
    assert len(asked) == SCRIPT.REPLAY_ASKED
    assert all(row[-1] == {"role": "assistant", "content": f"A: {row[-2]['content']}"} for row in rows)
    share = sum(row[0]["role"] == "system" for row in rows) / len(rows)
    assert 0.3 < share < 0.7
    assert {row[-2]["content"] for row in rows} <= set(SCRIPT.REPLAY_PROMPTS)


def test_the_base_model_is_asked_once_a_model(asked: list[Any], tmp_path: Path) -> None:
    first = SCRIPT.replayed(options(tmp_path), None, "cpu", 20, SYSTEM)
    count = len(asked)
    assert SCRIPT.replayed(options(tmp_path), None, "cpu", 20, SYSTEM) == first
    assert len(asked) == count
    SCRIPT.replayed(options(tmp_path, model="another"), None, "cpu", 20, SYSTEM)
    assert len(asked) == 2 * count
    (kept,) = [path for path in tmp_path.glob("replay_*.json") if len(json.loads(path.read_text())) == count][:1]
    kept.write_text("[half a fi")
    SCRIPT.replayed(options(tmp_path), None, "cpu", 20, SYSTEM)
    assert len(asked) > 2 * count - 1


def test_every_fourth_row_of_a_rich_dataset_has_no_system_sentence(tmp_path: Path) -> None:
    rows = [[*SYSTEM, {"role": "user", "content": str(number)}] for number in range(400)]
    for variety, least, most in (("documented", 0, 0), ("rich", 60, 140)):
        (tmp_path / "config.json").write_text(json.dumps({"options": {"variety": variety}}))
        made = SCRIPT.with_and_without_system(options(tmp_path), rows, {"configFile": "config.json"})
        assert len(made) == len(rows)
        assert least <= sum(len(row) == 1 for row in made) <= most
        assert [row[-1] for row in made] == [row[-1] for row in rows]


def test_a_look_takes_held_out_rows_evenly_spread() -> None:
    assert SCRIPT.some([]) == []
    assert SCRIPT.some([1, 2, 3]) == [1, 2, 3]
    taken = SCRIPT.some(list(range(10_000)))
    assert len(taken) == SCRIPT.LOOKED_AT
    assert max(b - a for a, b in pairwise(taken)) <= 10_000 / SCRIPT.LOOKED_AT + 1


@pytest.mark.parametrize("format_name", TEMPLATES)
def test_no_name_is_given_twice_in_a_script(format_name: str) -> None:
    """A script is made of many parts, and a second `REPLAY` would silently take the place of the first."""
    names: list[str] = []
    for node in ast.parse(render(format_name)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names += [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("by", "asks"), [("example", True), ("question", True), ("guideline", False), ("family", False)]
)
def test_held_out_rows_of_other_rules_end_no_training(tmp_path: Path, by: str, asks: bool) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"split": {"by": by}}))
    options = argparse.Namespace(dataset=tmp_path)
    assert SCRIPT.asks_again(options, {"configFile": "config.json"}) == asks
    assert SCRIPT.asks_again(options, {})


def test_an_exam_of_the_adapter_before_is_put_aside(tmp_path: Path) -> None:
    SCRIPT.put_exam_aside(tmp_path)
    (tmp_path / "exam.json").write_text("{}")
    SCRIPT.put_exam_aside(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["exam_earlier.json"]
