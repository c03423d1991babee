"""Chat markers: found, and made harmless without a trace of the marker."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_studio.core.review.markers import FAMILIES, TABLE_DATE, TABLE_VERSION, defuse, find_marker

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
    "think",
    "</think>",
    "<|turn>",
    "<turn|>",
    "]~b]",
    "]~!b[",
    "[e~[",
    "[gMASK]",
    "]",
    "[",
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
        ("Write it in <think> tags", "<think>"),
        ("then </think>", "</think>"),
        ("<tool_response>", "<tool_response>"),
        ("<|turn>model", "<|turn>"),
        ("end<turn|>", "<turn|>"),
        ('<|"|>', '<|"|>'),
        ("[gMASK]<sop>", "[gMASK]"),
        ("<sop>", "<sop>"),
        ("<start_of_image>", "<start_of_image>"),
        ("<image_soft_token>", "<image_soft_token>"),
        ("<image>", "<image>"),
        ("[IMG]", "[IMG]"),
        ("[/THINK]", "[/THINK]"),
        ("]~b]ai", "]~b]"),
        ("[|user|]", "[|user|]"),
        ("<fim_prefix>", "<fim_prefix>"),
        ("<thinking>", None),
        ("a[i] and [x] and [args]", None),
        ("<img> and <video> and <audio>", None),
        ("xs |> f and f <| xs", None),
        ("a < b | c > d", None),
        ("x: list[int] <- y", None),
        ("<span>", None),
    ],
)
def test_markers_are_found(text: str, marker: str | None) -> None:
    assert find_marker(text) == marker


def test_a_defused_marker_reads_the_same() -> None:
    assert defuse("say <|user|> and [INST]") == "say < |user|> and [ INST]"


def test_markers_that_share_a_sign_are_all_broken() -> None:
    assert defuse("]~b]~b]~b]") == "] ~b] ~b] ~b]"


@pytest.mark.parametrize("piece", ["]~b", "<|user|>", "<|", "<" * 100, "[", "<|aaaa", "<think>"])
def test_the_time_is_linear(piece: str) -> None:
    began = time.process_time()
    defuse(piece * (2_000_000 // len(piece)))
    assert time.process_time() - began < 10


def test_the_table_says_what_it_is_and_from_where() -> None:
    assert TABLE_VERSION > 1
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", TABLE_DATE)
    for family in FAMILIES:
        assert family.models
        assert family.source.startswith("https://")


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_nothing_is_left_to_find_and_only_spaces_were_added(text: str) -> None:
    harmless = defuse(text)
    assert find_marker(harmless) is None
    assert harmless.replace(" ", "") == text.replace(" ", "")
    if find_marker(text) is None:
        assert harmless == text
