"""Verdicts on examples: always both sides of a pair under the same question, as many yes as no."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lora_studio.core.dataset.rich.bank import Bank, fill
from lora_studio.core.dataset.rich.words import STOP_WORDS, Chance, mixed, pick, stems_of, words_of
from lora_studio.core.domain import is_blank

Pair = tuple[str, str]
Row = tuple[str, str, str]
"""Question, answer, and the example's type: "good" or "bad"."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|\d+")
_PIECE = re.compile(r"\w+|[^\w\s]")
FRAGMENT_MAX = 80
"""Characters of a difference that is still worth naming."""
EXAMPLE_MAX = 4_000
"""Characters of an example whose words are still looked at."""
_TRIES = 200


def pairs_of(shown: Sequence[Pair]) -> list[Pair]:
    """The complete pairs of `shown`; what stands alone goes with those of the other side, from the first on."""
    good = [one for one, _ in shown if not is_blank(one)]
    bad = [other for _, other in shown if not is_blank(other)]
    if not good or not bad:
        return []
    return [
        (good[place % len(good)] if is_blank(one) else one, bad[place % len(bad)] if is_blank(other) else other)
        for place, (one, other) in enumerate(shown)
        if not (is_blank(one) and is_blank(other))
    ]


def says(answer: str) -> int:
    """1 for an answer that begins with yes, -1 for no, 0 for any other."""
    return {"yes": 1, "no": -1}.get(next(iter(words_of(answer[:20])), "").casefold(), 0)


def verdict_rows(luck: Chance, bank: Bank, pairs: Sequence[Pair], rule: str, count: int, surplus: int = 0) -> list[Row]:
    """About `count` rows of the `pairs` and of variants of them that differ in names alone.

    `rule` is the guideline's whole text: what it names stays as it is. Two of three answers end with the verdict. There
    are as many yes as no together with rows that stand elsewhere and have `surplus` more yes than no.
    """
    spoken = stems_of(rule) | {word.casefold() for word in words_of(rule)}
    made = _both_sides(luck, bank, pairs, spoken)
    rows: dict[Row, None] = {}
    for _ in range(count // 2):
        rows.update(dict.fromkeys(next(made)))
    return [*rows, *_lacking(made, rows, surplus + sum(says(answer) for _, answer, _ in rows))]


def _lacking(made: Iterator[tuple[Row, Row]], rows: dict[Row, None], surplus: int) -> list[Row]:
    """What makes the rows even: as long as there are any, rows that are not among them; then the same once more."""
    more: list[Row] = []
    seen, tries = {*rows}, 0
    while len(more) < abs(surplus):
        row = next(made)[surplus > 0]
        if row in seen and tries < _TRIES:
            tries += 1
            continue
        seen.add(row)
        more.append(row)
    return more


def _both_sides(luck: Chance, bank: Bank, pairs: Sequence[Pair], spoken: frozenset[str]) -> Iterator[tuple[Row, Row]]:
    """Without end: a good and a bad example under the same question."""
    free = [_free_names(pair, spoken) for pair in pairs]
    number = 0
    while True:
        place = number % len(pairs)
        good, bad = _renamed(luck, bank, pairs[place], free[place] if number >= len(pairs) else [])
        prompt = bank.verdict_usual if luck.random() < 0.6 else pick(luck, bank.verdict_prompts)
        is_short = (number // len(pairs)) % 3 != 1
        asked = [fill(prompt, example=example) for example in (good, bad)]
        answers = (
            _answer(luck, bank, good, bad, "good", is_short=is_short),
            _answer(luck, bank, bad, good, "bad", is_short=is_short),
        )
        yes, no = (
            (question, bank.verdict_short[kind] if answer in question else answer, kind)
            for question, answer, kind in zip(asked, answers, ("good", "bad"), strict=True)
        )
        yield yes, no
        number += 1


def _answer(luck: Chance, bank: Bank, example: str, other: str, kind: str, *, is_short: bool) -> str:
    if is_short:
        return bank.verdict_short[kind]
    has, lacks = difference(example, other)
    if has and lacks:
        return fill(pick(luck, bank.verdict_reasons[kind]), has=has, lacks=lacks)
    return bank.verdict_plain[kind]


def difference(text: str, other: str) -> tuple[str, str]:
    """The piece of each in which the two differ; "" twice where it is long, has several lines or is no piece at all."""
    if max(len(text), len(other)) > EXAMPLE_MAX:
        return "", ""
    one, two = list(_PIECE.finditer(text)), list(_PIECE.finditer(other))
    most = min(len(one), len(two))
    start = next((at for at in range(most) if one[at].group() != two[at].group()), most)
    same = next((at for at in range(most - start) if one[-1 - at].group() != two[-1 - at].group()), most - start)
    if most == start + same < max(len(one), len(two)):  # one of them only has more: the word beside it too
        start, same = (start - 1, same) if start else (start, max(0, same - 1))
    pieces = [
        text[found[start].start() : found[-1 - same].end()] if start < len(found) - same else ""
        for text, found in ((text, one), (other, two))
    ]
    has, lacks = ("" if len(piece) > FRAGMENT_MAX or "\n" in piece else piece for piece in pieces)
    return (has, lacks) if has and lacks else ("", "")


def _free_names(pair: Pair, spoken: frozenset[str]) -> list[str]:
    """The names and numbers that both sides of a pair have and the rule does not speak of."""
    good, bad = pair
    if max(len(good), len(bad)) > EXAMPLE_MAX:
        return []
    others = set(_NAME.findall(bad))
    numbered = any(word.isdigit() for word in spoken)
    return [
        name
        for name in dict.fromkeys(_NAME.findall(good))
        if name in others and (not numbered if name.isdigit() else _may_change(name, good, spoken))
    ]


def _may_change(name: str, text: str, spoken: frozenset[str]) -> bool:
    """True for what a program calls something; not for a word of a sentence or of the rule."""
    low = name.casefold()
    if len(name) < 3 or low in STOP_WORDS or any(part in spoken for part in (low, *low.split("_"))):
        return False
    if "_" in name or name not in (name.lower(), name.upper(), name.capitalize()):
        return True
    return bool(re.search(rf"\b{re.escape(name)}(?:[(=\[]| = |\.\w)|[.(]{re.escape(name)}\b", text))


def _renamed(luck: Chance, bank: Bank, pair: Pair, free: Sequence[str]) -> Pair:
    """The pair with other names in place of some of those that are `free` to change."""
    if not free:
        return pair
    new = {name: _other_name(luck, bank, name) for name in mixed(luck, free)[: 1 + int(luck.random() * 3)]}
    good, bad = (_NAME.sub(lambda found: new.get(found.group(), found.group()), text) for text in pair)
    return (good, bad) if good != bad else pair


def _other_name(luck: Chance, bank: Bank, name: str) -> str:
    if name.isdigit():
        return "".join("123456789"[int(luck.random() * 9)] for _ in name)
    first, second = pick(luck, bank.nouns), pick(luck, bank.nouns)
    if "_" in name:
        return f"{first}_{second}".upper() if name.isupper() else f"{first}_{second}"
    if name[0].isupper():
        return first.upper() if name.isupper() else first.capitalize() + second.capitalize()
    return first + second.capitalize() if name != name.lower() else first
