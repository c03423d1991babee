"""The thesaurus: its format, its size, and that no word in it would change what a rule asks for."""

from __future__ import annotations

import re

import pytest

from lora_studio.core.resources import resource_text

SENSE = (
    "not no never none nothing nobody nowhere neither nor always must may might shall should can cannot will would "
    "could ought without unless except zero one two three four five six seven eight nine ten eleven twelve twenty "
    "thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen half once twice second "
    "third minute hour day week month year seconds minutes hours days weeks months years"
)
FORBIDDEN = frozenset(SENSE.split())


@pytest.fixture(scope="module")
def lines() -> list[str]:
    text = resource_text("examples/synonyms.txt")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_a_line_is_two_to_seven_different_lower_case_words(lines: list[str]) -> None:
    one_space = re.compile(r"[a-z]+(-[a-z]+)*( [a-z]+(-[a-z]+)*){1,6}")
    assert [line for line in lines if not one_space.fullmatch(line)] == []
    assert [line for line in lines if len(set(line.split())) < len(line.split())] == []


def test_there_are_at_least_900_groups_and_no_two_are_the_same(lines: list[str]) -> None:
    groups = {frozenset(line.split()) for line in lines}
    assert len(groups) == len(lines) >= 900


def test_no_word_would_change_the_sense_of_a_rule(lines: list[str]) -> None:
    assert {word for line in lines for word in line.split()} & FORBIDDEN == set()


def test_it_opens_by_saying_what_it_is() -> None:
    assert resource_text("examples/synonyms.txt").startswith("# ")
