"""Reads one guideline with the rows that it yields, its history, and what is worth a look in it; knows no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lora_studio.core.dataset.examples import examples_of, recipes, source_row
from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.domain import OWNER, Draft, Example, Guideline, GuidelineVersion
from lora_studio.core.errors import Conflict
from lora_studio.core.library.browse import guideline_at
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, get_guidelines, guideline_history
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import guideline as table
from lora_studio.core.review.diff import FieldDiff, diff_drafts
from lora_studio.core.review.findings import Finding, findings, twin_of
from lora_studio.core.settings import TemplateSetting

EXAMPLES_CAP = 3
"""Good and bad examples that become rows: what an export takes unless told otherwise."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that is shown of one guideline at first: `by` changed it last; `writable` says whether anyone may."""

    guideline: Guideline
    by: str
    examples: list[Example]
    writable: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving did: `old` is the guideline just before, None for a new one."""

    old: Guideline | None
    new: Guideline


def read(library: Library, templates: tuple[TemplateSetting, ...], row: int, progress: Progress) -> Reading:
    """Reads the guideline in `row` and the rows that it yields."""
    with library.connection():
        found = guideline_at(library, row)
        by = library.execute(table.select(table.changed_by).where(table.row == row)).fetchone()[0]
    examples = examples_of(source_row(found), recipes(all_templates(templates)), EXAMPLES_CAP)
    return Reading(found, by, examples, not library.is_read_only())


def read_history(library: Library, guideline_id: str, progress: Progress) -> list[GuidelineVersion]:
    """All versions, newest first."""
    return guideline_history(library, guideline_id)


def read_findings(library: Library, wanted: Guideline, names: tuple[str, ...], progress: Progress) -> list[Finding]:
    """What is worth a look in `wanted`, others of the same content too."""
    return findings(wanted, names, twin_of(library, wanted.id, wanted.content))


def compare(old: Draft, new: Draft, progress: Progress) -> list[FieldDiff]:
    """What changed from `old` to `new`."""
    return diff_drafts(old, new)


def newest(library: Library, guideline_id: str, progress: Progress) -> Guideline:
    """The guideline as it is now, a deleted one too."""
    return get_guidelines(library, [guideline_id])[0]


def save(library: Library, old: Guideline | None, draft: Draft, reason: str, progress: Progress) -> Saved:
    """Adds `draft`, or gives it to `old`, which must still be at its version; brings `old` back if it is deleted.

    Raises Conflict where somebody else was quicker ("expectedVersion") or the name is taken ("name").
    """
    if old is None:
        return Saved(None, add_guidelines(library, [draft], OWNER, reason)[0])
    own = {name: getattr(draft, name) for name in Draft.__slots__}
    wanted = Guideline(**own, id=old.id, version=old.version, created_at=old.created_at, updated_at=old.updated_at)
    changed = change_guidelines(library, [old.id], lambda _: wanted, OWNER, reason, old.version)
    return Saved(old, changed[0] if changed else old)


def restore_version(library: Library, now: Guideline, version: GuidelineVersion, progress: Progress) -> Saved:
    """Gives `now` the text of `version`, as a new version."""
    reason = f"Version {version.version} restored"
    try:
        return save(library, now, Draft(**{name: getattr(version, name) for name in Draft.__slots__}), reason, progress)
    except Conflict as error:
        if error.field != "expectedVersion":
            raise
        raise Conflict("Someone else changed this guideline just now; look at it again, then restore", "id") from error
