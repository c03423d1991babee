"""Order and split: what each mode promises, for any rows."""

from __future__ import annotations

import math
import uuid

from hypothesis import given
from hypothesis import strategies as st

from lora_studio.core.dataset.splits import KEY_LENGTH, eval_places, row_keys, wanted_for_eval

ratios = st.floats(0, 1)
prompts = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=9), min_size=1, max_size=20)


def split(all_prompts: list[list[str]], split_by: str, ratio: float, seed: int = 0) -> list[tuple[int, str, bool]]:
    """(guideline, prompt, whether in eval) of every row, in file order."""
    rows = []
    for number, own in enumerate(all_prompts):
        keys = row_keys(seed, split_by, ratio, guideline_id(number), len(own), lambda own=own: own)  # type: ignore[misc]
        rows += [key + f"{number}:{prompt}".encode() for key, prompt in zip(keys, own, strict=True)]
    rows.sort()
    chosen = set(eval_places(rows, wanted_for_eval(len(rows), split_by, ratio), split_by))
    texts = [row[KEY_LENGTH:].decode().split(":") for row in rows]
    return [(int(number), prompt, place in chosen) for place, (number, prompt) in enumerate(texts)]


def guideline_id(number: int) -> str:
    return str(uuid.UUID(int=number))


@given(prompts, ratios)
def test_by_example_the_counts_are_exact(all_prompts: list[list[str]], ratio: float) -> None:
    rows = split(all_prompts, "example", ratio)
    total = sum(map(len, all_prompts))
    assert len(rows) == total
    assert sum(not in_eval for *_, in_eval in rows) == math.floor(total * ratio)


@given(prompts, ratios)
def test_by_guideline_a_guideline_is_on_one_side(all_prompts: list[list[str]], ratio: float) -> None:
    sides: dict[int, set[bool]] = {}
    for number, _, in_eval in split(all_prompts, "guideline", ratio):
        sides.setdefault(number, set()).add(in_eval)
    assert all(len(side) == 1 for side in sides.values())


@given(prompts, ratios, st.lists(st.sampled_from("abc"), min_size=1))
def test_by_guideline_a_new_one_moves_no_other(all_prompts: list[list[str]], ratio: float, new: list[str]) -> None:
    before = set(split(all_prompts, "guideline", ratio))
    after = set(split([*all_prompts, new], "guideline", ratio))
    assert before <= after


@given(prompts, ratios)
def test_by_question_eval_asks_what_train_answers_in_other_words(all_prompts: list[list[str]], ratio: float) -> None:
    rows = split(all_prompts, "question", ratio)
    train = {(number, prompt) for number, prompt, in_eval in rows if not in_eval}
    evaluation = [(number, prompt) for number, prompt, in_eval in rows if in_eval]
    assert all(row not in train for row in evaluation)
    assert {number for number, _ in evaluation} <= {number for number, _ in train}


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True), min_size=1), ratios)
def test_by_question_the_share_is_as_near_as_can_be(all_prompts: list[list[str]], ratio: float) -> None:
    rows = split(all_prompts, "question", ratio)
    most = sum(len(own) - 1 for own in all_prompts)
    assert sum(in_eval for *_, in_eval in rows) == min(wanted_for_eval(len(rows), "question", ratio), most)


@given(prompts, ratios)
def test_by_question_repeated_questions_never_overfill_eval(all_prompts: list[list[str]], ratio: float) -> None:
    rows = split(all_prompts, "question", ratio)
    assert sum(in_eval for *_, in_eval in rows) <= wanted_for_eval(len(rows), "question", ratio)


def test_by_question_a_repeated_question_stays_while_eval_is_small() -> None:
    rows = split([["a", "a", "b"]], "question", 0.7)
    assert sorted((prompt, in_eval) for _, prompt, in_eval in rows) == [("a", False), ("a", False), ("b", True)]


def test_seeds_shuffle_differently_and_one_seed_always_the_same() -> None:
    all_prompts = [list("abcdefg")] * 30
    assert split(all_prompts, "example", 0.9, seed=1) == split(all_prompts, "example", 0.9, seed=1)
    assert split(all_prompts, "example", 0.9, seed=1) != split(all_prompts, "example", 0.9, seed=2)


def test_the_order_does_not_follow_the_guidelines() -> None:
    numbers = [number for number, *_ in split([list("abcd")] * 200, "example", 1.0)]
    first, second = numbers[:400], numbers[400:]
    assert abs(sum(first) / len(first) - sum(second) / len(second)) < 15  # about 4 by chance; 100 when unshuffled


def test_the_share_by_guideline_is_about_the_ratio() -> None:
    rows = split([["a"]] * 4_000, "guideline", 0.8)
    assert abs(sum(in_eval for *_, in_eval in rows) / len(rows) - 0.2) < 0.03
