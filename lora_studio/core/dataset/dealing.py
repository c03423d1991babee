"""Which rows go to train and which to eval, before anything is written, and what eval shares with train."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from lora_studio.core.dataset.census import Census
from lora_studio.core.dataset.examples import first_marker
from lora_studio.core.dataset.formats import Row
from lora_studio.core.dataset.splits import KEY_LENGTH, eval_places, row_keys, wanted_for_eval
from lora_studio.core.domain import Example, ExportOptions, SourceRow
from lora_studio.core.review.markers import defuse

Make = Callable[[SourceRow], list[tuple[Example, Row]]]
"""A guideline in, the rows that it yields out, each with the question and answer that it was made of."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one guideline yields: its rows' questions and their types, and marks that are equal where two answers say
    the same."""

    id: str
    category: str
    questions: tuple[str, ...]
    answers: tuple[int, ...]
    types: tuple[str, ...]
    marked: bool


@dataclass(frozen=True, slots=True)
class Dealt:
    """Every row's side, in the order of reading; the rows of the guideline at place n begin at `starts[n]`.

    `shared_wordings` are the eval rows whose question train asks too, `shared_answers` those whose answer train
    gives too, in whatever words it is introduced.
    """

    is_eval: tuple[bool, ...]
    starts: tuple[int, ...]
    shared_wordings: int
    shared_answers: int

    @property
    def eval(self) -> int:
        return sum(self.is_eval)

    @property
    def train(self) -> int:
        return len(self.is_eval) - self.eval

    def side(self, place: int, number: int) -> str:
        """The side of row `number` of the guideline at `place`; "" where it had no such row when rows were dealt."""
        end = self.starts[place + 1] if place + 1 < len(self.starts) else len(self.is_eval)
        at = self.starts[place] + number
        return "" if at >= end else "eval" if self.is_eval[at] else "train"


def asked_of(source: SourceRow, make: Make) -> Asked:
    """What the guideline `source` yields."""
    examples = [example for example, _ in make(source)]
    marked = bool(examples) and first_marker(source) is not None
    said = defuse(source.content) if marked else source.content
    answers = tuple(
        hash(" ".join((said if said in example.completion else example.completion).split())) for example in examples
    )
    questions, types = tuple(one.prompt for one in examples), tuple(one.type for one in examples)
    return Asked(source.id, source.category, questions, answers, types, marked)


def deal(guidelines: Sequence[Asked], options: ExportOptions) -> Dealt:
    """Deals out all rows as the export does."""
    by, ratio = options.split_by, options.train_eval_split
    keys: list[bytes] = []
    questions: list[str] = []
    answers: list[int] = []
    starts: list[int] = []
    for one in guidelines:
        starts.append(len(keys))
        keys += row_keys(options.seed, by, ratio, one.id, len(one.questions), partial(list, one.questions))
        questions += one.questions
        answers += one.answers
    order = sorted(range(len(keys)), key=keys.__getitem__)
    places = eval_places([keys[place] for place in order], wanted_for_eval(len(keys), by, ratio), by)
    chosen = {order[place] for place in places}
    is_eval = tuple(place in chosen for place in range(len(keys)))
    return Dealt(is_eval, tuple(starts), _shared(questions, is_eval), _shared(answers, is_eval))


def _shared(things: Sequence[object], is_eval: Sequence[bool]) -> int:
    """How many of the `things` on the eval side stand on the train side too."""
    trained = {thing for thing, away in zip(things, is_eval, strict=True) if not away}
    return sum(thing in trained for thing, away in zip(things, is_eval, strict=True) if away)


def reckoned(census: Census, total: int, options: ExportOptions) -> tuple[int, int]:
    """About how many rows go to train and eval, for more guidelines than are worth a look at each."""
    train = math.floor(total * options.train_eval_split)
    if options.split_by == "question":  # one wording of each guideline stays in train
        train = max(train, min(total, census.guidelines - census.blank))
    return train, total - train


def reckoned_sides(
    census: Census, options: ExportOptions, sides: tuple[int, int], examples: list[Example]
) -> list[str]:
    """The sides of one guideline's rows by their keys alone: right but for the few rows next to the border."""
    if not examples:
        return []
    prompts = [example.prompt for example in examples]
    by, ratio = options.split_by, options.train_eval_split
    keys = row_keys(options.seed, by, ratio, examples[0].source.id, len(prompts), prompts.copy)
    train, evaluation = sides
    may = train + evaluation - (census.guidelines - census.blank if by == "question" else 0)
    border = 1.0 if by == "guideline" else evaluation / max(1, may)
    digits = KEY_LENGTH - 1
    return ["eval" if key.endswith(b"1") and int(key[:digits], 16) / 16**digits < border else "train" for key in keys]
