"""A dataset's config read back: the options, the guidelines and the folder, to export the same once more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from peewee import SQL

from lora_studio.core.dataset.config import ConfigFilter, filter_of
from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.domain import OWNER, SPLIT_MODES, VARIETIES, ExportOptions, GuidelineFilter
from lora_studio.core.errors import Invalid
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import export_guideline, export_run, guideline


class _Options(msgspec.Struct, rename="camel"):
    include_examples: bool = True
    examples_per_guideline: int = 3
    strict: bool = False
    variety: str = "documented"


class _Split(msgspec.Struct):
    by: str
    ratio: float


class _Guidelines(msgspec.Struct):
    count: int


class _Config(msgspec.Struct, rename="camel"):
    name: str
    target_model: str
    format: str
    created_at: str
    dataset_path: str
    options: _Options
    split: _Split
    guidelines: _Guidelines
    filter: ConfigFilter = msgspec.field(default_factory=ConfigFilter)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """What to export once more: `options` with the filter, and `folder`.

    `count` is how many guidelines the dataset `name` was made of; `is_list` says that the filter lists just these.
    """

    name: str
    options: ExportOptions
    folder: Path
    count: int
    is_list: bool


def read_again(library: Library, config: dict[str, Any]) -> Again:
    """What the dataset of `config` was made from, and how. Raises Invalid where that is not known (any more).

    The filter is taken as it stands where it says everything. A selection, a search and what an agent was allowed to
    see are not in it: there the library remembers which guidelines were used.
    """
    try:
        read = msgspec.convert(config, _Config)
    except (msgspec.ValidationError, TypeError) as error:
        raise Invalid(f"This dataset's config cannot be read ({error}); choose its options by hand") from None
    if (
        read.format not in (*FORMATS, *PREFERENCES)
        or read.split.by not in SPLIT_MODES
        or read.options.variety not in VARIETIES
        or not 0 <= read.split.ratio <= 1
    ):
        raise Invalid("This dataset's config was made by another version of the program; choose its options by hand")
    run = _run_of(library, read)
    is_list = read.filter.ids > 0 or (run is not None and run[1] != OWNER)
    if is_list and run is None:
        raise Invalid(
            "This dataset was made from a selection that this library knows nothing of; choose the guidelines by hand"
        )
    wanted = _used_in(library, run[0]) if is_list and run is not None else filter_of(read.filter)
    return Again(read.name, _options(read, wanted), Path(read.dataset_path), read.guidelines.count, is_list)


def _options(read: _Config, wanted: GuidelineFilter) -> ExportOptions:
    return ExportOptions(
        target_model=read.target_model,
        format=read.format,
        include_examples=read.options.include_examples,
        examples_per_guideline=read.options.examples_per_guideline,
        train_eval_split=read.split.ratio,
        filter=wanted,
        seed=read.seed,
        split_by=read.split.by,
        strict=read.options.strict,
        variety=read.options.variety,
    )


def _run_of(library: Library, read: _Config) -> tuple[int, str] | None:
    """Number and maker of the export that wrote this config."""
    made = SQL("json_extract(config, '$.createdAt') = ?", (read.created_at,))
    same = (export_run.name == read.name) & (export_run.folder == read.dataset_path) & made
    with library.connection():
        found = library.execute(export_run.select(export_run.row, export_run.who).where(same)).fetchone()
    return None if found is None else (found[0], found[1])


def _used_in(library: Library, run: int) -> GuidelineFilter:
    rows = export_guideline.select(export_guideline.guideline).where(export_guideline.run == run)
    with library.connection():
        ids = tuple(one for (one,) in library.execute(guideline.select(guideline.id).where(guideline.row.in_(rows))))
    return GuidelineFilter(ids=ids or ("",))  # no id at all would mean every guideline
