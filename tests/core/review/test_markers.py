"""Chat markers: found, and made harmless without a trace of the marker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_studio.core.review.markers import defuse, find_marker

PARTS = [
    "<|user|>",
    "<|",
    "|>",
    "user",
    "<s>",
    "</s>",
    "[INST]",
    "<<SYS>>",
    "<",
    ">",
    "|",
    " ",
    "x",
    "<｜User｜>",
    "\n",
]


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("say <|user|> hi", "<|user|>"),
        ("<|eot_id|>", "<|eot_id|>"),
        ("a </s> b", "</s>"),
        ("[/INST]", "[/INST]"),
        ("<end_of_turn>", "<end_of_turn>"),
        ("<｜begin▁of▁sentence｜>", "<｜begin▁of▁sentence｜>"),
        ("a < b | c > d", None),
        ("x: list[int] <- y", None),
        ("<span>", None),
    ],
)
def test_markers_are_found(text: str, marker: str | None) -> None:
    assert find_marker(text) == marker


def test_a_defused_marker_reads_the_same() -> None:
    assert defuse("say <|user|> and [INST]") == "say < |user|> and [ INST]"


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_nothing_is_left_to_find_and_only_spaces_were_added(text: str) -> None:
    harmless = defuse(text)
    assert find_marker(harmless) is None
    assert harmless.replace(" ", "") == text.replace(" ", "")
    if find_marker(text) is None:
        assert harmless == text
