"""Guidelines and their history in a real SQLite file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import peewee
import pytest

from lora_studio.core.domain import Draft, Guideline, GuidelineFilter, GuidelineVersion, Scope
from lora_studio.core.errors import Conflict, NotFound
from lora_studio.core.library.guidelines import (
    add_guidelines,
    change_guidelines,
    count_guidelines,
    get_guideline,
    guideline_history,
    list_guidelines,
    set_active,
    set_deleted,
)
from lora_studio.core.library.store import Library

pytestmark = pytest.mark.usefixtures("fixed_clock")
NOW = "2025-12-24T10:30:00.000Z"
WEB = Scope("project", "web")
DRAFT = Draft(
    name='Say "why"',
    content="Comments\tgive reasons.\x01",
    category="code_style",
    priority=0,
    tags=("review", "日本語"),
    scope=WEB,
    rationale="Code says what.",
    good=("# because", ""),
    bad=("# add 1",),
)


def add(library: Library, **changes: Any) -> Guideline:
    return add_guidelines(library, [replace(DRAFT, **changes)], "alice", "first")[0]


def test_what_is_added_is_read_back_whole(library: Library) -> None:
    made = add(library)
    own = {name: getattr(DRAFT, name) for name in Draft.__slots__}
    assert made == Guideline(**own, id=made.id, version=1, created_at=NOW, updated_at=NOW)
    assert get_guideline(library, made.id) == made
    assert list_guidelines(library, GuidelineFilter()) == [made]


def test_every_change_is_a_version_and_nothing_is_overwritten(library: Library) -> None:
    made = add(library)
    change_guidelines(library, [made.id], lambda old: replace(old, content="New."), "bob", "clearer")
    set_active(library, [made.id], False, "carol", "old")
    own = {name: getattr(DRAFT, name) for name in Draft.__slots__}

    def version(number: int, by: str, why: str, **changes: Any) -> GuidelineVersion:
        return GuidelineVersion(**own | changes, version=number, created_at=NOW, created_by=by, reason=why)

    assert guideline_history(library, made.id) == [
        version(3, "carol", "old", content="New.", active=False),
        version(2, "bob", "clearer", content="New."),
        version(1, "alice", "first"),
    ]
    assert get_guideline(library, made.id).version == 3


def test_a_change_that_changes_nothing_makes_no_version(library: Library) -> None:
    made = add(library)
    assert change_guidelines(library, [made.id], lambda old: old, "bob") == []
    assert set_active(library, [made.id], True, "bob") == 0
    assert len(guideline_history(library, made.id)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE guideline_version SET content = 'x'",
        "DELETE FROM guideline_version",
        "DELETE FROM guideline",
        "UPDATE guideline SET content = 'x'",  # without a new version number
    ],
)
def test_the_file_itself_refuses_to_forget(library: Library, statement: str) -> None:
    add(library)
    with library.connection(), pytest.raises(peewee.IntegrityError):
        library.sql(statement)


def test_names_are_unique_in_a_scope_among_those_not_deleted(library: Library) -> None:
    made = add(library)
    add(library, scope=Scope())
    with pytest.raises(Conflict) as refused:
        add_guidelines(library, [replace(DRAFT, name="other"), DRAFT], "alice")
    assert refused.value.field == "1.name"
    assert count_guidelines(library, GuidelineFilter()) == 2
    set_deleted(library, [made.id], True, "alice")
    second = add(library)
    with pytest.raises(Conflict, match="already has a guideline named"):
        set_deleted(library, [made.id], False, "alice")
    set_deleted(library, [second.id], True, "alice")
    assert set_deleted(library, [made.id], False, "alice") == 1


def test_an_expected_version_that_moved_on_is_a_conflict(library: Library) -> None:
    made = add(library)
    change_guidelines(library, [made.id], lambda old: replace(old, priority=9), "bob", expected_version=1)
    with pytest.raises(Conflict, match="at version 2, not 1"):
        change_guidelines(library, [made.id], lambda old: replace(old, priority=3), "carol", expected_version=1)
    assert get_guideline(library, made.id).priority == 9


def test_one_unknown_id_and_nothing_is_changed(library: Library) -> None:
    made = add(library)
    with pytest.raises(NotFound, match="no guideline with the id 'nope'"):
        set_deleted(library, [made.id, "nope"], True, "bob")
    assert get_guideline(library, made.id) == made


def test_deleted_ones_are_gone_until_they_are_restored(library: Library) -> None:
    made = add(library)
    set_deleted(library, [made.id], True, "bob")
    assert count_guidelines(library, GuidelineFilter(active=None)) == 0
    with pytest.raises(NotFound, match="was deleted"):
        get_guideline(library, made.id)
    with pytest.raises(NotFound, match="was deleted"):
        set_active(library, [made.id], False, "bob")
    set_deleted(library, [made.id], False, "bob")
    assert get_guideline(library, made.id).version == 3


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["b", "c", "a"]),
        ({"active": None}, ["d", "b", "c", "a"]),
        ({"active": False}, ["d"]),
        ({"categories": ("x",)}, ["b", "a"]),
        ({"categories": ("x", "y")}, ["b", "c", "a"]),
        ({"priority_min": 50, "priority_max": 50}, ["c"]),
        ({"priority_min": 0, "priority_max": 0}, ["a"]),
        ({"tags": ("t",)}, ["b", "a"]),
        ({"tags": ("t", "u")}, ["b", "c", "a"]),
        ({"tags": ("none",)}, []),
        ({"scopes": (Scope(),)}, ["a"]),
        ({"scopes": (Scope("project"),)}, ["b", "c"]),
        ({"scopes": (Scope("project", "web"), Scope())}, ["b", "a"]),
        ({"scopes": (Scope("project", "we"),)}, []),
    ],
)
def test_a_filter_means_the_same_everywhere(library: Library, wanted: dict[str, Any], names: list[str]) -> None:
    rows = [
        Draft(name="a", content="c", category="x", priority=0, tags=("t",)),
        Draft(name="b", content="c", category="x", priority=90, tags=("t", "v"), scope=WEB),
        Draft(name="c", content="c", category="y", priority=50, tags=("u",), scope=Scope("project", "app")),
        Draft(name="d", content="c", category="z", priority=95, active=False),
    ]
    add_guidelines(library, rows, "alice")
    chosen = GuidelineFilter(**wanted)
    assert [one.name for one in list_guidelines(library, chosen)] == names
    assert count_guidelines(library, chosen) == len(names)


def test_only_what_is_visible_is_found(library: Library) -> None:
    add(library)
    add(library, scope=Scope("project", "app"))
    everything = GuidelineFilter()
    assert count_guidelines(library, everything, visible=None) == 2
    assert count_guidelines(library, everything, visible=(WEB,)) == 1
    assert count_guidelines(library, everything, visible=(Scope(),)) == 0
    assert count_guidelines(library, everything, visible=()) == 0
    assert count_guidelines(library, GuidelineFilter(scopes=(Scope("project"),)), visible=(WEB,)) == 1


def test_pages_follow_each_other(library: Library) -> None:
    add_guidelines(library, [Draft(name=f"{n:03}", content="c") for n in range(25)], "alice")
    pages = [list_guidelines(library, GuidelineFilter(), limit=10, offset=offset) for offset in (0, 10, 20, 30)]
    assert [one.name for page in pages for one in page] == [f"{n:03}" for n in range(25)]
