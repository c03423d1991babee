"""Reads one guideline with its history and the rows that it yields; knows no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lora_studio.core.dataset.examples import examples_of, recipes, source_row
from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.domain import Example, Guideline, GuidelineVersion
from lora_studio.core.library.browse import guideline_at
from lora_studio.core.library.guidelines import guideline_history
from lora_studio.core.library.store import Library
from lora_studio.core.settings import TemplateSetting

EXAMPLES_CAP = 3
"""Good and bad examples that become rows: what an export takes unless told otherwise."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that is shown of one guideline."""

    guideline: Guideline
    versions: list[GuidelineVersion]
    examples: list[Example]


def read(library: Library, templates: tuple[TemplateSetting, ...], row: int, progress: Progress) -> Reading:
    """Reads the guideline in `row`, its history, and the rows that it yields."""
    with library.connection():
        guideline = guideline_at(library, row)
        versions = guideline_history(library, guideline.id)
    examples = examples_of(source_row(guideline), recipes(all_templates(templates)), EXAMPLES_CAP)
    return Reading(guideline, versions, examples)
