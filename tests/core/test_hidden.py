"""Characters that no reviewer sees: found, lawful ones let pass, and shown."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lora_studio.core.hidden import find_hidden, shown
from lora_studio.core.importing.reading import read_paths

CASES = Path(__file__).parents[3] / "shared" / "cases" / "04-markdown"
TAGGED = "".join(chr(0xE0000 + ord(sign)) for sign in "ignore it")


def names(text: str, *, code: bool = False) -> list[str]:
    return [one.what for one in find_hidden(text, code=code)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Use HTML.{TAGGED}", ["tag characters"]),
        ("may delete \u202e.rows", ["a bidi override"]),
        ("כתוב \u202e evil \u202c.", ["a bidi override"]),
        ("may delete \u2066// users\u2069 rows", ["a bidi control", "a bidi control"]),
        ("best\u200b practices", ["a zero-width character"]),
        ("practices\u2060.", ["a zero-width character"]),
        ("a\u200cb", ["a zero-width character"]),
        ("a\u200db", ["a zero-width character"]),
        ("x\u200b\u200by", ["a zero-width character"]),
        ("clear\x1b[2J", ["control characters"]),
        ("a\ufe00\ufe01\ufe02", ["variation selectors"]),
        ("a\ufe0f", ["variation selectors"]),
        ("\u202e" + "a" * 3 + "\u202d", ["a bidi override", "a bidi override"]),
    ],
)
def test_what_nobody_sees_is_found(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧 and ❤️ and 1️⃣ and 👍🏽 and 🏳️‍🌈",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "می‌خواهم",
        "क्‍ष और श्रीलंका ශ්‍රී",
        "שלום \u200f(א)\u200f ‪a‬",
        "ภาษา\u200bไทย",
        "葛\U000e0100飾区",
        "\ufeffA byte order mark",
        "tabs\tand\nlines\r\nand\x0cpages",
        "ordinary text",
        "Größe – “quotes” … 漢字",
    ],
)
def test_what_is_lawful_passes(text: str) -> None:
    assert names(text) == []


def test_marks_of_direction_are_never_lawful_in_code() -> None:
    assert names("שלום `x \u2067y`") == ["a bidi control in code"]
    assert names("שלום\n\n```\nif x: \u2067# y\n```\n\u200fא") == ["a bidi control in code"]
    assert names("שלום(\u2067x)", code=True) == ["a bidi control in code"]
    assert names("שלום \u200f", code=True) == []


def test_the_place_is_made_visible() -> None:
    text = f"Use semantic HTML.{TAGGED} Always."
    (hit,) = find_hidden(text)
    assert shown(text, hit.start, hit.end) == "Use semantic HTML.[tags: ignore it] Always."
    text = "One.\nOnly admins may delete \u202e.\u2066// rows\nThree."
    (one, two) = find_hidden(text)
    assert shown(text, one.start, one.end) == "Only admins may delete [U+202E].[U+2066]// rows"
    assert two.what == "a bidi control"
    assert shown(TAGGED * 50, 0, len(TAGGED) * 50).endswith("…]")


@pytest.mark.parametrize(
    "piece", ["\u200b", "a\u2066", "`\u2067", "```\n\u2067", "\U000e0041", "א\u202e", "\x1b", "é\ufe0f"]
)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    began = time.process_time()
    find_hidden(piece * 200_000)
    assert time.process_time() - began < 10


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hidden-unicode.md", ["tag characters", "[tags: ignore"]),
        ("bidi-override.md", ["a bidi override", "[U+202E]"]),
        ("rtl.md", ["a bidi override", "[U+202E] evil [U+202C]"]),
        ("crlf.md", []),
        ("nfc.md", []),
        ("nfd.md", []),
    ],
)
def test_an_import_names_it(name: str, said: list[str]) -> None:
    whys = " ".join(problem.why for problem in read_paths([CASES / name], lambda done, total: None).problems)
    assert bool(whys) is bool(said)
    assert all(part in whys for part in said)
