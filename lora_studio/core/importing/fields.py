"""The fields of a record in a data file: what each is called, and what its value says, or why it says nothing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lora_studio.core.domain import LABEL_MAX, TAGS_MAX
from lora_studio.core.errors import Invalid

_OTHER_NAMES = {
    "name": ("title", "heading", "rulename", "guidelinename"),
    "content": ("text", "rule", "body", "statement", "guideline", "ruletext"),
    "rationale": ("why", "reason", "motivation"),
    "category": ("section", "topic"),
    "tags": ("tag", "labels", "keywords"),
    "good": ("goodexamples", "goodexample", "examplesgood", "examplegood", "examples.good"),
    "bad": ("badexamples", "badexample", "examplesbad", "examplebad", "examples.bad"),
    "active": ("isactive", "enabled", "isenabled"),
    "priority": (), "examples": (), "scopetype": (), "scopeid": (), "id": (), "version": (),
}  # fmt: skip
FIELD_OF = {name: field for field, others in _OTHER_NAMES.items() for name in (field, *others)}
"""The field of a guideline for each name that people give it, without case, spaces, `_` and `-`."""
_OURS = {"createdat", "updatedat"}
_FLAGS = {"true": True, "1": True, "yes": True, "": True, "false": False, "0": False, "no": False}
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_IN_QUOTES = "if it is meant as text, put it in quotes"
_USUAL_PRIORITY = 50

Left = dict[str, str]
"""The fields of one record that were not taken, by their names there, each with its reason."""


@lru_cache(1_000)
def plain_name(name: object) -> str:
    """A field's name as it is compared: without case, spaces, `_` and `-`."""
    return re.sub(r"[\s_\-]+", "", str(name)).casefold()


@dataclass(frozen=True, slots=True)
class Record:
    """One record by the fields of a guideline; `called`: what each of them is called in the file."""

    values: dict[str, Any]
    called: dict[str, str]
    left: Left

    def drop(self, field: str, why: str) -> None:
        """Notes that a field's value was not taken."""
        self.left[self.called.get(field, field)] = why


def sorted_fields(data: Mapping[Any, Any]) -> Record:
    """The fields of `data` by what they mean. Where two mean the same, the one with the field's own name is taken.

    A description is the content where there is no other: mostly it says when a rule applies.
    """
    record = Record({}, {}, {})
    known: list[tuple[bool, str, str, Any]] = []
    description = None
    for name, value in data.items():
        plain = plain_name(name)
        field = FIELD_OF.get(plain, "")
        is_empty = value is None or (isinstance(value, (str, list, dict)) and not value)
        if is_empty and (value is None or field not in ("name", "content")):
            continue
        if field:
            known.append((plain != field, field, str(name), value))
        elif plain == "description":
            description = (str(name), value)
        else:
            record.left[str(name)] = _why_unknown(plain)
    for _, field, name, value in sorted(known, key=lambda one: one[0]):
        if field in record.values:
            record.left[name] = f"{record.called[field]!r} was taken for the {field} already"
        else:
            record.values[field], record.called[field] = value, name
    if description and "content" in record.values:
        record.left[description[0]] = "It says when the rule applies rather than what it is; the content was taken"
    elif description:
        record.called["content"], record.values["content"] = description
    return record


def _why_unknown(plain: str) -> str:
    if plain in _OURS:
        return "The library dates its guidelines itself"
    return "There is no such field; name, content, category, priority, tags, rationale, good, bad, active are known"


def text_of(record: Record, field: str) -> str:
    """The text of a field that a guideline cannot do without, empty where there is none. Raises Invalid."""
    value = record.values.get(field, "")
    if isinstance(value, str):
        return value
    raise Invalid(f"{record.called[field]} is not text but {_kind(value)}; {_IN_QUOTES}")


def label_of(record: Record, field: str, most: int) -> str:
    """The text of a field that a guideline can do without: empty, and noted, where it is none that fits."""
    value = record.values.get(field, "")
    if not isinstance(value, str):
        record.drop(field, f"It is not text but {_kind(value)}; {_IN_QUOTES}")
        return ""
    if why := _unfit(value, most):
        record.drop(field, why)
        return ""
    return value


def _unfit(text: str, most: int) -> str:
    if len(text) > most:
        return f"It has {len(text):,} characters; at most {most:,} fit"
    return "It contains NUL or half a character; take that out" if _UNFIT.search(text) else ""


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return f"{str(value).lower()} (in YAML no, yes, on and off mean that too)"
    if isinstance(value, (int, float)):
        return "a number"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a date"


def priority_of(record: Record) -> int:
    """A whole number from 0 to 100, also as 70.0 or as text; the usual one, and noted, for anything else."""
    value = record.values.get("priority", _USUAL_PRIORITY)
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,3}(?:[.,]0{1,9})?\s*", value):
        value = int(re.split("[.,]", value)[0])
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
        return value
    if not isinstance(value, str) or value.strip():
        record.drop("priority", f"{str(value)[:40]!r} is not a whole number from 0 to 100")
    return _USUAL_PRIORITY


def flag_of(record: Record) -> bool:
    """Whether the rule is active; it is, and that is noted, where the value says neither."""
    value = record.values.get("active", True)
    known = _FLAGS.get(str(value).strip().lower())
    if known is None:
        record.drop("active", f"{str(value)[:40]!r} is neither true nor false; the rule is taken as active")
        return True
    return known


def tags_of(record: Record) -> tuple[str, ...]:
    """The tags, each once; those that do not fit are noted."""
    texts = _texts(record.values.get("tags", ()), r"[,;]")
    if texts is None:
        record.drop(
            "tags", "It is not a list of texts; what YAML takes for something else (no, 1.10), put it in quotes"
        )
        return ()
    tags = tuple(dict.fromkeys(tag for tag in texts if tag))
    fit = tuple(tag for tag in tags if not _unfit(tag, LABEL_MAX))[:TAGS_MAX]
    if lost := len(tags) - len(fit):
        record.drop("tags", f"{lost} do not fit: at most {TAGS_MAX} of {LABEL_MAX} characters are possible")
    return fit


def examples_of(record: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The good and the bad examples, from fields of their own or from `examples`; what is neither is noted."""
    kinds = _inner_examples(record)
    for field in ("good", "bad"):
        value = record.values.get(field)
        if value is None:
            continue
        texts = _texts(value)
        if texts is None:
            record.drop(field, "It is not a list of texts")
        elif kinds.setdefault(field, texts) != texts:
            record.drop(field, f"{record.called['examples']!r} was taken for the {field} examples already")
    return kinds.get("good", ()), kinds.get("bad", ())


def _inner_examples(record: Record) -> dict[str, tuple[str, ...]]:
    """What `examples` says of its own: the texts of each kind."""
    inner = record.values.get("examples", {})
    if isinstance(inner, str):
        inner = _from_json(inner) if inner.strip() else {}
    if not isinstance(inner, Mapping):
        record.drop("examples", 'It does not say which are good and which bad; {"good": [ … ], "bad": [ … ]} would do')
        return {}
    kinds: dict[str, tuple[str, ...]] = {}
    for name, value in inner.items():
        field, texts = FIELD_OF.get(plain_name(name), ""), _texts(value) if value else ()
        if texts and field in ("good", "bad") and field not in kinds:
            kinds[field] = texts
        elif value:
            is_kind = texts is None and field in ("good", "bad")
            why = "It is not a list of texts" if is_kind else "Only good and bad examples are known, each once"
            record.left[f"{record.called['examples']}.{name}"] = why
    return kinds


def _texts(value: object, between: str | None = None) -> tuple[str, ...] | None:
    """A list of texts: an array, an array written as JSON text, or one text (parted by the pattern `between`)."""
    if isinstance(value, str):
        listed = _from_json(value) if value.lstrip().startswith("[") else None
        if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
            value = listed
        elif between is None:
            value = [value] if value else []
        elif not isinstance(listed, list):
            value = [part.strip() for part in re.split(between, value)]
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        return None
    return tuple(value)


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
