"""What was being written and is not saved yet: kept in the home folder, so that nothing typed is ever lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from lora_studio.core.domain import Draft, Guideline
from lora_studio.core.files import PRIVATE_FILE, locked, make_private_folder, storage_errors, write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """A text in the making: `old` is the guideline as it was when the writing began, None for a new one.

    `key` tells texts apart: the guideline's id, or any other text for a new one.
    """

    key: str
    draft: Draft
    old: Guideline | None = None
    reason: str = ""


def load_unsaved(path: Path) -> dict[str, Unsaved]:
    """What is kept in `path`, by key, the newest last. A file that cannot be understood is put aside, not lost."""
    with storage_errors(f"read {path}"):
        if not path.exists():
            return {}
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            kept = msgspec.convert(json.loads(text), list[Unsaved])
        except (ValueError, msgspec.ValidationError):
            path.replace(path.with_name(f"unreadable-{path.name}"))
            return {}
    return {one.key: one for one in kept}


def change_unsaved(path: Path, changes: Mapping[str, Unsaved | None]) -> None:
    """Puts `changes` into what is kept in `path`, by key; None takes out what was saved or given up."""
    if not path.exists() and not any(changes.values()):
        return
    make_private_folder(path.parent)
    with locked(path.parent):  # another window may keep something of its own
        kept = load_unsaved(path)
        for key, unsaved in changes.items():
            kept.pop(key, None)
            if unsaved is not None:
                kept[key] = unsaved
        _write(path, kept)


def _write(path: Path, unsaved: Mapping[str, Unsaved]) -> None:
    if unsaved:
        write_atomically(path, json.dumps([asdict(one) for one in unsaved.values()]), PRIVATE_FILE)
        return
    with storage_errors(f"remove {path}"):
        path.unlink(missing_ok=True)
