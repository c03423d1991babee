"""Markdown as lines: code blocks and front matter. Never an error.

What is not understood stays text. Lines above LINE_MAX characters are text and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LINE_MAX = 1_000
FRONT_MATTER_MAX = 200
"""Most lines that front matter may have."""
_BLANK_MAX = 20
_ENDS = ("---", "...")
_FENCE = re.compile(r"[ \t]{0,12}(?:[-*+>][ \t]+)?(`{3,}|~{3,})(.*)")
_FIELD = re.compile(r"([A-Za-z][\w-]{0,40})[ \t]*:(.*)")
_DEEPER = {"{": 1, "[": 1, "}": -1, "]": -1, ",": 0}


def code_blocks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The places of fenced code: from the opening fence to the line after the closing one."""
    blocks: list[tuple[int, int]] = []
    opened, fence = -1, ""
    for place, line in enumerate(lines):
        match = _FENCE.match(line) if len(line) <= LINE_MAX else None
        if not match:
            continue
        if opened < 0 and not (match[1][0] == "`" and "`" in match[2]):
            opened, fence = place, match[1]
        elif opened >= 0 and match[1].startswith(fence) and not match[2].strip():
            blocks.append((opened, place + 1))
            opened = -1
    if opened >= 0:
        blocks.append((opened, len(lines)))
    return blocks


def trimmed(lines: Sequence[str]) -> list[str]:
    """`lines` without blank ones and lines across the page at either end."""
    start, end = 0, len(lines)
    while start < end and _is_nothing(lines[start]):
        start += 1
    while end > start and _is_nothing(lines[end - 1]):
        end -= 1
    return list(lines[start:end])


def _is_nothing(line: str) -> bool:
    return not line.strip() or _is_line(line)


def _is_line(line: str) -> bool:
    """Whether it draws a line across the page: three or more of one sign and nothing else."""
    first = line[:4].lstrip(" ")[:1]
    if first not in ("-", "*", "_") or len(line) > LINE_MAX:
        return False
    signs = "".join(line.split())
    return len(signs) > 2 and signs == first * len(signs)


def front_matter(lines: Sequence[str]) -> tuple[dict[str, list[str]], int]:
    """The fields between two lines of --- at the top, each as a list of texts, and where the text starts.

    Read line by line, as most such files are not the YAML that they look like: `globs: **/*.ts`. Blank lines before it,
    a second one right behind it and one that is never closed are understood: no part of them is text.
    """
    fields: dict[str, list[str]] = {}
    first = 0
    while len(span := _front_span(lines, first)) > 0:
        for key, values in _fields(lines[span.start : span.stop]).items():
            if values or key not in fields:
                fields[key] = values
        first = span.stop + (span.stop < len(lines) and lines[span.stop].rstrip() in _ENDS)
    return fields, first


def _front_span(lines: Sequence[str], first: int) -> range:
    """The places of the lines inside the front matter that starts at `first`, or after blank lines there."""
    start = first
    while start < min(len(lines), first + _BLANK_MAX) and not lines[start].strip():
        start += 1
    if start >= len(lines) or lines[start].rstrip() != "---":
        return range(0)
    last = min(len(lines), start + FRONT_MATTER_MAX)
    end = next((place for place in range(start + 1, last) if lines[place].rstrip() in _ENDS), 0)
    inside = lines[start + 1 : end]
    if end and (not first or _looks_like_fields(inside)):
        return range(start + 1, end) if end > start + 1 else range(0)
    end = next((place for place in range(start + 1, last) if not lines[place].strip()), last)
    return range(start + 1, end) if _looks_like_fields(lines[start + 1 : end]) else range(0)


def _looks_like_fields(lines: Sequence[str]) -> bool:
    """Whether every line is a field or goes on with one, and the first is a field."""
    texts = [line for line in lines if line.strip()]
    return (
        bool(texts)
        and bool(_FIELD.match(texts[0]))
        and all(_FIELD.match(line) or line[:1].isspace() or line.startswith(("- ", "#")) for line in texts)
    )


def _fields(lines: Sequence[str]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    values: list[str] = []
    for line in lines:
        if len(line) > 10 * LINE_MAX:
            continue
        if match := _FIELD.match(line):
            values = fields.setdefault(match[1], [])
            values.extend(_values(match[1], match[2].strip()))
        elif line.lstrip().startswith("- "):
            values.append(_unquoted(line.lstrip()[2:]))
        elif values and line[:1].isspace() and line.strip():
            values[-1] = f"{values[-1]} {line.strip()}".lstrip(">|- ")  # a text that goes on
    return fields


def _values(key: str, text: str) -> list[str]:
    if key in ("description", "title", "name"):
        return [_unquoted(text)]
    if (text.startswith("[") and text.endswith("]")) or (text[:1] in ("'", '"') and text.endswith(text[0])):
        text = text[1:-1]
    return [value for part in _parts(text) if (value := _unquoted(part))]


def _parts(text: str) -> list[str]:
    """The text between commas, but not those inside brackets, as in `**/*.{ts,tsx}`, where these go in pairs."""
    depth, parts, start = 0, [], 0
    for place, sign in enumerate(text):
        depth += _DEEPER.get(sign, 0)
        if sign == "," and not depth:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]] if not depth else text.split(",")


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0] else text
