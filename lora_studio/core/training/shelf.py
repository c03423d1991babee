"""Everything on the shelf: the datasets and the trained adapters in some folders, as one list."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lora_studio.core.dataset.exchange import recover
from lora_studio.core.dataset.export import Progress
from lora_studio.core.errors import Invalid, StorageError
from lora_studio.core.training.adapters import config_names, moment, read_adapter, skipped
from lora_studio.core.training.facts import Facts, read_facts
from lora_studio.core.training.peft import CONFIG, NOTE, PICKLE, WEIGHTS, Trained, read_trained

FOLDERS_MAX = 2_000
"""Most folders that are looked into below one place."""
WARNINGS_MAX = 50
BATCH = 400
_IN_EXCHANGE = re.compile(r"\.lora-studio-[A-Za-z0-9_]+\.commit")
_NOT_LOOKED_INTO = re.compile(r"\..*|checkpoints.*|checkpoint-\d+|__pycache__|node_modules", re.DOTALL)
_CHECKPOINT = re.compile(r"checkpoint-(\d{1,12})")
CHECKPOINTS_MAX = 20
"""Newest checkpoints of a folder that are looked into for an adapter."""
_ONLY_CHECKPOINTS = "Only checkpoints are left of this training; {0} is the newest. Resume it, or keep that one."
_SAYS_LITTLE = re.compile(r"lora_output|default|reference|ref|policy|adapter|output|checkpoint-\d+")
"""Names of folders that a tool gave, so that of the folder above is shown as well: several may lie in one."""

Stamp = tuple[int, int, int]
"""Size in bytes, time of the last change in nanoseconds, and number of a file: the same stamp, the same bytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to look into, and how many folders deep. One that the person `named` is missed when it is gone."""

    path: Path
    depth: int = 1
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One dataset (it has `facts`) or one adapter (it has `trained`), or neither where it is unreadable.

    `path` is its config file or its folder, and tells it from all others. `made` is in seconds since 1970. `problem`
    is a sentence, and so is `hint`, for one that can be used all the same. `stamps` are those of its files, None for a
    file that is not there.
    """

    path: Path
    folder: Path
    is_adapter: bool
    name: str
    model: str
    shape: str
    rows: int | None = None
    made: float | None = None
    problem: str = ""
    hint: str = ""
    facts: Facts | None = None
    trained: Trained | None = None
    stamps: tuple[Stamp | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies on the shelf, a sentence for whatever was passed over, and the folders that were looked into."""

    items: tuple[Item, ...]
    warnings: tuple[str, ...]
    folders: tuple[Path, ...]


def read_shelf(
    places: Sequence[Place],
    known: Mapping[Path, Item],
    progress: Progress,
    tell: Callable[[tuple[Item, ...]], None] = lambda items: None,
) -> Contents:
    """Looks into all places. What is `known` from the last look and has not changed is not read again.

    `tell` gets the items in batches as they are found. Never follows a link, never opens a pickle, and never fails for
    what lies in a folder; raises Cancelled when `progress` does.
    """
    warnings: list[str] = []
    folders = list(dict.fromkeys(_folders(places, warnings)))
    found: dict[Path, Item] = {}
    told = 0
    for number, folder in enumerate(folders):
        for item in _items(folder, known, warnings):
            found[item.path] = item
            if len(found) - told >= BATCH:
                tell(tuple(found.values())[told:])
                told = len(found)
                progress(number, len(folders))
        progress(number, len(folders))
    if len(warnings) > WARNINGS_MAX:
        warnings = [*warnings[:WARNINGS_MAX], f"and {len(warnings) - WARNINGS_MAX} more"]
    return Contents(tuple(found.values()), tuple(warnings), tuple(folders))


def _folders(places: Sequence[Place], warnings: list[str]) -> Iterator[Path]:
    """The folders to look into: each place, then what lies below it, level by level."""
    for place in places:
        top = place.path.absolute()
        if not _is_folder(top):
            if place.named:
                warnings.append(f"The folder {top} is not there now; put it back or stop watching it.")
            continue
        level, count = [top], 1
        yield top
        for _ in range(place.depth):
            level = [inner for folder in level for inner in _subfolders(folder)]
            if count + len(level) > FOLDERS_MAX:
                warnings.append(f"Only the first {FOLDERS_MAX:,} folders below {top} were looked into; watch fewer.")
                level = level[: FOLDERS_MAX - count]
            count += len(level)
            yield from level


def _is_folder(path: Path) -> bool:
    """Whether there is a folder; one below a folder that may not be entered is none."""
    with contextlib.suppress(OSError):
        return path.is_dir()
    return False


def _subfolders(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        return [folder / name for name in sorted(names) if not _NOT_LOOKED_INTO.fullmatch(name)]
    return []  # the look for datasets says why


def _items(folder: Path, known: Mapping[Path, Item], warnings: list[str]) -> Iterator[Item]:
    try:
        recover(folder)
    except StorageError as error:
        warnings.append(error.message)
    if _is_in_exchange(folder):
        yield from (item for item in known.values() if item.folder == folder)
        return
    names, said = config_names(folder)
    warnings += said
    for name in names:
        try:
            yield _dataset(folder / name, known.get(folder / name))
        except FileNotFoundError:
            continue  # it went away since the folder was listed
        except (Invalid, OSError) as error:
            warnings.append(f"{folder}: {skipped(name, error)}.")
    if stamp_of(folder / CONFIG):
        yield _adapter(folder, known.get(folder))
    elif checkpoint := _newest_checkpoint(folder):
        yield replace(_adapter(checkpoint, known.get(checkpoint)), hint=_ONLY_CHECKPOINTS.format(checkpoint.name))


def _newest_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint with an adapter in it, for a training of which nothing else is left."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        steps = sorted(
            ((int(match[1]), name) for name in names if (match := _CHECKPOINT.fullmatch(name))), reverse=True
        )
        return next((folder / name for _, name in steps[:CHECKPOINTS_MAX] if stamp_of(folder / name / CONFIG)), None)
    return None


def _is_in_exchange(folder: Path) -> bool:
    """Whether another process is putting a dataset in place in this very moment."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return any(_IN_EXCHANGE.fullmatch(entry.name) for entry in entries)
    return False


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a plain file; None for whatever else may be there."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _dataset(path: Path, known: Item | None) -> Item:
    own = stamp_of(path)
    if known is not None and known.stamps[:1] == (own,) and own is not None:
        item = known
    else:
        adapter, data = read_adapter(path)
        facts = read_facts(data)
        made = moment(adapter.created_at)
        item = Item(
            path=path,
            folder=path.parent,
            is_adapter=False,
            name=adapter.name,
            model=adapter.target_model,
            shape=adapter.format,
            rows=adapter.example_count,
            made=made if made > float("-inf") else None,
            problem="" if facts else "Its config does not say which files belong to it; export it again.",
            facts=facts,
        )
    files = item.facts.files if item.facts else ()
    stamps = (own, *(stamp_of(path.parent / file.name) for file in files))
    return item if item.stamps == stamps else replace(item, stamps=stamps)


def _adapter(folder: Path, known: Item | None) -> Item:
    stamps = tuple(stamp_of(folder / name) for name in (CONFIG, WEIGHTS, PICKLE, NOTE))
    if known is not None and known.stamps == stamps:
        return known
    times = [stamp[1] for stamp in (stamps[1] or stamps[2], stamps[0]) if stamp]
    item = Item(
        path=folder,
        folder=folder,
        is_adapter=True,
        name=f"{folder.parent.name}/{folder.name}" if _SAYS_LITTLE.fullmatch(folder.name) else folder.name,
        model="",
        shape="",
        made=times[0] / 1e9 if times else None,
        stamps=stamps,
    )
    try:
        trained = read_trained(folder)
    except Invalid as error:
        return replace(item, problem=error.message)
    return replace(
        item, model=trained.base_model, shape=_shape(trained), problem=trained.problem, trained=trained
    )  # fmt: skip


def _shape(trained: Trained) -> str:
    """Rank and alpha, or the kind of an adapter that has none."""
    if trained.r is None:
        return trained.kind
    return f"r {trained.r}" if trained.alpha is None else f"r {trained.r} · α {trained.alpha:g}"
