"""The config file beside a dataset: what was made, from what, with which options, and the hash of every file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lora_studio import __version__
from lora_studio.core.dataset.layout import DatasetNames
from lora_studio.core.domain import ExportOptions, GuidelineFilter
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
