"""Full-text search over a real index, kept by triggers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lora_studio.core.domain import Draft, GuidelineFilter, Scope
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, set_deleted
from lora_studio.core.library.search import matching_rows, search_guidelines
from lora_studio.core.library.store import Library

EVERYTHING = GuidelineFilter()


@pytest.fixture
def filled(library: Library) -> Library:
    drafts = [
        Draft(name="Validate input", content="Parse at the boundary.", tags=("api",), good=("Order.parse(x)",)),
        Draft(name="Small requests", content="Validate little, review fast.", category="git", scope=Scope("org", "a")),
        Draft(name="コメント", content="理由を書く。コードは何を言う。"),
        Draft(name="Naming", content="camelCase like getUserName here", rationale="Étage"),
    ]
    add_guidelines(library, drafts, "t")
    return library


def names(library: Library, text: str, wanted: GuidelineFilter = EVERYTHING) -> list[str]:
    hits, total = search_guidelines(library, text, wanted)
    assert total == len(hits)
    return [hit.guideline.name for hit in hits]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("validate", ["Validate input", "Small requests"]),  # in the name before in the text
        ("VALID", ["Validate input", "Small requests"]),  # the last word as a beginning
        ("validate boundary", ["Validate input"]),
        ("api", ["Validate input"]),
        ("order parse", ["Validate input"]),
        ("etage", ["Naming"]),
        ("UserName", ["Naming"]),  # inside a word: as a substring
        ("理由", ["コメント"]),
        ("validate nothing", []),
        ('"', []),
        ("( OR AND NOT NEAR *", []),
        ("parse(x", ["Validate input"]),
        (",", ["Small requests"]),
    ],
)
def test_text_finds(filled: Library, text: str, found: list[str]) -> None:
    assert names(filled, text) == found


def test_filter_and_scopes_come_first(filled: Library) -> None:
    assert names(filled, "validate", GuidelineFilter(categories=("git",))) == ["Small requests"]
    hits, total = search_guidelines(filled, "validate", EVERYTHING, visible=(Scope(),))
    assert ([hit.guideline.name for hit in hits], total) == (["Validate input"], 1)


def test_pages_and_snippets(filled: Library) -> None:
    hits, total = search_guidelines(filled, "validate", EVERYTHING, limit=1, offset=1)
    assert ([hit.guideline.name for hit in hits], total) == (["Small requests"], 2)
    assert hits[0].snippet == "**Validate** little, review fast."
    assert hits[0].score >= 0


def test_the_index_follows_every_change(filled: Library) -> None:
    hits, _ = search_guidelines(filled, "boundary", EVERYTHING)
    one = hits[0].guideline
    change_guidelines(filled, [one.id], lambda old: replace(old, content="Parse at the door."), "t")
    assert (names(filled, "boundary"), names(filled, "door")) == ([], ["Validate input"])
    set_deleted(filled, [one.id], True, "t")
    assert names(filled, "door") == []
    with filled.connection():
        filled.sql("INSERT INTO guideline_search (guideline_search) VALUES ('integrity-check')")


def test_rows_for_the_table(filled: Library) -> None:
    assert matching_rows(filled, " ") is None
    assert matching_rows(filled, "validate") == [1, 2]
    assert matching_rows(filled, "UserName") == [4]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=30))
def test_any_text_may_be_typed(filled: Library, text: str) -> None:
    clean = text.encode("utf-8", "ignore").decode().replace("\0", "")
    hits, total = search_guidelines(filled, clean, EVERYTHING)
    assert len(hits) == total <= 4
