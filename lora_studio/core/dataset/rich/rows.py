"""The rich rows of one guideline: titled, untitled, naming, reason, review, rewrite, verdicts and declines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from lora_studio.core.dataset.rich.bank import Bank, Texts, bank, fill
from lora_studio.core.dataset.rich.titles import IsTitle, invented_titles
from lora_studio.core.dataset.rich.verdicts import Pair, pairs_of, verdict_rows
from lora_studio.core.dataset.rich.words import (
    Chance,
    chance,
    half_heard,
    holds,
    is_clear,
    is_code,
    mixed,
    pick,
    plain,
    scrap,
    sentences_of,
    stem,
    stems_of,
    telling_words,
    title_of,
    without_title,
    words_of,
)
from lora_studio.core.domain import Example, SourceRow, is_blank
from lora_studio.core.library.tables import read_list

COMMON_LENGTH = 300
"""Characters of a guideline's text, where it is not looked at."""
PASSAGE_MAX = 1_200
"""Characters of a text that is asked about: a row has room for its answer too."""
SHORT_RULE = 20
"""Characters of a rule that a question may hold whole; its answer says more."""
MORE = 4
"""So many times as often a question is tried where the rule says little."""
WORDINGS = 12
"""Questions that every rule is asked in, whatever it says."""
Row = tuple[str, str, str, str]
"""Question, answer, type, and the example's type."""


@dataclass(frozen=True, slots=True)
class Portions:
    """How many rows of each kind a guideline gets at most; `share` of them in a large library, a floor always."""

    titled: int = 9
    untitled: int = 26
    naming: int = 10
    why: int = 1
    verdict: int = 28
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


def rich_count(guidelines: int, *, has_both: bool) -> int:
    """About how many rich rows a guideline of common length yields; `has_both`: it has good and bad examples."""
    some = portions(guidelines, COMMON_LENGTH)
    return some.titled + some.untitled + some.naming + some.why + some.decline + has_both * some.verdict


def rich_examples(
    source: SourceRow, shown: Sequence[Pair], is_title: IsTitle, guidelines: int, surplus: int = 0
) -> list[Example]:
    """The rich rows of a guideline whose text is not blank; the same for the same guideline.

    `shown` are the good and bad examples that may be seen, "" where one stands alone; `guidelines` is how many there
    are in the export, and `surplus` how many yes more than no the other rows say. No question holds its answer.
    """
    core = plain(source.content).strip(" .!?…。")
    kept: dict[tuple[str, str], Example] = {}
    for prompt, completion, kind, example_type in _rows(
        source, shown, is_title, portions(guidelines, len(source.content))
    ):
        if not is_blank(completion) and not _gives_away(prompt, completion, source.content, core):
            kept.setdefault((prompt, completion), Example(prompt, completion, kind, example_type, source))
    rows = _not_mostly_titled([*kept.values()], source)
    return [*rows, *_verdicts(source, shown, guidelines, surplus)]


def _not_mostly_titled(rows: list[Example], source: SourceRow) -> list[Example]:
    """Without the last questions by title where more than half of all have it: a rule that says little else."""
    low = source.name.casefold()
    always = {_all_filled(text, source) for text in DOCUMENTED}
    asked = always | {row.prompt for row in rows if row.type != "decline"}
    named = {prompt for prompt in asked if low in prompt.casefold()}
    spare = min(2 * len(named) - len(asked), len(asked) - WORDINGS)
    titled = list(dict.fromkeys(row.prompt for row in reversed(rows) if row.type == "titled_query"))
    gone = {*[prompt for prompt in titled if prompt not in always][: max(0, spare)]}
    return [row for row in rows if row.type != "titled_query" or row.prompt not in gone]


def _gives_away(prompt: str, completion: str, content: str, core: str) -> bool:
    """Whether the question holds its answer, or the rule's whole text that the answer gives."""
    if content not in completion:
        return holds(prompt, completion)
    return core in plain(prompt) and (len(core) > SHORT_RULE or holds(prompt, completion))


def _rows(source: SourceRow, shown: Sequence[Pair], is_title: IsTitle, count: Portions) -> Iterator[Row]:
    texts = bank()
    luck = partial(chance, "rich", source.id)
    examples = [text for side in zip(*shown, strict=True) for text in side if not is_blank(text)]
    yield from _titled(luck("titled"), texts, source, count.titled)
    yield from _untitled(luck("untitled"), texts, source, examples, count.untitled)
    yield from _naming(luck("naming"), texts, source, examples, count.naming)
    yield from _why(luck("why"), texts, source, count.why)
    yield from _examples(luck("examples"), texts, source, shown)
    declines = luck("declines")
    for number, title in enumerate(invented_titles(declines, texts, source.name, is_title, count.decline)):
        wordings = DOCUMENTED[:1] if number % 2 == 1 else (*DOCUMENTED, *texts.titled)
        asked = fill(pick(declines, wordings), name=title)
        yield asked, pick(declines, texts.decline_answers), "decline", ""


def _verdicts(source: SourceRow, shown: Sequence[Pair], guidelines: int, surplus: int) -> list[Example]:
    pairs = pairs_of(shown)
    if not pairs:
        return []
    rule = "\n".join((source.name, source.content, source.rationale))
    count = portions(guidelines, len(source.content)).verdict
    rows = verdict_rows(chance("rich", source.id, "verdicts"), bank(), pairs, rule, count, surplus)
    return [Example(prompt, answer, "verdict", kind, source) for prompt, answer, kind in rows]


DOCUMENTED = (
    'What is the guideline for "{name}"?',
    "I need guidance on {name}. What should I know?",
    "How should I handle {name}?",
)
"""The documented questions, which invented titles are asked with too."""


def _filled(text: str, source: SourceRow) -> str:
    """A question or an answer for a guideline; its title is not said twice where the text begins with it."""
    if source.content.casefold().startswith(source.name.casefold().rstrip(".…")):
        text = text.replace("{name}: {content}", "{content}")
    return _all_filled(text, source)


def _all_filled(text: str, source: SourceRow) -> str:
    return fill(text, why=source.rationale, name=source.name, content=source.content)


def _answered(prompt: str, answer: str, otherwise: str, source: SourceRow) -> str:
    """The answer, or another wording of it where the question says it already."""
    filled = _filled(answer, source)
    return _all_filled(otherwise, source) if holds(prompt, filled) else filled


def _titled(luck: Chance, texts: Bank, source: SourceRow, count: int) -> Iterator[Row]:
    forms = list(dict.fromkeys(texts.titled_answers))
    # The documented question is the one that is asked most: it is learnt with every form of answer, and more often than
    # with titles that do not exist, or "there is no such guideline" becomes the answer to all of them.
    asked = [(DOCUMENTED[0], form) for form in forms]
    others = mixed(luck, (*DOCUMENTED[1:], *texts.titled))
    asked += [(wording, pick(luck, texts.titled_answers)) for wording in others]
    for wording, answer in asked[:count]:
        prompt = _filled(wording, source)
        yield prompt, _answered(prompt, answer, texts.titled_answers[-1], source), "titled_query", ""


def _untitled(luck: Chance, texts: Bank, source: SourceRow, examples: Sequence[str], count: int) -> Iterator[Row]:
    title = title_of(source.name)
    sentences = sentences_of(source.content) or [source.content]
    reasons = sentences_of(source.rationale)
    said = telling_words([source.content, *read_list(source.tags), source.rationale], title.stems)
    called = telling_words(examples, title.stems | {stem(word) for word in said})
    # Words of the rule's own text tell most, then those of its reason, then the names in its examples.
    words = said or telling_words([source.content], frozenset())
    made: set[str] = set()
    for number in range(MORE * count):
        if len(made) == count:
            break
        turn = number % 8
        heard = half_heard(luck, pick(luck, reasons if turn == 7 and reasons else sentences), title)
        if turn in (0, 2, 4) and len(words) >= 2:
            prompt = _of_words(luck, pick(luck, texts.words), words, called)
        elif turn == 6 or not is_clear(heard):
            part = scrap(luck, pick(luck, sentences))
            if is_blank(part):
                continue
            prompt = fill(pick(luck, texts.scraps), scrap=part)
        else:
            prompt = fill(pick(luck, texts.reasons if turn == 7 and reasons else texts.heard), heard=heard)
        prompt = _capital(prompt)
        answer = pick(luck, texts.untitled_answers)
        made.add(prompt)
        yield prompt, _answered(prompt, answer, answer, source), "untitled_query", ""


def _of_words(luck: Chance, prompt: str, words: Sequence[str], called: Sequence[str]) -> str:
    """A question about some telling words, each in its own form or as another word of the same sense."""
    some = mixed(luck, words)
    if called and luck.random() < 0.3:
        some.insert(0, pick(luck, called))
    chosen = {}
    for place, name in enumerate("abc"):
        word = some[place % len(some)]
        chosen[name] = half_heard(luck, word) or word
    return fill(prompt, **chosen)


def _naming(luck: Chance, texts: Bank, source: SourceRow, examples: Sequence[str], count: int) -> Iterator[Row]:
    title = title_of(source.name)
    sentences = [*sentences_of(source.content), *sentences_of(source.rationale)] or [source.content]
    wordings = apart_from(texts.naming, title.stems)
    for number in range(count):
        if number % 3 == 2 and examples:
            passage = without_title(_clipped(pick(luck, examples)), title)
        elif number % 6 == 0:
            passage = without_title(_clipped(source.content), title)
        else:
            passage = half_heard(luck, pick(luck, sentences), title)
        if is_clear(passage) or (number % 3 == 2 and words_of(passage)):
            prompt = fill(pick(luck, wordings), passage=passage)
            yield prompt, _filled(pick(luck, texts.naming_answers), source), "naming", ""


def apart_from(wordings: Texts, stems: frozenset[str]) -> Texts:
    """The wordings that say nothing of a title with these stems; all of them where every one does."""
    return tuple(text for text in wordings if not stems_of(fill(text, passage="")) & stems) or wordings


def _why(luck: Chance, texts: Bank, source: SourceRow, count: int) -> Iterator[Row]:
    if not is_blank(source.rationale):
        for prompt in mixed(luck, texts.why)[:count]:
            yield _filled(prompt, source), _filled(pick(luck, texts.why_answers), source), "rationale_query", ""


def _examples(luck: Chance, texts: Bank, source: SourceRow, shown: Sequence[Pair]) -> Iterator[Row]:
    for _, example in shown:
        if not is_blank(example):
            prompt = fill(pick(luck, texts.review), example=example)
            yield prompt, _filled(pick(luck, texts.review_answers), source), "review", "bad"
    for right, wrong in shown:
        if not is_blank(right) and not is_blank(wrong):
            yield fill(pick(luck, texts.rewrite), example=wrong), right, "rewrite", "bad"


def _clipped(text: str) -> str:
    """The beginning of a long text, in whole lines or words."""
    if len(text) <= PASSAGE_MAX:
        return text
    part = text[:PASSAGE_MAX]
    return part[: max(part.rfind("\n"), part.rfind(" "))] if " " in part or "\n" in part else part


def _capital(text: str) -> str:
    first = words_of(text)[:1]
    return text if first and is_code(first[0]) else text[:1].upper() + text[1:]
