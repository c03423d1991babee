"""How a dataset lies in its folder: the names of its files, whose they are, which are free."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lora_studio.core.errors import Conflict, Invalid
from lora_studio.core.files import read_small_file

CARD = "README.md"
CONFIG_NAME = re.compile(
    r"(?P<set>[A-Za-z0-9_]+_[a-z0-9]+)_config_(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<number>_[1-9][0-9]{0,8})?\.json"
)


@dataclass(frozen=True, slots=True)
class DatasetNames:
    """The names of one dataset's files; `number` above 1 tells it from others of the same day."""

    slug: str
    format: str
    date: str
    number: int = 1

    @property
    def name(self) -> str:
        return f"{self.slug}_{self.format}_{self.date}{self._suffix}"

    @property
    def train(self) -> str:
        return f"{self.slug}_{self.format}_train_{self.date}{self._suffix}.jsonl"

    @property
    def eval(self) -> str:
        return f"{self.slug}_{self.format}_eval_{self.date}{self._suffix}.jsonl"

    @property
    def config(self) -> str:
        return f"{self.slug}_{self.format}_config_{self.date}{self._suffix}.json"

    @property
    def _suffix(self) -> str:
        return f"_{self.number}" if self.number > 1 else ""


def slug(target_model: str) -> str:
    """The model's name as a part of file names: every character outside A-Z a-z 0-9 becomes `_`."""
    return re.sub(r"[^A-Za-z0-9]", "_", target_model)


def choose_names(folder: Path, target_model: str, format_name: str, date: str, if_exists: str) -> DatasetNames:
    """The names for a new dataset in `folder`.

    A set of the same model is replaced, kept beside the new one, or refused with Conflict, as `if_exists` says.
    Files that are not known to be a set of this model are never replaced: the next free number is taken.
    """
    number = 1
    while True:
        names = DatasetNames(slug(target_model), format_name, date, number)
        if not any(os.path.lexists(folder / name) for name in (names.train, names.eval, names.config)):
            return names
        own = _owner(folder, names) == target_model
        if own and if_exists == "replace":
            return names
        if own and if_exists == "fail":
            raise Conflict(
                f"The folder already holds {names.name}; use ifExists replace or keep_both, or another folder",
                "ifExists",
            )
        number += 1


def _owner(folder: Path, names: DatasetNames) -> str | None:
    """The model that the set `names` was made for; None where it is not a whole set of plain files of ours."""
    files = [folder / name for name in (names.train, names.eval, names.config)]
    if not all(stat.S_ISREG(path.lstat().st_mode) for path in files if os.path.lexists(path)):
        return None
    config = read_config(folder / names.config)
    return config.get("targetModel") if config else None


def read_config(path: Path) -> dict[str, Any] | None:
    """The JSON object in the config file `path`; None for whatever else may lie there."""
    try:
        data = json.loads(read_small_file(path).decode("utf-8"))
    except (Invalid, OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def dataset_configs(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name and content of each readable config in `folder`, by name."""
    for name in sorted(entry.name for entry in os.scandir(folder) if CONFIG_NAME.fullmatch(entry.name)):
        config = read_config(folder / name)
        if config is not None:
            yield name, config
