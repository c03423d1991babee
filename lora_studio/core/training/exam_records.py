"""What an exam found: `exam.json` as records."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]
KindName = Literal["recites", "understands", "names", "judges"]
ResultName = Literal["knows", "judges_wrong", "recites_only", "not_learnt"]
KINDS: tuple[KindName, ...] = ("recites", "understands", "names", "judges")
RESULTS: tuple[ResultName, ...] = ("knows", "judges_wrong", "recites_only", "not_learnt")


class Asked(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One question with the scores of the base model (None: not asked) and of the tuned one, and their answers.

    `in_train`: the train file has the very same. `missing`: what in the answer does not agree with the rule.
    """

    kind: KindName
    question: str
    in_train: bool
    base: Share | None
    tuned: Share
    passed: bool
    base_answer: str
    tuned_answer: str
    expected: str = ""
    missing: tuple[str, ...] = ()


class Passed(msgspec.Struct, frozen=True, rename="camel"):
    """How one kind of question went for a guideline: passed when each of its questions is."""

    score: Share
    bar: Share
    passed: bool
    base: Share | None = None


class Examined(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One guideline: what the adapter makes of it, by kind (one that is absent was not asked), and what was asked."""

    id: str
    name: str
    version: Count
    result: ResultName
    kinds: dict[KindName, Passed]
    questions: Annotated[tuple[Asked, ...], msgspec.Meta(min_length=1)]


class GeneralAnswer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One question about anything else; `leak` is the title of the rule that the answer repeats."""

    group: str
    question: str
    base_answer: str
    tuned_answer: str
    likeness: Share
    kept: bool
    leak: str | None = None


class Code(msgspec.Struct, frozen=True, rename="camel"):
    """How often code was asked for and written."""

    asked: Count = 0
    written: Count = 0
    base_written: Count = 0


class General(msgspec.Struct, frozen=True, rename="camel"):
    """What became of everything that is no rule."""

    asked: Count = 0
    kept: Count = 0
    changed: Count = 0
    leaks: Count = 0
    code: Code = Code()
    questions: tuple[GeneralAnswer, ...] = ()


class Invented(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One title that nobody has, and whether the adapter says so."""

    title: str = ""
    question: str
    in_train: bool
    tuned_answer: str
    declined: bool


class Declines(msgspec.Struct, frozen=True, rename="camel"):
    """How many invented titles were declined."""

    asked: Count = 0
    declined: Count = 0
    questions: tuple[Invented, ...] = ()


class Verdicts(msgspec.Struct, frozen=True, rename="camel"):
    """How often the adapter said yes and no to an example, and was right; and of how many pairs on both sides."""

    asked: Count = 0
    yes: Count = 0
    no: Count = 0
    right: Count = 0
    pairs: Count = 0
    pairs_right: Count = 0


class Kind(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One kind over all guidelines: questions and guidelines, how many of each passed, and the mean scores."""

    questions: Count
    passed: Count
    guidelines: Count
    guidelines_passed: Count
    base: Share | None
    tuned: Share


class Totals(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How many guidelines there are and what became of them, in all and by kind."""

    guidelines: Count
    knows: Count
    judges_wrong: Count
    recites_only: Count
    not_learnt: Count
    kinds: dict[KindName, Kind]


class Subject(msgspec.Struct, frozen=True, rename="camel"):
    """A model or an adapter: its name or path, and the SHA-256 of its weights where they could be read."""

    name: str = ""
    path: str = ""
    sha256: str | None = None
    revision: str | None = None


class Source(msgspec.Struct, frozen=True, rename="camel"):
    """The dataset that was trained on."""

    config_file: str
    train_sha256: str
    eval_sha256: str


class Sample(msgspec.Struct, frozen=True):
    """So many guidelines were asked about, of how many."""

    asked: Count
    of: Count


class Exam(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A whole exam: guidelines in the library's order, each with its questions.

    `measure` says in words how each kind is scored. `findings` are sentences without their full stop; `advice` says
    what to do about them.
    """

    schema_version: Literal[1, 2]
    created_at: str
    measure: dict[str, Any]
    model: Subject
    adapter: Subject
    dataset: Source
    guidelines: tuple[Examined, ...]
    totals: Totals
    sample: Sample | None = None
    general: General = General()
    declines: Declines = Declines()
    verdicts: Verdicts = Verdicts()
    findings: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    def which(self, result: str) -> tuple[Examined, ...]:
        """The guidelines of which this became: one of RESULTS."""
        return tuple(one for one in self.guidelines if one.result == result)
