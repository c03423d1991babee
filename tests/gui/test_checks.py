"""What the form refuses, in words for a person, and that it refuses exactly what the JSON door does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules import DRAFTS

from lora_studio.core.domain import Draft, Scope
from lora_studio.core.sharing import draft_json
from lora_studio.doors.records import GUIDELINE
from lora_studio.gui.guidelines.checks import faults

NO_TEXT = "It holds a character that is not text (NUL or half a character); remove it"


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name": "x" * 501}, "name", "501 characters are too many; at most 500"),
        ({"content": "x" * 100_001}, "content", "100,001 characters are too many; at most 100,000"),
        ({"content": " \u200b\n"}, "content", "Write what the guideline says"),
        ({"category": "c" * 201}, "category", "201 characters are too many; at most 200"),
        ({"tags": ("t" * 201,)}, "tags", "201 characters are too many; at most 200"),
        ({"tags": tuple(map(str, range(101)))}, "tags", "101 tags are too many; at most 100"),
        ({"rationale": "a\0b"}, "rationale", NO_TEXT),
        ({"good": ("fine", "\ud800")}, "good", NO_TEXT),
        ({"scope": Scope("org", "")}, "scope", "Say which org it is, by its name or id"),
    ],
)  # fmt: skip
def test_what_is_refused(change: dict[str, object], field: str, said: str) -> None:
    draft = replace(DRAFTS[0], **change)  # type: ignore[arg-type]
    assert faults(draft) == {field: said}


def test_what_is_good_has_no_fault() -> None:
    assert [faults(draft) for draft in DRAFTS] == [{}] * len(DRAFTS)


SAMPLES = (
    *DRAFTS,
    Draft(name=" ", content="."), Draft(name="", content="x"), Draft(name="x", content="\u200b "),
    Draft(name="x" * 501, content="x"), Draft(name="x", content="x" * 100_001),
    Draft(name="x", content="x", category=""),
    Draft(name="x", content="x", category=" "), Draft(name="x", content="x", tags=("",)),
    Draft(name="x", content="x", tags=("t" * 201,)), Draft(name="x", content="x", tags=tuple(map(str, range(101)))),
    Draft(name="x", content="x", scope=Scope("org", " ")), Draft(name="x", content="x", scope=Scope("org")),
    Draft(name="x", content="a\0"), Draft(name="x", content="x", good=("\ud800",)),
    Draft(name="x", content="x", bad=("",)),
    Draft(name="x", content="x", good=("g",) * 1_001), Draft(name="x", content="x", rationale="r" * 100_001),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_the_window_refuses_what_the_json_door_refuses(number: int) -> None:
    draft = SAMPLES[number]
    refused: list[tuple[str, str]] = []
    GUIDELINE(draft_json(draft), "guideline", refused)
    assert bool(faults(draft)) is bool(refused)
