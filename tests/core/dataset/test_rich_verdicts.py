"""Verdicts of a rich dataset: as many yes as no, on both sides of a pair, and never on the pair for the exam."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich_rules import RICH, made, source

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.dataset.held_out import held_out_pair, shown_pairs
from lora_studio.core.dataset.rich import bank, verdicts, words
from lora_studio.core.dataset.rich.verdicts import difference, pairs_of, says
from lora_studio.core.dataset.variety import capped
from lora_studio.core.domain import OWNER, Draft, Example
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings


def balance(rows: list[Example]) -> tuple[int, int]:
    answers = [row.completion for row in rows if row.type in ("verdict", "example_validation")]
    return sum(text.startswith("Yes") for text in answers), sum(text.startswith("No") for text in answers)


def examples(count: int, word: str) -> tuple[str, ...]:
    return tuple(f"{word} example number {'x' * n}" for n in range(count))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_as_many_yes_as_no(good: int, bad: int, cap: int, are_prose: bool) -> None:
    sides = examples(good, "right"), examples(bad, "wrong")
    if not are_prose:
        sides = (
            tuple(f"save_all(item_{n}, keep=True)" for n in range(good)),
            tuple(f"drop(item_{n})" for n in range(bad)),
        )
    rows = made(source("Rule", "Do it well.", good=sides[0], bad=sides[1]), replace(RICH, examples_per_guideline=cap))
    yes, no = balance(rows)
    assert yes == no
    shown = [pair for pair in capped(shown_pairs(*sides), cap) if any(pair)]
    has_both = any(one for one, _ in shown) and any(other for _, other in shown)
    assert (yes > 0) == has_both
    if not has_both:
        assert not [row for row in rows if row.type in ("verdict", "example_validation")]


def test_a_thousand_examples_on_one_side_are_made_even() -> None:
    rows = made(
        source("Rule", "Do it well.", good=examples(1_000, "right"), bad=("wrong",)),
        replace(RICH, examples_per_guideline=1_000),
    )
    yes, no = balance(rows)
    assert yes == no >= 1_000


def test_one_sided_examples_are_reviewed_but_not_judged() -> None:
    rows = made(source("Rule", "Do it well.", bad=("wrong", "worse", " ")))
    assert Counter(row.type for row in rows)["review"] == 2
    assert balance(rows) == (0, 0)
    assert balance(made(source("Rule", "Do it well.", good=("right", "better")))) == (0, 0)


def test_an_example_on_both_sides_says_nothing() -> None:
    both = made(source("Rule", "Do it well.", good=("same", "one more"), bad=("same", "another")))
    assert not [row for row in both if row.type in ("verdict", "review", "rewrite") and "same" in row.prompt]
    assert balance(both) == (0, 0)  # the second pair is for the exam


def test_both_sides_of_a_pair_are_judged_under_the_same_questions() -> None:
    rows = verdicts.verdict_rows(words.chance("a"), bank.bank(), [("keep()", "drop()")], "Do it well.", 28)
    asked: dict[str, Counter[str]] = {"good": Counter(), "bad": Counter()}
    for prompt, _, kind in rows:
        example = next(line for line in prompt.split("\n") if line.endswith("()"))
        asked[kind][prompt.replace(example, "…")] += 1
    assert set(asked["good"]) == set(asked["bad"])
    assert len(asked["good"]) > 3


def test_a_renamed_pair_differs_where_the_pair_does() -> None:
    pair = ("save_all(order_total, retries=3)", "save_all(order_total, retries=99)")
    rows = made(source("Rule", "Do it well.", good=(pair[0], "x"), bad=(pair[1], "y")))
    shown = {(row.prompt.split("\n")[-1], row.example_type) for row in rows if row.type == "verdict"}
    variants = {text for text, _ in shown} - {*pair}
    assert len(variants) > 10
    for text, kind in shown:
        if "(" in text:
            assert ("3)" in text and "99)" not in text) == (kind == "good")


def test_what_the_rule_speaks_of_keeps_its_name() -> None:
    content = "Always call save_all with 3 retries."
    rows = made(source("Rule", content, good=("save_all(first_one, 3)", "x"), bad=("save_all(first_one, 4)", "y")))
    judged = [row.prompt for row in rows if row.type == "verdict"]
    assert all("save_all" in prompt for prompt in judged)
    assert {prompt for prompt in judged if "first_one" not in prompt}


def test_words_of_a_sentence_become_none_of_a_program() -> None:
    """Only what a program calls something gets another name."""
    good, bad = "Took a taxi at 23:15 from the station and claimed it.", "Took a taxi at noon to the station."
    rows = made(source("Cabs", "They are paid after 22:00 only.", good=(good, "x"), bad=(bad, "y")))
    judged = {row.prompt.split("?\n\n")[-1].split("\n\n")[0] for row in rows if row.type == "verdict"}
    assert judged == {good, bad}
    assert not [text for text in judged if re.search(r"[a-z][A-Z]|_", text)]


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("send(x)", "send(x, key=1)", ("x", "x, key=1")),
        ("retry(3)", "retry(99)", ("3", "99")),
        ("x = 1", "y = 1", ("x", "y")),
        ("a", "a a", ("a", "a a")),
        ("same", "same", ("", "")),
        ("one\ntwo", "three\nfour", ("", "")),
        ("long " * 30, "short", ("", "")),
        ("", "a", ("", "")),
        ("{lacks}", "{has}", ("lacks", "has")),
    ],
)
def test_where_two_examples_differ(text: str, other: str, expected: tuple[str, str]) -> None:
    assert difference(text, other) == expected
    assert difference(other, text) == expected[::-1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("Yes.", 1),
        ("No, because.", -1),
        ("yes: x", 1),
        ("Nothing", 0),
        ("", 0),
        ("None", 0),
        ("…", 0),
        ("Yesterday", 0),
    ],
)
def test_what_an_answer_says(answer: str, said: int) -> None:
    assert says(answer) == said


SIDES = st.lists(st.sampled_from(["", " ", "a", "b", "c", "d", "e"]), max_size=6)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SIDES, SIDES)
def test_pairs_stay_beside_each_other_and_the_held_out_one_is_never_seen(good: list[str], bad: list[str]) -> None:
    pairs = shown_pairs(good, bad)
    real = list(zip(good, bad, strict=False))
    assert all(pair in real for pair in pairs if all(pair))
    seen = {text for pair in pairs for text in pair}
    assert not seen & set(held_out_pair(good, bad) or ())
    assert not seen & {" "}
    assert all(one and other for one, other in pairs_of(pairs))
    assert {text for pair in pairs_of(pairs) for text in pair} in (seen - {""}, set())
    assert capped(pairs, 99) == pairs
    few = capped(pairs, 1)
    assert max(sum(bool(one) for one, _ in few), sum(bool(other) for _, other in few)) <= 1


def test_the_held_out_pair_is_in_no_file(library: Library, tmp_path: Path) -> None:
    drafts = [
        Draft(
            name=f"Rule {n}",
            content=f"Keep {n} words of every kind apart, and name them in full.",
            good=(f"first_{n}()", f"second_{n}()", f"secretgood{n}()"),
            bad=(f"first_{n}(0)", f"second_{n}(0)", f"secretbad{n}(0)"),
            rationale="They are easy to mix up.",
        )
        for n in range(3)
    ]
    add_guidelines(library, drafts, OWNER)
    for name in FORMATS:
        options = replace(RICH, format=name, examples_per_guideline=99)
        made_here = export_dataset(library, Settings(), options, tmp_path / name, OWNER)
        texts = [path.read_text() for path in (made_here.train_file, made_here.eval_file)]
        assert not [text for text in texts if "secretgood" in text or "secretbad" in text]
        assert "second_1()" in "".join(texts)
        config = json.loads(made_here.config_file.read_text())
        assert config["options"]["variety"] == "rich"
    plain = export_dataset(library, Settings(), replace(options, variety="documented"), tmp_path / "plain", OWNER)
    assert "secretgood1" in plain.train_file.read_text() + plain.eval_file.read_text()


def test_no_expression_of_the_rich_rows_repeats_a_repetition() -> None:
    """One that does can take for ever on a text that somebody chose for it."""
    compiled = [value for module in (bank, verdicts, words) for value in vars(module).values()]
    patterns = [value.pattern for value in compiled if isinstance(value, re.Pattern)]
    called = [
        ast.unparse(node.args[0])
        for path in Path(words.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("re.sub", "re.search", "re.compile", "re.split")
    ]
    assert len(patterns) >= 8
    assert len(called) >= len(patterns)
    assert not [text for text in (*patterns, *called) if re.search(r"\)[*+{]", text)]
