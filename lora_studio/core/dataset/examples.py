"""Examples: the questions and answers that each guideline yields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lora_studio.core.dataset.templates import ExampleTemplate, Render, compile_text, is_plain_text
from lora_studio.core.domain import Example, Guideline, SourceRow, is_blank
from lora_studio.core.hidden import CONTROLS, find_hidden, shown
from lora_studio.core.library.tables import read_list, write_list
from lora_studio.core.review.markers import defuse, find_marker


@dataclass(frozen=True, slots=True)
class Recipe:
    """A template ready to use.

    `may_mark`: its own text could complete a chat marker, so every row is looked at. `is_plain`: it does nothing but
    set texts next to each other.
    """

    type: str
    source: str
    prompt: Render
    completion: Render
    may_mark: bool
    is_plain: bool


def recipes(templates: Sequence[ExampleTemplate], *, include_examples: bool = True) -> list[Recipe]:
    """The enabled templates, compiled; without those that show an example when `include_examples` is False."""
    return [
        _recipe(template)
        for template in templates
        if template.enabled and (include_examples or template.source == "guideline")
    ]


def _recipe(template: ExampleTemplate) -> Recipe:
    prompt, completion = template.prompt, template.completion
    may_mark = any(sign in prompt + completion for sign in "<[|")
    return Recipe(
        type=template.type,
        source=template.source,
        prompt=compile_text(prompt, f"prompt of the example template {template.id!r}"),
        completion=compile_text(completion, f"completion of the example template {template.id!r}"),
        may_mark=may_mark,
        is_plain=not may_mark and is_plain_text(prompt) and is_plain_text(completion),
    )


def source_row(guideline: Guideline) -> SourceRow:
    """A guideline record in the form that `examples_of` takes."""
    return SourceRow(
        0, guideline.id, guideline.version, guideline.name, guideline.content, guideline.category, guideline.priority,
        write_list(guideline.tags), guideline.rationale, write_list(guideline.good), write_list(guideline.bad),
    )  # fmt: skip


def examples_of(source: SourceRow, plan: Sequence[Recipe], cap: int) -> list[Example]:
    """The examples of one guideline in the templates' order, chat markers made harmless.

    None for a blank content; of its good, of its bad examples and of their pairs at most `cap` each, blank ones
    left out before that.
    """
    if is_blank(source.content):
        return []
    values = guideline_values(source)
    shown = shown_examples(read_list(source.good), read_list(source.bad), cap)
    has_marker = first_marker(source) is not None
    made = []
    for recipe in plan:
        kind = EXAMPLE_TYPES[recipe.source]
        for more in shown[recipe.source]:
            values.update(more)
            prompt, completion = recipe.prompt(values), recipe.completion(values)
            if has_marker or recipe.may_mark:
                prompt, completion = defuse(prompt), defuse(completion)
            made.append(Example(prompt, completion, recipe.type, kind, source))
    return made


def guideline_values(source: SourceRow) -> dict[str, Any]:
    """What every template gets of a guideline, by name."""
    return {
        "name": source.name,
        "content": source.content,
        "category": source.category,
        "priority": source.priority,
        "rationale": source.rationale,
        "tags": read_list(source.tags),
    }


EXAMPLE_TYPES = {"guideline": "", "good": "good", "bad": "bad", "pair": "bad"}
"""The example type of a row by its template's source."""


Shown = dict[str, Sequence[tuple[tuple[str, str], ...]]]
"""By a template's source: the names and texts that it gets beside the guideline's own, once for each row."""


def shown_examples(good: Sequence[str], bad: Sequence[str], cap: int) -> Shown:
    """What the templates show of the good and bad examples: at most `cap` of each and of their pairs, none blank."""
    pairs: list[tuple[tuple[str, str], ...]] = [
        (("good", one), ("bad", other))
        for one, other in zip(good, bad, strict=False)
        if not is_blank(one) and not is_blank(other)
    ]
    shown: Shown = {
        "guideline": [()],
        "good": [(("example", text),) for text in good if not is_blank(text)][:cap],
        "bad": [(("example", text),) for text in bad if not is_blank(text)][:cap],
        "pair": pairs[:cap],
    }
    return shown


def first_marker(source: SourceRow) -> str | None:
    """The first chat marker in a guideline; good and bad are looked at as JSON, which escapes nothing in a marker."""
    good, bad = source.good[1:-1], source.bad[1:-1]
    return find_marker("\n".join((source.name, source.content, source.rationale, source.category, good, bad)))


def hidden_in(source: SourceRow) -> str:
    """The first characters in a guideline that no reviewer sees, in words and made visible; empty for none."""
    for texts, code in (((source.name, source.content, source.rationale), False), (_examples(source), True)):
        for text in texts:
            # Control characters are a finding of the review; a chat template shows them as they are.
            found = [one for one in find_hidden(text, code=code) if one.what != CONTROLS]
            if found:
                what, start, end = found[0]
                return f"{what}, seen by no reviewer and read by every model: {shown(text, start, end)}"
    return ""


def _examples(source: SourceRow) -> Iterator[str]:
    if not (source.good.isascii() and source.bad.isascii() and "\\u" not in source.good + source.bad):
        yield from (*read_list(source.good), *read_list(source.bad))
