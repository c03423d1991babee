"""What changed from one text or guideline to another: line by line, and word by word inside changed lines.

Anchored on what occurs once on both sides, so that texts of 10,000 lines take milliseconds, not minutes.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from lora_studio.core.domain import Draft

CONTEXT = 2
"""Unchanged lines that are shown on each side of a change."""
LINES_MAX = 800
"""Most lines that a diff shows; the rest is counted."""
_SMALL = 40_000
"""Up to so many pairs are compared by difflib; more without an anchor between them count as replaced."""
_ALIKE = 0.3
"""Less than this share of words in common: the lines are shown as replaced, not as changed."""
_WORDS = re.compile(r"\w+|[^\S\n]+|\n|[^\w\s]")

LABELS = ("category", "priority", "scope", "active", "deleted")
FIELDS = ("name", "content", *LABELS, "tags", "rationale", "good", "bad")
"""Everything that a version keeps, in the order in which changes are shown."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """`sign` is "-", "+", " " (unchanged), or "…" for `hidden` lines left out. Parts are (text, is changed)."""

    sign: str
    parts: tuple[tuple[str, bool], ...] = ()
    hidden: int = 0

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.parts)


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """The lines of one field; `number` is an example's place from 1, otherwise 0."""

    field: str
    lines: tuple[DiffLine, ...]
    number: int = 0


def changed_fields(old: Draft, new: Draft) -> tuple[str, ...]:
    """The names out of FIELDS in which the two differ."""
    return tuple(name for name in FIELDS if getattr(old, name, False) != getattr(new, name, False))


def diff_drafts(old: Draft, new: Draft) -> list[FieldDiff]:
    """Every field in which the two differ, with its lines."""
    found: list[FieldDiff] = []
    for name in changed_fields(old, new):
        before: Any = getattr(old, name, False)
        after: Any = getattr(new, name, False)
        if name in ("good", "bad"):
            found += _diff_examples(name, before, after)
        elif name == "tags":
            found.append(FieldDiff(name, tuple(_diff_tags(before, after))))
        elif name in LABELS:
            found.append(FieldDiff(name, (_whole("-", str(before)), _whole("+", str(after)))))
        else:
            found.append(FieldDiff(name, tuple(diff_texts(before, after))))
    return found


def _diff_tags(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    gone, came = [tag for tag in old if tag not in new], [tag for tag in new if tag not in old]
    if not gone and not came:  # only their order
        gone, came = [", ".join(old)], [", ".join(new)]
    yield from (_whole("-", tag) for tag in gone)
    yield from (_whole("+", tag) for tag in came)


def _diff_examples(field: str, old: Sequence[str], new: Sequence[str]) -> Iterator[FieldDiff]:
    for old_from, old_to, new_from, new_to in _changed(old, new):
        gone, came = old[old_from:old_to], new[new_from:new_to]
        for place in range(max(len(gone), len(came))):
            before = gone[place] if place < len(gone) else None
            after = came[place] if place < len(came) else None
            number = (new_from if after is not None else old_from) + place + 1
            yield FieldDiff(field, tuple(_diff_optional(before, after)), number)


def _diff_optional(old: str | None, new: str | None) -> list[DiffLine]:
    if old is not None and new is not None:
        return diff_texts(old, new)
    sign, text = ("-", old) if new is None else ("+", new)
    return _capped([_whole(sign, line) for line in (text or "").split("\n")])


def diff_texts(old: str, new: str, context: int = CONTEXT) -> list[DiffLine]:
    """The changed lines with `context` unchanged ones around them; at most LINES_MAX. Empty for equal texts."""
    before, after = old.split("\n"), new.split("\n")
    lines: list[DiffLine] = []
    shown_to = 0  # in `before`: everything up to here is in `lines` or was counted as hidden
    for old_from, old_to, new_from, new_to in _changed(before, after):
        lines += _unchanged(before[shown_to:old_from], context if shown_to else 0, context)
        lines += _replaced(before[old_from:old_to], after[new_from:new_to])
        shown_to = old_to
    if lines:
        lines += _unchanged(before[shown_to:], context, 0)
    return _capped(lines)


def _unchanged(lines: Sequence[str], head: int, tail: int) -> list[DiffLine]:
    """The first `head` and last `tail` of lines that are the same; what lies between them is only counted."""
    hidden = len(lines) - head - tail
    if hidden <= 1:  # a line that says that one is hidden takes as much room as the line
        return [DiffLine(" ", ((line, False),)) for line in lines]
    shown = [DiffLine(" ", ((line, False),)) for line in (*lines[:head], *lines[len(lines) - tail :])]
    return [*shown[:head], DiffLine("…", hidden=hidden), *shown[head:]]


def _capped(lines: list[DiffLine]) -> list[DiffLine]:
    if len(lines) <= LINES_MAX:
        return lines
    return [*lines[:LINES_MAX], DiffLine("…", hidden=len(lines) - LINES_MAX)]


def _whole(sign: str, text: str) -> DiffLine:
    return DiffLine(sign, ((text, False),))


def _replaced(old: Sequence[str], new: Sequence[str]) -> list[DiffLine]:
    """Old lines, then new ones, with the words marked that differ, if enough are the same."""
    if not old or not new:
        return [_whole("-", line) for line in old] + [_whole("+", line) for line in new]
    before, after = _WORDS.findall("\n".join(old)), _WORDS.findall("\n".join(new))
    changes = _changed(before, after)
    letters = sum(map(len, before)) + sum(map(len, after))
    differ = sum(len("".join(before[a:b])) + len("".join(after[c:d])) for a, b, c, d in changes)
    if letters and 1 - differ / letters < _ALIKE:
        return [_whole("-", line) for line in old] + [_whole("+", line) for line in new]
    gone = [(old_from, old_to) for old_from, old_to, _, _ in changes]
    came = [(new_from, new_to) for _, _, new_from, new_to in changes]
    return [*_marked("-", before, gone), *_marked("+", after, came)]


def _marked(sign: str, words: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[DiffLine]:
    """The lines that `words` make, with those inside `spans` marked."""
    lines: list[list[tuple[str, bool]]] = [[]]
    place = 0
    for start, end in (*spans, (len(words), len(words))):
        for changed, some in ((False, words[place:start]), (True, words[start:end])):
            for number, piece in enumerate("".join(some).split("\n")):
                if number:
                    lines.append([])
                if piece:
                    lines[-1].append((piece, changed))
        place = end
    return [DiffLine(sign, tuple(parts) or (("", False),)) for parts in lines]


Block = tuple[int, int, int, int]


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """Where the two differ: from and to in `old`, from and to in `new`, in order."""
    found: list[Block] = []
    place = other = 0
    for start, start_new, length in (*_equal_runs(old, new), (len(old), len(new), 0)):
        if start > place or start_new > other:
            found.append((place, start, other, start_new))
        place, other = start + length, start_new + length
    return found


def _equal_runs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Runs that are the same on both sides, in order: (place in old, place in new, length)."""
    todo: list[Block] = [(0, len(old), 0, len(new))]
    while todo:
        a, b, c, d = todo.pop()
        head = _same_head(old, new, a, b, c, d)
        tail = _same_tail(old, new, a + head, b, c + head, d)
        if head:
            yield a, c, head
        a, b, c, d = a + head, b - tail, c + head, d - tail
        anchors = _anchors(old, new, a, b, c, d) if a < b and c < d else []
        if anchors:
            places = [(a, c), *anchors, (b, d)]
            if tail:
                places = [*places[:-1], (b + tail, d + tail)]
            todo += [(p, q, r, s) for (p, r), (q, s) in reversed(list(itertools.pairwise(places)))]
            continue
        if (b - a) * (d - c) <= _SMALL:
            matcher = SequenceMatcher(None, old[a:b], new[c:d], autojunk=False)
            yield from ((a + i, c + j, size) for i, j, size in matcher.get_matching_blocks() if size)
        if tail:
            yield b, d, tail


def _same_head(old: Sequence[str], new: Sequence[str], a: int, b: int, c: int, d: int) -> int:
    length = 0
    while a + length < b and c + length < d and old[a + length] == new[c + length]:
        length += 1
    return length


def _same_tail(old: Sequence[str], new: Sequence[str], a: int, b: int, c: int, d: int) -> int:
    length = 0
    while b - length > a and d - length > c and old[b - length - 1] == new[d - length - 1]:
        length += 1
    return length


def _anchors(old: Sequence[str], new: Sequence[str], a: int, b: int, c: int, d: int) -> list[tuple[int, int]]:
    """Places of what occurs once on both sides, as many as keep their order (a longest increasing sequence)."""
    counts, others = Counter(old[a:b]), Counter(new[c:d])
    place = {text: number for number, text in enumerate(new[c:d], start=c) if others[text] == 1}
    pairs = [(n, place[old[n]]) for n in range(a, b) if counts[old[n]] == 1 and old[n] in place and old[n].strip()]
    ends: list[int] = []  # by length: the smallest place in `new` at which a sequence of that length ends
    last: list[int] = []  # the pair at which that one ends
    before: list[int] = []
    for number, (_, in_new) in enumerate(pairs):
        length = bisect_left(ends, in_new)
        ends[length : length + 1], last[length : length + 1] = [in_new], [number]
        before.append(last[length - 1] if length else -1)
    chain = []
    number = last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]
