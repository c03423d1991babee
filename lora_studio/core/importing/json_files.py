"""The records of JSON and JSONL. Which of the two it is, the text says, whatever the file is called."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from lora_studio.core.errors import Invalid
from lora_studio.core.importing.records import RecordNote, Records, Tick
from lora_studio.core.importing.tool_files import OUTER_FIELD, listed_in, records_in

_LOOK_AT = 100_000
_SOMETHING = re.compile(r"\S")
_DEEP = "It is nested too deeply"


def json_records(text: str, tick: Tick, note: RecordNote) -> Records:
    """A record a line where the first line is one by itself; else an array of guidelines, an object with such an array
    in `guidelines`, or one guideline, whose records are counted. Raises Invalid."""
    first = _SOMETHING.search(text)
    end = text.find("\n", first.start() if first else 0)
    if first and end >= 0 and _SOMETHING.search(text, end) and _is_json(text[first.start() : end]):
        yield from _lines(text)
        return
    try:
        yield from _whole(text, note)
    except msgspec.ValidationError:
        raise Invalid('It holds no guidelines; {"guidelines": [ … ]} or a list of them would do') from None
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        after = text[end + 1 : end + _LOOK_AT].split("\n")[:3] if end >= 0 else []
        if any(line.lstrip().startswith("{") and _is_json(line) for line in after):
            yield from _lines(text)  # the first line is broken, the others are not
            return
        raise Invalid(f"It is not valid JSON: {error}") from None
    except RecursionError:
        raise Invalid(_DEEP) from None


def _lines(text: str) -> Records:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _value(line)


def _whole(text: str, note: RecordNote) -> Records:
    data = text.encode("utf-8", "surrogatepass")
    outer = msgspec.json.decode(data, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
    if isinstance(outer, list):
        for number, item in enumerate(outer, start=1):
            yield number, _value(bytes(item).decode())
        return
    key = listed_in(outer)
    if not key:
        yield 1, _value(text)
        return
    whole = bytes(outer[key])
    _refuse_twice(data, whole)
    for name in outer:
        if name != key:
            note(0, name, OUTER_FIELD)
    if key == "guidelines":
        items = enumerate(msgspec.json.decode(whole, type=list[msgspec.Raw]), start=1)
        yield from ((number, _value(bytes(item).decode())) for number, item in items)
    else:
        yield from records_in(key, _value(whole.decode()))


def _refuse_twice(data: bytes, value: bytes) -> None:
    """Raises Invalid where the object in `data` names a field twice; `value` is the large one, looked at elsewhere."""
    start = data.rfind(value)
    rest = _value((data[:start] + b"null" + data[start + len(value) :]).decode("utf-8", "surrogatepass"))
    if isinstance(rest, Invalid):
        raise rest


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _value(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except Invalid as error:
        return error
    except RecursionError:
        return Invalid(_DEEP)
    except ValueError as error:
        return Invalid(f"It is not valid JSON: {error}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid(f"It says {twice[:80]!r} twice; keep one of them")
    return made


def _no_number(text: str) -> object:
    raise Invalid(f"It is not valid JSON: {text} is no number there; put it in quotes or take it out")
