"""Guidelines for the round trips through rule files: drawn by lot from what breaks Markdown."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from lora_studio.core.domain import Draft, Guideline, Scope

PIECES = [
    "Validate input", "\n", "\n\n", "```", "````", "~~~", "```python\nx = 1\n```", "# Heading", "## Heading\n",
    "- item\n", "<!-- comment -->", "<!-- lora-studio ", "<!-- /lora-studio -->", "\\<!-- /lora-studio -->", "-->",
    "--", "**Why:** ", "**Why:**", "**Good:**", "**Good:**\n\n```\ncode\n```", "\\**Bad:**\n", "**Bad:**\n", "---",
    "*Applies to `web/**`.*", "---\nglobs: x\n---\n", "理由を書く。", "كتاب", "שלום", "\u202eabc\u202c", "\r", "\r\n",
    "\t", " ", "  ", "\\", "\x0c", "\u2028", "\u0085", "\ufeff", "{{ x }}", '"', "'", "> quote", "| a | b |",
    "x" * 90, "[link](http://x)", "<b>", "@import",
]  # fmt: skip
TAGS = ["web/**", "**/*.{ts,tsx}", "api/**/*.py", "ts", "a, b", "--", "-->", "日本語", "`*", "*", "c*, d*"]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)
CONTENTS = TEXTS.filter(lambda text: any(not c.isspace() and c not in "\ufeff\u200b" for c in text))
EXAMPLES = st.lists(st.one_of(TEXTS, st.just("")), max_size=3).map(tuple)
CATEGORIES = [
    "general",
    "Naming",
    "naming",
    "error handling",
    "con",
    "日本",
    "a/b",
    "../x",
    "x" * 150,
    "new\nline",
    "é",
]
DRAFTS = st.builds(
    Draft,
    name=TEXTS,
    content=CONTENTS,
    category=st.sampled_from(CATEGORIES),
    priority=st.integers(0, 100),
    tags=st.lists(st.sampled_from(TAGS), max_size=4, unique=True).map(tuple),
    scope=st.sampled_from([Scope(), Scope("org", "acme"), Scope("project", "web:-->"), Scope("session", "日本")]),
    rationale=st.one_of(st.just(""), TEXTS),
    good=EXAMPLES,
    bad=EXAMPLES,
)


def as_guidelines(drafts: Sequence[Draft]) -> list[Guideline]:
    """Each draft as a guideline with an id and a version of its own."""
    return [
        Guideline(
            **{name: getattr(draft, name) for name in Draft.__slots__},
            id=str(uuid.UUID(int=number + 1)),
            version=number % 3 + 1,
            created_at="2025-12-24T10:30:00.000Z",
            updated_at="2025-12-24T10:30:00.000Z",
        )
        for number, draft in enumerate(drafts)
    ]


def named_apart(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with names that no library refuses."""
    return [replace(draft, name=f"{draft.name[:400]}{number}") for number, draft in enumerate(drafts)]
