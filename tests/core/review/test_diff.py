"""Diffs: right on any two texts, word by word inside changed lines, and quick on long ones."""

from __future__ import annotations

import random
import time

import pytest

from lora_studio.core.domain import Draft, Scope
from lora_studio.core.review.diff import LINES_MAX, DiffLine, changed_fields, diff_drafts, diff_texts


def drawn(lines: list[DiffLine]) -> str:
    """A diff as text, with what changed inside a line in brackets."""
    return "\n".join(
        f"{line.sign}{line.hidden or ''}" + "".join(f"[{text}]" if changed else text for text, changed in line.parts)
        for line in lines
    )


def test_words_inside_a_changed_line() -> None:
    old = "a\nb\nc\nParse every value from outside.\nd\ne\nf\ng"
    new = "a\nb\nc\nParse each value that comes from outside.\nd\ne\nf\ng"
    assert drawn(diff_texts(old, new)) == (
        " a\n b\n c\n-Parse [every] value from outside.\n+Parse [each] value [that comes ]from outside.\n d\n e\n…2"
    )


def test_lines_with_nothing_in_common_are_replaced_whole() -> None:
    assert drawn(diff_texts("alpha beta", "one, two; three")) == "-alpha beta\n+one, two; three"


def test_added_and_removed_lines() -> None:
    assert drawn(diff_texts("a\nb", "a\nb\nc")) == " a\n b\n+c"
    assert drawn(diff_texts("a\nb\nc", "a\nc")) == " a\n-b\n c"
    assert diff_texts("same", "same") == []


def test_both_texts_can_be_read_out_of_any_diff() -> None:
    dice = random.Random(7)
    words = ["abc", "de", "", "a b c", "a b d", "x, y", "de de"]
    for _ in range(3_000):
        old, new = ("\n".join(dice.choices(words, k=dice.randrange(1, 9))) for _ in range(2))
        lines = diff_texts(old, new, context=99)
        if old != new:
            assert "\n".join(line.text for line in lines if line.sign != "+") == old
            assert "\n".join(line.text for line in lines if line.sign != "-") == new


@pytest.mark.parametrize("vocabulary", [2, 500, 10**9])
def test_ten_thousand_lines_take_no_time(vocabulary: int) -> None:
    dice = random.Random(1)
    old, new = ("\n".join(str(dice.randrange(vocabulary)) for _ in range(10_000)) for _ in range(2))
    started = time.process_time()
    lines = diff_texts(old, new)
    assert time.process_time() - started < 2
    assert len(lines) <= LINES_MAX + 1
    assert lines[-1].hidden > 0


def test_every_field_of_a_guideline() -> None:
    old = Draft(name="A", content="x", tags=("a", "b"), good=("1", "2"), scope=Scope("org", "acme"))
    new = Draft(name="A b", content="x", priority=4, tags=("b", "c"), good=("0", "1", "3"), bad=("q\nr",), active=False)
    assert changed_fields(old, new) == ("name", "priority", "scope", "active", "tags", "good", "bad")
    assert [(one.field, one.number, drawn(list(one.lines))) for one in diff_drafts(old, new)] == [
        ("name", 0, "-A\n+A[ b]"),
        ("priority", 0, "-50\n+4"),
        ("scope", 0, "-org:acme\n+global"),
        ("active", 0, "-True\n+False"),
        ("tags", 0, "-a\n+c"),
        ("good", 1, "+0"),
        ("good", 3, "-2\n+3"),
        ("bad", 1, "+q\n+r"),
    ]


def test_only_the_order_of_tags() -> None:
    (found,) = diff_drafts(Draft(name="A", content="x", tags=("a", "b")), Draft(name="A", content="x", tags=("b", "a")))
    assert drawn(list(found.lines)) == "-a, b\n+b, a"
