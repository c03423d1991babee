"""What the Adapters page shows, read in the background; nothing in a folder is trusted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from lora_studio.core.dataset.exchange import recover
from lora_studio.core.dataset.export import Progress
from lora_studio.core.dataset.layout import read_config
from lora_studio.core.library.runs import recent_folders
from lora_studio.core.library.store import Library
from lora_studio.core.training.adapters import Adapter, list_adapters

COMPLETE, MISSING, UNREADABLE = "complete", "file missing", "unreadable"
_VALUE_MAX = 200


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file that a config names, as it says, and whether it is there with that many bytes."""

    name: str
    rows: int
    bytes: int
    sha256: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One dataset of the list. `facts` are names and values from its config, `state` is one of those above."""

    adapter: Adapter
    files: tuple[DataFile, ...]
    facts: tuple[tuple[str, str], ...]
    state: str


@dataclass(frozen=True, slots=True)
class Shelves:
    """The datasets of all watched folders, newest first in each, and a sentence for whatever was passed over."""

    entries: tuple[Entry, ...]
    warnings: tuple[str, ...]


class _File(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(max_length=255, pattern=r"\A[A-Za-z0-9_][A-Za-z0-9_.-]*\.jsonl\Z")]
    rows: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    bytes: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


def read_shelves(library: Library, folders: Sequence[Path], progress: Progress) -> Shelves:
    """The datasets in `folders` and in every folder that was exported to."""
    watched = dict.fromkeys([*folders, *recent_folders(library)])
    entries: list[Entry] = []
    warnings: list[str] = []
    for number, folder in enumerate(watched):
        progress(number, len(watched))
        if not folder.is_dir():
            continue
        recover(folder)
        shelf = list_adapters(folder)
        warnings += shelf.warnings
        for adapter in shelf.adapters:
            progress(number, len(watched))
            entries.append(_entry(adapter))
    return Shelves(tuple(entries), tuple(warnings))


def _entry(adapter: Adapter) -> Entry:
    config = read_config(adapter.config_file) or {}
    try:
        listed = msgspec.convert(config.get("files"), tuple[_File, ...])[:10]
    except msgspec.ValidationError:
        return Entry(adapter, (), _facts(config), UNREADABLE)
    files = tuple(
        DataFile(file.name, file.rows, file.bytes, file.sha256, _is_there(adapter.dataset_path / file.name))
        for file in listed
    )
    state = COMPLETE if files and all(file.is_there for file in files) else MISSING
    return Entry(adapter, files, _facts(config), state)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and os.access(path, os.R_OK)
    except OSError:
        return False


def _facts(config: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What the config says about how the dataset was made, as far as it is what an export writes."""
    options, split, wanted = (_table(config, key) for key in ("options", "split", "filter"))
    guidelines = _table(config, "guidelines").get("count")
    examples = f"up to {_said(options.get('examplesPerGuideline'))} of each kind a guideline"
    shares = f"{_said(split.get('ratio'))} for train, by {_said(split.get('by'))}"
    found = (
        ("Guidelines", _said(guidelines) if guidelines is not None else ""),
        ("Filter", ", ".join(f"{_said(key)}: {_said(value)}" for key, value in list(wanted.items())[:10]) or "none"),
        ("Examples", examples if options.get("includeExamples") else "left out" if options else ""),
        ("Split", shares if split else ""),
        ("Seed", _said(config["seed"]) if "seed" in config else ""),
    )
    return tuple((name, value[:_VALUE_MAX]) for name, value in found if value)


def _table(config: dict[str, Any], key: str) -> dict[str, Any]:
    value = config.get(key)
    return value if isinstance(value, dict) else {}


def _said(value: Any) -> str:
    """A value from a config in words, short and on one line."""
    text = ", ".join(str(item)[:50] for item in value[:10]) if isinstance(value, list) else str(value)[:_VALUE_MAX]
    return "".join(character if character.isprintable() else " " for character in text)
