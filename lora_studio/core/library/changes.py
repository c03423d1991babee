"""Changes to many guidelines at once, and the way back: every change is a new version, undoing one is too."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import msgspec

from lora_studio.core.clock import timestamp
from lora_studio.core.domain import Guideline, Scope
from lora_studio.core.errors import Conflict
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import TEXT_COLUMNS, any_of, guideline, read_list, write_list

BATCH = 1_000
"""Guidelines that are read and written between two calls of `progress`."""

_LABELS = ("category", "priority", "tags", "scope_type", "scope_id", "active", "deleted")
_SET = (
    "UPDATE guideline SET version = version + 1, "
    + ", ".join(f"{name} = ?" for name in _LABELS)
    + ", updated_at = ?, changed_by = ?, reason = ? WHERE row = ?"
)
_BACK = (
    f"UPDATE guideline SET version = version + 1, ({', '.join(TEXT_COLUMNS)}) = ("
    f"SELECT {', '.join(TEXT_COLUMNS[:-1])}, max(deleted, ? = 0) FROM guideline_version AS old"
    " WHERE old.guideline = guideline.row AND old.version = ifnull(nullif(?, 0), guideline.version)"
    "), updated_at = ?, changed_by = ?, reason = ? WHERE row = ?"
)
_SAME_TEXT = " AND ".join(f"now.{name} = made.{name}" for name in reversed(TEXT_COLUMNS))
_UNCHANGED = (
    "SELECT now.row, now.version FROM json_each(?) AS step JOIN guideline AS now ON now.row = step.value ->> 0"
    " WHERE now.version = step.value ->> 2 OR EXISTS (SELECT 1 FROM guideline_version AS made"
    f" WHERE made.guideline = now.row AND made.version = step.value ->> 2 AND {_SAME_TEXT})"
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Change:
    """Which guidelines changed, from which version to which, in the order in which it happened.

    `rows` are row numbers; `before` is 0 for a guideline that was added. `what` says in one word what was done: "add",
    "edit", "import", "starter", or the name of a field of Edit; `value` is the text of that field's new value.
    """

    rows: array[int]
    before: array[int]
    after: array[int]
    what: str = "edit"
    value: str = ""

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Reverted:
    """`change` is what was done, so that reverting it does it all again; `skipped` were changed since by others."""

    change: Change
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is to become of many guidelines; None and empty leave a label as it is."""

    tag: tuple[str, ...] = ()
    """Tags to add, after those that a guideline has."""
    untag: tuple[str, ...] = ()
    priority: int | None = None
    category: str | None = None
    scope: Scope | None = None
    active: bool | None = None
    deleted: bool | None = None


def change_to(library: Library, made: Sequence[Guideline], what: str = "edit") -> Change:
    """The change that made `made`: what add_guidelines or change_guidelines gave back."""
    with library.connection():
        ids = [one.id for one in made]
        rows = dict(library.execute(guideline.select(guideline.id, guideline.row).where(any_of(guideline.id, ids))))
    return Change(
        array("q", [rows[one.id] for one in made]),
        array("q", [one.version - 1 for one in made]),
        array("q", [one.version for one in made]),
        what,
    )


def joined(changes: Iterable[Change], what: str) -> Change:
    """Several changes that a person sees as one; each guideline in one of them at most."""
    whole = Change(array("q"), array("q"), array("q"), what)
    for change in changes:
        whole.rows.extend(change.rows)
        whole.before.extend(change.before)
        whole.after.extend(change.after)
    return whole


def change_rows(
    library: Library,
    rows: Sequence[int],
    edit: Edit,
    who: str,
    reason: str = "",
    progress: Progress = lambda done, total: None,
) -> Change:
    """Does `edit` to the guidelines in `rows`, all or none; what it does not change gets no version.

    Deleted ones are left alone, unless `edit` restores them. Raises Conflict where a name is taken in its scope.
    """
    change = Change(array("q"), array("q"), array("q"), *_in_words(edit))
    at = timestamp()
    ordered = sorted(set(rows))  # the search index likes it so
    with library.writing(len(ordered)):
        for start in range(0, len(ordered), BATCH):
            progress(start, len(ordered))
            old = _read_labels(library, ordered[start : start + BATCH])
            new = [(row, version, _edited(labels, edit)) for row, version, labels in old]
            todo = [new[place] for place, (_, _, labels) in enumerate(old) if labels != new[place][2]]
            steps = [(row, version) for row, version, _ in todo]
            try:
                library.many(_SET, [(*labels, at, who, reason, row) for row, _, labels in todo])
            except sqlite3.IntegrityError as error:
                place = _refused(library, steps)
                labels = todo[place][2]
                name = library.sql("SELECT name FROM guideline WHERE row = ?", (steps[place][0],)).fetchone()[0]
                raise name_taken(Scope(labels.scope_type, labels.scope_id), name) from error
            _note(change, steps)
        progress(len(ordered), len(ordered))
    return change


def revert(
    library: Library,
    change: Change,
    who: str,
    reason: str = "",
    progress: Progress = lambda done, total: None,
) -> Reverted:
    """Gives every guideline of `change` back the text that it had before, as a new version; all or none.

    What someone has changed since is left alone. Guidelines that were added become deleted. Raises Conflict where a
    name that would come back is taken by now.
    """
    undone = Change(array("q"), array("q"), array("q"), change.what, change.value)
    at = timestamp()
    with library.writing(len(change)):
        # Backwards: a name that was passed on is free again by the time that its first owner gets it back.
        for end in range(len(change), 0, -BATCH):
            progress(len(change) - end, len(change))
            part = slice(max(end - BATCH, 0), end)
            batch = list(zip(change.rows[part], change.before[part], change.after[part], strict=True))
            now = dict(library.sql(_UNCHANGED, (msgspec.json.encode(batch).decode(),)).fetchall())
            todo = [(row, before) for row, before, _ in reversed(batch) if row in now]
            steps = [(row, now[row]) for row, _ in todo]
            try:
                library.many(_BACK, [(before, before, at, who, reason, row) for row, before in todo])
            except sqlite3.IntegrityError as error:
                raise _taken_since(library, *todo[_refused(library, steps)]) from error
            _note(undone, steps)
        progress(len(change), len(change))
    return Reverted(undone, len(change) - len(undone))


class _Labels(NamedTuple):
    """What bulk edits change, as it lies in the table."""

    category: str
    priority: int
    tags: str
    scope_type: str
    scope_id: str
    active: int
    deleted: int


def _read_labels(library: Library, rows: Sequence[int]) -> list[tuple[int, int, _Labels]]:
    """Row, version and labels of each of `rows` that is in the library, in that order."""
    columns = ", ".join(f"guideline.{name}" for name in _LABELS)
    found = library.sql(
        f"SELECT row, version, {columns} FROM json_each(?) JOIN guideline ON row = value ORDER BY key",
        (msgspec.json.encode(list(rows)).decode(),),
    )
    return [(line[0], line[1], _Labels(*line[2:])) for line in found]


def _edited(old: _Labels, edit: Edit) -> _Labels:
    if old.deleted and edit.deleted is None:
        return old
    return _Labels(
        old.category if edit.category is None else edit.category,
        old.priority if edit.priority is None else edit.priority,
        _tagged(old.tags, edit.tag, edit.untag) if edit.tag or edit.untag else old.tags,
        old.scope_type if edit.scope is None else edit.scope.type,
        old.scope_id if edit.scope is None else edit.scope.id,
        old.active if edit.active is None else int(edit.active),
        old.deleted if edit.deleted is None else int(edit.deleted),
    )


@lru_cache(maxsize=10_000)
def _tagged(tags: str, more: tuple[str, ...], less: tuple[str, ...]) -> str:
    """The JSON array `tags` without `less` and with `more` at its end; the same text where nothing changes."""
    old = read_list(tags)
    new = tuple(tag for tag in old if tag not in less) + tuple(tag for tag in more if tag not in old)
    return tags if new == old else write_list(new)


def _in_words(edit: Edit) -> tuple[str, str]:
    """The first field that `edit` sets, and its value as text: what a Change keeps of it."""
    texts = {
        "tag": ", ".join(edit.tag), "untag": ", ".join(edit.untag), "priority": edit.priority,
        "category": edit.category, "scope": edit.scope, "active": edit.active, "deleted": edit.deleted,
    }  # fmt: skip
    return next(((name, str(value)) for name, value in texts.items() if value not in (None, "")), ("edit", ""))


def _note(change: Change, written: Iterable[tuple[int, int]]) -> None:
    """Notes that each row went from this version to the next."""
    for row, version in written:
        change.rows.append(row)
        change.before.append(version)
        change.after.append(version + 1)


def _refused(library: Library, steps: Sequence[tuple[int, int]]) -> int:
    """The place of the first of `steps` (row and the version that it had) that was not written."""
    now = {row: version for row, version, _ in _read_labels(library, [row for row, _ in steps])}
    return next(place for place, (row, version) in enumerate(steps) if now[row] == version)


def _taken_since(library: Library, row: int, version: int) -> Conflict:
    columns = "name, scope_type, scope_id"
    name, scope_type, scope_id = library.sql(
        f"SELECT {columns} FROM guideline_version WHERE guideline = ? AND version = ?", (row, version)
    ).fetchone()
    return Conflict(
        f"{Scope(scope_type, scope_id)} has another guideline named {name!r} by now; "
        "give that one another name or delete it, then try again",
        "name",
    )


def name_taken(scope: Scope, name: str, field: str = "name") -> Conflict:
    """The refusal of a second guideline with one name in one scope."""
    return Conflict(f"{scope} already has a guideline named {name!r}; choose another name or update that one", field)
