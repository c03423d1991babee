"""The questions of an exam: what a model is asked about each guideline of a dataset, and what it should say.

Three kinds: *direct*, in the words of the first template; *unseen*, in words that were not trained on; *spot*, a
verdict on the last good and the last bad example. A JSON object a line: `id`, `name` and `version` of the guideline,
`kind`, `question`, `messages` (the question as the dataset's format puts it), `inTrain` (whether the train file asks
the very same), and `references` (accepted answers), for *spot* `right` and `wrong` instead.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import msgspec

from lora_studio.core.dataset.examples import Recipe, guideline_values, recipes
from lora_studio.core.dataset.export import Progress
from lora_studio.core.dataset.formats import ALPACA_INSTRUCTION, ASSISTANT_MARK, END_MARK, USER_MARK, turn
from lora_studio.core.dataset.preferences import PreferencePlan, preference_plan, verdict_pairs
from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.domain import SourceRow, is_blank
from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.files import open_plain
from lora_studio.core.library.runs import run_rows
from lora_studio.core.library.store import Library
from lora_studio.core.library.used import past_runs
from lora_studio.core.review.markers import defuse
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import Dataset

UNSEEN = (
    'Remind me of our rule "{name}".',
    'Which rule do we follow for "{name}"?',
    'State the team\'s agreement on "{name}" in full.',
)
"""Wordings that no shipped template has; the first that the train file does not ask is taken."""
_MARKS = re.compile("|".join(map(re.escape, (USER_MARK, ASSISTANT_MARK, END_MARK))))
_PROGRESS_EVERY = 64

Question = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    recall: tuple[Recipe, ...]
    verdicts: PreferencePlan


def exam_questions(library: Library, settings: Settings, dataset: Dataset, progress: Progress) -> Iterator[Question]:
    """The questions about every guideline of `dataset`, as the library had it when it was exported.

    Raises NotFound where this library did not export it, and Invalid where its train file is gone or was changed.
    """
    run = next((run.row for run in reversed(past_runs(library)) if dataset.train.sha256 in run.files), None)
    if run is None:
        raise NotFound(
            f"This library did not export {dataset.adapter.name}; open the one that did, or export the dataset again"
        )
    templates = all_templates(settings.templates)
    recall = tuple(recipe for recipe in recipes(templates) if recipe.source == "guideline")
    plan = _Plan(recall, preference_plan("dpo", templates))
    trained = _trained(dataset, {text for source in _sources(library, run) for text in _wordings(source, plan)})
    total = dataset.adapter.example_count
    for done, source in enumerate(_sources(library, run)):
        if done % _PROGRESS_EVERY == 0:
            progress(min(done, total), total)
        for question in _about(source, plan, trained):
            messages = _messages(dataset.adapter.format, settings.system_prompt, question["question"])
            yield {**question, "messages": messages, "inTrain": question["question"] in trained}


def _sources(library: Library, run: int) -> Iterator[SourceRow]:
    with library.connection(), closing(run_rows(library, run)) as rows:
        for row in rows:
            source = SourceRow._make(row)
            if not is_blank(source.content):
                yield source


def _wordings(source: SourceRow, plan: _Plan) -> Iterator[str]:
    """Everything that could be asked about a guideline."""
    values = guideline_values(source)
    yield from (defuse(recipe.prompt(values)) for recipe in plan.recall[:1])
    yield from (defuse(text.format(name=source.name)) for text in UNSEEN)
    yield from (example.prompt for example, _ in _spots(source, plan))


def _spots(source: SourceRow, plan: _Plan) -> list[tuple[Any, str]]:
    """The verdicts on the last good and the last bad example: those that a dataset is likeliest to have left out."""
    last = {example.example_type: (example, wrong) for example, wrong in verdict_pairs(source, plan.verdicts)}
    return list(last.values())


def _about(source: SourceRow, plan: _Plan, trained: frozenset[str]) -> Iterator[Question]:
    values = guideline_values(source)
    own = {"id": source.id, "name": source.name, "version": source.version}
    said = [defuse(source.content), *(defuse(recipe.completion(values)) for recipe in plan.recall)]
    references = list(dict.fromkeys(text for text in said if not is_blank(text)))
    for recipe in plan.recall[:1]:
        yield {**own, "kind": "direct", "question": defuse(recipe.prompt(values)), "references": references}
    unseen = (defuse(text.format(name=source.name)) for text in UNSEEN)
    for text in [text for text in unseen if text not in trained][:1]:
        yield {**own, "kind": "unseen", "question": text, "references": references}
    for example, wrong in _spots(source, plan):
        yield {**own, "kind": "spot", "question": example.prompt, "right": example.completion, "wrong": wrong}


def _messages(format_name: str, system: str, question: str) -> list[dict[str, str]]:
    """The question as the rows of this format put it to a model."""
    if format_name == "huggingface":
        return [turn("user", question)]
    if format_name == "alpaca":
        return [turn("user", f"{ALPACA_INSTRUCTION}\n\n{question}")]
    return [turn("system", system), turn("user", question)]


def _trained(dataset: Dataset, wanted: set[str]) -> frozenset[str]:
    """Those of the `wanted` texts that the train file asks word for word."""
    path = dataset.adapter.dataset_path / dataset.train.name
    found: set[str] = set()
    digest = hashlib.sha256()
    try:
        with open_plain(path) as file:
            for line in file:
                digest.update(line)
                found.update(text for text in _texts(msgspec.json.decode(line)) if text in wanted)
    except (Invalid, OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise Invalid(f"{path} cannot be read ({reason}); export the dataset again", "dataset") from None
    if digest.hexdigest() != dataset.train.sha256:
        raise Invalid(f"{path} was changed or is being replaced; export the dataset again", "dataset")
    return frozenset(found)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a row, whatever its format; tagged text in its parts."""
    if isinstance(value, str):
        yield from _MARKS.split(value)
    elif isinstance(value, list | dict):
        for inner in value if isinstance(value, list) else value.values():
            yield from _texts(inner)


def question_lines(questions: Iterator[Question]) -> Iterator[bytes]:
    """The questions as the lines of their file."""
    for question in questions:
        yield msgspec.json.encode(question) + b"\n"
