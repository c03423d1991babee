"""The core's records as the JSON door shows them, and the JSON door's objects as the core's records."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from lora_studio.core.domain import (
    CONTENT_MAX,
    EXAMPLES_MAX,
    GLOBAL,
    LABEL_MAX,
    NAME_MAX,
    SCOPE_TYPES,
    TAGS_MAX,
    Draft,
    Guideline,
    GuidelineFilter,
    GuidelineVersion,
    Scope,
)
from lora_studio.core.errors import InvalidFields
from lora_studio.core.sharing import draft_json
from lora_studio.doors import fields
from lora_studio.doors.fields import Faults, Field

_NAME = fields.text(1, NAME_MAX)
_CONTENT = fields.text(1, CONTENT_MAX, blank=False)
_LABEL = fields.text(1, LABEL_MAX)
_TAGS = fields.array_of(_LABEL, TAGS_MAX)
_RATIONALE = fields.text(0, CONTENT_MAX)
_EXAMPLE_TEXTS = fields.array_of(fields.text(0, CONTENT_MAX), EXAMPLES_MAX)


def _nullable(check: fields.Check) -> fields.Check:
    """Also null, as our own responses say it."""
    return lambda value, name, faults: None if value is None else check(value, name, faults)


def _uuid(value: Any, name: str, faults: Faults) -> str:
    try:
        if isinstance(value, str) and str(uuid.UUID(value)) == value:
            return value
    except ValueError:
        pass  # said below
    faults.append((name, f"{name} must be a UUID such as 0b9e4a52-7c1d-4f7e-9a55-2f3f0c1d8e66; or leave it out"))
    return ""


_EXAMPLES = fields.object_of(
    {"good": Field(_EXAMPLE_TEXTS, default=()), "bad": Field(_EXAMPLE_TEXTS, default=())},
    lambda values, prefix, faults: (values["good"], values["bad"]),
)

GUIDELINE_FIELDS = {
    "name": Field(_NAME, required=True),
    "content": Field(_CONTENT, required=True),
    "category": Field(_LABEL, default="general"),
    "priority": Field(fields.integer(0, 100), default=50),
    "tags": Field(_TAGS, default=()),
    "scopeType": Field(fields.choice(SCOPE_TYPES), default="global"),
    "scopeId": Field(_nullable(_LABEL)),
    "rationale": Field(_RATIONALE, default=""),
    "examples": Field(_EXAMPLES, default=((), ())),
    "active": Field(fields.boolean, default=True),
}

# What our own responses say of a guideline beside its text. On the way back the id is kept, the rest is history.
_OUR_FIELDS = {
    "id": Field(_uuid),
    "version": Field(fields.integer(1)),
    "createdAt": Field(fields.text(1, LABEL_MAX)),
    "updatedAt": Field(fields.text(1, LABEL_MAX)),
}
CHANGE_FIELDS = {name: Field(field.check, default=...) for name, field in GUIDELINE_FIELDS.items()}

_FILTER_FIELDS = {
    "category": Field(_LABEL),
    "priority": Field(fields.integer(0, 100)),
    "tags": Field(fields.array_of(_LABEL, 1_000), default=()),
    "scopeType": Field(fields.choice(SCOPE_TYPES)),
    "scopeId": Field(_LABEL),
}


def read_scope(scope_type: str, scope_id: str | None, prefix: str, faults: Faults) -> Scope:
    """The scope; global takes no id and every other one needs it."""
    if scope_type == "global":
        if scope_id:
            faults.append((f"{prefix}scopeId", f"{prefix}scopeId must be left out with scopeType global"))
        return GLOBAL
    if not scope_id:
        faults.append((f"{prefix}scopeId", f"{prefix}scopeId is required with scopeType {scope_type}"))
        return GLOBAL
    return Scope(scope_type, scope_id)


def _read_new(values: dict[str, Any], prefix: str, faults: Faults) -> tuple[Draft, str | None]:
    return _read_draft(values, prefix, faults), values["id"]


def _read_draft(values: dict[str, Any], prefix: str, faults: Faults) -> Draft:
    good, bad = values["examples"]
    return Draft(
        name=values["name"],
        content=values["content"],
        category=values["category"],
        priority=values["priority"],
        tags=tuple(dict.fromkeys(values["tags"])),
        scope=read_scope(values["scopeType"], values["scopeId"], prefix, faults),
        rationale=values["rationale"],
        good=good,
        bad=bad,
        active=values["active"],
    )


def _read_filter(values: dict[str, Any], prefix: str, faults: Faults) -> GuidelineFilter:
    scope_type, scope_id, priority = values["scopeType"], values["scopeId"], values["priority"]
    if scope_id is not None and scope_type is None:
        faults.append((f"{prefix}scopeType", f"{prefix}scopeType is required with {prefix}scopeId"))
    if scope_id is not None and scope_type == "global":
        faults.append((f"{prefix}scopeId", f"{prefix}scopeId must be left out with scopeType global"))
    return GuidelineFilter(
        categories=() if values["category"] is None else (values["category"],),
        priority_min=0 if priority is None else priority,
        priority_max=100 if priority is None else priority,
        tags=values["tags"],
        scopes=() if scope_type is None else (Scope(scope_type, scope_id or ""),),
    )


GUIDELINE: fields.Check = fields.object_of({**GUIDELINE_FIELDS, **_OUR_FIELDS}, _read_new)
CHANGES: fields.Check = fields.object_of(CHANGE_FIELDS, lambda values, prefix, faults: values)
FILTER: fields.Check = fields.object_of(_FILTER_FIELDS, _read_filter)


def changed_draft(values: dict[str, Any], prefix: str) -> Callable[[Guideline], Draft]:
    """The function that applies the checked `changes` of an update; what they do not name stays."""
    given = {name: value for name, value in values.items() if value is not ...}

    def change(old: Guideline) -> Draft:
        faults: Faults = []
        scope_type = given.get("scopeType", old.scope.type)
        default_id = old.scope.id if scope_type == old.scope.type else None
        merged = {
            "name": old.name, "content": old.content, "category": old.category, "priority": old.priority,
            "tags": old.tags, "rationale": old.rationale, "examples": (old.good, old.bad), "active": old.active,
            **given, "scopeType": scope_type, "scopeId": given.get("scopeId", default_id),
        }  # fmt: skip
        draft = _read_draft(merged, prefix, faults)
        if faults:
            raise InvalidFields(faults)
        return draft

    return change


def version_json(version: GuidelineVersion) -> dict[str, Any]:
    """One row of a history."""
    return {
        "version": version.version,
        "createdAt": version.created_at,
        "createdBy": version.created_by,
        "reason": version.reason,
        **draft_json(version),
        "deleted": version.deleted,
    }
