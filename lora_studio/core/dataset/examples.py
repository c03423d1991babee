"""Examples: the questions and answers that each guideline yields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lora_studio.core.dataset.markers import defuse, find_marker
from lora_studio.core.dataset.templates import ExampleTemplate, Render, compile_text
from lora_studio.core.domain import Example, Guideline, is_blank
from lora_studio.core.library.tables import read_list, write_list


class SourceRow(NamedTuple):
    """What examples are made of, as it lies in the table: tags, good and bad are JSON arrays of texts."""

    row: int
    id: str
    version: int
    name: str
    content: str
    category: str
    priority: int
    tags: str
    rationale: str
    good: str
    bad: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A template ready to use. `may_mark`: its own text could complete a chat marker, so every row is looked at."""

    type: str
    source: str
    prompt: Render
    completion: Render
    may_mark: bool


def recipes(templates: Sequence[ExampleTemplate], *, include_examples: bool = True) -> list[Recipe]:
    """The enabled templates, compiled; without those that show an example when `include_examples` is False."""
    return [
        Recipe(
            template.type,
            template.source,
            compile_text(template.prompt, f"prompt of the example template {template.id!r}"),
            compile_text(template.completion, f"completion of the example template {template.id!r}"),
            any(sign in template.prompt + template.completion for sign in "<[|"),
        )
        for template in templates
        if template.enabled and (include_examples or template.source == "guideline")
    ]


def source_row(guideline: Guideline) -> SourceRow:
    """A guideline record in the form that `examples_of` takes."""
    return SourceRow(
        0, guideline.id, guideline.version, guideline.name, guideline.content, guideline.category, guideline.priority,
        write_list(guideline.tags), guideline.rationale, write_list(guideline.good), write_list(guideline.bad),
    )  # fmt: skip


def examples_of(source: SourceRow, plan: Sequence[Recipe], cap: int) -> tuple[list[Example], str | None]:
    """The examples of one guideline in the templates' order, and the first chat marker that was made harmless.

    None for a blank content; of its good, of its bad examples and of their pairs at most `cap` each, blank ones
    left out before that.
    """
    content = source.content
    if is_blank(content):
        return [], None
    good, bad = read_list(source.good), read_list(source.bad)
    marker = _first_marker(source, good, bad)
    values: dict[str, Any] = {
        "name": source.name,
        "content": content,
        "category": source.category,
        "priority": source.priority,
        "rationale": source.rationale,
        "tags": read_list(source.tags) if source.tags != "[]" else (),
    }
    shown: dict[str, list[dict[str, str]]] = {
        "guideline": [{}],
        "good": [{"example": text} for text in good if not is_blank(text)][:cap],
        "bad": [{"example": text} for text in bad if not is_blank(text)][:cap],
        "pair": _pairs(good, bad, cap),
    }
    made = []
    for recipe in plan:
        kind = _EXAMPLE_TYPES[recipe.source]
        for more in shown[recipe.source]:
            values.update(more)
            prompt, completion = recipe.prompt(values), recipe.completion(values)
            if marker or recipe.may_mark:
                prompt, completion = defuse(prompt), defuse(completion)
            made.append(
                Example(
                    prompt, completion, recipe.type, source.category, source.priority, kind,
                    source.id, source.version, source.name,
                )
            )  # fmt: skip
    return made, marker


_EXAMPLE_TYPES = {"guideline": "", "good": "good", "bad": "bad", "pair": "bad"}


def _pairs(good: Sequence[str], bad: Sequence[str], cap: int) -> list[dict[str, str]]:
    both = zip(good, bad, strict=False)
    return [{"good": g, "bad": b} for g, b in both if not is_blank(g) and not is_blank(b)][:cap]


def _first_marker(source: SourceRow, good: Sequence[str], bad: Sequence[str]) -> str | None:
    texts: Iterator[str] = iter((source.name, source.content, source.rationale, source.category, *good, *bad))
    return next((found for text in texts if (found := find_marker(text))), None)
