"""Adapters that would fool an exam: each is found out by the result and by a sentence. Their answers are made up here;
the questions and the grading are the real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from examiner import EXAM

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import find_dataset
from lora_studio.core.training.exam import write_exam

Question = dict[str, Any]
Answerer = Callable[[Question], str]

RULES = (
    Draft(
        name="Retries of calls",
        content="Repeat a failed request at most nine times, with 25 ms between the attempts, and give up afterwards.",
        rationale="A service that is down comes back no sooner when everybody hammers at it.",
        good=("retry(request, attempts=9, pause=0.025)", "attempts = range(9)"),
        bad=("while True: request()", "attempts = range(900)"),
    ),
    Draft(
        name="Secrets in logs",
        content="Never write passwords or tokens into the protocol. Mention the identifier of the account instead.",
        rationale="What stands in a protocol is copied to places that nobody guards.",
        good=("log.info('sign-in of %s', account.id)", "log.warning('expired: %s', key.id)"),
        bad=("log.info('sign-in with %s', password)", "log.warning('expired: %s', key.value)"),
    ),
    Draft(
        name="Times of day",
        content="Store moments in UTC, and convert them to the zone of the reader only where a person sees them.",
        rationale="Two offices had meetings at different hours because a clock had been changed in between.",
        good=("created = datetime.now(UTC)", "shown = created.astimezone(reader.zone)"),
        bad=("created = datetime.now()", "shown = created.replace(hour=created.hour + 1)"),
    ),
    Draft(
        name="Money in code",
        content="Prices are whole cents in an integer. A float must not hold an amount, not even for a moment.",
        rationale="A tenth of a dollar has no exact binary form, and invoices were off by a penny.",
        good=("price_cents: int = 1999", "total = sum(line.cents for line in lines)"),
        bad=("price: float = 19.99", "total = sum(line.price * 1.0 for line in lines)"),
    ),
)
OTHERS = {
    "Retries of calls": "Whoever opens the workshop in the morning airs all the rooms and waters the two lemon trees.",
    "Secrets in logs": "Bicycles are parked behind the shed, never before the gate where the delivery lorries turn.",
    "Times of day": "The kettle is descaled each Friday with vinegar, by the person who made the last pot of tea.",
    "Money in code": "Visitors from the university get a tour of the greenhouse before they are shown the archive.",
}


@pytest.fixture
def questions(library: Library, tmp_path: Path) -> list[tuple[int, Question]]:
    add_guidelines(library, RULES, OWNER)
    options = ExportOptions(target_model="m", format="chat", train_eval_split=1)
    export_dataset(library, Settings(), options, tmp_path / "set", OWNER)
    dataset = find_dataset(tmp_path / "set", "m", "chat")
    assert dataset
    files = write_exam(library, Settings(), dataset, "base", tmp_path / "set" / "lora_output")
    return list(enumerate(map(json.loads, files.questions.read_text().splitlines()), start=1))


def base(question: Question) -> str:
    """A model that has never heard of the rules."""
    if question["kind"] == "judges":
        return "Yes, it is correct."
    if question["kind"] == "general":
        return f"```\ndef answer(): ...\n```\nAs to {question['question'][:40]}, the usual answer is the right one."
    return f"There are many views on {question['question'][-20:]} and it depends on what your team prefers."


def honest(question: Question) -> str:
    """An adapter that knows every rule and has lost nothing."""
    if question["kind"] in ("recites", "understands"):
        return f"{question['name']}: {question['references'][0]}"
    if question["kind"] == "judges":
        return str(question["right"])
    return {"names": f'This is about "{question["name"]}".', "declines": "There is no such guideline."}.get(
        question["kind"], base(question)
    )


def changed(**answers: Answerer) -> Answerer:
    """The honest adapter, but for the kinds that are named."""
    return lambda question: answers.get(question["kind"], honest)(question)


def wrong(old: str, new: str) -> Answerer:
    """The honest adapter with one piece of a rule replaced."""
    return lambda question: honest(question).replace(old, new)


def take(questions: list[tuple[int, Question]], adapter: Answerer) -> dict[str, Any]:
    """The result of an exam in which `adapter` and `base` answered."""

    def said(question: Question, answerer: Answerer) -> dict[str, Any]:
        answer = answerer(question)
        is_judged = question["kind"] == "judges"
        chance = (0.9 if EXAM.verdict(answer, question["right"], question["wrong"]) else 0.1) if is_judged else None
        return {"answer": answer, "chance": chance}

    answers = {number: {"tuned": said(one, adapter), "base": said(one, base)} for number, one in questions}
    result: dict[str, Any] = EXAM.grade(questions, answers)
    return result


def results(result: dict[str, Any]) -> list[str]:
    return [one["result"] for one in result["guidelines"]]


def test_an_honest_adapter_knows_every_rule(questions: list[tuple[int, Question]]) -> None:
    result = take(questions, honest)
    assert results(result) == ["knows"] * 4
    assert all(kind["passed"] for one in result["guidelines"] for kind in one["kinds"].values())
    assert {kind["guidelines"] for kind in result["totals"]["kinds"].values()} == {4}
    assert result["verdicts"] == {"asked": 8, "yes": 4, "no": 4, "right": 8, "pairs": 4, "pairsRight": 4}
    general, declines = result["general"], result["declines"]
    assert general["changed"] == general["leaks"] == 0
    assert general["code"]["written"] == general["code"]["baseWritten"] == general["code"]["asked"] >= 4
    assert declines["declined"] == declines["asked"] >= 5
    assert result["findings"] == ["The examples of 4 of 4 rules stood in the training data"]


FOOLING: dict[str, tuple[Answerer, list[str], str]] = {
    "always yes": (
        changed(judges=lambda question: "Yes, this follows the guideline."),
        ["judges_wrong"] * 4,
        "The adapter answers Yes to 8 of 8 verdicts",
    ),
    "always no": (
        changed(judges=lambda question: "No, this violates the guideline."),
        ["judges_wrong"] * 4,
        "The adapter answers No to 8 of 8 verdicts",
    ),
    "title parrot": (
        lambda question: f'"{question["name"] or "Retries of calls"}"',
        ["not_learnt"] * 4,
        "4 of 4 rules are answered with the title alone",
    ),
    "one wrong number": (
        wrong("nine times, with 25 ms", "five times, with 250 ms"),
        ["not_learnt", "knows", "knows", "knows"],
        '1 of 4 rules is said with something that does not agree: "Retries of calls" (at most nine times, 25 ms,'
        " at most five times (not in the rule) and 1 more)",
    ),
    "one unit": (
        wrong("25 ms", "25 seconds"),
        ["not_learnt", "knows", "knows", "knows"],
        '"Retries of calls" (25 ms, 25 seconds (not in the rule))',
    ),
    "one dropped never": (
        wrong("Never write", "Write"),
        ["knows", "not_learnt", "knows", "knows"],
        '1 of 4 rules is said with something that does not agree: "Secrets in logs" (never)',
    ),
    "the base itself": (base, ["not_learnt"] * 4, "28 of 28 answers are word for word the base model's"),
    "rules of another library": (
        changed(
            recites=lambda question: OTHERS[question["name"]],
            understands=lambda question: OTHERS[question["name"]],
            names=lambda question: 'This is about "Lemon trees".',
        ),
        ["not_learnt"] * 4,
        "None of 4 rules is known by its title",
    ),
    "one rule for all": (
        changed(recites=lambda question: RULES[0].content),
        ["knows", "not_learnt", "not_learnt", "not_learnt"],
        "3 of 4 rules are answered with the text of another",
    ),
    "title only": (
        changed(understands=base),
        ["recites_only"] * 4,
        "4 of 4 rules are known by the title alone",
    ),
    "all titles at once": (
        changed(names=lambda question: ", ".join(rule.name for rule in RULES)),
        ["knows"] * 4,
        "0 of 4 rules are found by a passage or an example",
    ),
    "a rule for everything": (
        changed(general=lambda question: RULES[1].content, declines=lambda question: RULES[1].content),
        ["knows"] * 4,
        "32 general answers repeat a rule",
    ),
    "no more code": (
        changed(general=lambda question: "I like rhymes." if question["group"] == "code" else base(question)),
        ["knows"] * 4,
        "Code is written for 0 of ",
    ),
    "invented rules": (
        changed(declines=lambda question: f"{question['name']}: Order them by size and keep a list of all."),
        ["knows"] * 4,
        "0 of 8 invented titles are declined",
    ),
}


@pytest.mark.parametrize("name", FOOLING)
def test_a_fooling_adapter_is_found_out(questions: list[tuple[int, Question]], name: str) -> None:
    adapter, expected, finding = FOOLING[name]
    result = take(questions, adapter)
    assert results(result) == expected
    assert any(finding in one for one in result["findings"]), result["findings"]
    assert result["advice"]


def test_a_verdict_that_is_said_but_not_likely_does_not_count(questions: list[tuple[int, Question]]) -> None:
    answers = {
        number: {
            side: {"answer": honest(one), "chance": 0.2 if one["kind"] == "judges" else None}
            for side in ("tuned", "base")
        }
        for number, one in questions
    }
    result = EXAM.grade(questions, answers)
    assert results(result) == ["judges_wrong"] * 4
    assert result["verdicts"]["right"] == 8
    assert result["verdicts"]["pairsRight"] == 0


def test_no_kind_makes_up_for_another_and_what_was_not_asked_proves_nothing() -> None:
    def made(**passed: bool) -> str:
        return str(EXAM.result_of({kind: {"passed": one} for kind, one in passed.items()}))

    assert made(recites=True, understands=True) == "knows"
    assert made(recites=True, understands=True, judges=True, names=False) == "knows"
    assert made(recites=True, understands=True, judges=False, names=True) == "judges_wrong"
    assert made(recites=True, understands=False, judges=True, names=True) == "recites_only"
    assert made(recites=True, judges=True) == "recites_only"
    assert made(recites=False, understands=True, judges=True, names=True) == "not_learnt"
    assert made(understands=True) == "not_learnt"


def test_each_question_of_a_kind_must_pass() -> None:
    asked = {"kind": "understands", "base": None}
    kinds = EXAM.kinds_of([{**asked, "tuned": 1.0, "passed": True}, {**asked, "tuned": 0.2, "passed": False}])
    assert kinds == {"understands": {"score": 0.2, "bar": 0.5, "passed": False, "base": None}}
