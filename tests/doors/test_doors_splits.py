"""Which rows go to train and which to eval, seen in the files of an export."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from driver import Door, Response, file_lines, prepare
from restatement import questions, train_count
from samples import NASTY, plain


def sides(answer: Response) -> tuple[list[Any], list[Any]]:
    """The rows of train and of eval."""
    train, evaluation = (file_lines(answer[name]) for name in ("trainFile", "evalFile"))
    return [json.loads(one) for one in train], [json.loads(one) for one in evaluation]


def guideline_of(row: Any) -> str:
    return str(row["metadata"]["guidelineId"])


def asked(row: Any) -> tuple[str, str]:
    """The guideline and the question of an alpaca row."""
    return guideline_of(row), row["input"]


@pytest.mark.parametrize("ratio", [0, 0.1, 0.333, 0.5, 0.9, 0.99, 1])
def test_by_example_train_has_the_floor(door: Door, ratio: float) -> None:
    door.add(plain(17))
    train, evaluation = sides(door.export(trainEvalSplit=ratio))
    assert (len(train), len(train) + len(evaluation)) == (train_count(85, ratio), 85)


def test_rows_are_well_shuffled(door: Door) -> None:
    added = door.add(plain(100))
    train, evaluation = sides(door.export(format="alpaca"))
    rank = {one["id"]: place for place, one in enumerate(added)}
    neighbours = sum(abs(rank[guideline_of(a)] - rank[guideline_of(b)]) <= 1 for a, b in pairwise(train))
    assert neighbours < len(train) / 10
    kinds = Counter(row["metadata"]["type"] for row in evaluation)
    assert len(kinds) == 4
    assert len({guideline_of(row) for row in evaluation}) > 25


@pytest.mark.parametrize("seed", [0, 1, 2**64])
def test_by_guideline_all_rows_on_one_side_and_a_new_one_moves_no_other(door: Door, seed: int) -> None:
    door.add(plain(60))
    how: dict[str, Any] = {"splitBy": "guideline", "trainEvalSplit": 0.7, "seed": seed}
    train, evaluation = ({guideline_of(row) for row in side} for side in sides(door.export(**how)))
    assert not train & evaluation
    assert (len(train | evaluation), 30 < len(train) < 54) == (60, True)
    door.add(NASTY)
    more_train, more_evaluation = ({guideline_of(row) for row in side} for side in sides(door.export(**how)))
    assert train <= more_train
    assert evaluation <= more_evaluation


@pytest.mark.parametrize("ratio", [0, 0.2, 0.5, 0.75, 0.9, 1])
def test_by_question_eval_asks_in_other_wordings_what_train_answers(door: Door, ratio: float) -> None:
    added = door.add(plain(20) + NASTY)
    train, evaluation = sides(door.export(splitBy="question", trainEvalSplit=ratio, format="alpaca"))
    assert {guideline_of(row) for row in train} == {one["id"] for one in added}
    assert not {asked(row) for row in train} & {asked(row) for row in evaluation}
    total = len(train) + len(evaluation)
    wordings: dict[str, Counter[str]] = defaultdict(Counter)
    for guideline in added:
        wordings[guideline["id"]].update(prompt for prompt, _, _ in questions(guideline))
    must_stay = sum(min(counts.values()) for counts in wordings.values())
    wanted = total - train_count(total, ratio)
    assert min(wanted, total - must_stay) - len(evaluation) in (0, 1)


def test_by_question_an_example_that_is_good_and_bad_is_one_question(door: Door) -> None:
    door.add([{"name": "n", "content": "c", "examples": {"good": ["x", "x", "y"], "bad": ["x", "y"]}}])
    for seed in range(20):
        train, evaluation = sides(
            door.export(splitBy="question", trainEvalSplit=0.5, seed=seed, format="alpaca", ifExists="replace")
        )
        assert not {asked(row) for row in train} & {asked(row) for row in evaluation}
        assert len(train) + len(evaluation) == 8
        assert train


@pytest.mark.parametrize(
    ("split_by", "ratio", "empty"),
    [("example", 1, "eval"), ("example", 0, "train"), ("guideline", 1, "eval"), ("guideline", 0, "train"),
     ("question", 1, "eval"), ("question", 0, "")],
)  # fmt: skip
def test_an_empty_side_is_named(door: Door, split_by: str, ratio: float, empty: str) -> None:
    door.add(plain(6))
    answer = door.export(splitBy=split_by, trainEvalSplit=ratio)
    train, evaluation = sides(answer)
    warned = [name for name in ("train", "eval") if f"The {name} file is empty" in "".join(answer.get("warnings", []))]
    assert warned == ([empty] if empty else [])
    assert [name for name, rows in (("train", train), ("eval", evaluation)) if not rows] == warned
    assert Path(answer["evalFile"]).exists()


def test_order_and_split_do_not_follow_the_order_of_adding(door: Door) -> None:
    added = door.add([{**one, "id": f"00000000-0000-4000-8000-{place:012d}"} for place, one in enumerate(plain(30))])
    first = door.export()
    before = [Path(first[name]).read_bytes() for name in ("trainFile", "evalFile")]
    other = prepare(door.home.path.parent / "other")
    other.add(list(reversed(added)))
    again = other.export("again")
    assert [Path(again[name]).read_bytes() for name in ("trainFile", "evalFile")] == before
