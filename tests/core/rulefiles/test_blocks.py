"""A guideline as a block of a Markdown file, and back."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_texts import DRAFTS, as_guidelines

from lora_studio.core.domain import Draft, Scope
from lora_studio.core.rulefiles.blocks import END, START, block_text, blocks_in

RULE = Draft(
    name="Boolean names",
    content="Start them with is or has.\n\n- never a negation",
    category="naming",
    priority=70,
    tags=("web/**", "ts"),
    scope=Scope("org", "acme"),
    rationale="They read as a question.",
    good=("is_open",),
    bad=("not_open",),
)


def text_of(draft: Draft) -> str:
    return block_text(as_guidelines([draft])[0])


def test_people_read_a_heading_the_text_the_reason_and_the_examples() -> None:
    first, *body = text_of(RULE).split("\n")
    assert first.startswith('<!-- lora-studio {"id":"00000000-0000-0000-0000-000000000001","scope":"org:acme",')
    assert "\n".join(body) == (
        "## Boolean names\n\nStart them with is or has.\n\n- never a negation\n\n**Why:** They read as a question.\n\n"
        "**Good:**\n\n```\nis_open\n```\n\n**Bad:**\n\n```\nnot_open\n```\n<!-- /lora-studio -->"
    )


@settings(max_examples=150, deadline=None)
@given(DRAFTS, st.booleans(), st.booleans())
def test_what_was_written_is_read_back(draft: Draft, crlf: bool, applies: bool) -> None:
    (one,) = as_guidelines([draft])
    text = f"Before.\n\n{block_text(one, ('web/**', '*.ts') if applies else ())}\n\nAfter.\n"
    (block,) = blocks_in(text.replace("\n", "\r\n") if crlf else text)
    assert block.draft == draft
    assert (block.id, block.version, block.edited, block.first) == (one.id, one.version, False, 2)


@settings(max_examples=60, deadline=None)
@given(DRAFTS)
def test_an_edit_is_told_and_changes_nothing_else(draft: Draft) -> None:
    first, body = text_of(draft).split("\n", 1)
    (block,) = blocks_in(f"{first}\n{body[: -len(END)]}An added line.\n{END}")
    assert block.edited
    assert block.draft is not None
    assert (block.draft.name, block.draft.good, block.draft.bad) == (draft.name, draft.good, draft.bad)


def test_what_was_edited_comes_back_as_it_stands() -> None:
    text = text_of(RULE).replace("is or has.", "is, has or can.").replace('"priority":70', '"priority":90')
    text = text.replace("**Bad:**", "**Bad:**\n\n```python\ndisabled\n```\n\n**Bad:**")
    (block,) = blocks_in(text)
    assert block.edited
    assert block.draft is not None
    assert block.draft.content.startswith("Start them with is, has or can.")
    assert (block.draft.priority, block.draft.bad) == (90, ("disabled", "not_open"))


def test_a_carriage_return_survives_an_edit_elsewhere() -> None:
    text = text_of(Draft(name="Line\nbreak", content="One.\rTwo.", rationale="Why not.")).replace(
        "Why not.", "Because."
    )
    (block,) = blocks_in(text)
    assert block.draft == Draft(name="Line\nbreak", content="One.\rTwo.", rationale="Because.")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{START}{{}} -->\n## A\n{END}", "cannot be read"),
        (f"{START}[1 -->\n## A\n{END}", "cannot be read"),
        (text_of(RULE).replace("org:acme", "world"), "cannot be read"),
        (text_of(RULE).removesuffix(END), "has no end"),
        (f"{START}{'[' * 100_000}\n{END}", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, fault: str) -> None:
    (block,) = blocks_in(text)
    assert block.draft is None
    assert fault in block.fault


def test_a_block_without_an_end_does_not_swallow_the_next() -> None:
    blocks = blocks_in(f"{START}{{}} -->\nText\n{text_of(RULE)}\n")
    assert [block.draft is None for block in blocks] == [True, False]


def test_a_foreign_id_says_nothing() -> None:
    (block,) = blocks_in(text_of(RULE).replace("00000000-0000-0000-0000-000000000001", "../../x"))
    assert block.id == ""


@pytest.mark.parametrize(
    "line", ["**Good:**\n```a\n", "**Good:**\n", "\\" * 50 + "\n", "`" * 50 + "\n", "**Why:** x\n", f"{START}\n"]
)
def test_hostile_blocks_take_linear_time(line: str) -> None:
    first = text_of(RULE).split("\n", 1)[0]
    began = time.process_time()
    blocks_in(f"{first}\n{line * 100_000}{END}")
    assert time.process_time() - began < 5
