"""Rule files on the disk: those of a project that are there, and the new ones in their places."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from lora_studio.core.domain import Guideline
from lora_studio.core.errors import Invalid
from lora_studio.core.files import locked, read_small_file, storage_errors, write_all
from lora_studio.core.rulefiles.blocks import START, blocks_in
from lora_studio.core.rulefiles.conventions import CONVENTIONS
from lora_studio.core.rulefiles.merging import LARGEST, RuleFile, Wrote, rule_files

FILES_MAX = 5_000
"""Most rule files of one convention in a project."""

Gone = Callable[[Collection[str]], Collection[str]]
"""Of some ids, those of guidelines that are deleted or switched off."""


def nobody(ids: Collection[str]) -> Collection[str]:
    """None of `ids`."""
    return ()


def nothing(guideline_id: str, version: int) -> None:
    """No guideline is known."""


def planned_files(
    folder: Path, format_name: str, guidelines: Sequence[Guideline], gone: Gone = nobody, wrote: Wrote = nothing
) -> list[RuleFile]:
    """What an export into the project at `folder` would write or take away; nothing is changed.

    Raises Conflict for a block that was edited by hand, Invalid for a file that is no text or leads out of `folder`.
    """
    with storage_errors(f"read the rule files in {folder}"):
        existing = _existing(folder, format_name)
    ids = {block.id for text in existing.values() for block in blocks_in(text)} - {""}
    return rule_files(format_name, guidelines, existing, gone(ids) if ids else (), wrote)


def write_rule_files(
    folder: Path, format_name: str, guidelines: Sequence[Guideline], gone: Gone = nobody, wrote: Wrote = nothing
) -> list[RuleFile]:
    """Writes the rule files of `guidelines` into the project at `folder`, all of them or none, and says which changed.

    Raises as `planned_files` does, and StorageError; then nothing was changed.
    """
    planned_files(folder, format_name, guidelines, gone, wrote)  # what is refused makes no folder either
    with storage_errors(f"write into {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            files = planned_files(folder, format_name, guidelines, gone, wrote)
            targets = {file.path: _inside(folder, file.path) for file in files}
            for target in targets.values():
                target.parent.mkdir(parents=True, exist_ok=True)
            write_all({targets[file.path]: file.content for file in files if file.content is not None})
            for file in files:
                if file.content is None:
                    targets[file.path].unlink()
    return files


def _existing(folder: Path, format_name: str) -> dict[str, str]:
    convention = CONVENTIONS[format_name]
    found: dict[str, str] = {}
    for pattern in convention.patterns:
        for place in sorted(folder.glob(pattern))[: FILES_MAX + 1]:
            path = place.relative_to(folder).as_posix()
            if not place.name.startswith("."):
                found[path] = _text(_inside(folder, path), path, convention.is_shared(path))
    if len(found) > FILES_MAX:
        raise Invalid(f"{folder} holds more than {FILES_MAX:,} such rule files; choose another folder", "outputPath")
    return found


def _text(place: Path, path: str, is_shared: bool) -> str:
    """The text of a file that is there; empty where there is nothing of ours in it and nothing will be."""
    try:
        data = read_small_file(place, LARGEST)
        return data.decode() if is_shared or START.encode() in data else ""
    except Invalid as error:
        raise Invalid(f"{path} cannot be taken along: {error.message}; move it away first", "outputPath") from None
    except UnicodeDecodeError:
        raise Invalid(f"{path} is not UTF-8 text; save it as UTF-8 first", "outputPath") from None


def _inside(folder: Path, path: str) -> Path:
    """The place of a rule file, links followed. Raises Invalid where it lies outside `folder`."""
    place = (folder / path).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise Invalid(f"{path} is a link that leads out of the folder; write there instead", "outputPath")
    return place
