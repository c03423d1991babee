"""Changes to many guidelines, and the way back, in a real SQLite file."""

from __future__ import annotations

import random
from array import array
from dataclasses import replace
from typing import Any

import pytest

from lora_studio.core.domain import GLOBAL, Draft, Guideline, GuidelineFilter, Scope
from lora_studio.core.errors import Cancelled, Conflict
from lora_studio.core.library.browse import browse, row_of
from lora_studio.core.library.changes import Change, Edit, change_rows, change_to, joined, revert
from lora_studio.core.library.facets import facets
from lora_studio.core.library.guidelines import (
    add_guidelines,
    change_guidelines,
    count_guidelines,
    get_guideline,
    get_guidelines,
    guideline_history,
    list_guidelines,
    set_deleted,
)
from lora_studio.core.library.search import matching_rows
from lora_studio.core.library.store import Library

WEB = Scope("project", "web")


def fill(library: Library, count: int = 12) -> list[Guideline]:
    drafts = [
        Draft(
            name=f"Rule {number}",
            content=f"Text {number}.",
            category=("git", "style")[number % 2],
            priority=number,
            tags=(("py",), (), ("py", "web"))[number % 3],
            scope=(GLOBAL, WEB)[number % 2],
            active=number % 4 != 0,
        )
        for number in range(count)
    ]
    return add_guidelines(library, drafts, "alice", "first")


def rows_of(library: Library, made: list[Guideline]) -> array[int]:
    return array("q", [row for one in made if (row := row_of(library, one.id)) is not None])


def texts(library: Library, made: list[Guideline]) -> list[dict[str, Any]]:
    """Everything of them but version and time."""
    found = get_guidelines(library, [one.id for one in made])
    return [{name: getattr(one, name) for name in (*Draft.__slots__, "deleted")} for one in found]


@pytest.mark.parametrize(
    ("edit", "plainly"),
    [
        (Edit(tag=("py", "new")), lambda old: replace(old, tags=old.tags + tuple({"py", "new"} - set(old.tags)))),
        (Edit(untag=("py",)), lambda old: replace(old, tags=tuple(tag for tag in old.tags if tag != "py"))),
        (Edit(priority=5), lambda old: replace(old, priority=5)),
        (Edit(category="git"), lambda old: replace(old, category="git")),
        (Edit(scope=WEB), lambda old: replace(old, scope=WEB)),
        (Edit(active=False), lambda old: replace(old, active=False)),
        (Edit(deleted=True), lambda old: replace(old, deleted=True)),
    ],
)
def test_an_edit_of_many_does_what_editing_each_would(library: Library, edit: Edit, plainly: Any) -> None:
    made = fill(library)
    wanted = [plainly(one) for one in made]
    change = change_rows(library, rows_of(library, made), edit, "bob", "because")
    now = get_guidelines(library, [one.id for one in made])
    for old, want, new in zip(made, wanted, now, strict=True):
        changed = replace(want, tags=()) != replace(old, tags=()) or set(want.tags) != set(old.tags)
        assert set(new.tags) == set(want.tags)
        assert replace(new, version=0, updated_at="", tags=()) == replace(want, version=0, updated_at="", tags=())
        assert new.version == old.version + changed
        newest = guideline_history(library, old.id)[0]
        assert (newest.created_by, newest.reason) == (("bob", "because") if changed else ("alice", "first"))
    assert 0 < len(change) == sum(one.version == 2 for one in now)


def test_undo_and_redo_are_new_versions(library: Library) -> None:
    made = fill(library)
    before = texts(library, made)
    change = change_rows(library, rows_of(library, made), Edit(tag=("x",), priority=3), "bob")
    after = texts(library, made)
    undone = revert(library, change, "bob", "undo")
    assert (texts(library, made), undone.skipped, len(undone.change)) == (before, 0, 12)
    again = revert(library, undone.change, "bob", "redo")
    assert (texts(library, made), again.skipped) == (after, 0)
    assert revert(library, again.change, "bob").skipped == 0
    assert texts(library, made) == before
    assert [one.version for one in guideline_history(library, made[0].id)] == [5, 4, 3, 2, 1]


def test_changes_are_undone_one_after_the_other(library: Library) -> None:
    """After an undo the present version has another number than the change before it made, but the same text."""
    made = fill(library, 3)
    states, changes = [texts(library, made)], []
    rows = rows_of(library, made)
    for edit in (Edit(priority=90), Edit(category="new"), Edit(tag=("t",)), Edit(deleted=True)):
        changes.append(change_rows(library, rows, edit, "bob"))
        states.append(texts(library, made))
    redo = []
    for change, state in zip(reversed(changes), reversed(states[:-1]), strict=True):
        undone = revert(library, change, "bob")
        redo.append(undone.change)
        assert (texts(library, made), undone.skipped) == (state, 0)
    for change, state in zip(reversed(redo), states[1:], strict=True):
        assert revert(library, change, "bob").skipped == 0
        assert texts(library, made) == state


def test_what_someone_changed_meanwhile_is_left_alone(library: Library) -> None:
    made = fill(library, 4)
    change = change_rows(library, rows_of(library, made), Edit(category="new"), "bob")
    change_guidelines(library, [made[1].id], lambda old: replace(old, content="Theirs."), "agent")
    undone = revert(library, change, "bob")
    assert (undone.skipped, len(undone.change)) == (1, 3)
    now = get_guidelines(library, [one.id for one in made])
    assert [one.category for one in now] == ["git", "new", "git", "style"]
    assert now[1].content == "Theirs."


def test_what_was_added_is_deleted_and_comes_back(library: Library) -> None:
    made = fill(library)
    change = change_to(library, made, "import")
    assert (list(change.before), list(change.after)) == ([0] * 12, [1] * 12)
    undone = revert(library, change, "bob")
    assert count_guidelines(library, GuidelineFilter(active=None)) == 0
    assert revert(library, undone.change, "bob").skipped == 0
    assert texts(library, made) == texts(library, list_of(library, made))
    assert count_guidelines(library, GuidelineFilter(active=None)) == 12


def list_of(library: Library, made: list[Guideline]) -> list[Guideline]:
    by_id = {one.id: one for one in list_guidelines(library, GuidelineFilter(active=None))}
    return [by_id[one.id] for one in made]


def test_a_single_edit_makes_a_change_too(library: Library) -> None:
    old = fill(library, 1)[0]
    new = change_guidelines(library, [old.id], lambda one: replace(one, name="Other", good=("g",)), "bob")
    revert(library, change_to(library, new), "bob")
    assert replace(get_guideline(library, old.id), version=1, updated_at=old.updated_at) == old


def test_a_name_that_was_passed_on_comes_back(library: Library) -> None:
    first, second = add_guidelines(library, [Draft(name=name, content="c") for name in "ab"], "alice")
    moved = change_guidelines(library, [first.id], lambda old: replace(old, name="c"), "bob")
    moved += change_guidelines(library, [second.id], lambda old: replace(old, name="a"), "bob")
    change = joined([change_to(library, [one]) for one in moved], "import")
    undone = revert(library, change, "bob")
    assert [one.name for one in get_guidelines(library, [first.id, second.id])] == ["a", "b"]
    revert(library, undone.change, "bob")
    assert [one.name for one in get_guidelines(library, [first.id, second.id])] == ["c", "a"]


def test_a_name_that_is_taken_by_now_changes_nothing(library: Library) -> None:
    made = fill(library, 5)
    change = change_rows(library, rows_of(library, made), Edit(deleted=True), "bob")
    add_guidelines(library, [replace(Draft(name="Rule 2", content="c"))], "carol")
    with pytest.raises(Conflict, match="global has another guideline named 'Rule 2' by now; give that one"):
        revert(library, change, "bob")
    assert all(one["deleted"] for one in texts(library, made))


def test_two_of_one_name_cannot_move_into_one_scope(library: Library) -> None:
    made = add_guidelines(
        library, [Draft(name=name, content="c", scope=scope) for name in ("a", "b") for scope in (GLOBAL, WEB)], "x"
    )
    before = texts(library, made)
    with pytest.raises(Conflict, match="project:web already has a guideline named 'a'"):
        change_rows(library, rows_of(library, made), Edit(scope=WEB), "bob")
    assert texts(library, made) == before


@pytest.mark.parametrize("at", [0, 1_000, 2_000, 2_500])
def test_cancel_leaves_everything_as_it_was(library: Library, at: int) -> None:
    drafts = [Draft(name=f"Rule {number}", content="c") for number in range(2_500)]
    made = add_guidelines(library, drafts, "alice")
    rows = rows_of(library, made)

    def stop(done: int, total: int) -> None:
        assert total == 2_500
        if done == at:
            raise Cancelled

    with pytest.raises(Cancelled):
        change_rows(library, rows, Edit(priority=1), "bob", progress=stop)
    assert count_guidelines(library, GuidelineFilter(priority_max=1)) == 0
    change = change_rows(library, rows, Edit(priority=1), "bob")
    with pytest.raises(Cancelled):
        revert(library, change, "bob", progress=stop)
    assert count_guidelines(library, GuidelineFilter(priority_max=1)) == 2_500


def test_deleted_ones_are_left_alone(library: Library) -> None:
    made = fill(library, 3)
    set_deleted(library, [made[0].id], True, "x")
    assert len(change_rows(library, rows_of(library, made), Edit(priority=77), "bob")) == 2
    assert get_guidelines(library, [made[0].id])[0].priority == 0


def test_a_guideline_named_twice_changes_once(library: Library) -> None:
    row = rows_of(library, fill(library, 1))[0]
    assert len(change_rows(library, [row, row], Edit(priority=77), "bob")) == 1


def test_search_and_tags_follow_every_change(library: Library) -> None:
    """What the triggers keep is what the texts say, after any changes in any order."""
    made, chance = fill(library, 30), random.Random(3)
    rows, changes = rows_of(library, made), list[Change]()
    for step in range(40):
        some = chance.sample(list(rows), 9)
        match step % 5:
            case 0 | 1:
                changes.append(change_rows(library, some, Edit(tag=(chance.choice(("uu", "vv", "ww")),)), "x"))
            case 2:
                changes.append(change_rows(library, some, Edit(untag=("py", "uu")), "x"))
            case 3:
                changes.append(change_rows(library, some, Edit(active=bool(step % 2), priority=step), "x"))
            case _:
                revert(library, chance.choice(changes), "x")
    everyone = list_guidelines(library, GuidelineFilter(active=None))
    for tag in ("py", "web", "uu", "vv", "ww"):
        wanted = {one.id for one in everyone if tag in one.tags}
        found = {row_of(library, one.id) for one in everyone if one.id in wanted}
        assert set(browse(library, GuidelineFilter(active=None, tags=(tag,)), "")) == found
        assert dict(facets(library, GuidelineFilter(active=None), "").tags).get(tag, 0) == len(found)
        assert set(matching_rows(library, tag) or ()) == found
    with library.connection():
        library.sql("INSERT INTO guideline_search (guideline_search) VALUES ('integrity-check')")


def test_a_change_says_what_it_was(library: Library) -> None:
    rows = rows_of(library, fill(library, 3))
    said = [
        change_rows(library, rows, edit, "x")
        for edit in (Edit(tag=("a", "b")), Edit(priority=0), Edit(scope=WEB), Edit(active=False))
    ]
    assert [(change.what, change.value) for change in said] == [
        ("tag", "a, b"),
        ("priority", "0"),
        ("scope", "project:web"),
        ("active", "False"),
    ]
