"""Strict checks of request fields: each gives the value or says what it must be; all faults are found at once.

A check takes a value and its field's name, adds to `faults` what is wrong, and gives back the typed value.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lora_studio.core.domain import is_blank
from lora_studio.core.errors import InvalidFields

Faults = list[tuple[str, str]]
Check = Callable[[Any, str, Faults], Any]
FAULTS_MAX = 20
"""Most faults that one refusal lists."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request: its check, and either that it is required or its default."""

    check: Check
    required: bool = False
    default: Any = None


def read_fields(data: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """The typed values of `data`, defaults filled in. Raises InvalidFields with every fault."""
    faults: Faults = []
    values = check_fields(data, "", fields, faults)
    if len(faults) > FAULTS_MAX:
        raise InvalidFields([*faults[:FAULTS_MAX], (faults[FAULTS_MAX][0], f"and {len(faults) - FAULTS_MAX:,} more")])
    if faults:
        raise InvalidFields(faults)
    return values


def check_fields(data: Mapping[str, Any], prefix: str, fields: Mapping[str, Field], faults: Faults) -> dict[str, Any]:
    """As `read_fields`, for an object inside a request; the names of its faults start with `prefix`."""
    values: dict[str, Any] = {}
    for name in data:
        if name not in fields:
            advice = did_you_mean(name, fields) if len(faults) < FAULTS_MAX else ""  # it is slow
            faults.append((prefix + shown(name), f"unknown field {quoted(prefix + name)}{advice}"))
    for name, field in fields.items():
        if name in data:
            values[name] = field.check(data[name], prefix + name, faults)
        elif field.required:
            faults.append((prefix + name, f"{prefix}{name} is required"))
        else:
            values[name] = field.default
    return values


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that names the nearest of `known`, or all of them where none is near."""
    names = list(known)
    near = difflib.get_close_matches(name[:100], names, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known are {', '.join(names)}" if names else ""


def shown(text: str, limit: int = 60) -> str:
    """Foreign text, shortened and without control characters, fit for an error message."""
    short = text if len(text) <= limit else text[:limit] + "…"
    return _CONTROL.sub("\ufffd", short).encode("utf-8", "replace").decode()


def quoted(text: str) -> str:
    """Foreign text in quotes, fit for an error message."""
    return f"'{shown(text)}'"


def text(least: int = 0, most: int = 100_000, *, one_line: bool = False, blank: bool = True) -> Check:
    """Text of `least` to `most` characters, without NUL and lone surrogates; `one_line`: no control characters."""

    def check(value: Any, name: str, faults: Faults) -> str:
        fault = _text_fault(value, least, most, one_line, blank)
        if fault:
            faults.append((name, f"{name} {fault}"))
            return ""
        return str(value)

    return check


def _text_fault(value: Any, least: int, most: int, one_line: bool, blank: bool) -> str:
    if not isinstance(value, str):
        return f"must be text, not {kind_of(value)}"
    if not least <= len(value) <= most:
        return f"must have {least:,} to {most:,} characters, not {len(value):,}"
    if "\0" in value:
        return "must not contain NUL"
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        return "must not contain lone surrogates (half a character of UTF-16)"
    if one_line and _CONTROL.search(value):
        return "must not contain control characters or line breaks"
    if not blank and is_blank(value):
        return "must not be blank"
    return ""


def boolean(value: Any, name: str, faults: Faults) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        faults.append((name, f"{name} must be true or false, not {kind_of(value)}"))
        return False
    return value


def integer(least: int, most: int | None = None) -> Check:
    """A whole number from `least` to `most`; 3.0 is not one, and neither is true."""

    def check(value: Any, name: str, faults: Faults) -> int:
        if type(value) is not int:
            faults.append((name, f"{name} must be a whole number, not {kind_of(value)}"))
        elif value < least or (most is not None and value > most):
            limits = f"at least {least}" if most is None else f"between {least} and {most}"
            faults.append((name, f"{name} must be {limits}"))
        else:
            return value
        return least

    return check


def number(least: float, most: float) -> Check:
    """A number from `least` to `most`, both allowed; NaN is none."""

    def check(value: Any, name: str, faults: Faults) -> float:
        if type(value) not in (int, float):
            faults.append((name, f"{name} must be a number, not {kind_of(value)}"))
        elif (isinstance(value, float) and not math.isfinite(value)) or not least <= value <= most:
            faults.append((name, f"{name} must be between {least:g} and {most:g}"))
        else:
            good: float = abs(value) if value == 0 else value  # -0.0 becomes 0.0
            return good
        return least

    return check


def choice(values: Sequence[str]) -> Check:
    """One of `values`."""

    def check(value: Any, name: str, faults: Faults) -> str:
        if isinstance(value, str) and value in values:
            return value
        said = quoted(value) if isinstance(value, str) else kind_of(value)
        near = did_you_mean(value, values) if isinstance(value, str) and len(faults) < FAULTS_MAX else ""
        hint = near if "did you mean" in near else ""
        faults.append((name, f"{name} must be one of {', '.join(values)}, not {said}{hint}"))
        return values[0]

    return check


def array_of(item: Check, most: int, least: int = 0) -> Check:
    """An array of `least` to `most` values that all pass `item`, as a tuple."""

    def check(value: Any, name: str, faults: Faults) -> tuple[Any, ...]:
        if not isinstance(value, list):
            faults.append((name, f"{name} must be an array, not {kind_of(value)}"))
            return ()
        if not least <= len(value) <= most:
            faults.append((name, f"{name} must have {least:,} to {most:,} items, not {len(value):,}"))
            return ()
        return tuple(item(one, f"{name}[{place}]", faults) for place, one in enumerate(value))

    return check


def object_of(fields: Mapping[str, Field], build: Callable[[dict[str, Any], str, Faults], Any]) -> Check:
    """An object with these `fields`; `build` makes the record of them and may add faults of its own."""

    def check(value: Any, name: str, faults: Faults) -> Any:
        if not isinstance(value, dict):
            faults.append((name, f"{name} must be an object, not {kind_of(value)}"))
            return None
        before = len(faults)
        values = check_fields(value, f"{name}.", fields, faults)
        return build(values, f"{name}.", faults) if len(faults) == before else None

    return check


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN or infinity"
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "an array",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)
