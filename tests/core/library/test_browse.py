"""The table's rows, order and counts, against a restatement in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_studio.core.domain import GLOBAL, Draft, Guideline, GuidelineFilter, Scope
from lora_studio.core.errors import Cancelled, NotFound
from lora_studio.core.library.browse import (
    SORT_COLUMNS,
    Summary,
    browse,
    guideline_at,
    ids_of,
    last_change,
    narrowed,
    ordered_rows,
    row_of,
    summaries,
)
from lora_studio.core.library.facets import count_labels, facets, read_labels
from lora_studio.core.library.guidelines import add_guidelines, get_guidelines, set_active, set_deleted
from lora_studio.core.library.store import Library, open_library

SCOPES = (GLOBAL, Scope("org", "acme"), Scope("org", "Zeta"), Scope("project", "web:app"))
CATEGORIES = ("security", "Style", "git")
TAGS = ("python", "sql", 'odd "tag"', "Ünïcode")
WORDS = ("", "input", "parse", "nowhere", "par", "%")


def drafts() -> list[Draft]:
    return [
        Draft(
            name=f"{['rule', 'Input', 'parse', 'Rule'][number // 4 % 4]} {number // 4:02}",  # in every scope
            content="parse the input" if number % 3 else "100 % of it",
            category=CATEGORIES[number % 3],
            priority=number * 13 % 101,
            tags=TAGS[: number % 4] if number % 5 else (TAGS[number % 4],),
            scope=SCOPES[number % 4],
            active=number % 6 != 0,
        )
        for number in range(40)
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, dict[int, Guideline]]:
    """A library of 40, three of them deleted, and its guidelines by row."""
    library = open_library(tmp_path_factory.mktemp("browse") / "library.db")
    ids = [guideline.id for guideline in add_guidelines(library, drafts(), "t")]
    set_deleted(library, ids[5:8], True, "t")
    rows = dict(enumerate(get_guidelines(library, ids), start=1))
    return library, rows


def is_meant(guideline: Guideline, wanted: GuidelineFilter) -> bool:
    return (
        guideline.deleted == wanted.deleted
        and wanted.active in (None, guideline.active)
        and (not wanted.categories or guideline.category in wanted.categories)
        and wanted.priority_min <= guideline.priority <= wanted.priority_max
        and (not wanted.tags or bool({*guideline.tags} & {*wanted.tags}))
        and (not wanted.scopes or any(guideline.scope in (scope, Scope(scope.type, guideline.scope.id))
             if not scope.id and scope.type != "global" else guideline.scope == scope for scope in wanted.scopes))
    )  # fmt: skip


def is_found(guideline: Guideline, text: str) -> bool:
    """Of the words used here: in name, content or tags, at a word's beginning, or anywhere where no word begins so."""
    said = f"{guideline.name} {guideline.content} {' '.join(guideline.tags)}".lower()
    return text in said if text == "%" else any(word.startswith(text) for word in said.split())


COMPARED: dict[str, Callable[[Guideline], Any]] = {
    "name": lambda one: one.name.lower(),
    "category": lambda one: one.category.lower(),
    "priority": lambda one: one.priority,
    "scope": lambda one: (one.scope.type, one.scope.id.lower()),
    "updated": lambda one: one.updated_at,
}

FILTERS = st.builds(
    GuidelineFilter,
    categories=st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True).map(tuple),
    priority_min=st.integers(0, 60),
    priority_max=st.integers(40, 100),
    tags=st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple),
    scopes=st.lists(st.sampled_from((*SCOPES, Scope("org"))), max_size=2, unique=True).map(tuple),
    active=st.sampled_from((True, False, None)),
)


@settings(max_examples=150, deadline=None)
@given(FILTERS, st.sampled_from(WORDS), st.sampled_from(sorted(COMPARED)), st.booleans())
def test_rows_are_those_meant_and_found_in_order(
    made: tuple[Library, dict[int, Guideline]], wanted: GuidelineFilter, text: str, column: str, descending: bool
) -> None:
    library, rows = made
    meant = [row for row, one in rows.items() if is_meant(one, wanted) and is_found(one, text)]
    meant.sort(key=lambda row: (rows[row].name, rows[row].category, rows[row].scope, row))
    meant.sort(key=lambda row: COMPARED[column](rows[row]), reverse=descending)
    assert browse(library, wanted, text, column, descending).tolist() == meant


@settings(max_examples=100, deadline=None)
@given(FILTERS, st.sampled_from(WORDS))
def test_counts_leave_out_the_own_choice(
    made: tuple[Library, dict[int, Guideline]], wanted: GuidelineFilter, text: str
) -> None:
    library, rows = made
    alive = [one for one in rows.values() if not one.deleted]

    def left(of: Callable[[Guideline, Any], bool], values: set[Any], **nothing: Any) -> dict[Any, int]:
        free = GuidelineFilter(**{name: getattr(wanted, name) for name in GuidelineFilter.__slots__} | nothing)
        meant = [one for one in alive if is_meant(one, free) and is_found(one, text)]
        return {value: sum(of(one, value) for one in meant) for value in values}

    shown = facets(library, wanted, text)
    assert dict(shown.scopes) == left(lambda one, scope: one.scope == scope, {one.scope for one in alive}, scopes=())
    labels = {one.category for one in alive}
    assert dict(shown.categories) == left(lambda one, label: one.category == label, labels, categories=())
    tags = {tag for one in alive for tag in one.tags}
    assert dict(shown.tags) == left(lambda one, tag: tag in one.tags, tags, tags=())
    assert {True: shown.active, False: shown.inactive} == left(
        lambda one, active: one.active == active, {True, False}, active=None
    )
    assert shown.total == len(alive)


def test_the_value_that_most_guidelines_have_comes_first_whatever_the_filter(
    made: tuple[Library, dict[int, Guideline]],
) -> None:
    library, _ = made
    everything = facets(library, GuidelineFilter(), "")
    narrow = facets(library, GuidelineFilter(scopes=(Scope("org", "acme"),)), "input")
    assert [name for name, _ in everything.categories] == ["security", "Style", "git"]
    assert [tag for tag, _ in narrow.tags] == [tag for tag, _ in everything.tags]


def test_summaries_keep_the_asked_order_and_say_what_a_line_shows(
    made: tuple[Library, dict[int, Guideline]],
) -> None:
    library, rows = made
    asked = [30, 2, 17, 999]
    expected = [{"row": row, **{name: getattr(rows[row], name) for name in Summary._fields[1:]}} for row in asked[:3]]
    assert [summary._asdict() for summary in summaries(library, asked)] == expected
    assert ids_of(library, asked) == [rows[row].id for row in asked[:3]]


def test_one_guideline_by_its_row_and_back(made: tuple[Library, dict[int, Guideline]]) -> None:
    library, rows = made
    assert guideline_at(library, 7) == rows[7]  # a deleted one too
    assert row_of(library, rows[7].id) == 7
    assert row_of(library, "nobody") is None
    with pytest.raises(NotFound):
        guideline_at(library, 999)


def test_every_sort_column_sorts(made: tuple[Library, dict[int, Guideline]]) -> None:
    library, _ = made
    for column in SORT_COLUMNS:
        up = ordered_rows(library, GuidelineFilter(), column, False)
        down = ordered_rows(library, GuidelineFilter(), column, True)
        assert sorted(up) == sorted(down) == sorted(set(up))


def test_the_first_order_needs_no_sorting(made: tuple[Library, dict[int, Guideline]]) -> None:
    library, _ = made
    with library.connection():
        plan = library.sql(
            "EXPLAIN QUERY PLAN SELECT row FROM guideline WHERE deleted = 0 AND active = 1"
            " ORDER BY priority DESC, name, category, scope_type, scope_id, row"
        ).fetchall()
    assert [line[3] for line in plan] == [
        "SEARCH guideline USING COVERING INDEX guideline_order (deleted=? AND active=?)"
    ]


def test_narrowing_keeps_the_order_and_everything_where_nothing_was_searched(
    made: tuple[Library, dict[int, Guideline]],
) -> None:
    library, _ = made
    order = ordered_rows(library, GuidelineFilter(), "name", False)
    assert narrowed(order, None) is order
    assert narrowed(order, [*order[:4]][::-1]).tolist() == order[:4].tolist()
    assert narrowed(order, []).tolist() == []


def test_counting_stops_when_it_is_told_to(made: tuple[Library, dict[int, Guideline]]) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        count_labels(made[0], read_labels(made[0]), GuidelineFilter(), None, stop)


def test_every_change_moves_the_mark(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db")
    marks = [last_change(library)]
    ids = [one.id for one in add_guidelines(library, drafts()[:2], "t")]
    marks.append(last_change(library))
    set_active(library, ids, False, "t")
    marks.append(last_change(library))
    set_active(library, ids[:1], False, "t")  # it was inactive already
    assert last_change(library) == marks[-1]
    set_deleted(library, ids[:1], True, "t")
    marks.append(last_change(library))
    assert marks == sorted(set(marks))
