"""What is right made wrong by one word: a sentence of the rule, or a good example that has what the rule names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from lora_studio.core.dataset.rich.bank import bank
from lora_studio.core.dataset.rich.words import STOP_WORDS, Chance, is_code, pick

NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|\d+")
_NUMBER = re.compile(r"\d+")


def twisted(luck: Chance, sentence: str) -> str:
    """The sentence with one number, negation or modal verb turned into another; "" where it has none."""
    numbers = [(*found.span(), other_number(luck, found.group())) for found in _NUMBER.finditer(sentence)]
    phrases = [(*found.span(), _opposite(luck, found.group())) for found in _phrases().finditer(sentence)]
    return _changed(luck, sentence, numbers + phrases)


def broken(luck: Chance, good: str, bad: Sequence[str], spoken: frozenset[str]) -> str:
    """A good example without what makes it one: a number or name that the rule speaks of and no bad example has.

    The number is another, the name another of `spoken`'s kind. "" where there is no such piece.
    """
    others = {name.casefold() for text in bad for name in NAME.findall(text)}
    changes = []
    for found in NAME.finditer(good):
        name, low = found.group(), found.group().casefold()
        if low in others or low not in spoken or low in STOP_WORDS:
            continue
        if name.isdigit():
            changes.append((*found.span(), other_number(luck, name)))
        elif is_code(name) or good[found.end() : found.end() + 1] in ("(", "=", '"', "'", "`"):
            changes.append((*found.span(), pick(luck, bank().nouns)))
    return _changed(luck, good, changes)


def other_number(luck: Chance, number: str) -> str:
    """A number of as many digits, or a far larger one."""
    if luck.random() < 0.3:
        return number + "0"
    while (other := "".join("123456789"[int(luck.random() * 9)] for _ in number)) == number:
        pass
    return other


def _changed(luck: Chance, text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    if not changes:
        return ""
    start, end, other = pick(luck, changes)
    return text[:start] + other + text[end:]


def _opposite(luck: Chance, phrase: str) -> str:
    other = pick(luck, _opposites()[phrase.casefold()])
    return other[:1].upper() + other[1:] if phrase[:1].isupper() else other


@cache
def _opposites() -> dict[str, list[str]]:
    others: dict[str, list[str]] = {}
    for one, other in bank().opposites:
        others.setdefault(one, []).append(other)
        others.setdefault(other, []).append(one)
    return others


@cache
def _phrases() -> re.Pattern[str]:
    """The longest phrases first: "must not" is one."""
    known = sorted(_opposites(), key=lambda phrase: (-len(phrase), phrase))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)", re.IGNORECASE)
