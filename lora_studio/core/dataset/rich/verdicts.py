"""Verdicts on examples: always both sides of a pair under the same question, as many yes as no."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from lora_studio.core.dataset.rich.bank import Bank
from lora_studio.core.dataset.rich.words import STOP_WORDS, Chance, mixed, pick, stems_of, words_of
from lora_studio.core.domain import is_blank

Pair = tuple[str, str]
Row = tuple[str, str, str]
"""Question, answer, and the example's type: "good" or "bad"."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|\d+")
_PIECE = re.compile(r"\w+|[^\w\s]")
FRAGMENT_MAX = 80
"""Characters of a difference that is still worth naming."""


def pairs_of(good: Sequence[str], bad: Sequence[str]) -> list[Pair]:
    """Each good example with the bad one at its place; what is left over goes with the first ones of the others."""
    one = [text for text in good if not is_blank(text)]
    other = [text for text in bad if not is_blank(text)]
    if not one or not other:
        return []
    length = max(len(one), len(other))
    return [(one[place % len(one)], other[place % len(other)]) for place in range(length)]


def verdict_rows(luck: Chance, bank: Bank, pairs: Sequence[Pair], rule: str, count: int) -> list[Row]:
    """`count` rows, half of them yes, of the `pairs` and of variants of them that differ in names alone.

    `rule` is the guideline's whole text: what it names stays as it is. Half of the answers end with the verdict.
    """
    rows: list[Row] = []
    for number in range(count // 2):
        good, bad = _renamed(luck, bank, pairs[number % len(pairs)], rule, changes=number >= len(pairs))
        prompt = bank.verdict_usual if luck.random() < 0.6 else pick(luck, bank.verdict_prompts)
        is_short = (number // len(pairs)) % 2 == 0
        for example, other, kind in ((good, bad, "good"), (bad, good, "bad")):
            question = prompt.replace("{example}", example)
            rows.append((question, _answer(luck, bank, example, other, kind, is_short=is_short), kind))
    return rows


def _answer(luck: Chance, bank: Bank, example: str, other: str, kind: str, *, is_short: bool) -> str:
    if is_short:
        return bank.verdict_short[kind]
    has, lacks = difference(example, other), difference(other, example)
    if has and lacks:
        return pick(luck, bank.verdict_reasons[kind]).replace("{has}", has).replace("{lacks}", lacks)
    return bank.verdict_plain[kind]


def difference(text: str, other: str) -> str:
    """The one piece of `text` in which it differs from `other`; "" where there are several or it is long."""
    pieces, others = list(_PIECE.finditer(text)), _PIECE.findall(other)
    matcher = difflib.SequenceMatcher(None, [piece.group() for piece in pieces], others, autojunk=False)
    changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    if not pieces or not changed:
        return ""
    start, end = changed[0][1], changed[-1][2]
    if start == end:
        return ""
    piece = text[pieces[start].start() : pieces[end - 1].end()]
    return piece if len(piece) <= FRAGMENT_MAX and "\n" not in piece else ""


def _renamed(luck: Chance, bank: Bank, pair: Pair, rule: str, *, changes: bool) -> Pair:
    """The pair with other names and numbers where both sides have them and the rule does not speak of them."""
    if not changes:
        return pair
    good, bad = pair
    common = [name for name in dict.fromkeys(_NAME.findall(good)) if name in set(_NAME.findall(bad))]
    spoken = stems_of(rule) | {word.casefold() for word in words_of(rule)}
    free = [name for name in common if _may_change(name, good, spoken)]
    new = {name: _other_name(luck, bank, name) for name in mixed(luck, free)[: 1 + int(luck.random() * 3)]}

    def renamed(text: str) -> str:
        return _NAME.sub(lambda found: new.get(found.group(), found.group()), text)

    return renamed(good), renamed(bad)


def _may_change(name: str, text: str, spoken: frozenset[str] | set[str]) -> bool:
    """True for a number, and for what a program calls something; not for a word of a sentence or of the rule."""
    low = name.casefold()
    if low in spoken or low in STOP_WORDS or any(part in spoken for part in re.split(r"_+", low)):
        return False
    if name.isdigit():
        return not any(word.isdigit() for word in spoken)
    called = re.search(rf"\b{re.escape(name)}\s?[(=.\[]|[.(]{re.escape(name)}\b", text)
    return len(name) >= 3 and ("_" in name or name != name.lower() != name.capitalize() or bool(called))


def _other_name(luck: Chance, bank: Bank, name: str) -> str:
    if name.isdigit():
        return "".join("123456789"[int(luck.random() * 9)] for _ in name)
    first, second = pick(luck, bank.nouns), pick(luck, bank.nouns)
    if "_" in name:
        return f"{first}_{second}".upper() if name.isupper() else f"{first}_{second}"
    if name[0].isupper():
        return first.upper() if name.isupper() else first.capitalize() + second.capitalize()
    return first + second.capitalize() if name != name.lower() else first
