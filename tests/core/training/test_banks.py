"""The banks of prompts: many kinds, none twice, and what the exam asks is asked nowhere else."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

import pytest

from lora_studio.core.resources import resources_dir
from lora_studio.core.starter import starter_drafts
from lora_studio.core.training.banks import (
    Prompt,
    general_prompts,
    naming_wordings,
    replay_prompts,
    understanding_wordings,
)

BANKS = {
    "replay": [prompt.text for prompt in replay_prompts()],
    "general": [prompt.text for prompt in general_prompts()],
    "understanding": [wording.text for wording in understanding_wordings()],
    "naming": [wording.text for wording in naming_wordings()],
}
ALIKE = 0.4
"""The share of common words from which two prompts count as the same one."""
SHAPES = frozenset({"understanding", "naming"})
"""The banks whose function words count, too: of them an export may not even have the shape."""


def _words(text: str, but: frozenset[str] = frozenset()) -> frozenset[str]:
    """The words of a prompt or template, without its placeholders and those in `but`."""
    return frozenset(re.findall(r"[a-z0-9']+", re.sub(r"{%.*?%}|{{.*?}}|{\w+}", " ", text).lower())) - but


FUNCTION_WORDS = _words("""
    a about an and are at by can do does for from give guidance have how i if in into is it know me my name need of on
    one or please say should tell that the this to what when where which who why with would write you your
""")
"""What says nothing about the topic: some prompts begin as questions about a rule do, on purpose."""
PROPER = _words("""
    Africa Australia Brazil C CPU CSS Celsius English Fahrenheit French Friday German Go HTML Hause Hello I Italian
    Italy JSON Java JavaScript June May Monday Mondays Norway Oslo Paris Portugal Portuguese Python Rome Rust SQL
    Sahara Spain Spanish TypeScript
""")
"""What may have a capital inside a sentence: places, languages, dates; a person or a brand would be a new one."""


def _alike(pairs: Iterable[tuple[str, str]], but: frozenset[str] = FUNCTION_WORDS) -> list[tuple[str, str]]:
    """The pairs that say the same, when the words in `but` do not count."""
    found = []
    for one, other in pairs:
        words, others = _words(one, but), _words(other, but)
        if words | others and len(words & others) >= ALIKE * len(words | others):
            found.append((one, other))
    return found


def test_enough_prompts_of_many_kinds() -> None:
    kinds = Counter(prompt.kind for prompt in replay_prompts())
    assert sum(kinds.values()) >= 120
    assert len(kinds) >= 12
    assert min(kinds.values()) >= 5
    assert max(kinds.values()) < sum(kinds.values()) / 4
    assert 24 <= len(general_prompts()) <= 40
    assert {prompt.kind for prompt in general_prompts()} == set(kinds)
    assert len(understanding_wordings()) >= 10
    assert len(naming_wordings()) >= 8


@pytest.mark.parametrize(("prompts", "least", "languages"), [(replay_prompts(), 20, 8), (general_prompts(), 4, 4)])
def test_code_is_asked_in_several_languages(prompts: Sequence[Prompt], least: int, languages: int) -> None:
    code = Counter(prompt.detail for prompt in prompts if prompt.kind == "code")
    assert sum(code.values()) >= least
    assert len(code) >= languages
    assert code["python"] >= 2


@pytest.mark.parametrize("prompts", [replay_prompts(), general_prompts()], ids=["replay", "general"])
def test_yes_is_right_as_often_as_no(prompts: Sequence[Prompt]) -> None:
    answers = Counter(prompt.detail for prompt in prompts if prompt.kind == "yes_no")
    assert set(answers) == {"yes", "no"}
    assert answers["yes"] == answers["no"]
    assert all(prompt.detail == "" for prompt in prompts if prompt.kind not in {"yes_no", "code"})


@pytest.mark.parametrize("name", BANKS)
def test_every_prompt_is_a_short_plain_text(name: str) -> None:
    for text in BANKS[name]:
        assert text
        assert text == text.strip()
        assert text.isascii()
        assert len(text) <= 200


@pytest.mark.parametrize("name", ["replay", "general"])
def test_no_general_prompt_has_a_place_left_to_fill(name: str) -> None:
    assert [text for text in BANKS[name] if re.search(r"{[a-z]\w*}|{{|{%|<\||\[/?INST", text)] == []


def test_every_wording_names_what_it_needs() -> None:
    values = {"a": "KEY_ONE", "b": "KEY_TWO", "text": "A {passage} of it."}
    for wording in (*understanding_wordings(), *naming_wordings()):
        filled = wording.text.format(**values)
        assert {name for name, value in values.items() if value in filled} == wording.places
    assert {wording.places for wording in understanding_wordings()} == {frozenset("ab"), frozenset({"text"})}
    assert {wording.places for wording in naming_wordings()} == {frozenset({"text"})}


@pytest.mark.parametrize("name", BANKS)
def test_no_prompt_stands_in_a_bank_twice(name: str) -> None:
    assert _alike(combinations(BANKS[name], 2)) == []


@pytest.mark.parametrize(("one", "other"), [*combinations(BANKS, 2)])
def test_no_prompt_stands_in_two_banks(one: str, other: str) -> None:
    assert _alike(product(BANKS[one], BANKS[other])) == []


def _template_prompts() -> list[str]:
    """The texts of the shipped export templates that have a place to fill, questions and answers."""

    def texts(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from texts(inner)

    files = sorted((resources_dir() / "examples").glob("*.toml"))
    return [text for file in files for text in texts(tomllib.loads(file.read_text(encoding="utf-8"))) if "{" in text]


@pytest.mark.parametrize("name", BANKS)
def test_no_export_asks_what_a_bank_asks(name: str) -> None:
    but = frozenset() if name in SHAPES else FUNCTION_WORDS
    assert _alike(product(BANKS[name], _template_prompts()), but=but) == []


@pytest.mark.parametrize("name", ["replay", "general"])
def test_no_general_prompt_is_about_a_rule(name: str) -> None:
    assert [text for text in BANKS[name] if re.search(r"(?i)guideline|our rule|handbook|\bteam\b", text)] == []
    titles = [draft.name for draft in starter_drafts()]
    assert _alike(product(BANKS[name], titles)) == []


@pytest.mark.parametrize("name", BANKS)
def test_no_prompt_names_a_person_or_a_brand(name: str) -> None:
    inside = re.compile(r"(?<=[a-z,] )[A-Z]\w*")
    found = {word.lower() for text in BANKS[name] for word in inside.findall(text.partition("\n\n")[0])}
    assert found - PROPER == set()


def test_the_python_that_is_shown_can_be_read() -> None:
    shown = [prompt.text for prompt in (*replay_prompts(), *general_prompts()) if "\ndef " in prompt.text]
    assert len(shown) >= 4
    for text in shown:
        ast.parse(text.partition("\n\n")[2])


def test_the_comparison_finds_a_near_copy() -> None:
    copy = "When {{ a }} and {b} came up, bring me up to date on our agreement!"
    assert _alike(product(BANKS["understanding"], [copy]), but=frozenset())
    assert _alike([("What is the capital of Portugal?", "Name the capital of Portugal.")])
    assert not _alike([("What is the capital of Portugal?", "What is the length of a mile?")])
