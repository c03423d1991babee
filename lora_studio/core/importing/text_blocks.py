"""Markdown as lines: code blocks, headings and the sections below them, front matter. Never an error.

What is not understood stays text. Lines above LINE_MAX characters are text and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lora_studio.core.importing.labels import label_of

LINE_MAX = 1_000
FRONT_MATTER_MAX = 200
"""Most lines that front matter may have."""
_FENCE = re.compile(r"[ \t]{0,12}(?:[-*+>][ \t]+)?(`{3,}|~{3,})(.*)")
_BULLET = re.compile(r"[ \t]{0,12}(?:[-*+•][ \t]|[0-9]{1,4}[.)][ \t])")
_FIELD = re.compile(r"([A-Za-z][\w-]{0,40})[ \t]*:(.*)")
_DEEPER = {"{": 1, "[": 1, "}": -1, "]": -1, ",": 0}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (empty for the text before the first one), the headings above it, and its own lines.

    `line` is the heading's number in the file, from 1; `start` and `end` are places in the list of lines.
    """

    title: str
    parents: tuple[str, ...]
    line: int
    start: int
    end: int


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


def is_bullet(line: str) -> bool:
    """Whether a list item starts here."""
    return bool(_BULLET.match(line)) and not _is_line(line)


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


def sections(lines: Sequence[str], first: int = 0) -> list[Section]:
    """The sections of the text from the line `first` on, that before any heading included."""
    in_code = bytearray(len(lines))
    for start, end in code_blocks(lines):
        in_code[start:end] = b"\1" * (end - start)
    plain = [not code and place >= first for place, code in enumerate(in_code)]
    headings = list(_headings(lines, plain)) or list(_headings_in_plain_words(lines, plain))
    made = [Section("", (), first + 1, first, headings[0][0] if headings else len(lines))]
    above: list[tuple[int, str]] = []
    for number, (place, after, level, title) in enumerate(headings):
        while above and above[-1][0] >= level:
            above.pop()
        end = headings[number + 1][0] if number + 1 < len(headings) else len(lines)
        made.append(Section(title, tuple(name for _, name in above), place + 1, after, end))
        above.append((level, title))
    return made


Heading = tuple[int, int, int, str]
"""Where it is, where its text starts, its level, its title."""


def _headings(lines: Sequence[str], plain: Sequence[bool]) -> Iterator[Heading]:
    for place, line in enumerate(lines):
        if not plain[place] or len(line) > LINE_MAX:
            continue
        text = line.strip()
        level = len(text) - len(text.lstrip("#"))
        if 1 <= level <= 6 and text[level : level + 1] in ("", " ", "\t") and not line.startswith("    "):
            title = text[level:].strip()
            title = title.rstrip("#").rstrip() if title.rstrip("#")[-1:] in (" ", "") else title
            if not (label := label_of(title)) or not label.bare:
                yield place, place + 1, level, title
        elif _is_underlined(lines, plain, place):
            yield place, place + 2, 1 if lines[place + 1][0] == "=" else 2, text


def _is_underlined(lines: Sequence[str], plain: Sequence[bool], place: int) -> bool:
    """Whether a paragraph of this one line has a line of = or - under it."""
    if place + 1 >= len(lines) or not plain[place + 1] or not re.fullmatch(r"(?:={2,}|-{2,})[ \t]*", lines[place + 1]):
        return False
    before = lines[place - 1].strip() if place and plain[place - 1] else ""
    return not before and bool(lines[place].strip()) and lines[place].lstrip()[0] not in "-*+>|#"


def _headings_in_plain_words(lines: Sequence[str], plain: Sequence[bool]) -> Iterator[Heading]:
    """For a text without headings: short lines that stand alone and end in a colon, are bold, or have a list below."""
    for place, line in enumerate(lines):
        text = line.strip()
        if not plain[place] or not 0 < len(text) <= 80 or len(text.split()) > 8 or is_bullet(line) or text[0] in ">|":
            continue
        after = lines[place + 1].strip() if place + 1 < len(lines) else ""
        next_text = next((one for one in lines[place + 1 : place + 3] if one.strip()), "")
        before = lines[place - 1].strip() if place and plain[place - 1] else ""
        stands_alone = not before and (not after or is_bullet(after))
        is_bold = text.startswith("**") and text.rstrip(":").endswith("**") and len(text) > 5
        leads = text.endswith(":") or is_bold or (is_bullet(next_text) and text[-1] not in ".!?")
        if stands_alone and leads and not label_of(text):
            yield place, place + 1, 1, text.rstrip(": ")


def front_matter(lines: Sequence[str]) -> tuple[dict[str, list[str]], int]:
    """The fields between two lines of --- at the top, each as a list of texts, and where the text starts.

    Read line by line, as most such files are not the YAML that they look like: `globs: **/*.ts`.
    """
    if not lines or lines[0].rstrip() != "---":
        return {}, 0
    for end in range(1, min(len(lines), FRONT_MATTER_MAX)):
        if lines[end].rstrip() in ("---", "..."):
            break
    else:
        return {}, 0
    fields: dict[str, list[str]] = {}
    values: list[str] = []
    for line in lines[1:end]:
        if len(line) > 10 * LINE_MAX:
            continue
        if match := _FIELD.match(line):
            values = fields.setdefault(match[1], [])
            values.extend(_values(match[1], match[2].strip()))
        elif line.lstrip().startswith("- "):
            values.append(_unquoted(line.lstrip()[2:]))
        elif values and line[:1].isspace() and line.strip():
            values[-1] = f"{values[-1]} {line.strip()}".lstrip(">|- ")  # a text that goes on
    return fields, end + 1


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
