"""A few words of a guideline around the first that was searched for, in time that grows no faster than the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from lora_studio.core.domain import Guideline

_BEFORE, _AFTER, _MARKED = 60, 100, 200
"""Most characters before and after the first hit, and of the hit itself."""
_WORD = re.compile(r"[^\W_]+")


def by_words(one: Guideline, words: Sequence[str]) -> str:
    """The text around the first of `words`, the last of which may be a beginning; those that are shown in ** **."""
    whole, start = {_plain(word) for word in words}, _plain(words[-1])

    def is_wanted(match: re.Match[str]) -> bool:
        plain = _plain(match[0][:_MARKED])
        return plain in whole or plain.startswith(start)

    for text in (one.content, *one.good, *one.bad, one.rationale, " ".join(one.tags), one.name):
        for match in _WORD.finditer(text):
            if is_wanted(match):
                return _cut(text, match.start(), match.end(), is_wanted)
    return one.content[: _BEFORE + _AFTER]


def by_letters(one: Guideline, letters: str) -> str:
    """The text around the first place where these letters stand, inside a word too."""
    start = one.content.lower().find(letters.lower())
    if start < 0:
        return one.content[: _BEFORE + _AFTER]
    return _cut(one.content, start, start + len(letters), None)


def _plain(word: str) -> str:
    """As the index compares words: small, without accents."""
    if word.isascii():
        return word.lower()
    return "".join(sign for sign in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(sign))


def _cut(text: str, start: int, end: int, is_wanted: Callable[[re.Match[str]], bool] | None) -> str:
    end = min(end, start + _MARKED)
    first, last = max(0, start - _BEFORE), min(len(text), end + _AFTER)
    if first:
        first = text.find(" ", first, start) + 1 or first
    if last < len(text):
        last = max(text.rfind(" ", end, last), 0) or last
    after = text[end:last]
    if is_wanted:
        after = _WORD.sub(lambda match: f"**{match[0]}**" if is_wanted(match) else match[0], after)
    return f"{'…' * bool(first)}{text[first:start]}**{text[start:end]}**{after}{'…' * (last < len(text))}"
