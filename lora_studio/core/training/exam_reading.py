"""Reads `exam.json`. One of version 1 becomes the same records, and claims no more than it measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from lora_studio.core.errors import Invalid
from lora_studio.core.files import read_small_file
from lora_studio.core.training.exam_records import (
    KINDS,
    Asked,
    Count,
    Exam,
    Examined,
    Kind,
    KindName,
    Passed,
    ResultName,
    Share,
    Source,
    Subject,
    Totals,
)

RESULT = "exam.json"
RESULT_MAX = 256 << 20
"""Largest exam.json that is read, in bytes: some 30,000 guidelines."""
OLD_FINDING = "This exam is of version 1: every question named the rule's title, and facts were not compared"
OLD_ADVICE = "Take the exam again: it asks without the titles now, and compares numbers, names and negations."
_OLD_KINDS: dict[str, KindName] = {"direct": "recites", "unseen": "understands", "spot": "judges"}


class _Asked1(msgspec.Struct, frozen=True, rename="camel"):
    kind: Literal["direct", "unseen", "spot"]
    question: str
    in_train: bool
    base: Share
    tuned: Share
    base_answer: str
    tuned_answer: str


class _Examined1(msgspec.Struct, frozen=True):
    id: str
    name: str
    version: Count
    base: Share
    tuned: Share
    result: Literal["learnt", "not_learnt", "worse"]
    questions: Annotated[tuple[_Asked1, ...], msgspec.Meta(min_length=1)]


class _Measure1(msgspec.Struct, frozen=True, rename="camel"):
    learnt_from: Share


class _Totals1(msgspec.Struct, frozen=True, rename="camel"):
    guidelines: Count
    learnt: Count
    not_learnt: Count
    worse: Count


class _Exam1(msgspec.Struct, frozen=True, rename="camel"):
    schema_version: Literal[1]
    created_at: str
    measure: _Measure1
    model: Subject
    adapter: Subject
    dataset: Source
    guidelines: tuple[_Examined1, ...]
    totals: _Totals1


class _Version(msgspec.Struct, rename="camel"):
    schema_version: int


def read_exam(folder: Path) -> Exam | None:
    """The exam that lies in the adapter's `folder`; None where there is none.

    Raises Invalid, with one sentence, for a file that is not a whole exam.
    """
    path = folder / RESULT
    try:
        data = read_small_file(path, RESULT_MAX)
        if msgspec.json.decode(data, type=_Version).schema_version == 1:
            return _newer(msgspec.json.decode(data, type=_Exam1), msgspec.json.decode(data)["measure"])
        return msgspec.json.decode(data, type=Exam)
    except FileNotFoundError:
        return None
    except Invalid as error:
        raise Invalid(f"{path} cannot be read: {error}; take the exam again") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}; take the exam again") from None
    except (ValueError, RecursionError):
        raise Invalid(f"{path} is not an exam of this version; take the exam again") from None


def _newer(old: _Exam1, measure: dict[str, Any]) -> Exam:
    """An exam of version 1 in the records of today, with the bar that it had."""
    guidelines = tuple(_guideline(one, old.measure.learnt_from) for one in old.guidelines)
    return Exam(
        schema_version=1,
        created_at=old.created_at,
        measure=measure,
        model=old.model,
        adapter=old.adapter,
        dataset=old.dataset,
        guidelines=guidelines,
        totals=_totals(guidelines),
        findings=(OLD_FINDING,),
        advice=(OLD_ADVICE,),
    )


def _guideline(old: _Examined1, bar: float) -> Examined:
    asked = tuple(_asked(one, bar) for one in old.questions)
    kinds: dict[KindName, Passed] = {}
    for kind in KINDS:
        if own := [one for one in asked if one.kind == kind]:
            base = min(one.base or 0.0 for one in own)
            passed = all(one.passed for one in own)
            kinds[kind] = Passed(min(one.tuned for one in own), 1.0 if kind == "judges" else bar, passed, base)
    result: ResultName = "not_learnt"
    if old.result == "learnt":
        result = "judges_wrong" if "judges" in kinds and not kinds["judges"].passed else "recites_only"
    return Examined(id=old.id, name=old.name, version=old.version, result=result, kinds=kinds, questions=asked)


def _asked(old: _Asked1, bar: float) -> Asked:
    kind = _OLD_KINDS[old.kind]
    return Asked(
        kind=kind,
        question=old.question,
        in_train=old.in_train,
        base=old.base,
        tuned=old.tuned,
        passed=old.tuned >= (1.0 if kind == "judges" else bar),
        base_answer=old.base_answer,
        tuned_answer=old.tuned_answer,
    )


def _totals(guidelines: tuple[Examined, ...]) -> Totals:
    def count(result: ResultName) -> int:
        return sum(one.result == result for one in guidelines)

    kinds: dict[KindName, Kind] = {}
    for kind in KINDS:
        own = [asked for one in guidelines for asked in one.questions if asked.kind == kind]
        passed = [one.kinds[kind].passed for one in guidelines if kind in one.kinds]
        if own:
            kinds[kind] = Kind(
                questions=len(own),
                passed=sum(one.passed for one in own),
                guidelines=len(passed),
                guidelines_passed=sum(passed),
                base=round(sum(one.base or 0.0 for one in own) / len(own), 4),
                tuned=round(sum(one.tuned for one in own) / len(own), 4),
            )
    return Totals(
        guidelines=len(guidelines),
        knows=count("knows"),
        judges_wrong=count("judges_wrong"),
        recites_only=count("recites_only"),
        not_learnt=count("not_learnt"),
        kinds=kinds,
    )
