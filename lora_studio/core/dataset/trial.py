"""Trying one example template on one guideline, before it is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lora_studio.core.dataset.examples import examples_of, first_marker, recipes, source_row
from lora_studio.core.dataset.templates import ExampleTemplate, TemplateFault, template_faults
from lora_studio.core.domain import Example, is_blank
from lora_studio.core.errors import Invalid
from lora_studio.core.library.guidelines import get_guideline
from lora_studio.core.library.store import Library
from lora_studio.core.review.markers import find_marker

ROWS_MAX = 5
_WANTED = {
    "good": "json_array_length(good) > 0",
    "bad": "json_array_length(bad) > 0",
    "pair": "json_array_length(good) > 0 AND json_array_length(bad) > 0",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a template makes of a guideline: its first rows, or what is wrong with it.

    `marker` is a chat marker that was made harmless in the rows; `has_blank` says that a row asks or answers nothing.
    """

    faults: tuple[TemplateFault, ...] = ()
    guideline: str = ""
    rows: tuple[Example, ...] = ()
    marker: str = ""
    has_blank: bool = False


def try_template(
    library: Library, template: ExampleTemplate, guideline_id: str, progress: Callable[[int, int], None]
) -> Trial:
    """Fills `template` from a guideline; an empty id, or one that is gone, means the first that has what it needs."""
    faults = template_faults(template)
    if faults:
        return Trial(faults)
    with library.connection():
        found = guideline_id or sample_id(library, template.source)
        if not found:
            return Trial()
        guideline = get_guideline(library, found)
    source = source_row(guideline)
    try:
        rows = examples_of(source, recipes([replace(template, enabled=True)]), ROWS_MAX)
    except Invalid as error:
        return Trial((TemplateFault("completion", error.message),), guideline.name)
    marker = first_marker(source) or find_marker(template.prompt + template.completion) or ""
    blank = any(is_blank(row.prompt) or is_blank(row.completion) for row in rows)
    return Trial((), guideline.name, tuple(rows), marker, blank)


def sample_id(library: Library, source: str) -> str:
    """The first guideline that a template with this source makes a row of; else the first; "" in an empty library."""
    with library.connection():
        for condition in (_WANTED.get(source, "1"), "1"):
            query = f"SELECT id FROM guideline WHERE deleted = 0 AND active = 1 AND {condition} ORDER BY row LIMIT 1"
            found = library.sql(query).fetchone()
            if found:
                return str(found[0])
    return ""
