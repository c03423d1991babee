"""From a request to its response: finds the action, checks the fields, runs it, turns errors into refusals."""

from __future__ import annotations

import contextlib
import json
import logging
import traceback
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Invalid, InvalidFields, NotFound, PermissionDenied, StudioError
from lora_studio.core.library.access import UNGUARDED, is_admin_key
from lora_studio.core.library.audit import record
from lora_studio.core.library.store import Library, open_library
from lora_studio.doors.fields import did_you_mean, kind_of, quoted, read_fields, shown
from lora_studio.doors.requests import guideline, lora, query, rl, share
from lora_studio.doors.requests.desk import GUARDED, Action, Desk
from lora_studio.doors.requests.redacting import kept, kept_of_refused, take_key_out, without_key
from lora_studio.doors.requests.wire import parse_request

log = logging.getLogger(__name__)

TOOLS: dict[str, Mapping[str, Action]] = {
    "memory_lora": lora.ACTIONS,
    "memory_guideline": guideline.ACTIONS,
    "memory_query": query.ACTIONS,
    "memory_export": share.ACTIONS,
    "memory_rl": rl.ACTIONS,
}
_OUR_WORDS = {
    word for tool, actions in TOOLS.items() for name, one in actions.items() for word in (tool, name, *one.fields)
}
DEFAULT_TOOL = "memory_lora"
UNNAMED = "(unnamed)"
"""Who wrote a script, in the audit log, where the request did not say."""


def respond(request: object, desk: Desk) -> dict[str, Any]:
    """The response to one request. Never raises but for Cancelled by a person's interrupt: all else is a refusal."""
    try:
        return {"success": True, **answer(request, desk)}
    except StudioError as error:
        return refusal(error)
    except Exception:
        log.exception("a request failed by a mistake of ours")
        return refusal_of_ours(desk)


def respond_to_bytes(data: bytes | bytearray, desk: Desk) -> dict[str, Any]:
    """The response to one request as it comes over the wire."""
    try:
        request = parse_request(data)
    except StudioError as error:
        _record_refusal(desk, None, error)
        return refusal(error)
    return respond(request, desk)


def answer(request: object, desk: Desk) -> dict[str, Any]:
    """The response without `success`; raises StudioError for a refusal, after a row in the audit log."""
    try:
        if not isinstance(request, dict):
            raise Invalid("The request must be one JSON object")
        tool, name, action = _find_action(request)
        given = {key: value for key, value in request.items() if key not in ("tool", "action")}
        values = read_fields(given, action.fields)
        if not desk.person and str(values.get("agentId", "")).strip().casefold() == OWNER and "agentId" in given:
            raise PermissionDenied(f"{OWNER!r} is the library's owner; agents use a name of their own", "agentId")
        if not desk.person and "agentId" in values:
            values["agentId"] = given.get("agentId", UNNAMED)
        response = action.run(desk, values)
    except StudioError as error:
        take_key_out(error, request)
        _record_refusal(desk, request, error)
        raise
    except Exception:
        said = traceback.format_exc()
        if (fit := without_key(said, request)) != said:  # whoever catches this writes it into the log
            raise RuntimeError(fit) from None
        raise
    if action.recorded(values):
        try:
            detail = _detail(values, response)
            who, *words = kept([values["agentId"], *detail.values()], request)
            record(
                open_library(desk.home.library), who, f"{tool} {name}", "done", dict(zip(detail, words, strict=True))
            )
        except StudioError as problem:  # what was done stays done
            response.setdefault("warnings", []).append(f"The audit log could not be written: {problem.message}")
    return response


def _find_action(request: dict[str, Any]) -> tuple[str, str, Action]:
    tool = _known(request.get("tool", DEFAULT_TOOL), "tool", TOOLS)
    if "action" not in request:
        raise Invalid(f"action is required; {tool} knows {', '.join(TOOLS[tool])}", "action")
    name = _known(request["action"], "action", TOOLS[tool])
    return tool, name, TOOLS[tool][name]


def _known(value: object, field: str, names: Iterable[str]) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{field} must be text, not {kind_of(value)}", field)
    if value not in names:
        raise Invalid(f"unknown {field} {quoted(value)}{did_you_mean(value, names)}", field)
    return value


def refusal(error: StudioError) -> dict[str, Any]:
    """The response that says no."""
    said: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.field is not None:
        said["field"] = error.field
    if isinstance(error, InvalidFields) and len(error.faults) > 1:
        said["faults"] = [{"field": field, "message": message} for field, message in error.faults]
    return {"success": False, "error": said}


def refusal_of_ours(desk: Desk) -> dict[str, Any]:
    """The response for a mistake in the program; the traceback is in the log, never in here."""
    message = f"Unexpected error; the details are in {desk.home.logs / 'lora-studio.log'}"
    return {"success": False, "error": {"code": "INTERNAL", "message": message}}


def _record_refusal(desk: Desk, request: object, error: StudioError) -> None:
    """A row in the audit log, where there is a library to keep it; the refusal itself never depends on it."""
    asked = request if isinstance(request, dict) else {}
    who = asked.get("agentId")
    named = (asked.get("tool", DEFAULT_TOOL), asked.get("action", "?"))
    names = [name if isinstance(name, str) else "?" for name in named]
    try:
        library = open_library(desk.home.library, create=False)
        caller = shown(who, 200) if isinstance(who, str) else "?"
        said = [caller, shown(" ".join(names), 80), shown(error.message, 500)]
        caller, action, message = kept_of_refused(said, request or error.field, partial(_may_be_key, library))
        record(library, caller, action, error.code, {"error": message})
    except NotFound:
        return
    except StudioError as problem:
        log.info("a refusal could not be recorded: %s", problem)


def _may_be_key(library: Library, text: str) -> bool:
    return text not in _OUR_WORDS and is_admin_key(library, text)


def _detail(values: dict[str, Any], response: dict[str, Any]) -> dict[str, str]:
    detail: dict[str, str] = {}
    for name in ("targetModel", "format"):
        if name in values:
            detail[name] = values[name]
    if not values.get(GUARDED, True):
        detail |= UNGUARDED
    for name in ("configFile", "scriptPath", "path"):
        if name in response:
            with contextlib.suppress(UnicodeEncodeError):
                detail[name] = response[name].encode("utf-8").decode()
    return detail


def response_text(response: Mapping[str, Any]) -> str:
    """The response as JSON text that is always valid UTF-8: half characters in file names are escaped."""
    text = json.dumps(response, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()
