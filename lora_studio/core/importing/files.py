"""Which files an import looks at, and their bytes: never through a link out of a folder, never from a pipe."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lora_studio.core.errors import Invalid
from lora_studio.core.files import read_small_file
from lora_studio.core.importing.records import Problem, Tick

RULE_FILE_MAX = 2 << 20
DATA_FILE_MAX = 256 << 20
"""Largest files that are read, in bytes."""
FILES_MAX = 5_000
DEEPEST = 30
"""Most files and most nested folders that are looked at below one folder."""

MARKDOWN = {".md", ".mdc", ".markdown", ".txt"}
RULE_NAMES = {".cursorrules", ".windsurfrules", ".clinerules", ".goosehints", ".roorules"}
DATA = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml", ".csv": "csv"}
DATABASES = {".db", ".sqlite", ".sqlite3"}
FITS = (
    "Markdown rule files (CLAUDE.md, AGENTS.md, .mdc …), a folder of them, JSON, JSONL, YAML, CSV or agent-memory's .db"
)

_OPEN_FOLDERS = {".cursor", ".github", ".clinerules", ".windsurf", ".claude", ".gemini", ".roo", ".kiro", ".agents"}
_SKIPPED_FOLDERS = {
    "node_modules", "vendor", "venv", "env", "site-packages", "__pycache__", "dist", "build", "target", "third_party",
    "issue_template", "pull_request_template",
}  # fmt: skip
_NO_RULES = {
    "readme", "changelog", "changes", "history", "license", "licence", "code_of_conduct", "security", "authors",
    "contributors", "notice", "news", "support", "pull_request_template", "issue_template",
}  # fmt: skip


def kind_of(path: Path) -> str:
    """What the file's name says that it is: "markdown", "database", a kind of data, or empty."""
    ending = path.suffix.lower()
    if ending in MARKDOWN or path.name.lower() in RULE_NAMES or ending in RULE_NAMES:
        return "markdown"
    return "database" if ending in DATABASES else DATA.get(ending, "")


def is_folder(path: Path) -> bool:
    """Whether there is a folder at `path`; a path that cannot be is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def files_at(path: Path, problems: list[Problem], tick: Tick) -> Iterator[Path]:
    """`path` itself, or the rule files below that folder, in order; what had to be left out goes to `problems`."""
    if not is_folder(path):
        yield path
        return
    root = path.resolve()
    count = 0
    folders = [(path, 0)]
    while folders:
        folder, depth = folders.pop()
        tick()
        inner = []
        for entry in _listed(folder, problems):
            place = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                inner.append((place, depth + 1))
            elif _is_wanted(place) and _stays_inside(entry, place, root, problems):
                count += 1
                if count > FILES_MAX:
                    problems.append(
                        Problem(str(path), 0, f"It holds more than {FILES_MAX:,} rule files; choose a part")
                    )
                    return
                yield place
        folders += [one for one in reversed(inner) if _is_entered(one[0]) and one[1] <= DEEPEST]


def _listed(folder: Path, problems: list[Problem]) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        problems.append(Problem(str(folder), 0, f"The folder cannot be read: {error.strerror}"))
        return []


def _is_entered(folder: Path) -> bool:
    name = folder.name.lower()
    return name in _OPEN_FOLDERS if name.startswith(".") else name not in _SKIPPED_FOLDERS


def _is_wanted(path: Path) -> bool:
    """Whether a file found in a folder holds rules by its name; data files only where they are our exports."""
    kind, stem = kind_of(path), path.stem.lower()
    if kind == "markdown":
        hidden = path.name.startswith(".") and path.name.lower() not in RULE_NAMES
        return path.suffix.lower() != ".txt" and not hidden and stem not in _NO_RULES
    return kind in DATA.values() and stem.startswith("guidelines")


def _stays_inside(entry: os.DirEntry[str], place: Path, root: Path, problems: list[Problem]) -> bool:
    """Whether the file, if it is a link, leads to a file of the same folder; such a one is read there, once."""
    if not entry.is_symlink():
        return True
    try:
        target = place.resolve(strict=True)
    except (OSError, RuntimeError):
        problems.append(Problem(str(place), 0, "It is a link that leads nowhere"))
        return False
    if target.is_relative_to(root):
        return target.is_file() and not _is_wanted(target)
    problems.append(Problem(str(place), 0, "It is a link that leads out of the folder; import its target itself"))
    return False


def read_file(path: Path, most: int) -> bytes:
    """The bytes of a plain file; never waits on a pipe or a device. Raises Invalid, in one sentence."""
    try:
        return read_small_file(path, most)
    except Invalid as error:
        raise Invalid(error.message[:1].upper() + error.message[1:]) from None
    except (OSError, ValueError) as error:
        raise Invalid(f"It cannot be read: {getattr(error, 'strerror', None) or 'the path is unusable'}") from None
