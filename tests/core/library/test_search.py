"""Full-text search over a real index, kept by triggers."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lora_studio.core.domain import Draft, GuidelineFilter, Scope
from lora_studio.core.library import search
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, count_guidelines, set_deleted
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
    hits, total, _ = search_guidelines(library, text, wanted)
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


def test_names_with_signs_come_first(library: Library) -> None:
    drafts = [
        Draft(name="C", content="C is old. C has C. In C, C."),
        Draft(name="Memory", content="In C++ use smart pointers.", tags=("C++",)),
        Draft(name="Strings", content="Interpolate.", tags=("C#",)),
        Draft(name="Care", content="Take care."),
        Draft(name="Servers", content="Run node.js behind a proxy; every node is js."),
        Draft(name="Node", content="A node of js, a node of js, js node."),
    ]
    add_guidelines(library, drafts, "t")
    assert names(library, "C++") == ["Memory", "C", "Strings"]
    assert names(library, "c#")[0] == "Strings"
    assert set(names(library, "C")) == {"C", "Memory", "Strings", "Care"}
    assert names(library, "node.js") == ["Servers", "Node"]


def test_filter_and_scopes_come_first(filled: Library) -> None:
    assert names(filled, "validate", GuidelineFilter(categories=("git",))) == ["Small requests"]
    hits, total, _ = search_guidelines(filled, "validate", EVERYTHING, visible=(Scope(),))
    assert ([hit.guideline.name for hit in hits], total) == (["Validate input"], 1)


def test_pages_and_snippets(filled: Library) -> None:
    hits, total, _ = search_guidelines(filled, "validate", EVERYTHING, limit=1, offset=1)
    assert ([hit.guideline.name for hit in hits], total) == (["Small requests"], 2)
    assert hits[0].snippet == "**Validate** little, review fast."
    assert hits[0].score >= 0


def test_the_index_follows_every_change(filled: Library) -> None:
    hits, *_ = search_guidelines(filled, "boundary", EVERYTHING)
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
    hits, total, _ = search_guidelines(filled, clean, EVERYTHING)
    assert len(hits) == total <= 4


def test_snippets_show_every_word_that_was_found(filled: Library) -> None:
    one = Draft(name="Étages", content=f"{'x ' * 500}The étage above the boundary of each étage. {'y ' * 500}")
    (made,) = add_guidelines(filled, [one], "t")
    hits = search_guidelines(filled, "boundary etage", EVERYTHING).hits
    assert [hit.guideline for hit in hits] == [made]
    assert "x The **étage** above the **boundary** of each **étage**. y" in hits[0].snippet
    assert hits[0].snippet[0] == hits[0].snippet[-1] == "…"


@pytest.mark.parametrize("text", ["b c", "ee", "c " * 400])
def test_huge_texts_are_searched_soon(library: Library, text: str) -> None:
    contents = ("b c " * 25_000, "c" * 99_000 + " b", "b.c." * 25_000, "deed " * 20_000)
    add_guidelines(library, [Draft(name=f"n {n}", content=contents[n % 4]) for n in range(60)], "t")
    began = time.process_time()
    found = search_guidelines(library, text, EVERYTHING, limit=1_000)
    assert time.process_time() - began < search.SEARCH_S + 2
    assert found.hits
    assert all(len(hit.snippet) < 1_000 for hit in found.hits)


@pytest.mark.parametrize("text", ["word", "or"])
def test_after_its_time_a_search_gives_what_it_has(
    library: Library, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    add_guidelines(library, [Draft(name=f"n {n}", content="word " * 1_000) for n in range(300)], "t")
    monkeypatch.setattr(search, "SEARCH_S", 60.0)
    whole = search_guidelines(library, text, EVERYTHING, limit=300)
    assert (len(whole.hits), whole.total, whole.partial) == (300, 300, False)
    monkeypatch.setattr(search, "SEARCH_S", 0.0)
    monkeypatch.setattr(search, "_STEPS_BETWEEN_LOOKS", 50)
    found = search_guidelines(library, text, EVERYTHING, limit=300)
    assert found.partial
    assert len(found.hits) <= found.total < 300
    assert count_guidelines(library, EVERYTHING) == 300  # the limit is the search's alone
