"""The questions of an exam: what a model is asked about each guideline of a dataset, and about anything else.

A JSON object a line: `id`, `name` and `version` of the guideline (empty where it is about none), `kind`, `question`,
`messages` (the question as the dataset's format puts it), `inTrain` (whether the train file asks the very same), and
by kind:

* *recites*, by the title as the first template asks, and *understands*, without it: `references`, accepted answers;
* *names*: a passage, whose rule's title is asked for;
* *judges*: the good and the bad example of the pair that was held out, or the last ones: `right`, `wrong`, `side`;
* *general*: `group`, what kind of question it is; *declines*: `name` is a title that nobody has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import msgspec

from lora_studio.core.dataset.examples import Recipe, guideline_values, recipes
from lora_studio.core.dataset.export import Progress
from lora_studio.core.dataset.formats import ALPACA_INSTRUCTION, ASSISTANT_MARK, END_MARK, USER_MARK, turn
from lora_studio.core.dataset.held_out import held_out_pair
from lora_studio.core.dataset.layout import read_config
from lora_studio.core.dataset.preferences import PreferencePlan, preference_plan, verdict_pairs
from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.domain import SourceRow, is_blank
from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.files import open_plain
from lora_studio.core.library.runs import run_rows
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import read_list, write_list
from lora_studio.core.library.used import past_runs
from lora_studio.core.review.markers import defuse
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import Dataset
from lora_studio.core.training.banks import Wording, general_prompts, naming_wordings, understanding_wordings
from lora_studio.core.training.invented import invented_titles
from lora_studio.core.training.pointing import RuleSearch, scraps, searching, situations

UNDERSTANDS, NAMES, TRIES = 2, 2, 24
"""Questions of these kinds about one guideline, and how many are thought of before it is left at fewer."""
BY_TITLE = 'Remind me of our rule "{name}".'
"""For a dataset whose templates ask for no title."""
INVENTED = ('What is the guideline for "{name}"?', 'Is there a rule called "{name}", and what does it say?')
_MARKS = re.compile("|".join(map(re.escape, (USER_MARK, ASSISTANT_MARK, END_MARK))))
_PROGRESS_EVERY = 64

Question = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    recall: Recipe | None
    verdicts: PreferencePlan
    is_rich: bool


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
    recall = next((recipe for recipe in recipes(templates) if recipe.source == "guideline"), None)
    options = (read_config(dataset.adapter.config_file) or {}).get("options")
    is_rich = isinstance(options, dict) and options.get("variety") == "rich"
    plan = _Plan(recall, preference_plan("dpo", templates), is_rich)
    total = dataset.adapter.example_count

    def asked(tell: Progress) -> Iterator[Question]:
        for done, source in enumerate(_sources(library, run)):
            if done % _PROGRESS_EVERY == 0:
                tell(min(done, total), total)
            yield from _about(source, plan, search)
        yield from _beside([source.name for source in _sources(library, run)])

    with searching(_sources(library, run)) as search:
        trained = _trained(dataset, {text for one in asked(progress) for text in _shown(one)})
        for number, question in enumerate(asked(lambda done, of: None)):
            seen = any(text in trained for text in _shown(question))
            question.pop("example", None)
            has_system = question["kind"] != "general" or number % 2 == 0
            system = settings.system_prompt if has_system else ""
            messages = _messages(dataset.adapter.format, system, question["question"])
            yield {**question, "messages": messages, "inTrain": seen}


def _sources(library: Library, run: int) -> Iterator[SourceRow]:
    with library.connection(), closing(run_rows(library, run)) as rows:
        for row in rows:
            source = SourceRow._make(row)
            if not is_blank(source.content):
                yield source


def _shown(question: Question) -> tuple[str, ...]:
    """The texts by which it is known whether something was trained on."""
    return (question["question"], *([question["example"]] if "example" in question else []))


def _about(source: SourceRow, plan: _Plan, search: RuleSearch) -> Iterator[Question]:
    own = {"id": source.id, "name": source.name, "version": source.version}
    values = guideline_values(source)
    references = [defuse(source.content)]
    asked = defuse(BY_TITLE.format(name=source.name))
    if plan.recall:
        asked = defuse(plan.recall.prompt(values))
        taught = defuse(plan.recall.completion(values))
        references += [] if references[0] in taught or is_blank(taught) else [taught]
    yield {**own, "kind": "recites", "question": asked, "references": references}
    for text in islice(_understanding(source, search), UNDERSTANDS):
        yield {**own, "kind": "understands", "question": defuse(text), "references": references}
    pair = _pair(source, plan)
    for text in islice(_naming(source, search, [example for _, example, _, _ in pair]), NAMES):
        yield {**own, "kind": "names", "question": defuse(text)}
    for side, text, example, wrong in pair:
        verdicts = {"right": example.completion, "wrong": wrong}
        yield {**own, "kind": "judges", "question": example.prompt, **verdicts, "side": side, "example": text}


def _beside(titles: list[str]) -> Iterator[Question]:
    """What is about no guideline."""
    none = {"id": "", "name": "", "version": 0}
    for prompt in general_prompts():
        yield {**none, "kind": "general", "question": prompt.text, "group": prompt.kind}
    for place, title in enumerate(map(defuse, invented_titles(titles))):
        question = INVENTED[place % len(INVENTED)].format(name=title)
        yield {**none, "kind": "declines", "name": title, "question": question}


def _start(source: SourceRow, of: int) -> int:
    """Where in a bank the wordings of a rule begin: elsewhere for each, always the same for one."""
    return int(hashlib.sha256(source.id.encode()).hexdigest(), 16) % of


def _understanding(source: SourceRow, search: RuleSearch) -> Iterator[str]:
    """Questions without the title that plain search answers with this rule."""
    bank = understanding_wordings()
    turns = (bank[(_start(source, len(bank)) + place) % len(bank)] for place in count())
    pairs, passages = iter(search.key_words(source)), scraps(source)
    for wording in islice(turns, TRIES):
        question = _filled(wording, pairs, passages)
        if question and source.name.casefold() not in question.casefold() and search.points_to(question, source):
            yield question


def _filled(wording: Wording, pairs: Iterator[tuple[str, str]], passages: Iterator[str]) -> str | None:
    if "text" in wording.places:
        passage = next(passages, None)
        return passage and wording.text.format(text=passage)
    pair = next(pairs, None)
    return pair and wording.text.format(a=pair[0], b=pair[1])


def _naming(source: SourceRow, search: RuleSearch, but: list[str]) -> Iterator[str]:
    """Questions for the title, about a passage that plain search finds in this rule."""
    bank = naming_wordings()
    start = _start(source, len(bank))
    found = (text for text in situations(source, but) if search.points_to(text, source))
    for place, passage in enumerate(found):
        yield bank[(start + place) % len(bank)].text.format(text=passage)


def _pair(source: SourceRow, plan: _Plan) -> list[tuple[str, str, Any, str]]:
    """Side, text, question with the right verdict, and the wrong verdict, of the pair of examples that is judged.

    Of a rich dataset the pair that it never shows; otherwise the last good and the last bad example. Empty where there
    is no good or no bad one.
    """
    held = held_out_pair(read_list(source.good), read_list(source.bad)) if plan.is_rich else None
    if held:
        source = source._replace(good=write_list([held[0]]), bad=write_list([held[1]]))
    last = {example.example_type: (example, wrong) for example, wrong in verdict_pairs(source, plan.verdicts)}
    if set(last) != {"good", "bad"}:
        return []
    texts = {"good": read_list(source.good), "bad": read_list(source.bad)}
    return [(side, _text_in(example.prompt, texts[side]), example, wrong) for side, (example, wrong) in last.items()]


def _text_in(prompt: str, examples: Sequence[str]) -> str:
    """The example that a question shows."""
    shown = [text for text in map(defuse, examples) if not is_blank(text) and text in prompt]
    return max(shown, key=len, default=prompt)


def _messages(format_name: str, system: str, question: str) -> list[dict[str, str]]:
    """The question as the rows of this format put it to a model; without the system sentence where it is empty."""
    if not system or format_name == "huggingface":
        return [turn("user", question)]
    if format_name == "alpaca":
        return [turn("user", f"{ALPACA_INSTRUCTION}\n\n{question}")]
    return [turn("system", system), turn("user", question)]


def _trained(dataset: Dataset, wanted: set[str]) -> frozenset[str]:
    """Those of the `wanted` texts that the train file has word for word, alone or before or after a blank line."""
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
    """Every text in a row, whatever its format; tagged text in its parts, and what stands around a blank line."""
    if isinstance(value, str):
        for text in _MARKS.split(value):
            yield text
            yield text.partition("\n\n")[2]
            yield text.rpartition("\n\n")[0]
    elif isinstance(value, list | dict):
        for inner in value if isinstance(value, list) else value.values():
            yield from _texts(inner)


def question_lines(questions: Iterator[Question]) -> Iterator[bytes]:
    """The questions as the lines of their file."""
    for question in questions:
        yield msgspec.json.encode(question) + b"\n"
