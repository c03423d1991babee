"""The tables as query builders (made by resources/migrations/*.sql), and what a filter means as a query."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import msgspec
from peewee import SQL, Expression, NodeList, Table

from lora_studio.core.domain import Draft, Guideline, GuidelineFilter, GuidelineVersion, Scope

TEXT_COLUMNS = (
    "name", "content", "category", "priority", "tags", "scope_type", "scope_id", "rationale", "good", "bad",
    "active", "deleted",
)  # fmt: skip
"""What a version keeps of a guideline, in the order of the records built below."""

# Any: the builder makes its columns as attributes at run time.
guideline: Any = Table(
    "guideline",
    ("row", "id", "version", *TEXT_COLUMNS, "created_at", "updated_at", "changed_by", "reason"),
    primary_key="row",
)
guideline_version: Any = Table(
    "guideline_version", ("guideline", "version", *TEXT_COLUMNS, "created_at", "created_by", "reason")
)
guideline_tag: Any = Table("guideline_tag", ("tag", "guideline"))
admin_key: Any = Table("admin_key", ("only", "hash"), primary_key="only")
admin_key_tries: Any = Table("admin_key_tries", ("who", "failures", "waiting"), primary_key="who")
access_grant: Any = Table("access_grant", ("agent", "permission", "scope_type", "scope_id", "granted_at"))
audit: Any = Table("audit", ("row", "at", "who", "action", "outcome", "detail"), primary_key="row")
export_run: Any = Table(
    "export_run",
    ("row", "at", "who", "state", "name", "folder", "format", "target_model", "config"),
    primary_key="row",
)
export_guideline: Any = Table("export_guideline", ("run", "guideline", "version"))

GUIDELINE_COLUMNS = tuple(
    getattr(guideline, name) for name in ("id", "version", *TEXT_COLUMNS, "created_at", "updated_at")
)
VERSION_COLUMNS = tuple(
    getattr(guideline_version, name) for name in ("version", *TEXT_COLUMNS, "created_at", "created_by", "reason")
)

read_list = msgspec.json.Decoder(tuple[str, ...]).decode
"""A JSON array of texts, as the columns `tags`, `good` and `bad` hold it, as a tuple."""


FEW = 100
"""Values that are passed to SQLite one by one, which finds them quicker than in a JSON array."""


def write_list(texts: Iterable[str]) -> str:
    """The JSON array of `texts`, as the columns hold it."""
    return msgspec.json.encode(list(texts)).decode()


def draft_values(draft: Draft, *, deleted: bool = False) -> tuple[Any, ...]:
    """The values of TEXT_COLUMNS for `draft`."""
    return (
        draft.name, draft.content, draft.category, draft.priority, write_list(draft.tags),
        draft.scope.type, draft.scope.id, draft.rationale, write_list(draft.good), write_list(draft.bad),
        int(draft.active), int(deleted),
    )  # fmt: skip


def guideline_from_row(row: Sequence[Any]) -> Guideline:
    """The record of one row of GUIDELINE_COLUMNS."""
    return Guideline(id=row[0], version=row[1], **_texts(row[2:14]), created_at=row[14], updated_at=row[15])


def version_from_row(row: Sequence[Any]) -> GuidelineVersion:
    """The record of one row of VERSION_COLUMNS."""
    created = dict(zip(("created_at", "created_by", "reason"), row[13:16], strict=True))
    return GuidelineVersion(version=row[0], **_texts(row[1:13]), **created)


def _texts(row: Sequence[Any]) -> dict[str, Any]:
    name, content, category, priority, tags, scope_type, scope_id, rationale, good, bad, active, deleted = row
    return {
        "name": name, "content": content, "category": category, "priority": priority, "tags": read_list(tags),
        "scope": Scope(scope_type, scope_id), "rationale": rationale, "good": read_list(good),
        "bad": read_list(bad), "active": bool(active), "deleted": bool(deleted),
    }  # fmt: skip


def any_of(column: Any, values: Iterable[str]) -> Expression:
    """`column` is one of `values`, however many: more than a few travel as one JSON parameter."""
    several = list(values)
    json = SQL("(SELECT value FROM json_each(?))", (write_list(several),))
    listed: Expression = column.in_(several if len(several) <= FEW else json)
    return listed


def matching(wanted: GuidelineFilter, visible: Sequence[Scope] | None = None) -> Expression:
    """The condition for the guidelines that `wanted` means, of the scopes in `visible` only (None: of all)."""
    terms: list[Any] = [guideline.deleted == int(wanted.deleted)]
    if wanted.active is not None:
        terms.append(guideline.active == int(wanted.active))
    if wanted.categories:
        terms.append(any_of(guideline.category, wanted.categories))
    if (wanted.priority_min, wanted.priority_max) != (0, 100):
        terms.append(guideline.priority.between(wanted.priority_min, wanted.priority_max))
    if wanted.tags:
        tagged = guideline_tag.select(guideline_tag.guideline).where(any_of(guideline_tag.tag, wanted.tags))
        terms.append(guideline.row.in_(tagged))
    if wanted.ids:
        terms.append(any_of(guideline.id, wanted.ids))
    if wanted.scopes:
        terms.append(in_scopes(wanted.scopes))
    if visible is not None:
        terms.append(in_scopes(visible))
    condition: Expression = reduce(operator.and_, terms)
    return condition


def in_scopes(scopes: Sequence[Scope]) -> Any:
    """In one of `scopes`; one without an id that is not global stands for all of its type; none: nothing."""
    if not scopes:
        return SQL("0")
    # The plus keeps SQLite from going by the names' index, which would have it read every guideline of a scope.
    own_type: Any = NodeList((SQL("+"), guideline.scope_type), glue="")
    terms = [any_of(own_type, [scope.type for scope in scopes if not scope.id])]
    for scope_type in sorted({scope.type for scope in scopes if scope.id}):
        ids = [scope.id for scope in scopes if scope.type == scope_type and scope.id]
        terms.append((own_type == scope_type) & any_of(guideline.scope_id, ids))
    return reduce(operator.or_, terms)
