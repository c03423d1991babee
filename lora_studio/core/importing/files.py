"""Which files an import looks at, and their bytes: never through a link out of a folder, never from a pipe."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lora_studio.core.errors import Invalid
from lora_studio.core.files import read_small_file
from lora_studio.core.importing.conventions import TEXT, is_rule_folder, kind_of, why_not_entered, why_not_read
from lora_studio.core.importing.records import NotRead, Tick

RULE_FILE_MAX = 2 << 20
DATA_FILE_MAX = 256 << 20
"""Largest files that are read, in bytes."""
FILES_MAX = 5_000
DEEPEST = 30
"""Most files and most nested folders that are looked at below one folder."""
TEXTS_NAMED = 10
"""Up to how many text files that are not read a folder has each of them named."""

FITS = (
    "Markdown rule files (CLAUDE.md, AGENTS.md, .mdc …), a folder of them, JSON, JSONL, YAML, CSV, TSV or "
    "agent-memory's .db"
)
OUTSIDE = "It is a link that leads out of the folder; import its target itself"


@dataclass(frozen=True, slots=True)
class File:
    """A file to read, and the folder that was chosen (real path); None where the file was chosen by itself."""

    path: Path
    root: Path | None = None


def is_folder(path: Path) -> bool:
    """Whether there is a folder at `path`; a path that cannot be is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


@dataclass
class _Walk:
    """One look at a folder: its real path, what was left alone, and the links to folders, which are looked at last."""

    top: Path
    root: Path
    left: list[NotRead]
    links: list[tuple[Path, int]] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)

    def skip(self, place: Path, reason: str) -> None:
        self.left.append(NotRead(str(place), reason))

    def is_in_rules(self, folder: Path) -> bool:
        return is_rule_folder((*self.root.parts[-2:], *folder.relative_to(self.top).parts))


def files_at(path: Path, left: list[NotRead], tick: Tick) -> Iterator[File]:
    """`path` itself, or the rule files below that folder, in order; what is left alone goes to `left`."""
    if not is_folder(path):
        yield File(path)
        return
    walk = _Walk(path, path.resolve(), left)
    folders = [(path, 0)]
    count = 0
    while folders or walk.links:
        folder, depth = folders.pop() if folders else walk.links.pop(0)
        tick()
        real = folder.resolve()
        if real in walk.seen:
            continue
        walk.seen.add(real)
        if depth > DEEPEST:
            walk.skip(folder, f"It lies more than {DEEPEST} folders deep; import it by name")
            continue
        inner, files = _sorted_out(walk, folder, depth)
        for place in files:
            count += 1
            if count > FILES_MAX:
                walk.skip(path, f"It holds more than {FILES_MAX:,} rule files; the rest is not read: choose a part")
                return
            yield File(place, walk.root)
        folders += reversed(inner)


def _sorted_out(walk: _Walk, folder: Path, depth: int) -> tuple[list[tuple[Path, int]], list[Path]]:
    """The folders to enter and the files to read in one folder."""
    inner, files, texts = [], [], []
    in_rules = walk.is_in_rules(folder)
    for entry in _listed(folder, walk.left):
        place = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            reason = why_not_entered(entry.name, folder.name, in_rules)
            if reason:
                walk.skip(place, reason)
            else:
                inner.append((place, depth + 1))
            continue
        if entry.is_symlink() and not _is_file_inside(walk, place, in_rules, depth):
            continue
        why = why_not_read(place, in_rules)
        if why == TEXT:
            texts.append(place)
        elif why:
            walk.skip(place, why)
        elif why is not None and not _is_too_large(walk, entry, place):
            files.append(place)
    _name_texts(walk, folder, texts)
    return inner, files


def _listed(folder: Path, left: list[NotRead]) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        left.append(NotRead(str(folder), f"The folder cannot be read: {error.strerror}"))
        return []


def _is_file_inside(walk: _Walk, place: Path, in_rules: bool, depth: int) -> bool:
    """Whether a link leads to a file of the same tree; to a folder of it: that is looked at last, if nobody was there.

    The tree's files are read once, whatever leads to them.
    """
    try:
        target = place.resolve(strict=True)
        is_dir = target.is_dir()
    except (OSError, RuntimeError):
        if why_not_read(place, in_rules) is not None:
            walk.skip(place, "It is a link that leads nowhere")
        return False
    if not target.is_relative_to(walk.root):
        if is_dir or why_not_read(place, in_rules) is not None:
            walk.skip(place, OUTSIDE)
        return False
    if not is_dir:
        return True
    if reason := why_not_entered(place.name, place.parent.name, in_rules):
        walk.skip(place, reason)
    else:
        walk.links.append((place, depth + 1))
    return False


def _is_too_large(walk: _Walk, entry: os.DirEntry[str], place: Path) -> bool:
    most = size_limit(kind_of(place))
    try:
        too_large = entry.stat().st_size > most
    except OSError:
        return False  # reading it will say why
    if too_large:
        walk.skip(place, f"It is larger than {most >> 20} MiB; import a part of it")
    return too_large


def size_limit(kind: str) -> int:
    """The largest file of the kind that is read, in bytes."""
    return RULE_FILE_MAX if kind in ("markdown", "xml") else DATA_FILE_MAX


def _name_texts(walk: _Walk, folder: Path, texts: list[Path]) -> None:
    if len(texts) > TEXTS_NAMED:
        walk.skip(folder, f"{len(texts):,} text files (.txt) outside of a folder of rules; import them by name")
    else:
        for place in texts:
            walk.skip(place, TEXT)


def read_file(path: Path, most: int) -> bytes:
    """The bytes of a plain file; never waits on a pipe or a device. Raises Invalid, in one sentence."""
    try:
        return read_small_file(path, most)
    except Invalid as error:
        raise Invalid(error.message[:1].upper() + error.message[1:]) from None
    except (OSError, ValueError) as error:
        raise Invalid(f"It cannot be read: {getattr(error, 'strerror', None) or 'the path is unusable'}") from None
