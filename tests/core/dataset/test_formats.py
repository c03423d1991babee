"""Golden rows: one line of each format, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from samples import SOURCE

from lora_studio.core.dataset.formats import FORMATS, row_maker
from lora_studio.core.domain import Example

GOLDEN = Path(__file__).parents[2] / "golden"
EXAMPLES = [
    Example('What is the guideline for "Say "why" — 理由"?', SOURCE.content, "direct_query", "", SOURCE),
    Example("Is this approach correct?\n\n# add 1", "No, this violates …", "example_validation", "bad", SOURCE),
]
SYSTEM = "Follow the rules."


def lines(name: str, *, strict: bool = False) -> bytes:
    make_row = row_maker(name, strict=strict)
    return b"".join(msgspec.json.encode(make_row(example, SYSTEM)) + b"\n" for example in EXAMPLES)


@pytest.mark.parametrize("name", [*FORMATS])
def test_rows_are_the_golden_ones(name: str) -> None:
    assert lines(name) == (GOLDEN / f"{name}.jsonl").read_bytes()


def test_strict_anthropic_rows_are_the_golden_ones() -> None:
    assert lines("anthropic", strict=True) == (GOLDEN / "anthropic_strict.jsonl").read_bytes()


@pytest.mark.parametrize("name", [*FORMATS])
def test_the_encoder_writes_what_the_standard_library_would(name: str) -> None:
    make_row = row_maker(name)
    for example in EXAMPLES:
        row = make_row(example, SYSTEM)
        assert msgspec.json.encode(row).decode() == json.dumps(row, ensure_ascii=False, separators=(",", ":"))
