"""Bytes to text: UTF-8, and UTF-16 as spreadsheets write it."""

from __future__ import annotations

from lora_studio.core.errors import Invalid

_LOOK_AT = 200


def as_text(data: bytes) -> str:
    """The text in `data`: UTF-8, with or without a byte order mark, or UTF-16. Raises Invalid."""
    encoding = _encoding(data)
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(f"It is not UTF-8 text (line {line}); save it as UTF-8") from None


def _encoding(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    start = data[:_LOOK_AT]
    if len(data) % 2 == 0 and len(start) > 3:  # without a mark, every other byte of plain words is zero
        if not any(start[1::2]) and all(start[::2]):
            return "utf-16-le"
        if not any(start[::2]) and all(start[1::2]):
            return "utf-16-be"
    return "utf-8"
