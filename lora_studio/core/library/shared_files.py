"""The library's guidelines written out: into a project's rule files, or as one file of data."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from lora_studio.core.clock import today
from lora_studio.core.domain import Guideline, GuidelineFilter, Scope
from lora_studio.core.errors import Conflict
from lora_studio.core.files import locked, storage_errors, write_atomically
from lora_studio.core.library.guidelines import list_guidelines, switched_off, version_of
from lora_studio.core.library.store import Library
from lora_studio.core.rulefiles.merging import RuleFile
from lora_studio.core.rulefiles.writing import planned_files, write_rule_files

_PAGE = 1_000


def all_guidelines(
    library: Library, wanted: GuidelineFilter, visible: Sequence[Scope] | None = None
) -> Iterator[Guideline]:
    """Every guideline that `wanted` means, the most important first, read page by page."""
    offset = 0
    while page := list_guidelines(library, wanted, visible, _PAGE, offset):
        yield from page
        offset += len(page)


def planned_rules(
    library: Library,
    folder: Path,
    format_name: str,
    guidelines: Sequence[Guideline],
    visible: Sequence[Scope] | None = None,
) -> list[RuleFile]:
    """What `write_rules` would do; nothing is changed. Raises as it does."""
    gone, wrote = partial(switched_off, library, visible=visible), partial(version_of, library)
    return planned_files(folder, format_name, guidelines, gone, wrote)


def write_rules(
    library: Library,
    folder: Path,
    format_name: str,
    guidelines: Sequence[Guideline],
    visible: Sequence[Scope] | None = None,
) -> list[RuleFile]:
    """Writes `guidelines` into the project at `folder`, all files or none; gives those that are new, changed or gone.

    Blocks of guidelines that were deleted or switched off go away, as far as they are of the scopes in `visible`
    (None: of all). Raises Conflict for a block that was edited by hand, Invalid for a file or folder that cannot be
    used, and StorageError.
    """
    gone, wrote = partial(switched_off, library, visible=visible), partial(version_of, library)
    return write_rule_files(folder, format_name, guidelines, gone, wrote)


def write_shared(path: Path, ending: str, text: str) -> Path:
    """Writes a file of that name where `path` has the ending, otherwise a dated one into the folder `path`."""
    names_file = path.suffix == f".{ending}" and not path.is_dir()
    folder = path.parent if names_file else path
    with storage_errors(f"write into {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):  # two exports at once get two names
            target = path if names_file else _free_name(folder, ending)
            if os.path.lexists(target):
                raise Conflict(f"{target} exists already; choose another name", "outputPath")
            write_atomically(target, text)
    return target


def _free_name(folder: Path, ending: str) -> Path:
    number = 1
    while os.path.lexists(target := folder / f"guidelines_{today()}{f'_{number}' if number > 1 else ''}.{ending}"):
        number += 1
    return target
