"""Guidelines: add, read, change. Every change makes a new version (a trigger writes it); nothing is overwritten."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from typing import Any

import peewee

from lora_studio.core.clock import timestamp
from lora_studio.core.domain import Draft, Guideline, GuidelineFilter, GuidelineVersion, Scope
from lora_studio.core.errors import Conflict, NotFound
from lora_studio.core.library.changes import Edit, change_rows, name_taken
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import (
    GUIDELINE_COLUMNS,
    TEXT_COLUMNS,
    VERSION_COLUMNS,
    any_of,
    draft_values,
    guideline,
    guideline_from_row,
    guideline_version,
    in_scopes,
    matching,
    version_from_row,
)

_INSERT = (
    f"INSERT INTO guideline (id, version, {', '.join(TEXT_COLUMNS)}, created_at, updated_at, changed_by, reason)"
    f" VALUES (?, 1, {', '.join('?' * len(TEXT_COLUMNS))}, ?, ?, ?, ?)"
)
_UPDATE = (
    "UPDATE guideline SET version = version + 1, "
    + ", ".join(f"{name} = ?" for name in TEXT_COLUMNS)
    + ", updated_at = ?, changed_by = ?, reason = ? WHERE id = ?"
)


def add_guidelines(
    library: Library,
    drafts: Sequence[Draft],
    who: str,
    reason: str = "",
    ids: Sequence[str | None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Guideline]:
    """Adds all of `drafts` or none, and gives them back with their ids: those in `ids`, or new ones.

    Raises Conflict, with the draft's place in `field` ("0.name", "1.id", …), where the name or id is there already.
    """
    made = []
    ids = ids or [None] * len(drafts)
    at = timestamp()
    with library.writing(len(drafts)):
        for place, draft in enumerate(drafts):
            if progress and place % 500 == 0:
                progress(place, len(drafts))
            new_id = ids[place] or str(uuid.uuid4())
            try:
                library.sql(_INSERT, (new_id, *draft_values(draft), at, at, who, reason))
            except peewee.IntegrityError as error:
                if "guideline.id" in str(error):
                    raise Conflict(
                        f"There is a guideline with the id {new_id} already; update that", f"{place}.id"
                    ) from error
                raise name_taken(draft.scope, draft.name, f"{place}.name") from error
            made.append(_guideline(draft, id=new_id, version=1, created_at=at, updated_at=at))
    return made


def get_guideline(library: Library, guideline_id: str) -> Guideline:
    """The guideline as it is now. Raises NotFound, also for a deleted one."""
    return not_deleted(get_guidelines(library, [guideline_id])[0])


def not_deleted(found: Guideline) -> Guideline:
    """The guideline itself. Raises NotFound for a deleted one."""
    if found.deleted:
        raise NotFound(f"The guideline {found.name!r} was deleted; restore it first", "id")
    return found


def get_guidelines(library: Library, ids: Sequence[str]) -> list[Guideline]:
    """The guidelines of `ids` in that order, deleted ones too. Raises NotFound for an unknown id."""
    with library.connection():
        rows = library.execute(guideline.select(*GUIDELINE_COLUMNS).where(any_of(guideline.id, ids)))
        known = {record.id: record for record in map(guideline_from_row, rows)}
    for guideline_id in ids:
        if guideline_id not in known:
            raise _unknown(guideline_id)
    return [known[guideline_id] for guideline_id in ids]


def guideline_history(library: Library, guideline_id: str) -> list[GuidelineVersion]:
    """All versions, newest first. Raises NotFound for an unknown id."""
    rows = guideline.select(guideline.row).where(guideline.id == guideline_id)
    query = guideline_version.select(*VERSION_COLUMNS).where(guideline_version.guideline.in_(rows))
    with library.connection():
        versions = library.execute(query.order_by(guideline_version.version.desc()))
        found = [version_from_row(row) for row in versions]
    if not found:
        raise _unknown(guideline_id)
    return found


def version_of(library: Library, guideline_id: str, version: int) -> GuidelineVersion | None:
    """What the guideline said at `version`; None where there is no such version."""
    rows = guideline.select(guideline.row).where(guideline.id == guideline_id)
    query = guideline_version.select(*VERSION_COLUMNS).where(
        guideline_version.guideline.in_(rows), guideline_version.version == version
    )
    with library.connection():
        return next(map(version_from_row, library.execute(query)), None)


def list_guidelines(
    library: Library,
    wanted: GuidelineFilter,
    visible: Sequence[Scope] | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[Guideline]:
    """The guidelines that `wanted` means, most important first, then by name; `visible` as in `matching`."""
    query = (
        guideline.select(*GUIDELINE_COLUMNS)
        .where(matching(wanted, visible))
        .order_by(guideline.priority.desc(), guideline.name, guideline.id)
        .limit(limit)
        .offset(offset)
    )
    with library.connection():
        return [guideline_from_row(row) for row in library.execute(query)]


def switched_off(library: Library, ids: Collection[str], visible: Sequence[Scope] | None = None) -> set[str]:
    """Those of `ids` that are deleted or not active; `visible` as in `matching`."""
    off = (guideline.deleted == 1) | (guideline.active == 0)
    terms = [] if visible is None else [in_scopes(visible)]
    query = guideline.select(guideline.id).where(any_of(guideline.id, list(ids)), off, *terms)
    with library.connection():
        return {row[0] for row in library.execute(query)}


def count_guidelines(library: Library, wanted: GuidelineFilter, visible: Sequence[Scope] | None = None) -> int:
    """How many guidelines `wanted` means."""
    query = guideline.select(peewee.fn.count(guideline.row)).where(matching(wanted, visible))
    with library.connection():
        return int(library.execute(query).fetchone()[0])


def change_guidelines(
    library: Library,
    ids: Sequence[str],
    change: Callable[[Guideline], Draft],
    who: str,
    reason: str = "",
    expected_version: int | None = None,
) -> list[Guideline]:
    """Gives each of `ids` the text that `change` makes of it, all or none; what stays the same gets no version.

    `deleted` changes too where `change` gives a Guideline back. The guidelines that changed are returned.
    Raises NotFound, and Conflict where a name is taken or `expected_version` is not the present one.
    """
    changed = []
    at = timestamp()
    with library.writing(len(ids)):
        for old in get_guidelines(library, ids):
            if expected_version not in (None, old.version):
                raise Conflict(
                    f"The guideline {old.name!r} is at version {old.version}, not {expected_version}; "
                    "read it again and repeat your change",
                    "expectedVersion",
                )
            draft = change(old)
            deleted = draft.deleted if isinstance(draft, Guideline) else old.deleted
            values = draft_values(draft, deleted=deleted)
            if values == draft_values(old, deleted=old.deleted):
                continue
            try:
                library.sql(_UPDATE, (*values, at, who, reason, old.id))
            except peewee.IntegrityError as error:
                raise name_taken(draft.scope, draft.name, "name") from error
            changed.append(
                _guideline(
                    draft,
                    id=old.id,
                    version=old.version + 1,
                    created_at=old.created_at,
                    updated_at=at,
                    deleted=deleted,
                )
            )
    return changed


def set_active(library: Library, ids: Sequence[str], active: bool, who: str, reason: str = "") -> int:
    """Switches guidelines on or off, and says how many changed. Raises NotFound for unknown and deleted ones."""
    with library.writing(len(ids)):
        rows = _rows_of(library, ids)
        gone = guideline.select(guideline.name).where(any_of(guideline.id, ids), guideline.deleted == 1)
        found = library.execute(gone).fetchone()
        if found:
            raise NotFound(f"The guideline {found[0]!r} was deleted; restore it first", "id")
        return len(change_rows(library, rows, Edit(active=active), who, reason))


def set_deleted(library: Library, ids: Sequence[str], deleted: bool, who: str, reason: str = "") -> int:
    """Deletes or restores guidelines, and says how many changed. Raises Conflict where the name was taken."""
    with library.writing(len(ids)):
        return len(change_rows(library, _rows_of(library, ids), Edit(deleted=deleted), who, reason))


def _rows_of(library: Library, ids: Sequence[str]) -> list[int]:
    known = dict(library.execute(guideline.select(guideline.id, guideline.row).where(any_of(guideline.id, ids))))
    unknown = next((guideline_id for guideline_id in ids if guideline_id not in known), None)
    if unknown is not None:
        raise _unknown(unknown)
    return [known[guideline_id] for guideline_id in ids]


def _guideline(draft: Draft, **more: Any) -> Guideline:
    own = {name: getattr(draft, name) for name in Draft.__slots__}
    return Guideline(**own, **more)


def _unknown(guideline_id: str) -> NotFound:
    return NotFound(f"There is no guideline with the id {guideline_id!r}; list them to see the ids", "id")
