"""The exam's measure, as the script holds it: what may score high and, more so, what may not."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_studio.core.training.adapters import DataFile
from lora_studio.core.training.scripts import render_template

RULE = "Name the cause, say what to do next, and keep the original exception."
YES, NO = "Yes, this follows the guideline. X", "No, this violates the guideline. X"


def load() -> Any:
    """The names of a rendered exam.py; nothing in it runs at import."""
    file = DataFile("", "")
    values = {"target_model": "m", "format": "chat", "dataset_folder": ".", "config_file": "", "adapter": "."}
    text = render_template("exam.py.j2", **values, train=file, eval=file)
    names: dict[str, Any] = {"__name__": "exam", "__file__": str(Path("exam.py").absolute())}
    exec(compile(text, "exam.py", "exec"), names)
    return SimpleNamespace(**names)


EXAM = load()


@pytest.mark.parametrize("answer", ["", " \n\t", "\u200b", "…", "42", "I do not know.", "Yes.", "No.", "guideline"])
def test_nothing_said_is_nothing_known(answer: str) -> None:
    assert EXAM.recall(answer, [RULE]) < 0.2
    assert EXAM.recall("", [RULE]) == EXAM.recall(RULE, [""]) == EXAM.recall(RULE, []) == EXAM.recall("", [""]) == 0


def test_word_for_word_is_one_whatever_the_spaces() -> None:
    assert EXAM.recall(RULE, [RULE]) == 1
    assert EXAM.recall(f"\n  {RULE.replace(' ', '  ')}\n", [RULE]) == 1
    assert EXAM.recall(RULE, ["something else", RULE, f"Here's the guideline: {RULE}"]) == 1


@pytest.mark.parametrize("times", [2, 3, 10, 200])
def test_a_rule_said_again_and_again_is_not_learnt(times: int) -> None:
    assert EXAM.recall(" ".join([RULE] * times), [RULE]) == pytest.approx(2 / (times + 1), abs=1e-3)
    assert EXAM.recall(" ".join([RULE] * times), [RULE]) < EXAM.LEARNT_FROM


def test_a_rambling_that_holds_the_rule_is_not_learnt() -> None:
    words = random.Random(1).choices(["the", "a", "team", "should", "write", "good", "code", "and"], k=300)
    rambling = " ".join([*words[:150], RULE, *words[150:]])
    assert EXAM.recall(rambling, [RULE]) < 0.15
    assert EXAM.recall(" ".join([*words[:6], RULE]), [RULE]) > EXAM.LEARNT_FROM  # a short lead-in is no rambling


def test_all_words_of_a_language_in_a_row_are_no_answer() -> None:
    vocabulary = " ".join(f"word{n}" for n in range(500)) + " " + " ".join(sorted(set(RULE.split())))
    assert EXAM.recall(vocabulary, [RULE]) < 0.1


def test_the_right_words_in_the_wrong_order_are_not_learnt() -> None:
    words = RULE.split()
    assert EXAM.recall(" ".join(reversed(words)), [RULE]) < 0.4
    assert EXAM.recall(" ".join(sorted(words)), [RULE]) < EXAM.LEARNT_FROM


def test_half_of_a_rule_is_not_learnt() -> None:
    assert EXAM.recall("Name the cause, say what to do next.", [RULE]) < EXAM.LEARNT_FROM


def test_another_rule_of_the_same_make_is_not_learnt() -> None:
    one, other = "Always keep the amber delta before the fjord.", "Always keep the cedar raven before the lagoon."
    assert EXAM.recall(one, [other]) < 0.7


def test_scripts_without_spaces_are_read_letter_by_letter() -> None:
    rule = "例外は必ず原因を示し、次に何をすべきかを書く。"
    assert EXAM.recall(rule, [rule]) == 1
    assert EXAM.recall("例外は必ず原因を示す。", [rule]) < EXAM.LEARNT_FROM
    assert 0.9 < EXAM.recall(rule.replace("必ず", "常に"), [rule]) < 1
    assert EXAM.recall("cafe\u0301", ["caf\u00e9"]) == 1
    assert EXAM.recall("übel Straße", ["übel Straße"]) == 1
    assert EXAM.recall("Ubel Strasse", ["übel Straße"]) == 0


def test_code_is_read_by_words_and_signs() -> None:
    code = "if user_name == None:\n    raise KeyError(user_name)"
    assert EXAM.recall(code.replace("\n    ", " "), [code]) == 1
    assert EXAM.recall(code.replace("user_name", "userName"), [code]) < 0.9
    assert EXAM.recall("x != 1", ["x == 1"]) < EXAM.LEARNT_FROM
    assert EXAM.tokens_of("a.b(c_d)=='é🎉'") == ["a", ".", "b", "(", "c_d", ")", "=", "=", "'", "é", "🎉", "'"]


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.lists(st.sampled_from("abcd"), max_size=30))
def test_what_is_in_common_is_the_longest_common_subsequence(one: list[str], other: list[str]) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    assert EXAM.in_common(one, other) == table[-1][-1]


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_score_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    score = EXAM.recall(one, [other])
    assert 0 <= score <= 1
    assert score == EXAM.recall(other, [one])


@pytest.mark.parametrize("answer", ["Yes, it does.", "yes", "**Yes**", "  \nYes!", '"Yes" is the answer', "YES\n\nNo"])
def test_a_verdict_is_the_first_word(answer: str) -> None:
    assert EXAM.verdict(answer, YES, NO) == 1
    assert EXAM.verdict(answer, NO, YES) == 0


@pytest.mark.parametrize(
    "answer", ["", "…", "Well, yes", "It depends: yes and no", "Yesterday", "No yes", "The answer is yes"]
)
def test_what_is_no_verdict_scores_nothing(answer: str) -> None:
    assert EXAM.verdict(answer, YES, NO) == 0


def test_verdicts_in_other_words_are_told_apart_where_they_differ() -> None:
    right, wrong = "Verdict: follows the rule", "Verdict: breaks the rule"
    assert EXAM.verdict("Verdict: follows it", right, wrong) == 1
    assert EXAM.verdict("Verdict: breaks it", right, wrong) == 0
    assert EXAM.verdict("follows", right, wrong) == 0
    assert EXAM.verdict("same", "same", "same") == EXAM.verdict("Ja", "Ja!", "Ja?") == 0
    assert EXAM.verdict("对。", "对,符合。", "错,违反。") == 1


def asked(**scores: list[float]) -> list[dict[str, Any]]:
    return [{"kind": kind, "base": 0.0, "tuned": score} for kind, several in scores.items() for score in several]


def test_every_kind_of_question_weighs_the_same() -> None:
    assert EXAM.guideline_score(asked(direct=[1.0], unseen=[1.0], spot=[1.0, 0.0]), "tuned") == 0.8333
    assert EXAM.guideline_score(asked(direct=[0.5]), "tuned") == 0.5
    assert EXAM.guideline_score(asked(direct=[0.5]), "base") == 0


def test_always_saying_no_does_not_make_a_guideline_learnt() -> None:
    said = [EXAM.verdict("No.", right, wrong) for right, wrong in ((YES, NO), (NO, YES))]
    assert said == [0, 1]
    assert (
        EXAM.result_of(0, EXAM.guideline_score(asked(direct=[1.0], unseen=[0.7], spot=said), "tuned")) == "not_learnt"
    )


@pytest.mark.parametrize(
    ("base", "tuned", "result"),
    [
        (0.0, 0.8, "learnt"),
        (0.0, 0.7999, "not_learnt"),
        (1.0, 1.0, "learnt"),
        (0.9, 0.8, "learnt"),
        (1.0, 0.89, "worse"),
        (0.3, 0.2, "not_learnt"),
        (0.3, 0.1999, "worse"),
    ],
)
def test_the_thresholds_are_as_stated(base: float, tuned: float, result: str) -> None:
    assert EXAM.result_of(base, tuned) == result
    assert "0.8" in EXAM.__doc__
    assert "0.1" in EXAM.__doc__
    assert (EXAM.MEASURE["learntFrom"], EXAM.MEASURE["worseBy"]) == (0.8, 0.1)
