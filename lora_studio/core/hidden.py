"""Characters that no reviewer sees and every model reads: found in a text, and made visible.

Lawful are: the joiners of emoji, and of scripts that need them (Arabic, Hebrew, the Indic ones); the tags of a flag;
spaces without width where a script has no others (Thai, Khmer …); marks of direction in prose that has letters from
right to left. Never lawful are overrides of direction, and in code no mark of direction at all.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

AROUND = 24
"""Characters on each side that are shown with a hidden one."""
SHOWN_MAX = 60
"""Hidden characters of one run that are spelt out."""
_KINDS = {
    "override": "\u202d\u202e",
    "direction": "\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069",
    "tags": "\U000e0000-\U000e007f",
    "selectors": "\ufe00-\ufe0f\U000e0100-\U000e01ef",
    "width": "\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb",
    "controls": r"\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f",
}
_HIDDEN = re.compile(
    "|".join(f"(?P<{kind}>[{signs}]{'' if kind == 'width' else '+'})" for kind, signs in _KINDS.items())
)
_ANY = re.compile(f"[{''.join(_KINDS.values())}]")
_CONTROL = re.compile(f"[{_KINDS['controls']}]+")
CONTROLS = "control characters"
_NAMES = {
    "override": "a bidi override",
    "direction": "a bidi control",
    "tags": "tag characters",
    "selectors": "variation selectors",
    "width": "a zero-width character",
    "controls": CONTROLS,
}
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_JOINING = re.compile(
    "[\u0590-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua87f\ufb1d-\ufdff\ufe70-\ufefc\U00011000-\U00011fff]"
)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_EMOJI = re.compile("[#*0-9\u00a9\u00ae\u203c-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001fafd\U000e007f]")
_FLAG, _FLAG_END, _FLAG_MAX = "\U0001f3f4", "\U000e007f", 8
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_INLINE = re.compile(r"`[^`\n]+`")
_LOOKS_LIKE_CODE = re.compile(r"[;{}=()<>\[\]]|//|/\*|^\s*#")


class Hidden(NamedTuple):
    """What stands in a text from `start` up to, not including, `end`, unseen; `what` says it in words."""

    what: str
    start: int
    end: int


def find_hidden(text: str, *, code: bool = False) -> list[Hidden]:
    """The hidden characters in `text`, in their order, each run once; `code`: the text is an example, maybe code."""
    if text.isascii():
        return [Hidden(_NAMES["controls"], *found.span()) for found in _CONTROL.finditer(text)]
    if not _ANY.search(text):  # one look at each sign, where telling the kinds apart takes six
        return []
    place = _Place(text, code=code)
    found = ((place.name(match), *match.span()) for match in _HIDDEN.finditer(text))
    return list(_joined(Hidden(*one) for one in found if one[0]))


def _joined(found: Iterator[Hidden]) -> Iterator[Hidden]:
    """Neighbours of one kind as one."""
    last: Hidden | None = None
    for one in found:
        if last and last.end == one.start and last.what == one.what:
            last = last._replace(end=one.end)
            continue
        if last:
            yield last
        last = one
    if last:
        yield last


class _Place:
    """One text: what makes a hidden character lawful there is looked up when the first one is found."""

    def __init__(self, text: str, *, code: bool) -> None:
        self._text, self._code = text, code

    def name(self, found: re.Match[str]) -> str:
        """What the run is called; empty where it is lawful."""
        kind, run = str(found.lastgroup), found[0]
        start = found.start()
        before, after = self._text[max(start - 1, 0) : start], self._text[found.end() : found.end() + 1]
        if kind == "direction" and self._is_in_code(start):
            return "a bidi control in code"
        lawful = {
            "direction": lambda: self._reads_right_to_left,
            "tags": lambda: before == _FLAG and run.endswith(_FLAG_END) and len(run) <= _FLAG_MAX,
            "selectors": lambda: len(run) == 1 and bool(before) and bool(_EMOJI.match(before) or not before.isascii()),
            "width": lambda: _is_lawful_join(before, run, after),
        }
        return "" if kind in lawful and lawful[kind]() else _NAMES[kind]

    @cached_property
    def _reads_right_to_left(self) -> bool:
        return bool(_RIGHT_TO_LEFT.search(self._text))

    @cached_property
    def _code_spans(self) -> list[tuple[int, int]]:
        return list(_code_spans(self._text, code=self._code))

    def _is_in_code(self, place: int) -> bool:
        number = bisect_right(self._code_spans, (place, len(self._text))) - 1
        return number >= 0 and place < self._code_spans[number][1]


def _is_lawful_join(before: str, sign: str, after: str) -> bool:
    if sign == "\ufeff":
        return before in ("", "\n")
    if sign == "\u200b":
        return bool(before and after and _UNSPACED.match(before) and _UNSPACED.match(after))
    if sign == "\u200d" and before and after and _EMOJI.match(before) and _EMOJI.match(after):
        return True
    return sign in "\u200c\u200d" and bool(before and _JOINING.match(before))


def _code_spans(text: str, *, code: bool) -> Iterator[tuple[int, int]]:
    """Where code stands: in fences, between backticks, and in an example on every line with a sign of code."""
    place, fence = 0, ""
    for line in text.split("\n"):
        end = place + len(line)
        mark = _FENCE.match(line)
        if fence or mark or (code and _LOOKS_LIKE_CODE.search(line)):
            yield place, end
        else:
            yield from ((place + one.start(), place + one.end()) for one in _INLINE.finditer(line))
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        place = end + 1


def shown(text: str, start: int, end: int) -> str:
    """The place from `start` to `end` with a little of what stands around it, every hidden character as its number."""
    before = text[max(0, start - AROUND) : start].rpartition("\n")[2]
    after = text[end : end + AROUND].partition("\n")[0]
    run = text[start : min(end, start + SHOWN_MAX)]
    more = "…" if end - start > SHOWN_MAX else ""
    tags = "".join(chr(ord(sign) - 0xE0000) for sign in run if "\U000e0020" <= sign <= "\U000e007e")
    middle = f"[tags: {tags}{more}]" if tags else f"{_numbers(run)}{more}"
    return f"{_visible(before)}{middle}{_visible(after)}"


def _visible(text: str) -> str:
    return _ANY.sub(lambda found: _numbers(found[0]), text)


def _numbers(signs: str) -> str:
    return "".join(f"[U+{ord(sign):04X}]" for sign in signs)
