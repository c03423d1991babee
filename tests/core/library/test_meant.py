"""Which guideline a question means."""

from __future__ import annotations

import pytest

from lora_studio.core.domain import OWNER, Draft
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.meant import meant
from lora_studio.core.library.store import Library

RULES = (
    Draft(name="Naming", content="Use whole words."),
    Draft(name="Naming of tests", content="A test's name says what must hold.", good=("test_total_is_the_sum()",)),
    Draft(name="Retry twice", content="Try a failed call again, at most two times, with 25 ms between."),
    Draft(name="Log errors", content="Write each error to the log, once.", tags=("logging",)),
    Draft(name="Größe zählt", content="Bilder sind höchstens 200 KB groß."),
    Draft(name="命名规则", content="使用完整的单词。"),
    Draft(name="Off", content="A switched-off rule about penguins.", active=False),
)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ('What is the guideline for "Naming"?', "Naming"),
        ('What is the guideline for "Naming of tests"?', "Naming of tests"),
        ("what do we say about naming of tests here", "Naming of tests"),
        ("How many times may a failed call be tried again?", "Retry twice"),
        ("Where does an error go?", "Log errors"),
        ("Is this approach correct?\n\ntest_total_is_the_sum()", "Naming of tests"),
        ("Wie groß dürfen Bilder sein?", "Größe zählt"),
        ("请说明命名规则。", "命名规则"),
        ("What is 12 plus 7?", None),
        ("Write a poem about the sea, the wind and a lonely error of youth.", None),
        ("Tell me about penguins", None),
        ("", None),
        ('" OR zebra:* AND (', None),
        ("the and of", None),
    ],
)
def test_what_a_question_means(library: Library, question: str, name: str | None) -> None:
    add_guidelines(library, RULES, OWNER)
    found = meant(library, question)
    assert (found.name if found else None) == name
    assert found is None or found.content == next(rule.content for rule in RULES if rule.name == name)


def test_an_empty_library_means_nothing(library: Library) -> None:
    assert meant(library, 'What is the guideline for "Naming"?') is None
