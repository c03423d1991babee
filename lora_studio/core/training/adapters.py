"""The shelf: which datasets lie in a folder, read from their configs, with nothing in the folder trusted."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from lora_studio.core.dataset.layout import CONFIG_NAME
from lora_studio.core.domain import LABEL_MAX
from lora_studio.core.errors import Invalid
from lora_studio.core.files import read_small_file

CONFIGS_MAX = 10_000
"""Most configs read from one folder: those with the newest dates in their names."""
BYTES_MAX = 64 << 20
"""Most bytes read from one folder's configs, so that a hostile folder costs seconds, not minutes."""
WARNINGS_MAX = 20

_PLAIN = r"\A[^\x00-\x1f\x7f-\x9f]*\Z"
_FILE_NAME = r"\A[A-Za-z0-9_][A-Za-z0-9_.-]*\.jsonl\Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One dataset on the shelf. `dataset_path` is the folder where it lies now, whatever its config says."""

    name: str
    target_model: str
    format: str
    created_at: str
    dataset_path: Path
    example_count: int
    config_file: Path


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a folder holds, newest first, and a sentence for every config that was skipped."""

    adapters: tuple[Adapter, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataFile:
    """One data file of a dataset: its plain name inside the folder and the SHA-256 its config states."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that a script can be written for."""

    adapter: Adapter
    train: DataFile
    eval: DataFile


class _Config(msgspec.Struct, rename="camel"):
    """The six keys of a config that are read; whatever else stands there is passed over."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=_PLAIN)]
    target_model: Annotated[str, msgspec.Meta(min_length=1, max_length=LABEL_MAX, pattern=_PLAIN)]
    format: Annotated[str, msgspec.Meta(min_length=1, max_length=50, pattern=_PLAIN)]
    created_at: Annotated[str, msgspec.Meta(max_length=50, pattern=_PLAIN)]
    dataset_path: Annotated[str, msgspec.Meta(max_length=32_767, pattern=r"\A[^\x00]*\Z")]
    example_count: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _File(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(max_length=255, pattern=_FILE_NAME)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class _Files(msgspec.Struct):
    files: tuple[_File, _File]


def list_adapters(folder: Path) -> Shelf:
    """The datasets that lie directly in `folder`, newest first, then by name.

    Never fails: a missing folder is an empty shelf, a damaged config a warning. Reads at most CONFIGS_MAX plain
    files of at most SMALL_FILE_MAX bytes, follows no links, and gives back nothing but an Adapter's fields.
    """
    folder = folder.absolute()
    names, warnings = config_names(folder)
    adapters = []
    left = BYTES_MAX
    for position, name in enumerate(names):
        if left <= 0:
            warnings.append(f"{len(names) - position} configs were not read; keep fewer datasets in one folder")
            break
        try:
            adapter, data = read_adapter(folder / name)
        except FileNotFoundError:
            continue  # it went away since the folder was listed, so it is not on the shelf
        except (Invalid, OSError) as error:
            warnings.append(skipped(name, error))
            continue
        left -= len(data)
        adapters.append(adapter)
    adapters.sort(key=lambda adapter: (-moment(adapter.created_at), adapter.name))
    return Shelf(tuple(adapters), _shortened(warnings))


def skipped(name: str, error: Exception) -> str:
    """The sentence that the config `name` could not be read."""
    reason = error.strerror if isinstance(error, OSError) else error
    return f"{name} was skipped: {reason}; export the dataset again or delete the file"


def find_dataset(folder: Path, target_model: str, format_name: str) -> Dataset | None:
    """The newest dataset of that model and format in `folder`; None where there is none with usable file names."""
    wanted = (target_model, format_name)
    for adapter in list_adapters(folder).adapters:
        if (adapter.target_model, adapter.format) == wanted:
            return dataset_of(adapter)
    return None


def config_names(folder: Path) -> tuple[list[str], list[str]]:
    """The names of the newest configs in `folder`, at most CONFIGS_MAX, and what there is to warn about."""
    seen = 0

    def matches() -> Iterator[str]:
        nonlocal seen
        with os.scandir(folder) as entries:
            for entry in entries:
                if CONFIG_NAME.fullmatch(entry.name):
                    seen += 1
                    yield entry.name

    try:
        names = heapq.nlargest(CONFIGS_MAX, matches(), key=_by_date)
    except (OSError, ValueError) as error:  # a ValueError for a path with NUL
        reason = getattr(error, "strerror", None) or error
        return [], [f"The folder {folder} cannot be read ({reason}); choose another folder"]
    if seen > CONFIGS_MAX:
        return names, [f"Only the newest {CONFIGS_MAX} of {seen} configs were read; keep fewer in one folder"]
    return names, []


def _by_date(name: str) -> tuple[str, str]:
    match = CONFIG_NAME.fullmatch(name)
    return (match["date"] if match else "", name)


def read_adapter(path: Path) -> tuple[Adapter, bytes]:
    """The dataset whose config lies at `path`, and that file's bytes.

    Raises Invalid, with a reason for the end of a sentence, for what is no config, and OSError.
    """
    data = read_small_file(path)
    try:
        config = msgspec.json.decode(data.decode("utf-8-sig"), type=_Config)
    except UnicodeDecodeError:
        raise Invalid("it is not UTF-8 text") from None
    except (msgspec.DecodeError, RecursionError):
        raise Invalid("it is not a dataset's config") from None
    own = CONFIG_NAME.fullmatch(path.name)
    if own is None:
        raise Invalid("it has not the name of a dataset's config")
    adapter = Adapter(
        # The file's own name, not the one inside: the two agree until somebody renames or copies the file.
        name=f"{own['set']}_{own['date']}{own['number'] or ''}",
        target_model=config.target_model,
        format=config.format,
        created_at=config.created_at,
        dataset_path=path.parent,
        example_count=config.example_count,
        config_file=path,
    )
    return adapter, data


def dataset_of(adapter: Adapter) -> Dataset | None:
    """What a script for exactly this dataset needs; None where its config names no usable files."""
    try:
        data = read_small_file(adapter.config_file).decode("utf-8-sig")
        files = msgspec.json.decode(data, type=_Files).files
    except (Invalid, OSError, ValueError, RecursionError):
        return None
    train, evaluation = (DataFile(file.name, file.sha256) for file in files)
    return Dataset(adapter, train, evaluation)


def moment(created_at: str) -> float:
    """Seconds since 1970 for an ISO time; a text that is none counts as the oldest."""
    try:
        moment = datetime.fromisoformat(created_at)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")


def _shortened(warnings: list[str]) -> tuple[str, ...]:
    if len(warnings) <= WARNINGS_MAX:
        return tuple(warnings)
    return (*warnings[:WARNINGS_MAX], f"and {len(warnings) - WARNINGS_MAX} more")
