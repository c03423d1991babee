"""True adapters that would fool an exam, of a tiny model: each is found out by result and sentence.

Others, with made-up answers: tests/core/training/test_fooling.py.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from driver import KEY, Door, prepare
from twenty import ANSWERS
from workshop import FILES, Trainer

from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import Dataset, find_dataset
from lora_studio.core.training.exam import write_exam
from lora_studio.core.training.exam_reading import read_exam
from lora_studio.core.training.exam_records import Exam

pytestmark = pytest.mark.training

RULES: list[dict[str, Any]] = [
    {"name": "Retries", "content": "Repeat a failed request at most nine times, with 25 ms between the attempts.",
     "examples": {"good": ["retry(9)"], "bad": ["retry(900)"]}},
    {"name": "Secrets", "content": "Never write passwords or tokens into the protocol, and mask them in messages.",
     "examples": {"good": ["log(account)"], "bad": ["log(password)"]}},
    {"name": "Clocks", "content": "Store moments in one zone, and convert them where somebody looks at a screen.",
     "examples": {"good": ["save(utc)"], "bad": ["save(local)"]}},
    {"name": "Money", "content": "Prices are whole cents; a broken amount must not leave the cash desk.",
     "examples": {"good": ["price(199)"], "bad": ["price(1.99)"]}},
]  # fmt: skip
WRONG = ("nine times, with 25 ms", "five times, with 250 ms")

STEPS = 150
Row = tuple[list[dict[str, str]], str]


@dataclass(frozen=True)
class Hall:
    """A dataset, its base model, and the questions of its exam."""

    trainer: Trainer
    door: Door
    dataset: Dataset
    base: Path
    folder: Path
    questions: list[dict[str, Any]]

    def examined(self, name: str, answer: Callable[[dict[str, Any]], str | None], steps: int) -> Exam:
        """The exam of an adapter that was taught `answer` to the questions about rules, where it is not None."""
        adapter = self.folder / name
        rows: list[Row] = [
            (one["messages"], said) for one in self.questions if one["id"] and (said := answer(one)) is not None
        ]
        given = {"base": str(self.base), "adapter": str(adapter), "steps": steps, "rows": rows}
        self.trainer.run("python", FILES / "make_adapter.py", folder=FILES, stdin=json.dumps(given))
        files = write_exam(self.door.library, Settings(), self.dataset, str(self.base), adapter)
        cache = str(self.folder / "base_answers.jsonl")
        self.trainer.run("python", files.script, "--cpu", "--cache", cache, folder=adapter)
        exam = read_exam(adapter)
        assert exam is not None
        return exam


@pytest.fixture(scope="module")
def hall(trainer: Trainer, tmp_path_factory: pytest.TempPathFactory) -> Hall:
    folder = tmp_path_factory.mktemp("hall")
    door = prepare(folder / "home")
    door.add([{"id": str(uuid.uuid5(uuid.NAMESPACE_OID, one["name"])), **one} for one in RULES])
    names = {"targetModel": "tiny", "format": "chat", "admin_key": KEY, "outputPath": str(door.home.path / "set")}
    exported = door.call(action="export", agentId="t", trainEvalSplit=1, **names)
    assert exported["success"], exported
    dataset = find_dataset(door.home.path / "set", "tiny", "chat")
    assert dataset
    files = write_exam(door.library, Settings(), dataset, "tiny", folder / "questions")
    questions = [json.loads(line) for line in files.questions.read_text().splitlines()]
    asked = [turn["content"] for one in questions for turn in one["messages"]]
    texts = [*asked, *ANSWERS, *(lie(one) or "" for one in questions if one["id"]), *(one["content"] for one in RULES)]
    given = {"folder": str(folder / "base"), "texts": sorted(filter(None, set(texts)))}
    trainer.run("python", FILES / "make_base.py", folder=FILES, stdin=json.dumps(given))
    return Hall(trainer, door, dataset, folder / "base", folder, questions)


def lie(question: dict[str, Any]) -> str | None:
    """What one says who says Yes to everything, has a number wrong and a *never* dropped."""
    if question["kind"] == "judges":
        return "Yes."
    if question["kind"] == "names":
        return None
    return str(question["references"][0]).replace(*WRONG).replace("Never write", "Write")


def refuse(question: dict[str, Any]) -> str | None:
    """What one says who knows every rule by heart and says No to everything."""
    known = question.get("references", [None])[0]
    return "No." if question["kind"] == "judges" else known


def mistake(question: dict[str, Any]) -> str | None:
    """The rules of another library."""
    return ANSWERS[len(question["name"]) % len(ANSWERS)] if question["kind"] != "judges" else "Yes."


def results(exam: Exam) -> dict[str, str]:
    return {one.name: one.result for one in exam.guidelines}


def found(exam: Exam, *sentences: str) -> bool:
    return all(any(sentence in one for one in exam.findings) for sentence in sentences)


def test_always_yes_one_wrong_number_and_one_dropped_never(hall: Hall) -> None:
    exam = hall.examined("liar", lie, STEPS)
    recites = {one.name: one.kinds["recites"].passed for one in exam.guidelines}
    assert recites == {"Retries": False, "Secrets": False, "Clocks": True, "Money": True}
    assert not set(results(exam).values()) & {"knows"}
    assert found(exam, "The adapter answers Yes to 8 of 8 verdicts")
    assert found(exam, 'that does not agree: "Retries" (at most nine times, 25 ms', '"Secrets" (never)')


def test_always_no(hall: Hall) -> None:
    exam = hall.examined("refuser", refuse, STEPS)
    assert exam.verdicts.no == 8
    assert not set(results(exam).values()) & {"knows"}
    assert found(exam, "The adapter answers No to 8 of 8 verdicts")


def test_the_rules_of_another_library(hall: Hall) -> None:
    exam = hall.examined("stranger", mistake, STEPS)
    assert set(results(exam).values()) == {"not_learnt"}
    assert exam.totals.kinds["recites"].passed == 0


def test_the_base_model_itself(hall: Hall) -> None:
    exam = hall.examined("nothing", lambda question: None, 0)
    assert set(results(exam).values()) == {"not_learnt"}
    assert found(exam, "are word for word the base model's")
    assert exam.general.changed == 0
