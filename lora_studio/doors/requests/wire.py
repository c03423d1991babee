"""From the bytes of a request to its JSON value: at most 256 MiB, 100 levels, and few times its bytes in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from lora_studio.core.errors import Invalid, InvalidFields
from lora_studio.doors.fields import quoted, shown

LARGEST = 256 << 20
DEEPEST = 100
_SMALL = 1 << 20
"""Bytes below which nobody minds what a request takes in memory."""
_BLOCK = 1 << 20
_PART = 1 << 18
_BACKSLASH = ord("\\")
_ONLY_BRACKETS = (bytes.maketrans(b"{}", b"[]"), bytes(set(range(256)) - set(b"[]{}")))
_COSTS = ((b"[", 72), (b"{", 100), (b":", 40), (b",", 32), (b'"', 28))
"""About what each sign outside of texts costs in memory, in bytes; every text is one quotation mark there."""
_MOST_TIMES, _MOST_TIMES_IN_BULK = 2, 12
"""What the values of a request may cost, in times its bytes, beside its own text; small guidelines cost more."""


def read_request(stream: BinaryIO) -> bytearray:
    """What `stream` gives, until it is more than a request may have: an endless one ends there."""
    data = bytearray()
    while len(data) <= LARGEST and (block := stream.read(_BLOCK)):
        data += block
    return data


def parse_request(data: bytes | bytearray) -> object:
    """The JSON value in `data`. Raises Invalid for what is too much, not JSON in UTF-8, or names a field twice."""
    if len(data) > LARGEST:
        raise Invalid(f"The request is larger than {LARGEST >> 20} MiB; send it in several parts")
    _check_shape(data)
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise Invalid(f"The request is not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise Invalid(f"The request is not valid JSON: {error}") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise Invalid("The request holds a number with too many digits") from None


def _check_shape(data: bytes | bytearray) -> None:
    """Looks at the signs between the texts before anything is made of them."""
    if len(data) <= _SMALL and data.count(b"[") + data.count(b"{") <= DEEPEST:
        return
    cost, brackets = 0, bytearray()
    for signs in _outside_texts(data):
        cost += sum(signs.count(sign) * bytes_of_it for sign, bytes_of_it in _COSTS)
        brackets += signs.translate(*_ONLY_BRACKETS)
    times = _MOST_TIMES_IN_BULK if b'"guidelines"' in data else _MOST_TIMES
    if len(data) > _SMALL and cost > times * len(data):
        raise Invalid("The request holds too many small values for its size; send it in several parts")
    for _ in range(DEEPEST):
        outer = brackets.replace(b"[]", b"")
        if len(outer) in (0, len(brackets)):  # all closed, or not JSON, which is said better elsewhere
            return
        brackets = outer
    raise _too_deep()


def _outside_texts(data: bytes | bytearray) -> Iterator[bytes]:
    """What stands outside of texts, a part at a time; of each text one quotation mark is left."""
    start, is_inside = 0, False
    while start < len(data):
        end = min(start + _PART, len(data))
        while end < len(data) and data[end - 1] == _BACKSLASH:  # what it stands before belongs to it
            end += 1
        bare = bytes(data[start:end]).replace(b"\\\\", b"").replace(b'\\"', b"")
        between = bare.split(b'"')
        yield b'"'.join(between[is_inside::2])
        is_inside ^= len(between) % 2 == 0
        start = end


def _too_deep() -> Invalid:
    return Invalid(f"The request is nested too deeply: more than {DEEPEST} levels")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = dict(pairs)
    if len(data) < len(pairs):
        places = {name: place for place, (name, _) in enumerate(pairs)}
        twice = next(name for place, (name, _) in enumerate(pairs) if places[name] != place)
        raise InvalidFields([(shown(twice), f"the field {quoted(twice)} is given twice")])
    return data
