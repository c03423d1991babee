"""From what a data file says to a draft that the library can hold, or one sentence on why not."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
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
    Scope,
    is_blank,
)
from lora_studio.core.errors import Invalid
from lora_studio.core.importing.records import Found

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_OTHER_NAMES = {
    "title": "name", "text": "content", "rule": "content", "scope_type": "scopeType", "scope_id": "scopeId",
}  # fmt: skip


def checked_scope(scope: Scope) -> Scope:
    """`scope` itself. Raises Invalid where it cannot hold guidelines."""
    if scope.type not in SCOPE_TYPES or bool(scope.id) == (scope.type == "global"):
        raise Invalid(
            f"Nothing can be imported into {str(scope)[:80]!r}; use global, org:ID, project:ID, session:ID", "scope"
        )
    if len(scope.id) > LABEL_MAX or _UNFIT.search(scope.id):
        raise Invalid(f"A scope's id has at most {LABEL_MAX} characters of plain text; give another one", "scope")
    return scope


def checked(draft: Draft) -> Draft:
    """`draft` itself. Raises Invalid, in one sentence, where the library could not hold it."""
    _check_text("the name", draft.name, 1, NAME_MAX)
    _check_text("the content", draft.content, 1, CONTENT_MAX)
    if is_blank(draft.content):
        raise Invalid("the content is blank")
    _check_text("the category", draft.category, 1, LABEL_MAX)
    _check_text("the rationale", draft.rationale, 0, CONTENT_MAX)
    if len(draft.tags) > TAGS_MAX:
        raise Invalid(f"it has {len(draft.tags):,} tags; at most {TAGS_MAX} are possible")
    for tag in draft.tags:
        _check_text("a tag", tag, 1, LABEL_MAX)
    for kind, texts in (("good", draft.good), ("bad", draft.bad)):
        if len(texts) > EXAMPLES_MAX:
            raise Invalid(f"it has {len(texts):,} {kind} examples; at most {EXAMPLES_MAX:,} are possible")
        for number, text in enumerate(texts, start=1):
            _check_text(f"the {kind} example {number}", text, 0, CONTENT_MAX)
    if not 0 <= draft.priority <= 100:
        raise Invalid(f"the priority is {draft.priority}; it must be 0 to 100")
    if draft.scope.id:
        _check_text("the scope's id", draft.scope.id, 1, LABEL_MAX)
    return draft


def _check_text(what: str, text: str, least: int, most: int) -> None:
    if not least <= len(text) <= most:
        raise Invalid(f"{what} is empty" if not text else f"{what} has {len(text):,} characters; at most {most:,} fit")
    if _UNFIT.search(text):
        raise Invalid(f"{what} contains NUL or half a character; take that out")


def without_unfit_examples(draft: Draft) -> tuple[Draft, str]:
    """`draft` without the examples that no library can hold, and which those were, in words; empty for none."""
    good, bad = (
        tuple(text for text in texts if len(text) <= CONTENT_MAX and not _UNFIT.search(text))
        for texts in (draft.good, draft.bad)
    )
    lost = len(draft.good) + len(draft.bad) - len(good) - len(bad)
    if not lost:
        return draft, ""
    kept = replace(draft, good=good, bad=bad)
    return kept, f"{lost} of the examples of {draft.name[:80]!r} held NUL, half a character or too much; left out"


def found_in(data: object, line: int) -> Found:
    """The guideline in one record of a data file. Raises Invalid, in one sentence; fields that we do not know are let
    be, numbers and lists may be written as text (as CSV has to)."""
    if not isinstance(data, Mapping):
        raise Invalid("it is not an object with a name and a content")
    values = {_OTHER_NAMES.get(str(key), str(key)): value for key, value in data.items() if value is not None}
    for needed in ("name", "content"):
        if needed not in values:
            raise Invalid(f"it has no {needed}")
    good, bad = _examples(values)
    draft = Draft(
        name=_text(values, "name"),
        content=_text(values, "content"),
        category=_text(values, "category") or "general",
        priority=_number(values.get("priority", 50)),
        tags=tuple(dict.fromkeys(tag for tag in _texts(values.get("tags", ()), "tags", r"[,;]") if tag)),
        scope=_scope(values),
        rationale=_text(values, "rationale"),
        good=good,
        bad=bad,
        active=_flag(values.get("active", True)),
    )
    return Found(
        draft=draft,
        line=line,
        id=_id(_text(values, "id")),
        version=_version(values.get("version")),
        names_scope=bool(values.get("scopeType")),
    )


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name, "")
    if isinstance(value, str):
        return value
    raise Invalid(f"{name} is not text")


def _id(text: str) -> str:
    """The id where it is one that the library could have given; another one says nothing here."""
    try:
        return text if str(uuid.UUID(text)) == text else ""
    except ValueError:
        return ""


def _version(value: object) -> int:
    """The version that an export of ours names; 0 for anything else, which says nothing."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else 0


def _number(value: object) -> int:
    if isinstance(value, str):
        value = value.strip() or "50"
        if re.fullmatch(r"[0-9]{1,3}", value):
            return int(value)
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
        return value
    raise Invalid("the priority is not a whole number from 0 to 100")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    flags = {"true": True, "1": True, "yes": True, "": True, "false": False, "0": False, "no": False}
    known = flags.get(str(value).strip().lower())
    if known is None:
        raise Invalid("active is neither true nor false")
    return known


def _texts(value: object, name: str, between: str | None = None) -> tuple[str, ...]:
    """A list of texts: an array, an array written as JSON text, or one text (parted by the pattern `between`)."""
    if isinstance(value, str):
        listed = _from_json(value) if value.lstrip().startswith("[") else None
        if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
            value = listed
        elif between is None:
            value = [value] if value else []
        else:
            value = [part.strip() for part in re.split(between, value)]
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise Invalid(f"{name} is not a list of texts")
    return tuple(value)


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _examples(values: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    examples = values.get("examples", {})
    if isinstance(examples, str):
        examples = _from_json(examples) if examples.strip() else {}
    if not isinstance(examples, Mapping):
        raise Invalid("examples is not an object with good and bad")
    good, bad = (
        _texts(examples.get(kind) or values.get(kind) or (), f"the {kind} examples") for kind in ("good", "bad")
    )
    return good, bad


def _scope(values: Mapping[str, Any]) -> Scope:
    kind, scope_id = _text(values, "scopeType") or "global", _text(values, "scopeId")
    if kind not in SCOPE_TYPES:
        raise Invalid(f"the scope type {kind[:40]!r} is none of {', '.join(SCOPE_TYPES)}")
    if kind == "global":
        return GLOBAL
    if not scope_id:
        raise Invalid(f"a rule of the scope {kind} needs a scope id")
    return Scope(kind, scope_id)
