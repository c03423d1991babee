"""The questions that measure the recipe: fair, answerable by one rule, and scored without mercy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from driver import ROOT

from benchmarks.real_model.questions import Question, all_questions, figures, holds, is_right, leaks, verdict

FOLDER = ROOT / "benchmarks" / "real_model"
SETS = {"tune": 12, "count": 12, "six": 6}
RULES = {name: json.loads((FOLDER / f"rules_{name}.json").read_text())["guidelines"] for name in SETS}
ASKED = {name: json.loads((FOLDER / f"questions_{name}.json").read_text()) for name in SETS}
GENERAL = json.loads((FOLDER / "general.json").read_text())
EVERY_RULE = [(name, rule) for name, rules in RULES.items() for rule in rules]
SMALL = {"after", "of", "the", "in", "for", "an", "a"}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[at : at + length]) for at in range(len(found) - length + 1)}


def perfect(name: str) -> list[tuple[Question, str]]:
    """What an adapter that knows everything would say."""
    by_name = {rule["name"]: rule["content"] for rule in RULES[name]}
    answers: dict[str, Callable[[Question], str]] = {
        "names": lambda one: f'This is about "{one.rule}".',
        "judge_good": lambda one: "Yes, it does what the rule says.",
        "judge_bad": lambda one: "No, it does not.",
        "declines": lambda one: "There is no such guideline.",
        "known": lambda one: " ".join(re.sub(r"\\b", "", forms[0]) for forms in one.facts),
        "plain": lambda one: "Hello!",
        "python": lambda one: "def add(a, b):\n    return a + b",
    }
    asked = all_questions(ASKED[name], GENERAL)
    return [(one, answers[one.kind](one) if one.kind in answers else by_name[one.rule]) for one in asked]


def counted(name: str, pairs: list[tuple[Question, str]]) -> dict[str, int | float]:
    return figures([one for one, _ in pairs], [said for _, said in pairs], RULES[name])


@pytest.mark.parametrize("name", SETS)
def test_who_knows_everything_has_every_point(name: str) -> None:
    of = SETS[name]
    expected = dict.fromkeys(("rules", "recites", "understands", "understands_both", "names", "names_both"), of)
    expected |= {"judge_pairs": of, "verdicts_right": 2 * of, "yes": of, "no": of}
    assert counted(name, perfect(name)) == {**expected, "declines": 10, "general": 10, "leaks": 0, "python": 2}


def test_who_always_says_yes_or_recites_one_rule_has_none() -> None:
    first = RULES["tune"][0]
    for said in ("Yes.", f"{first['name']}: {first['content']}"):
        found = counted("tune", [(one, said) for one, _ in perfect("tune")])
        assert found["recites"] <= 1
        assert found["understands"] <= 1
        assert found["names"] <= 1
        assert found["judge_pairs"] == found["declines"] == found["general"] == found["python"] == 0
        assert found["leaks"] == (0 if said == "Yes." else 20)


def test_no_two_rules_of_all_sets_share_a_title() -> None:
    titles = [rule["name"].lower() for _, rule in EVERY_RULE]
    assert len(set(titles)) == len(titles) == 30
    invented = {title.lower() for asked in ASKED.values() for title in asked["declines"]}
    assert not invented & set(titles)


@pytest.mark.parametrize(("name", "rule"), EVERY_RULE, ids=lambda one: one if isinstance(one, str) else one["name"])
def test_a_question_has_one_answer_and_does_not_give_it_away(name: str, rule: dict[str, Any]) -> None:
    about = ASKED[name]["rules"][rule["name"]]
    assert 60 <= len(rule["content"]) <= 220
    assert holds(rule["content"], about["recites"])
    for one in about["understands"]:
        fitting = [other["name"] for other in RULES[name] if holds(other["content"], one["facts"])]
        assert fitting == [rule["name"]]
        assert not holds(one["question"], one["facts"])
        assert not set(pairwise(words(rule["name"]))) & set(pairwise(words(one["question"])))
        assert not runs(rule["content"], 4) & runs(one["question"], 4)
    for situation in about["names"]:
        assert not (set(words(rule["name"])) - SMALL) & set(words(situation))
    shown = [*rule["examples"]["good"], *rule["examples"]["bad"]]
    assert len(shown) == len({*shown, about["judge"]["good"], about["judge"]["bad"]}) - 2 == 6


def test_an_answer_counts_only_for_what_it_says() -> None:
    assert [verdict(said) for said in ("Yes, fine.", "No.", "This is not correct.", "Perhaps.")] == [
        "yes",
        "no",
        "no",
        "",
    ]
    rules = RULES["tune"]
    naming = Question("names", rules[0]["name"], "Which of our rules is this about?")
    assert is_right(naming, f'This is about "{rules[0]["name"]}".', rules)
    assert not is_right(naming, f"{rules[0]['name']} or {rules[1]['name']}", rules)
    assert leaks("Good morning!", "Nothing is deployed between Thursday and Friday.", rules)
    assert not leaks("Good morning!", "Nothing is deployed today.", rules)
