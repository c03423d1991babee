"""A guideline's text in pieces: its telling words, its sentences, and sentences as somebody half remembers them."""

from __future__ import annotations

import random
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple, TypeVar

from lora_studio.core.resources import resource_text

_MARKS = "".join(chr(code) for code in range(0x300, 0x1B00) if unicodedata.category(chr(code)).startswith("M"))
"""Signs that belong to the letter before them, as vowels do in Hindi; no word characters to a regular expression."""
_WORD = re.compile(rf"[^\W_](?:[\w'’.{_MARKS}-]*[\w{_MARKS}])?")
_PART = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|\d+")
"""A part of a name in a program: of `max_retryCount` max, retry, Count."""
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
"""Letters of scripts that put no spaces between words, or put endings at them: there two letters count as a word."""
_BITS = re.compile(rf"[{_UNSPACED}]{{1,2}}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_CODE = re.compile(r"[_\d()=]|[a-z][A-Z]|\.\w")
SENTENCE_MAX = 400
"""Characters of what still counts as one sentence."""
_STEM = 5
"""Two words count as one where their first letters agree: "retry" and "retries", "naming" and "named" do not."""
_COMMON = """a about above after again all also am an and any are as at be because been before being below between both
    but by can cannot could did do does doing don't down during each else ever every few for from further had has have
    having he her here hers him his how however i if in instead into is it it's its itself just least less let like
    made make makes many may me might more most much must my need needs neither never no nor not now of off on once
    one only onto or other our out over own per put rather really same say says see shall she should since so some
    such take than that the their them then there these they thing things this those though through to too under until
    up upon us use used uses using very via was way we well were what when where whether which while who whose why
    will with within without would yes yet you your always anything something nothing everything anyone someone
    nobody everybody two three four five six seven eight nine ten first second"""
STOP_WORDS = frozenset(_COMMON.split())

T = TypeVar("T")
Chance = random.Random
"""Only `random()` is asked: of a seeded generator that alone is the same in every release of Python."""


def chance(*parts: object) -> Chance:
    """A source of chance that the `parts` alone decide."""
    return random.Random(":".join(map(str, parts)))  # a text seeds by its SHA-512, so the same everywhere


def pick(luck: Chance, things: Sequence[T]) -> T:
    """One of the `things`."""
    return things[int(luck.random() * len(things))]


def mixed(luck: Chance, things: Iterable[T]) -> list[T]:
    """All of the `things` in another order."""
    return [thing for _, thing in sorted(((luck.random(), thing) for thing in things), key=lambda both: both[0])]


def words_of(text: str) -> list[str]:
    """The words and numbers of a text; what looks like code stays in one piece."""
    return _WORD.findall(text)


def sentences_of(text: str) -> list[str]:
    """The sentences and lines of a text, without list signs and heading signs before them; very long ones in parts."""
    pieces = (piece.strip().lstrip("-*#>• ").strip() for piece in _SENTENCE_END.split(text))
    return [
        part
        for piece in pieces
        for part in (
            textwrap.wrap(piece, SENTENCE_MAX, break_on_hyphens=False) if len(piece) > SENTENCE_MAX else [piece]
        )
        if part
    ]


def is_code(word: str) -> bool:
    """Whether a word looks like a name in a program."""
    return bool(_CODE.search(word))


def stem(word: str) -> str:
    """What a word has in common with its other forms."""
    low = word.casefold()
    low = low[:-1] if low.endswith("s") and len(low) > 3 else low
    low = low[:_STEM]
    return low[:-1] + "i" if low.endswith("y") else low


def stems_of(text: str) -> frozenset[str]:
    """The stems of the telling words of a text."""
    return frozenset(stem(word) for word in words_of(text) if is_telling(word))


def is_telling(word: str) -> bool:
    """Whether a word says what a text is about."""
    if len(word) < 3:
        return len(word) == 2 and bool(_BITS.fullmatch(word))
    return not word[0].isdigit() and word.casefold() not in STOP_WORDS


def is_clear(text: str) -> bool:
    """Whether a text has enough words for a question about it."""
    return len(stems_of(text)) >= 2 or len(_BITS.findall(text)) >= 4


def telling_words(texts: Iterable[str], but: frozenset[str]) -> list[str]:
    """The telling words of the `texts`, each stem once, in their order; those whose stem is in `but` left out."""
    found: dict[str, str] = {}
    for text in texts:
        for word in words_of(text):
            if is_telling(word) and len(word) <= 40 and stem(word) not in but:
                found.setdefault(stem(word), word if is_code(word) or word.isupper() else word.lower())
    return list(found.values())


def scrap(luck: Chance, sentence: str, least: int = 3, most: int = 6) -> str:
    """Some words of a sentence that stand together, with the signs between them."""
    places = [found.span() for found in (_BITS if _BITS.search(sentence) else _WORD).finditer(sentence)]
    length = least + int(luck.random() * (most - least + 1))
    if len(places) <= length:
        return sentence.rstrip(".!?。！？")
    start = int(luck.random() * (len(places) - length + 1))
    return sentence[places[start][0] : places[start + length - 1][1]]


class Title(NamedTuple):
    """What gives a title away: the stems of its telling words, and those of its words that may stand within others."""

    stems: frozenset[str]
    within: re.Pattern[str]


NO_TITLE = Title(frozenset(), re.compile(r"(?!)"))


def title_of(name: str) -> Title:
    """What must not be said where the title `name` is asked for."""
    unspaced = [word for word in words_of(name) if is_telling(word) and _BITS.search(word)]
    whole = rf"(?<!\w){re.escape(name.strip())}(?!\w)"
    return Title(stems_of(name), re.compile("|".join([whole, *map(re.escape, unspaced)]), re.IGNORECASE))


def half_heard(luck: Chance, sentence: str, title: Title = NO_TITLE) -> str:
    """A sentence as somebody remembers it: some words gone or replaced by others of the same sense.

    What gives the title away is always gone.
    """
    kept = []
    for word in sentence.split():
        bare = "".join(_WORD.findall(word)[:1])
        if bare and stem(bare) in title.stems and is_telling(bare):
            continue
        kept.append(_remembered(luck, word, bare, title.stems))
    return without_title(" ".join(filter(None, kept)), title).strip(" ,;:.!?。！？")


def _remembered(luck: Chance, word: str, bare: str, but: frozenset[str]) -> str:
    roll = luck.random()
    others = [other for other in thesaurus().get(bare.casefold(), ()) if stem(other) not in but]
    if others and roll < 0.5:
        return word.replace(bare, pick(luck, others), 1)
    if bare.casefold() in STOP_WORDS:
        return "" if roll > 0.85 else word
    return "" if roll > 0.8 else word


def without_title(text: str, title: Title) -> str:
    """A text without what gives the title away, line by line, spaces as they were."""
    if title is NO_TITLE:
        return text

    def gone(found: re.Match[str]) -> str:
        word = found.group()
        return "" if is_telling(word) and stem(word) in title.stems else _PART.sub(part_gone, word)

    def part_gone(found: re.Match[str]) -> str:
        part = found.group()
        return "" if is_telling(part) and stem(part) in title.stems else part

    left = title.within.sub("", _WORD.sub(gone, text))
    lines = (re.sub(r"(?<=\S) {2,}", " ", line).rstrip() for line in left.split("\n"))
    return "\n".join(lines).strip()


def plain(text: str) -> str:
    """A text whatever its case and spaces."""
    return " ".join(text.casefold().split())


def holds(question: str, answer: str) -> bool:
    """Whether a question already says its whole answer."""
    return plain(answer) in plain(question)


@cache
def thesaurus() -> dict[str, tuple[str, ...]]:
    """Other words for a word, from resources/examples/synonyms.txt."""
    others: dict[str, dict[str, None]] = {}
    for line in resource_text("examples/synonyms.txt").splitlines():
        group = [] if line.startswith("#") else line.split()
        for word in group:
            others.setdefault(word, {}).update(dict.fromkeys(one for one in group if one != word))
    return {word: tuple(found) for word, found in others.items()}
