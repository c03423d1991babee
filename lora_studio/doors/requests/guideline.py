"""memory_guideline: add, bulk_add, get, list, update, history, deactivate, activate, delete, restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from lora_studio.core.domain import Draft, Guideline, GuidelineFilter
from lora_studio.core.errors import Conflict, Invalid
from lora_studio.core.library.access import require
from lora_studio.core.library.guidelines import (
    add_guidelines,
    change_guidelines,
    count_guidelines,
    get_guideline,
    list_guidelines,
    not_deleted,
    set_active,
    set_deleted,
)
from lora_studio.core.library.readable import permitted_guidelines, permitted_history
from lora_studio.core.library.store import Library
from lora_studio.core.sharing import guideline_json
from lora_studio.doors import fields
from lora_studio.doors.fields import Field
from lora_studio.doors.records import CHANGES, FILTER, GUIDELINE, changed_draft, version_json
from lora_studio.doors.requests.desk import AGENT, REASON, Action, Desk

BULK_MAX = 200_000
_ID = fields.text(1, 200, one_line=True)
NO_FILTER = GuidelineFilter()


def _add(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    made = _add_all(desk, values, [values["guideline"]], "guideline")
    return {"guideline": made[0]}


def _bulk_add(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    made = _add_all(desk, values, values["guidelines"], "guidelines[{}]")
    return {"guidelines": made, "count": len(made)}


def _add_all(
    desk: Desk, values: dict[str, Any], new: Sequence[tuple[Draft, str | None]], field: str
) -> list[dict[str, Any]]:
    drafts = [draft for draft, _ in new]
    scopes = tuple(dict.fromkeys(draft.scope for draft in drafts))
    require(desk.library, values["agentId"], "write", scopes)
    try:
        made = add_guidelines(
            desk.library, drafts, values["agentId"], values["reason"], [an_id for _, an_id in new], desk.progress
        )
    except Conflict as conflict:
        place, _, what = (conflict.field or "").partition(".")
        if what == "id":  # of a guideline that the agent may not read, perhaps
            permitted_guidelines(desk.library, values["agentId"], "read", [str(new[int(place)][1])])
        raise Conflict(conflict.message, f"{field.format(place)}.{what}") from conflict
    return [guideline_json(guideline) for guideline in made]


def _get(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    return {"guideline": guideline_json(_named(desk, values, "read"))}


def _named(desk: Desk, values: dict[str, Any], permission: str) -> Guideline:
    """The guideline that the request names, where the agent may do that with it."""
    return not_deleted(permitted_guidelines(desk.library, values["agentId"], permission, [values["id"]])[0])


def _history(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    versions = permitted_history(desk.library, values["agentId"], values["id"])
    return {"versions": [version_json(version) for version in versions]}


def _list(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    wanted: GuidelineFilter = values["guidelineFilter"]
    visible = require(desk.library, values["agentId"], "read", wanted.scopes)
    if values["includeInactive"]:
        wanted = replace(wanted, active=None)
    with desk.reading():
        found = list_guidelines(desk.library, wanted, visible, values["limit"], values["offset"])
        total = count_guidelines(desk.library, wanted, visible)
    return {"guidelines": [guideline_json(one) for one in found], "count": len(found), "total": total}


def _update(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    change = changed_draft(values["changes"], "changes.")
    with desk.library.writing():
        old = _named(desk, values, "write")
        require(desk.library, values["agentId"], "write", (change(old).scope,))
        try:
            change_guidelines(
                desk.library, [old.id], change, values["agentId"], values["reason"], values["expectedVersion"]
            )
        except Conflict as conflict:
            field = "changes.name" if conflict.field == "name" else conflict.field
            raise Conflict(conflict.message, field) from conflict
        return {"guideline": guideline_json(get_guideline(desk.library, old.id))}


Switch = Callable[[Library, Sequence[str], bool, str, str], int]


def _switch(set_state: Switch, state: bool) -> Callable[[Desk, dict[str, Any]], dict[str, Any]]:
    def run(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
        ids = _ids(values)
        with desk.library.writing(len(ids)):
            permitted_guidelines(desk.library, values["agentId"], "write", ids)
            return {"count": set_state(desk.library, ids, state, values["agentId"], values["reason"])}

    return run


def _ids(values: dict[str, Any]) -> list[str]:
    if (values["id"] is None) == (values["ids"] is None):
        raise Invalid("give either id or ids", "id")
    ids = [values["id"]] if values["ids"] is None else values["ids"]
    return list(dict.fromkeys(ids))


PAGE = {
    "guidelineFilter": Field(FILTER, default=NO_FILTER),
    "limit": Field(fields.integer(0, 10_000), default=100),
    "offset": Field(fields.integer(0, 2**53), default=0),
}
_ONE = {"agentId": AGENT, "id": Field(_ID, required=True)}
_SOME = {
    "agentId": AGENT,
    "id": Field(_ID),
    "ids": Field(fields.array_of(_ID, BULK_MAX, least=1)),
    "reason": REASON,
}

ACTIONS = {
    "add": Action({"agentId": AGENT, "guideline": Field(GUIDELINE, required=True), "reason": REASON}, _add),
    "bulk_add": Action(
        {
            "agentId": AGENT,
            "guidelines": Field(fields.array_of(GUIDELINE, BULK_MAX, least=1), required=True),
            "reason": REASON,
        },
        _bulk_add,
    ),
    "get": Action(_ONE, _get),
    "list": Action({"agentId": AGENT, **PAGE, "includeInactive": Field(fields.boolean, default=False)}, _list),
    "update": Action(
        {
            **_ONE,
            "changes": Field(CHANGES, required=True),
            "reason": REASON,
            "expectedVersion": Field(fields.integer(1)),
        },
        _update,
    ),
    "history": Action(_ONE, _history),
    "deactivate": Action(_SOME, _switch(set_active, False)),
    "activate": Action(_SOME, _switch(set_active, True)),
    "delete": Action(_SOME, _switch(set_deleted, True)),
    "restore": Action(_SOME, _switch(set_deleted, False)),
}
