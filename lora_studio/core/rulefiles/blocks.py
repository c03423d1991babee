"""Guidelines as managed blocks of a Markdown file: between two comment lines, and read back without loss.

The comment above a block carries what its text does not show (id, version, scope, category, priority, tags), and a
digest, by which an edit by hand is told. What people see is a heading, the content, the reason and the examples. A line
of a text that looks like a part of the block gets a backslash before it; where the text alone would not give a field
back (a line break in a name, a carriage return), the comment carries that field as it is.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec

from lora_studio.core.domain import GLOBAL, SCOPE_TYPES, Draft, Guideline, Scope

START, END = "<!-- lora-studio ", "<!-- /lora-studio -->"
"""What the first line of a block begins with, and its last line."""
_CLOSE = " -->"
_WHY = "**Why:** "
_LABELS = {"good": "**Good:**", "bad": "**Bad:**"}
_APPLIES = re.compile(r"\*Applies to `[^`]*`(?:, `[^`]*`)*\.\*")
_HEADING = re.compile(r"#{1,6}[ \t](.*)", re.DOTALL)
_FENCE = re.compile(r"(`{3,}|~{3,})[^`]*")
_HASH_LENGTH = 16
_TEXTS = ("name", "content", "rationale", "good", "bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block as it stands in a file, from the line `first` up to, not including, `last` (counted from 0).

    `id` is empty and `version` 0 where the block names none. `edited`: it is not as it was written. `draft` is None
    where the block cannot be read any more; `fault` then says why, in one sentence.
    """

    first: int
    last: int
    id: str = ""
    version: int = 0
    draft: Draft | None = None
    edited: bool = True
    fault: str = ""


class _Exact(msgspec.Struct, omit_defaults=True):
    name: str | None = None
    content: str | None = None
    rationale: str | None = None
    good: tuple[str, ...] | None = None
    bad: tuple[str, ...] | None = None


class _Marker(msgspec.Struct, omit_defaults=True):
    id: str
    scope: str
    priority: Annotated[int, msgspec.Meta(ge=0, le=100)]
    tags: tuple[str, ...]
    category: str = "general"
    version: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    exact: _Exact = msgspec.field(default_factory=_Exact)
    hash: str = ""


def block_text(one: Guideline, applies_to: Sequence[str] = ()) -> str:
    """The lines of the block for `one`, without a line end after the last; `applies_to` are globs to show."""
    body = _body(one, applies_to)
    shown = _shown(body.split("\n"))
    exact = {name: getattr(one, name) for name in _TEXTS if shown[name] != getattr(one, name)}
    marker = _Marker(
        one.id, str(one.scope), one.priority, one.tags, one.category, one.version, msgspec.convert(exact, _Exact)
    )
    marker.hash = _digest(marker, body)
    return f"{START}{_comment(marker)}{_CLOSE}\n{body}\n{END}"


def blocks_in(text: str) -> list[Block]:
    """The blocks of a file in their order; whatever stands between them is not looked at."""
    lines = text.replace("\r\n", "\n").split("\n")
    found: list[Block] = []
    first = -1
    for place, line in enumerate(lines):
        opens, closes = line.startswith(START), line.rstrip() == END
        if opens and first >= 0:
            found.append(_unclosed(first))
        if opens:
            first = place
        elif closes and first >= 0:
            found.append(_read(lines, first, place + 1))
            first = -1
    return [*found, _unclosed(first)] if first >= 0 else found


def _unclosed(first: int) -> Block:
    return Block(first=first, last=first + 1, fault=f"The block that begins here has no end; put {END} below it")


def _read(lines: Sequence[str], first: int, last: int) -> Block:
    text = lines[first].rstrip().removeprefix(START).removesuffix(_CLOSE.lstrip())
    try:
        marker = msgspec.json.decode(text, type=_Marker)
        scope = _scope(marker.scope)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Block(first=first, last=last, fault="The comment above this block was changed and cannot be read")
    body = lines[first + 1 : last - 1]
    edited = marker.hash != _digest(marker, "\n".join(body))
    draft = Draft(
        **_restored(_shown(body), marker.exact, edited),
        category=marker.category,
        priority=marker.priority,
        tags=tuple(dict.fromkeys(marker.tags)),
        scope=scope,
    )
    return Block(first=first, last=last, id=_id(marker.id), version=marker.version, draft=draft, edited=edited)


def _scope(text: str) -> Scope:
    kind, _, scope_id = text.partition(":")
    if kind not in SCOPE_TYPES or bool(scope_id) == (kind == "global"):
        raise ValueError(text)
    return Scope(kind, scope_id) if scope_id else GLOBAL


def _id(text: str) -> str:
    try:
        return text if str(uuid.UUID(text)) == text else ""
    except ValueError:
        return ""


def _comment(marker: _Marker) -> str:
    """The marker as JSON that cannot end the comment that it stands in."""
    text = msgspec.json.encode(marker).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "-\\u002d")


def _digest(marker: _Marker, body: str) -> str:
    own = msgspec.json.encode(msgspec.structs.replace(marker, hash="")) + b"\n" + body.encode()
    return hashlib.sha256(own).hexdigest()[:_HASH_LENGTH]


def _body(draft: Draft, applies_to: Sequence[str] = ()) -> str:
    parts = [f"## {' '.join(_lines(draft.name).split(chr(10)))}"]
    if applies_to:
        parts.append(f"*Applies to {', '.join(f'`{glob}`' for glob in applies_to)}.*")
    parts.append(_shielded(_lines(draft.content)))
    if draft.rationale:
        parts.append(_WHY + _shielded(_lines(draft.rationale)))
    for kind, texts in (("good", draft.good), ("bad", draft.bad)):
        parts += [f"{_LABELS[kind]}\n\n{_fenced(_shielded(_lines(text)))}" for text in texts]
    return "\n\n".join(parts)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _fenced(text: str) -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def _shielded(text: str) -> str:
    return "\n".join(f"\\{line}" if _is_a_part(line) else line for line in text.split("\n"))


def _unshielded(lines: Sequence[str]) -> str:
    return "\n".join(line[1:] if line[:1] == "\\" and _is_a_part(line) else line for line in lines)


def _is_a_part(line: str) -> bool:
    plain = line.lstrip("\\")
    is_mark = plain.startswith((START, _WHY)) or plain.rstrip() in (END, *_LABELS.values())
    return is_mark or bool(_APPLIES.fullmatch(plain))


def _shown(body: Sequence[str]) -> dict[str, Any]:
    """What the visible text of a block says, by the name of the field."""
    head, rest = _head(body)
    found: dict[str, Any] = {"name": head, "content": [], "rationale": [], "good": [], "bad": []}
    for kind, lines in _parts(rest):
        if kind in _LABELS:
            found[kind].append(_unshielded(lines))
        elif found[kind]:  # text that somebody wrote below the examples
            found[kind] += ["", *lines]
        else:
            found[kind] += lines
    texts = {kind: _unshielded(found[kind]) for kind in ("content", "rationale")}
    return {"name": head, **texts, "good": tuple(found["good"]), "bad": tuple(found["bad"])}


def _head(body: Sequence[str]) -> tuple[str, list[str]]:
    """The name in the heading (empty where that is gone), and the lines below it without the globs."""
    place = next((place for place, line in enumerate(body) if line.strip()), len(body))
    heading = _HEADING.fullmatch(body[place]) if place < len(body) else None
    if not heading:
        return "", list(body[place:])
    rest = _below(body[place + 1 :])
    if rest and _APPLIES.fullmatch(rest[0]):
        rest = _below(rest[1:])
    return heading[1], rest


def _below(lines: Sequence[str]) -> list[str]:
    return list(lines[1:] if lines and not lines[0].strip() else lines)


def _parts(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The parts in their order, each with the blank line before the next one taken away."""
    kind, start, place = "content", 0, 0
    while place < len(lines):
        example = _example(lines, place)
        if not example and not lines[place].startswith(_WHY):
            place += 1
            continue
        yield from _text(kind, lines[start:place], more=True)
        if example:
            label, code, place = example
            yield label, code
            kind, start = "content", place
        else:
            kind, start, place = "rationale", place, place + 1
    yield from _text(kind, lines[start:], more=False)


def _text(kind: str, lines: Sequence[str], *, more: bool) -> Iterator[tuple[str, list[str]]]:
    own = list(lines[:-1] if more and lines and not lines[-1].strip() else lines)
    if own and kind == "rationale":
        own[0] = own[0].removeprefix(_WHY)
    if own:
        yield kind, own


def _example(lines: Sequence[str], place: int) -> tuple[str, list[str], int] | None:
    """The example whose label stands at `place`: its kind, its lines, and where the text after it starts."""
    kind = next((kind for kind, label in _LABELS.items() if lines[place].rstrip() == label), "")
    if not kind:
        return None
    start = place + 1
    while start < len(lines) and not lines[start].strip():
        start += 1
    opened = _FENCE.fullmatch(lines[start].rstrip()) if start < len(lines) else None
    if not opened:
        return None
    end = start + 1  # code without an end goes on to that of the block, as in Markdown
    while end < len(lines) and not _closes(lines[end].rstrip(), opened[1]):
        end += 1
    after = end + 1 + (end + 1 < len(lines) and not lines[end + 1].strip())
    return kind, list(lines[start + 1 : end]), after


def _closes(line: str, fence: str) -> bool:
    return line.startswith(fence) and not line.strip(fence[0])


def _restored(shown: dict[str, Any], exact: _Exact, edited: bool) -> dict[str, Any]:
    """`shown` with the fields that the comment carries as they are, but for those that were edited in the text."""
    if edited:
        shown = shown | {name: shown[name].strip("\n") for name in ("content", "rationale")}
    carried = {name: value for name in _TEXTS if (value := getattr(exact, name)) is not None}
    if not carried:
        return shown
    again = _shown(_body(replace(Draft(**shown), **carried)).split("\n"))
    if edited:
        again = again | {name: again[name].strip("\n") for name in ("content", "rationale")}
    return shown | {name: value for name, value in carried.items() if again[name] == shown[name]}
