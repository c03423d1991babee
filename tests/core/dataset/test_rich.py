"""Rich rows of a guideline: enough wordings, none that tells too much, the same every time, whatever the text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from rich_rules import ALL, DOCUMENTED, RETRY, made, source

from lora_studio.core.dataset.rich.bank import bank, fill
from lora_studio.core.dataset.rich.rows import apart_from, portions
from lora_studio.core.dataset.rich.titles import IsTitle, invented_titles
from lora_studio.core.dataset.rich.words import STOP_WORDS, chance, stems_of, thesaurus
from lora_studio.core.dataset.variety import RICH_TYPES, title_check
from lora_studio.core.domain import OWNER, Draft, Example, ExportOptions, SourceRow, is_blank
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.review.markers import find_marker


def words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W_]+", text)}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_a_rule_is_asked_about_in_many_ways_at_least_half_without_its_title(one: SourceRow) -> None:
    rows = [row for row in made(one) if row.type != "decline"]
    asked = {row.prompt for row in rows}
    untitled = {prompt for prompt in asked if one.name.casefold() not in prompt.casefold()}
    assert len(asked) >= 12
    assert 2 * len(untitled) >= len(asked)
    about = {row.prompt for row in rows if one.content in row.completion}
    assert len(about) >= 12
    assert 2 * len(about & untitled) >= len(about)


@pytest.mark.parametrize("guidelines", [1, 24, 25, 200, 201, 100_000])
def test_a_large_library_shrinks_the_portions_and_keeps_the_floor(guidelines: int) -> None:
    rows = [row for row in made(RETRY, guidelines=guidelines) if row.type != "decline"]
    asked = {row.prompt for row in rows}
    untitled = {prompt for prompt in asked if RETRY.name.casefold() not in prompt.casefold()}
    assert len(asked) >= 12
    assert 2 * len(untitled) >= len(asked)
    assert Counter(row.type for row in rows)["untitled_query"] <= portions(guidelines, len(RETRY.content)).untitled


def leaks(rows: list[Example], name: str) -> Iterator[tuple[str, str]]:
    """Telling words of the title that a question for the title says, beside those of the shipped wording itself."""
    telling = {word.casefold() for word in re.findall(r"[^\W_]{3,}", name)} - STOP_WORDS
    for row in rows:
        if row.type == "naming" and not _excused(row.prompt, name):
            yield from ((word, row.prompt) for word in telling & words(row.prompt))
            if telling and name.casefold() in row.prompt.casefold():
                yield name, row.prompt


def _excused(prompt: str, name: str) -> bool:
    """Where every shipped wording has words of the title, none can be without."""
    return all(stems_of(fill(text, passage="")) & stems_of(name) for text in bank().naming) and bool(prompt)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_questions_for_the_title_do_not_tell_it(one: SourceRow) -> None:
    rows = made(one)
    assert list(leaks(rows, one.name)) == []
    named = [row for row in rows if row.type == "naming"]
    assert named
    assert all(one.name in row.completion for row in named)


def test_words_of_the_title_are_gone_from_names_of_programs_and_synonyms_too() -> None:
    title = "Attempt retries"
    text = (
        "Use max_retry, retryCount, HTTPRetries and re-retry."
        " Try again at each attempt/failure; an effort is an endeavour."
    )
    rows = made(source(title, text, why="Every try costs time; efforts and endeavours add up quickly."))
    assert list(leaks(rows, title)) == []
    said = [word for row in rows if row.type == "naming" for word in re.findall(r"[A-Za-z][a-z]+", row.prompt)]
    assert not {word.casefold() for word in said} & {"retry", "retries", "attempt", "attempts"}
    assert "attempt" in thesaurus()["try"]


def test_wordings_that_say_the_title_give_way() -> None:
    every = bank().naming
    assert apart_from(every, frozenset()) == every
    assert all("guideline" not in text for text in apart_from(every, stems_of("Guidelines")))
    assert apart_from(every, stems_of("Rules, guidelines, titles")) == every


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_no_question_holds_its_answer(one: SourceRow) -> None:
    for row in made(one):
        if row.type in RICH_TYPES and row.type != "verdict":
            assert _low(row.completion) not in _low(row.prompt)
            if one.content in row.completion:
                assert _low(one.content).strip(" .") not in _low(row.prompt)


def _low(text: str) -> str:
    return " ".join(text.casefold().split())


def test_names_that_are_the_whole_rule() -> None:
    for number, text in enumerate(
        ("Tabs", "Never force-push to main, whoever asks for it.", "缩进", "x", "...", "C++")
    ):
        rows = made(source(text, text, row=number))
        assert {row.type for row in rows} >= DOCUMENTED - {"example_validation"}
        for row in rows:
            if row.type in RICH_TYPES:
                assert _low(row.completion) not in _low(row.prompt)
        assert list(leaks(rows, text)) == []


@pytest.mark.parametrize(
    ("name", "content"), [("Indentation", "Tabs"), ("Force pushes", "Never to main."), ("缩进", "用制表符")]
)
def test_one_word_is_enough(name: str, content: str) -> None:
    asked = {row.prompt for row in made(source(name, content)) if row.type != "decline"}
    assert len(asked) >= 12
    assert 2 * sum(name.casefold() not in prompt.casefold() for prompt in asked) >= len(asked)


ALPHABET = st.text(
    st.one_of(
        st.sampled_from(list(" \n.,;:!?-_(){}[]`'\"abcdeStT019üßéя错误ลبд")),
        st.characters(min_codepoint=1, exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=200,
)
EXAMPLES = st.lists(ALPHABET, max_size=4).map(tuple)


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(ALPHABET, ALPHABET, EXAMPLES, EXAMPLES, st.one_of(st.just(""), ALPHABET), st.integers(0, 5))
def test_whatever_the_text(
    name: str, content: str, good: tuple[str, ...], bad: tuple[str, ...], why: str, cap: int
) -> None:
    assume(not is_blank(name))
    one = source(name, content, good=good, bad=bad, why=why)
    options = ExportOptions(target_model="m", variety="rich", examples_per_guideline=cap)
    rows = made(one, options)
    assert rows == made(one, options)
    if is_blank(content):
        assert rows == []
    assert {row.type for row in rows} <= DOCUMENTED | set(RICH_TYPES)
    assert list(leaks(rows, name)) == []
    for row in rows:
        assert row.source == one
        assert not is_blank(row.prompt)
        assert "\0" not in row.prompt + row.completion
        assert find_marker(row.prompt + row.completion) is None
        if row.type in RICH_TYPES:
            assert not is_blank(row.completion)
            assert row.type == "verdict" or _low(row.completion) not in _low(row.prompt)
        if row.type == "untitled_query":
            assert row.completion.casefold().startswith((name.casefold(), name.casefold().rstrip(".…")))
    judged = [row.completion for row in rows if row.type in ("verdict", "example_validation")]
    assert sum(answer.startswith("Yes") for answer in judged) * 2 == len(judged)


def test_braces_in_a_text_are_left_alone() -> None:
    why = "As {content} has {name}."
    one = source(
        "The {content} of {why}", "Write {name} and {a} in {example}.", why=why, good=("{lacks}",), bad=("{has}",)
    )
    prompts = [row.prompt for row in made(one) if row.type == "titled_query"]
    assert prompts
    assert all("The {content} of {why}" in prompt for prompt in prompts)
    assert {row.completion for row in made(one) if row.type == "rationale_query"} == {why}
    reasons = {row.completion for row in made(one) if row.type == "verdict" and "`" in row.completion}
    assert reasons
    assert all(("`lacks`" in reason and "`has`" in reason) or reason.count("`") == 2 for reason in reasons)


def test_markers_are_made_harmless_in_every_row() -> None:
    one = source(
        "The <|user|> tag", "Write <|end|> after each turn, and [INST] never. Keep </s> for the end of a text.",
        why="A stray <|assistant|> ends the turn.", good=("say('<|end|>')", "b"), bad=("say('[INST]')", "c"),
    )  # fmt: skip
    rows = made(one)
    assert {row.type for row in rows} >= set(RICH_TYPES) - {"verdict"}
    assert [row for row in rows if find_marker(row.prompt + "\n" + row.completion)] == []


def test_titles_of_the_library_are_never_declined(library: Library) -> None:
    def invented(is_title: IsTitle) -> list[str]:
        return invented_titles(chance("rich", RETRY.id, "declines"), bank(), RETRY.name, is_title, 7)

    before = invented(lambda title: False)
    assert len(before) == 7
    assert any({*title.split()} & {*RETRY.name.split()} for title in before)
    taken = [Draft(name=title.upper(), content="x") for title in before[:5]]
    add_guidelines(library, [*taken, Draft(name=before[5].lower(), content="x", active=False)], OWNER)
    assert invented(title_check(library)) == before[6:]
    assert not title_check(library)(before[6])
    declined = {row.completion for row in made(RETRY) if row.type == "decline"}
    assert all(text.startswith("There is no such guideline") for text in declined)


def test_every_type_is_made_and_named() -> None:
    counted = Counter(row.type for row in made(RETRY))
    assert set(counted) == DOCUMENTED | set(RICH_TYPES)
    assert counted["untitled_query"] == portions(10, len(RETRY.content)).untitled


def test_without_examples_none_is_shown() -> None:
    for options in (
        ExportOptions(target_model="m", variety="rich", include_examples=False),
        ExportOptions(target_model="m", variety="rich", examples_per_guideline=0),
    ):
        rows = made(RETRY, options)
        assert not {row.type for row in rows} & {"example_validation", "verdict", "review", "rewrite"}
        assert not [row for row in rows if "url" in row.prompt]


def test_a_very_long_rule_is_quick_and_gets_fewer_rows() -> None:
    long = "Words of many kinds, some_code(here) and others again; never stop writing here. "
    no_end = "word " * 20_000
    no_space = "x" * 100_000
    for number, text in enumerate((long * 1_250, no_end, no_space, "错误" * 50_000, "!" * 100_000, "a-" * 50_000)):
        one = source(
            "A long one",
            text[:100_000],
            why=text[:10_000],
            good=(text[:100_000], "b"),
            bad=("c" + text, "d"),
            row=number,
        )
        started = time.process_time()
        rows = made(one)
        assert time.process_time() - started < 2.0, text[:20]  # a quarter of a second on a quiet machine
        assert len(rows) < 80
        asked = [row.prompt for row in rows if row.type not in ("review", "rewrite", "verdict", "example_validation")]
        assert max(map(len, asked)) < 2_000


def test_the_same_rows_whatever_the_hash_seed() -> None:
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); from rich_rules import ALL, made;"
        "print(json.dumps([row[:4] for one in ALL for row in made(one)]))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program, str(Path(__file__).parents[2])],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert json.loads(said.pop()) == [list(row[:4]) for one in ALL for row in made(one)]
