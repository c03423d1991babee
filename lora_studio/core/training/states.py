"""How it stands with what lies on the shelf: whole, as its config says, and as the library is today."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lora_studio.core.dataset.export import Progress
from lora_studio.core.errors import Invalid
from lora_studio.core.files import open_plain
from lora_studio.core.library.browse import last_change
from lora_studio.core.library.store import Library
from lora_studio.core.library.used import Run, Since, differences, past_runs, touched_since
from lora_studio.core.training.facts import Facts, wanted_guidelines
from lora_studio.core.training.shelf import Item, Stamp, stamp_of

COMPLETE, MISSING, DIFFERS, STALE, UNREADABLE = "complete", "missing", "differs", "stale", "unreadable"
_CHUNK = 1 << 20

Hashes = dict[tuple[Path, Stamp], str]
"""SHA-256 by file and stamp: what was hashed once is not hashed again until it changes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which export made it, and what has changed since; `run` is None for what this library did not make."""

    run: Run | None
    since: Since = field(default_factory=Since)


@dataclass(frozen=True, slots=True)
class State:
    """One of the five kinds; `files` are the names of those that are missing or differ."""

    kind: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The standing of every item by its path, as the library was at its last change `seen`."""

    seen: int = 0
    standings: Mapping[Path, Standing] = field(default_factory=dict)


def state_of(item: Item, hashes: Hashes, standing: Standing | None) -> State:
    """The state of `item`; `standing` is None as long as it is not known."""
    lost, different = _lost(item), _different(item, hashes)
    is_damaged = item.trained is not None and item.trained.weights is None and not item.trained.is_missing
    if is_damaged or not (item.facts or item.trained):
        return State(UNREADABLE)
    if lost:
        return State(MISSING, lost)
    if different:
        return State(DIFFERS, different)
    return State(STALE if standing and standing.since.count else COMPLETE)


def _lost(item: Item) -> tuple[str, ...]:
    if item.facts:
        pairs = zip(item.facts.files, item.stamps[1:], strict=False)
        return tuple(file.name for file, stamp in pairs if stamp is None)
    return ("adapter_model.safetensors",) if item.trained and item.trained.is_missing else ()


def _different(item: Item, hashes: Hashes) -> tuple[str, ...]:
    if not item.facts:
        return ()
    pairs = [(file, stamp) for file, stamp in zip(item.facts.files, item.stamps[1:], strict=False) if stamp]
    return tuple(
        file.name
        for file, stamp in pairs
        if stamp[0] != file.bytes or hashes.get((item.folder / file.name, stamp), file.sha256) != file.sha256
    )


def unchecked_bytes(item: Item, hashes: Hashes) -> int:
    """How many bytes of `item` are to be hashed before it is known to be what its config says."""
    if not item.facts or _lost(item):
        return 0
    pairs = zip(item.facts.files, item.stamps[1:], strict=False)
    return sum(
        file.bytes + 1
        for file, stamp in pairs
        if stamp and stamp[0] == file.bytes and (item.folder / file.name, stamp) not in hashes
    )


def check_files(items: Sequence[Item], known: Hashes, progress: Progress) -> Hashes:
    """Hashes the files of `items` that are not `known`. Progress is in bytes; a file that cannot be read differs."""
    total = sum(unchecked_bytes(item, known) for item in items)
    found: Hashes = {}
    done = 0
    for item in items:
        for file, stamp in zip(item.facts.files if item.facts else (), item.stamps[1:], strict=False):
            path = item.folder / file.name
            if stamp is None or stamp[0] != file.bytes or (path, stamp) in known:
                continue
            found[path, stamp] = _hash(path, done, total, progress)
            done += file.bytes
    return {key: value for key, value in found.items() if stamp_of(key[0]) == key[1]}


def _hash(path: Path, done: int, total: int, progress: Progress) -> str:
    """The SHA-256 of a plain file; "" where it cannot be read."""
    made = hashlib.sha256()
    try:
        with open_plain(path) as file:
            while chunk := file.read(_CHUNK):
                made.update(chunk)
                done += len(chunk)
                progress(done, max(total, done + 1))
    except (Invalid, OSError):
        return ""
    return made.hexdigest()


def compare_with_library(library: Library, items: Sequence[Item], before: Comparison, progress: Progress) -> Comparison:
    """What has changed since each of `items` was made, in their order; `before` saves looking at all of it again."""
    seen = last_change(library)
    touched = touched_since(library, before.seen) if before.seen else None
    by_file, by_digest = _by_key(past_runs(library))
    asked: dict[tuple[int, str], Since] = {}
    standings: dict[Path, Standing] = {}
    for number, item in enumerate(items):
        progress(number, len(items))
        run, wanted = _run_of(item, by_file, by_digest)
        if run is None:
            standings[item.path] = Standing(None)
            continue
        key = (run.row, wanted)
        old = before.standings.get(item.path)
        if key not in asked:
            known = old.since if old and old.run == run else None
            unchanged = known if touched is not None and not touched else None
            asked[key] = unchanged or differences(library, run, wanted_guidelines(wanted), known, touched)
        standings[item.path] = Standing(run, asked[key])
    return Comparison(seen, standings)


def _by_key(runs: Iterable[Run]) -> tuple[dict[str, Run], dict[str, Run]]:
    by_file: dict[str, Run] = {}
    by_digest: dict[str, Run] = {}
    for run in runs:
        by_file.update(dict.fromkeys(run.files, run))
        by_digest[run.digest] = run
    by_digest.pop("", None)
    return by_file, by_digest


def _run_of(item: Item, by_file: Mapping[str, Run], by_digest: Mapping[str, Run]) -> tuple[Run | None, str]:
    """The export whose files these are, else one that used the same versions; and the filter that was set."""
    sums = [file.sha256 for file in item.facts.files] if item.facts else sorted(_sums(item))
    run = next((by_file[one] for one in sums if one in by_file), None)
    if run is not None:
        return run, run.filter
    facts: Facts | None = item.facts
    return (by_digest.get(facts.digest), facts.filter) if facts else (None, "")


def _sums(item: Item) -> frozenset[str]:
    return item.trained.checksums if item.trained else frozenset()


def datasets_by_file(items: Iterable[Item]) -> dict[str, Item]:
    """The datasets among `items` by the SHA-256 of each of their files; of two with the same file the first."""
    by_file: dict[str, Item] = {}
    for item in items:
        for file in item.facts.files if item.facts else ():
            by_file.setdefault(file.sha256, item)
    return by_file


def dataset_of(item: Item, by_file: Mapping[str, Item]) -> Item | None:
    """The dataset of `datasets_by_file` that the adapter `item` was trained on."""
    return next((by_file[one] for one in sorted(_sums(item)) if one in by_file), None)
