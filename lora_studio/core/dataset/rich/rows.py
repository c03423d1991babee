"""The rich rows of one guideline: titled, untitled, naming, reason, review, rewrite, verdicts and declines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from lora_studio.core.dataset.rich.bank import Bank, bank
from lora_studio.core.dataset.rich.titles import IsTitle, invented_titles
from lora_studio.core.dataset.rich.verdicts import pairs_of, verdict_rows
from lora_studio.core.dataset.rich.words import (
    Chance,
    chance,
    half_heard,
    mixed,
    pick,
    scrap,
    sentences_of,
    stem,
    stems_of,
    telling_words,
    without_title,
)
from lora_studio.core.domain import Example, SourceRow, is_blank
from lora_studio.core.library.tables import read_list

Row = tuple[str, str, str, str]
"""Question, answer, type, and the example's type."""


@dataclass(frozen=True, slots=True)
class Portions:
    """How many rows of each kind a guideline gets at most; `share` of them in a large library, a floor always."""

    titled: int = 8
    untitled: int = 40
    naming: int = 22
    why: int = 2
    verdict: int = 48
    decline: int = 7


def portions(guidelines: int, length: int) -> Portions:
    """Fewer rows a guideline where there are many (they teach each other's wordings) or the text is long."""
    share = 1.0 if guidelines <= 24 else 0.5 if guidelines <= 200 else 0.3
    share *= min(1.0, max(0.25, 600 / max(1, length)))
    most = Portions()

    def some(count: int, least: int) -> int:
        return max(least, round(count * share))

    return Portions(
        titled=some(most.titled, 6),
        untitled=some(most.untitled, 8),
        naming=some(most.naming, 4),
        why=most.why,
        verdict=2 * some(most.verdict // 2, 4),
        decline=some(most.decline, 2),
    )


def rich_examples(
    source: SourceRow, shown: tuple[Sequence[str], Sequence[str]], is_title: IsTitle, guidelines: int
) -> list[Example]:
    """The rich rows of a guideline whose text is not blank; the same for the same guideline.

    `shown` are the good and bad examples that may be seen, `guidelines` how many there are in the export. No question
    holds its answer.
    """
    made = [*_rows(source, shown, is_title, portions(guidelines, len(source.content)))]
    kept: dict[tuple[str, str], Example] = {}
    for prompt, completion, kind, example_type in made:
        if not is_blank(completion) and not _holds(prompt, completion):
            kept.setdefault((prompt, completion), Example(prompt, completion, kind, example_type, source))
    return list(kept.values())


def _holds(prompt: str, completion: str) -> bool:
    return len(completion) > 4 and " ".join(completion.casefold().split()) in " ".join(prompt.casefold().split())


def _rows(
    source: SourceRow, shown: tuple[Sequence[str], Sequence[str]], is_title: IsTitle, count: Portions
) -> Iterator[Row]:
    texts = bank()
    luck = partial(chance, "rich", source.id)
    good, bad = shown
    yield from _titled(luck("titled"), texts, source, count.titled)
    yield from _untitled(luck("untitled"), texts, source, [*good, *bad], count.untitled)
    yield from _naming(luck("naming"), texts, source, [*good, *bad], count.naming)
    yield from _why(luck("why"), texts, source, count.why)
    yield from _examples(luck("examples"), texts, source, good, bad)
    if pairs := pairs_of(good, bad):
        rule = "\n".join((source.name, source.content, source.rationale))
        for prompt, answer, kind in verdict_rows(luck("verdicts"), texts, pairs, rule, count.verdict):
            yield prompt, answer, "verdict", kind
    declines = luck("declines")
    for title in invented_titles(declines, texts, source.name, is_title, count.decline):
        asked = pick(declines, (*DOCUMENTED, *texts.titled)).replace("{name}", title)
        yield asked, pick(declines, texts.decline_answers), "decline", ""


DOCUMENTED = (
    'What is the guideline for "{name}"?',
    "I need guidance on {name}. What should I know?",
    "How should I handle {name}?",
)
"""The documented questions, which invented titles are asked with too."""


def _filled(text: str, source: SourceRow) -> str:
    """An answer for a guideline; its title is not said twice where the text begins with it."""
    if source.content.casefold().startswith(source.name.casefold().rstrip(".…")):
        text = text.replace("{name}: {content}", "{content}")
    return text.replace("{why}", source.rationale).replace("{name}", source.name).replace("{content}", source.content)


def _titled(luck: Chance, texts: Bank, source: SourceRow, count: int) -> Iterator[Row]:
    for prompt in mixed(luck, texts.titled)[:count]:
        yield _filled(prompt, source), _filled(pick(luck, texts.titled_answers), source), "titled_query", ""


def _untitled(luck: Chance, texts: Bank, source: SourceRow, examples: Sequence[str], count: int) -> Iterator[Row]:
    title = stems_of(source.name)
    sentences = sentences_of(source.content) or [source.content]
    reasons = sentences_of(source.rationale)
    said = telling_words([source.content, *read_list(source.tags), source.rationale], title)
    called = telling_words(examples, title | {stem(word) for word in said})
    # Words of the rule's own text tell most, then those of its reason, then the names in its examples.
    words = said or telling_words([source.content], frozenset())
    answers = texts.untitled_answers
    for number in range(count):
        turn = number % 8
        heard = half_heard(luck, pick(luck, reasons if turn == 7 and reasons else sentences), title)
        is_clear = len(stems_of(heard)) >= 2
        if turn in (0, 2, 4) and len(words) >= 2:
            prompt = _of_words(luck, pick(luck, texts.words), words, called)
        elif turn == 6 or not is_clear:
            prompt = pick(luck, texts.scraps).replace("{scrap}", scrap(luck, pick(luck, sentences)))
        else:
            prompt = pick(luck, texts.reasons if turn == 7 and reasons else texts.heard).replace("{heard}", heard)
        yield _capital(prompt), _filled(pick(luck, answers), source), "untitled_query", ""


def _of_words(luck: Chance, prompt: str, words: Sequence[str], called: Sequence[str]) -> str:
    """A question about some telling words, each in its own form or as another word of the same sense."""
    some = mixed(luck, words)
    if called and luck.random() < 0.3:
        some.insert(0, pick(luck, called))
    for place, name in enumerate(("{a}", "{b}", "{c}")):
        word = some[place % len(some)]
        prompt = prompt.replace(name, half_heard(luck, word) or word)
    return prompt


def _naming(luck: Chance, texts: Bank, source: SourceRow, examples: Sequence[str], count: int) -> Iterator[Row]:
    title = stems_of(source.name)
    sentences = [*sentences_of(source.content), *sentences_of(source.rationale)] or [source.content]
    for number in range(count):
        if number % 3 == 2 and examples:
            passage = without_title(pick(luck, examples), title)
        elif number % 6 == 0:
            passage = without_title(source.content, title)
        else:
            passage = half_heard(luck, pick(luck, sentences), title)
        if len(stems_of(passage)) >= 2 or number % 3 == 2:
            prompt = pick(luck, texts.naming).replace("{passage}", passage)
            yield prompt, _filled(pick(luck, texts.naming_answers), source), "naming", ""


def _why(luck: Chance, texts: Bank, source: SourceRow, count: int) -> Iterator[Row]:
    if not is_blank(source.rationale):
        for prompt in mixed(luck, texts.why)[:count]:
            yield _filled(prompt, source), _filled(pick(luck, texts.why_answers), source), "rationale_query", ""


def _examples(luck: Chance, texts: Bank, source: SourceRow, good: Sequence[str], bad: Sequence[str]) -> Iterator[Row]:
    for example in bad:
        prompt = pick(luck, texts.review).replace("{example}", example)
        yield prompt, _filled(pick(luck, texts.review_answers), source), "review", "bad"
    for right, wrong in zip(good, bad, strict=False):
        yield pick(luck, texts.rewrite).replace("{example}", wrong), right, "rewrite", "bad"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
