"""What counts as blank, and how a scope reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lora_studio.core.domain import Scope, is_blank


@given(st.text(alphabet=st.sampled_from(" \t\n\u2003\u3000\ufeff\u200b\x1cab0_é"), max_size=6))
def test_blank_means_white_space_and_two_invisible_characters(text: str) -> None:
    assert is_blank(text) == all(c.isspace() or c in "\ufeff\u200b" for c in text)


def test_scopes_read_as_they_are_typed() -> None:
    assert [str(Scope()), str(Scope("project", "web:app"))] == ["global", "project:web:app"]
