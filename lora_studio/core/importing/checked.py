"""From what a data file says to a draft that the library can hold, or one sentence on why not."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace

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
from lora_studio.core.importing.fields import (
    Left,
    Record,
    examples_of,
    flag_of,
    label_of,
    priority_of,
    sorted_fields,
    tags_of,
    text_of,
)
from lora_studio.core.importing.records import Found

_UNFIT = re.compile("[\x00\ud800-\udfff]")


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


def found_in(data: object, line: int) -> tuple[Found, Left]:
    """The guideline in one record of a data file, and the fields that it did not take. Raises Invalid, in one sentence,
    where it has no name, no content or an impossible scope; any other field that says nothing is left for itself."""
    if not isinstance(data, Mapping):
        raise Invalid("it is not an object with a name and a content")
    record = sorted_fields(data)
    for needed in ("name", "content"):
        if needed not in record.values:
            raise Invalid(f"it has no {needed}")
    good, bad = examples_of(record)
    draft = Draft(
        name=text_of(record, "name"),
        content=text_of(record, "content"),
        category=label_of(record, "category", LABEL_MAX) or "general",
        priority=priority_of(record),
        tags=tags_of(record),
        scope=_scope(record),
        rationale=label_of(record, "rationale", CONTENT_MAX),
        good=good,
        bad=bad,
        active=flag_of(record),
    )
    found = Found(
        draft=draft, line=line, id=_id(record), version=_version(record), names_scope="scopetype" in record.values
    )
    return found, record.left


def _id(record: Record) -> str:
    """The id where it is one that the library could have given; another one says nothing here."""
    text = record.values.get("id", "")
    try:
        if isinstance(text, str) and str(uuid.UUID(text)) == text:
            return text
    except (ValueError, TypeError, AttributeError):
        pass
    if text != "":
        record.drop("id", "It is no id of this program's; a new one is given")
    return ""


def _version(record: Record) -> int:
    """The version that an export of ours names; 0 for anything else, which says nothing."""
    value = record.values.get("version", 0)
    if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9:
        return value
    record.drop("version", "It is no version that this program counts")
    return 0


def _scope(record: Record) -> Scope:
    kind, scope_id = text_of(record, "scopetype") or "global", text_of(record, "scopeid")
    if kind not in SCOPE_TYPES:
        raise Invalid(f"the scope type {kind[:40]!r} is none of {', '.join(SCOPE_TYPES)}")
    if kind == "global":
        if scope_id:
            record.drop("scopeid", "There is no scope type with it; org, project and session have an id")
        return GLOBAL
    if not scope_id:
        raise Invalid(f"a rule of the scope {kind} needs a scope id")
    return Scope(kind, scope_id)
