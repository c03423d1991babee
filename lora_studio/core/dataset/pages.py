"""Rows as an export would write them: those of one guideline, and pages of them to look through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lora_studio.core.dataset.assembly import encode
from lora_studio.core.dataset.census import Census, sources_at
from lora_studio.core.dataset.dealing import Make
from lora_studio.core.dataset.examples import recipes
from lora_studio.core.dataset.formats import Row, row_maker
from lora_studio.core.dataset.preferences import PREFERENCES, LeftOut, preference_plan, preference_rows
from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.dataset.variety import RICH_TYPES, example_maker, title_check
from lora_studio.core.domain import Example, ExportOptions, SourceRow
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings

PAGE_ROWS = 60
"""So many rows are shown at a time, and the others of the last guideline."""
_ONE_GUIDELINE = 240
"""So many rows of one guideline are shown at most."""
PAGE_LOOK = 1_000
"""So many guidelines are looked at for rows of the wanted side and type before the person is asked to go on."""
_READ = 32
_MARK = "\ue0f1completion\ue0f1"  # private use: nobody's text has this

SideOf = Callable[[int, list[Example]], list[str]]
"""Place and examples of a guideline in, the side of each out."""


@dataclass(frozen=True, slots=True)
class Look:
    """Which rows are to be seen: from the guideline at `place` on, of one side and one type ("" for all)."""

    place: int = 0
    side: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row as it would be written. `trained` is the start and length of the answer in `line`, `rejected` the
    answer that it is preferred to; `wanted` is False for one that a model is to unlearn. `side` is train or eval."""

    example: Example
    line: str
    trained: tuple[int, int]
    side: str
    rejected: str = ""
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, of the guidelines from `place` up to, not including, `end`."""

    rows: tuple[PreviewRow, ...]
    place: int
    end: int


def row_source(
    library: Library, settings: Settings, options: ExportOptions, guidelines: int
) -> tuple[Make, tuple[str, ...]]:
    """What makes the rows of a guideline in the format of `options`, and the types of question it makes.

    `guidelines` is how many the export has.
    """
    templates, system, cap = all_templates(settings.templates), settings.system_prompt, options.examples_per_guideline
    if options.format in PREFERENCES:
        preferences = preference_plan(options.format, templates)

        def make_preferences(source: SourceRow) -> list[tuple[Example, Row]]:
            made = preference_rows(source, preferences, system, cap, LeftOut())
            return [(_judged(question, row, source), row) for question, row in made]

        return make_preferences, ("verdict", "demonstration")
    plan = recipes(templates, include_examples=options.include_examples)
    make_row = row_maker(options.format, strict=options.strict)

    is_rich = options.variety == "rich"
    make_examples = example_maker(plan, options, title_check(library) if is_rich else bool, guidelines)

    def make(source: SourceRow) -> list[tuple[Example, Row]]:
        return [(example, make_row(example, system)) for example in make_examples(source)]

    return make, tuple(dict.fromkeys([*(recipe.type for recipe in plan), *(RICH_TYPES if is_rich else ())]))


def _judged(question: str, row: Row, source: SourceRow) -> Example:
    answer = row["chosen" if "chosen" in row else "completion"][0]["content"]
    return Example(question, answer, row["metadata"]["type"], row["metadata"].get("exampleType", ""), source)


def page_of(
    library: Library,
    census: Census,
    look: Look,
    make: Make,
    side_of: SideOf,
    marked: Callable[[Example, Row], Row],
) -> Page:
    """The rows that `look` asks for: whole guidelines, until PAGE_ROWS rows are found or PAGE_LOOK guidelines read."""
    start = max(0, min(look.place, census.guidelines - 1))
    found: list[PreviewRow] = []
    place = start
    while place < census.guidelines and place - start < PAGE_LOOK and len(found) < PAGE_ROWS:
        for source in sources_at(library, census.rows[place : place + _READ]):
            rows = make(source)
            sides = side_of(place, [example for example, _ in rows])
            found += [
                _preview_row(example, row, side, marked)
                for (example, row), side in zip(rows, sides, strict=True)
                if look.side in ("", side) and look.type in ("", example.type)
            ][:_ONE_GUIDELINE]
            place += 1
            if len(found) >= PAGE_ROWS:
                break
        else:
            continue
        break
    return Page(tuple(found), start, place)


def marker_of(settings: Settings, options: ExportOptions) -> Callable[[Example, Row], Row]:
    """What makes the same row with a mark in place of its answer."""
    if options.format in PREFERENCES:
        return lambda example, row: {
            name: [{**value[0], "content": _MARK}] if name in ("chosen", "completion") else value
            for name, value in row.items()
        }
    make_row = row_maker(options.format, strict=options.strict)
    return lambda example, row: make_row(example._replace(completion=_MARK), settings.system_prompt)


def _preview_row(example: Example, row: Row, side: str, marked: Callable[[Example, Row], Row]) -> PreviewRow:
    start = encode(marked(example, row)).decode().index(_MARK)
    length = len(encode(example.completion).decode()) - 2
    rejected = row["rejected"][0]["content"] if "rejected" in row else ""
    return PreviewRow(example, encode(row).decode(), (start, length), side, rejected, row.get("label", True))
