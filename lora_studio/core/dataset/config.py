"""The config file beside a dataset: what was made, from what, with which options, and the hash of every file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from lora_studio import __version__
from lora_studio.core.dataset.layout import DatasetNames
from lora_studio.core.domain import SCOPE_TYPES, ExportOptions, GuidelineFilter, Scope
from lora_studio.core.errors import Invalid
from lora_studio.core.files import path_text

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One written file; `sha256` in hexadecimal."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class GuidelinesRecord:
    """How many guidelines went in, and the SHA-256 over their ids and versions in the order of reading."""

    count: int
    digest: str


def config_for(
    names: DatasetNames,
    folder: Path,
    created_at: str,
    options: ExportOptions,
    files: Sequence[FileRecord],
    guidelines: GuidelinesRecord,
) -> dict[str, Any]:
    """The config of a dataset whose train and eval files are `files`; the contract's keys in its order."""
    train, evaluation = files
    return {
        "name": names.name,
        "targetModel": options.target_model,
        "format": options.format,
        "createdAt": created_at,
        "datasetPath": path_text(folder),
        "exampleCount": train.rows + evaluation.rows,
        "schemaVersion": SCHEMA_VERSION,
        "files": [{"name": file.name, "rows": file.rows, "bytes": file.bytes, "sha256": file.sha256} for file in files],
        "options": {
            "includeExamples": options.include_examples,
            "examplesPerGuideline": options.examples_per_guideline,
            "strict": options.strict,
            "variety": options.variety,
        },
        "filter": filter_json(options.filter),
        "split": {
            "by": options.split_by,
            "ratio": options.train_eval_split,
            "train": train.rows,
            "eval": evaluation.rows,
        },
        "seed": options.seed,
        "guidelines": {"count": guidelines.count, "digest": guidelines.digest},
        "app": {"name": "LoRA Studio", "version": __version__},
    }


def config_text(config: dict[str, Any]) -> str:
    """The config as it is written."""
    return json.dumps(config, ensure_ascii=False, indent=2) + "\n"


def filter_json(wanted: GuidelineFilter) -> dict[str, Any]:
    """The filter in the words of the JSON door; a list where the window chose several, nothing where no limit is."""
    data: dict[str, Any] = {}
    if wanted.categories:
        data |= _one_or_many("category", "categories", wanted.categories)
    if wanted.priority_min == wanted.priority_max:
        data["priority"] = wanted.priority_min
    elif (wanted.priority_min, wanted.priority_max) != (0, 100):
        data |= {"priorityMin": wanted.priority_min, "priorityMax": wanted.priority_max}
    if wanted.tags:
        data["tags"] = list(wanted.tags)
    if len(wanted.scopes) == 1:
        data["scopeType"] = wanted.scopes[0].type
        if wanted.scopes[0].id:
            data["scopeId"] = wanted.scopes[0].id
    elif wanted.scopes:
        data["scopes"] = [str(scope) for scope in wanted.scopes]
    if wanted.ids:
        data["ids"] = len(wanted.ids)
    return data


def _one_or_many(one: str, many: str, values: Sequence[str]) -> dict[str, Any]:
    return {one: values[0]} if len(values) == 1 else {many: list(values)}


_Priority = Annotated[int, msgspec.Meta(ge=0, le=100)]


class ConfigFilter(msgspec.Struct, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """What `filter_json` writes; `ids` is how many single guidelines were chosen, not which."""

    category: str | None = None
    categories: tuple[str, ...] = ()
    priority: _Priority | None = None
    priority_min: _Priority = 0
    priority_max: _Priority = 100
    tags: tuple[str, ...] = ()
    scope_type: str | None = None
    scope_id: str = ""
    scopes: tuple[str, ...] = ()
    ids: int = 0


def filter_of(read: ConfigFilter) -> GuidelineFilter:
    """The filter that was written, but for single guidelines. Raises Invalid for a scope of an unknown type."""
    scopes = [Scope(*text.split(":", 1)) for text in read.scopes]
    if read.scope_type is not None:
        scopes.append(Scope(read.scope_type, read.scope_id))
    if any(scope.type not in SCOPE_TYPES for scope in scopes):
        raise Invalid("This dataset's config names a scope that this program does not know; choose it by hand")
    least, most = (read.priority_min, read.priority_max) if read.priority is None else (read.priority, read.priority)
    return GuidelineFilter(
        categories=read.categories if read.category is None else (read.category,),
        priority_min=least,
        priority_max=most,
        tags=read.tags,
        scopes=tuple(scopes),
    )
