"""Preference rows for DPO and KTO: answers that a model should give, and answers that it should not.

Two kinds of question are asked of each guideline whose content is not blank:

* verdict: is this good or bad example correct, in the words of the example templates? The right verdict is chosen, the
  wrong one rejected. One for each good, then for each bad example, at most `cap` of each.
* demonstration: show me an example that follows the guideline. DPO needs pairs: the first good example is chosen
  against the first bad one, the second against the second, as far as both lists go, at most `cap`. KTO takes answers
  singly: every good example is wanted and every bad one is not, at most `cap` of each.

A pair with an empty side or with equal sides would teach nothing, and a text that is both a good and a bad example
would teach two things at once. They are left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lora_studio.core.dataset.examples import Recipe, first_marker, guideline_values, recipes
from lora_studio.core.dataset.formats import Row, metadata, turn
from lora_studio.core.dataset.templates import ExampleTemplate
from lora_studio.core.domain import Example, SourceRow, is_blank
from lora_studio.core.errors import Invalid
from lora_studio.core.library.tables import read_list
from lora_studio.core.review.markers import defuse

PREFERENCES = {"dpo": "DPO: pairs of a better and a worse answer", "kto": "KTO: answers marked as wanted or not"}
"""The preference formats and what they are."""
NOTHING_TO_PREFER = (
    "No preference data can be made: none of these guidelines has good or bad examples that differ; add some first"
)
DEMONSTRATION = 'Show me an example that follows the guideline "{name}".'
NAMED_MAX = 3
"""So many guidelines are named in a warning; the others are counted."""
VERDICTS = {"good": "example_good", "bad": "example_bad"}
"""By example type: the id of the example template that words the verdict."""


@dataclass(frozen=True, slots=True)
class PreferencePlan:
    """How the rows of one preference format are made. `verdicts`: by example type, the recipe that words the verdict;
    `asked`: the types that are asked about (a template that is switched off only words the wrong answer)."""

    format: str
    verdicts: dict[str, Recipe]
    asked: tuple[str, ...]
    may_mark: bool


@dataclass(slots=True)
class LeftOut:
    """What was left out: counts by kind, and the names of the first guidelines concerned."""

    counts: Counter[str] = field(default_factory=Counter)
    names: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, name: str) -> None:
        """Counts one more of `kind`, a key of the sentences below, in the guideline `name`."""
        self.counts[kind] += 1
        named = self.names.setdefault(kind, [])
        if len(named) <= NAMED_MAX and name not in named:
            named.append(name)

    def warnings(self) -> list[str]:
        """A sentence for each kind of thing that was left out."""
        return [
            f"Left out {self.counts[kind]:,} {one if self.counts[kind] == 1 else many} ({self._named(kind)}); {advice}"
            for kind, (one, many, advice) in _LEFT_OUT.items()
            if self.counts[kind]
        ]

    def _named(self, kind: str) -> str:
        names = self.names[kind]
        return ", ".join(map(repr, names[:NAMED_MAX])) + (" and others" if len(names) > NAMED_MAX else "")


_LEFT_OUT = {
    "empty": (
        "pair with an empty side",
        "pairs with an empty side",
        "fill in the example or delete it",
    ),
    "equal": (
        "pair with two equal sides",
        "pairs with two equal sides",
        "give the two verdict templates different answers",
    ),
    "both": (
        "example that is both good and bad",
        "examples that are both good and bad",
        "keep each of them on one side",
    ),
}


def preference_plan(format_name: str, templates: Sequence[ExampleTemplate]) -> PreferencePlan:
    """The plan for the format `format_name`, a key of PREFERENCES, with the verdict templates among `templates`.

    Raises Invalid where one of them was changed to show something other than one example.
    """
    by_id = {template.id: template for template in templates}
    for kind, an_id in VERDICTS.items():
        if by_id[an_id].source != kind:
            raise Invalid(
                f"The example template {an_id!r} needs the source {kind!r}; change it in the settings", "source"
            )
    chosen = {kind: by_id[an_id] for kind, an_id in VERDICTS.items()}
    verdicts = {kind: recipes([replace(template, enabled=True)])[0] for kind, template in chosen.items()}
    asked = tuple(kind for kind, template in chosen.items() if template.enabled)
    return PreferencePlan(format_name, verdicts, asked, any(recipe.may_mark for recipe in verdicts.values()))


def preference_rows(
    source: SourceRow, plan: PreferencePlan, system: str, cap: int, left_out: LeftOut
) -> list[tuple[str, Row]]:
    """The questions and rows of one guideline, chat markers made harmless; what is refused goes into `left_out`."""
    if is_blank(source.content):
        return []
    sides = _sides(source, left_out)
    shown = _shown(sides, cap)
    harmless = _harmless(source, plan)
    question = harmless(DEMONSTRATION.format(name=source.name))
    verdicts = list(_verdicts(source, plan, shown, left_out, harmless))
    if plan.format == "dpo":
        demonstrations = [
            (Example(question, harmless(good), "demonstration", "", source), harmless(bad))
            for good, bad in _pairs(source, sides, left_out)[:cap]
        ]
        pairs = [*verdicts, *demonstrations]
        return [(example.prompt, dpo_row(example, rejected, system)) for example, rejected in pairs]
    judged = [(example, True) for example, _ in verdicts]
    judged += [(example._replace(completion=rejected), False) for example, rejected in verdicts]
    judged += [
        (Example(question, harmless(text), "demonstration", kind, source), kind == "good")
        for kind, texts in shown.items()
        for text in texts
    ]
    return [(example.prompt, kto_row(example, wanted, system)) for example, wanted in judged]


def verdict_pairs(source: SourceRow, plan: PreferencePlan) -> list[tuple[Example, str]]:
    """For every example of a guideline: what asks for a verdict on it and gives the right one, and the wrong one."""
    left_out = LeftOut()
    shown = _shown(_sides(source, left_out))
    return list(_verdicts(source, plan, shown, left_out, _harmless(source, plan)))


def dpo_row(example: Example, rejected: str, system: str) -> Row:
    """TRL's conversational preference row: the example's completion is chosen."""
    return {
        "prompt": [turn("system", system), turn("user", example.prompt)],
        "chosen": [turn("assistant", example.completion)],
        "rejected": [turn("assistant", rejected)],
        "metadata": metadata(example),
    }


def kto_row(example: Example, wanted: bool, system: str) -> Row:
    """TRL's conversational row of unpaired preference."""
    return {
        "prompt": [turn("system", system), turn("user", example.prompt)],
        "completion": [turn("assistant", example.completion)],
        "label": wanted,
        "metadata": metadata(example),
    }


def _sides(source: SourceRow, left_out: LeftOut) -> dict[str, list[str | None]]:
    """The good and the bad examples, each at its place; None for one that stands on both sides."""
    lists = {"good": read_list(source.good), "bad": read_list(source.bad)}
    good, bad = ({text.strip() for text in texts if not is_blank(text)} for texts in lists.values())
    both = good & bad
    for _ in both:
        left_out.note("both", source.name)
    return {kind: [None if text.strip() in both else text for text in texts] for kind, texts in lists.items()}


def _shown(sides: dict[str, list[str | None]], cap: int | None = None) -> dict[str, list[str]]:
    return {kind: [text for text in texts if text and not is_blank(text)][:cap] for kind, texts in sides.items()}


def _harmless(source: SourceRow, plan: PreferencePlan) -> Callable[[str], str]:
    return defuse if plan.may_mark or first_marker(source) else str


def _verdicts(
    source: SourceRow,
    plan: PreferencePlan,
    shown: dict[str, list[str]],
    left_out: LeftOut,
    harmless: Callable[[str], str],
) -> Iterator[tuple[Example, str]]:
    """The right verdict on each shown example, and the wrong one."""
    values = guideline_values(source)
    for kind, other in (("good", "bad"), ("bad", "good")):
        right, wrong = plan.verdicts[kind], plan.verdicts[other]
        for text in shown[kind] if kind in plan.asked else ():
            values["example"] = text
            question, answer = harmless(right.prompt(values)), harmless(right.completion(values))
            example = Example(question, answer, "verdict", kind, source)
            rejected = harmless(wrong.completion(values))
            if is_blank(example.completion) or is_blank(rejected):
                left_out.note("empty", source.name)
            elif example.completion.strip() == rejected.strip():
                left_out.note("equal", source.name)
            else:
                yield example, rejected


def _pairs(source: SourceRow, sides: dict[str, list[str | None]], left_out: LeftOut) -> list[tuple[str, str]]:
    """The good examples beside the bad ones at the same places."""
    pairs = []
    for good, bad in zip(sides["good"], sides["bad"], strict=False):
        if good is None or bad is None or (is_blank(good) and is_blank(bad)):
            continue
        if is_blank(good) or is_blank(bad):
            left_out.note("empty", source.name)
        else:
            pairs.append((good, bad))
    return pairs
