"""The plan against the library, what is done of it, and that a source is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from imports import RULES, bring, edit, everything, named, project_of, states

from lora_studio.core.domain import GLOBAL, OWNER, Draft, Scope
from lora_studio.core.errors import Cancelled, Conflict, Invalid
from lora_studio.core.importing.apply import apply_import
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.library.changes import revert
from lora_studio.core.library.guidelines import add_guidelines, set_deleted
from lora_studio.core.library.store import Library

WEB = Scope("project", "web")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return project_of(tmp_path)


def test_a_plan_changes_nothing_and_an_import_does_what_it_says(library: Library, rules: Path) -> None:
    plan = plan_import(library, [rules])
    assert states(plan) == [("new", "Errors"), ("new", "Logs"), ("new", "Names")]
    assert everything(library) == []
    done = apply_import(library, plan, None, OWNER)
    assert done.counts == {"new": 3}
    assert [named(library, name).id for name in ("Errors", "Logs", "Names")] == list(done.ids)
    assert named(library, "Logs").content == "No secrets."


def test_the_same_file_twice_changes_nothing(library: Library, rules: Path) -> None:
    bring(library, rules)
    before = library.path.read_bytes(), everything(library)
    plan = plan_import(library, [rules, rules.parent])
    assert [state for state, _ in states(plan)] == ["same"] * 3
    assert apply_import(library, plan, None, OWNER).ids == ()
    assert (library.path.read_bytes(), everything(library)) == before


def test_a_changed_file_updates_the_guidelines_that_it_made(library: Library, rules: Path) -> None:
    bring(library, rules)
    old = {one.name: one.id for one in everything(library)}
    rules.write_text(RULES.replace("No secrets.", "No secrets, ever.").replace("## Errors", "## Error handling"))
    plan = plan_import(library, [rules])
    assert [(entry.state, entry.changes) for entry in plan.entries] == [
        ("changed", ("name",)), ("changed", ("content",)), ("same", ()),
    ]  # fmt: skip
    apply_import(library, plan, None, OWNER)
    assert {one.name: one.id for one in everything(library)} == {
        "Error handling": old["Errors"], "Logs": old["Logs"], "Names": old["Names"]
    }  # fmt: skip
    assert named(library, "Logs").version == 2


def test_reordered_and_inserted_rules_keep_their_guidelines(library: Library, rules: Path) -> None:
    bring(library, rules)
    old = {one.name: one.id for one in everything(library)}
    rules.write_text("# Web\n\n## Names\n\nSay what it is.\n\n## Fresh\n\nBrand new.\n\n## Errors\n\nWrap errors.\n")
    plan = plan_import(library, [rules])
    assert states(plan) == [("same", "Names"), ("new", "Fresh"), ("same", "Errors"), ("gone", "Logs")]
    apply_import(library, plan, None, OWNER)
    assert {one.name: one.id for one in everything(library)}.items() >= old.items()


def test_what_is_gone_is_switched_off_only_when_chosen(library: Library, rules: Path) -> None:
    bring(library, rules)
    rules.write_text(RULES.partition("## Names")[0])
    bring(library, rules)
    assert named(library, "Names").active
    bring(library, rules, take=["gone"])
    assert not named(library, "Names").active
    assert ("gone", "Names") not in states(plan_import(library, [rules]))


def test_rules_of_a_file_that_left_the_folder_are_gone(library: Library, rules: Path) -> None:
    bring(library, rules.parent)
    rules.unlink()
    (rules.parent / "other.md").write_text("# Other\n\nText.")
    plan = plan_import(library, [rules.parent])
    assert sorted(states(plan)) == [("gone", "Errors"), ("gone", "Logs"), ("gone", "Names"), ("new", "Other")]


def test_an_edit_by_hand_is_never_overwritten_unasked(library: Library, rules: Path) -> None:
    bring(library, rules)
    edit(library, "Logs", content="My own words.")
    assert [state for state, _ in states(plan_import(library, [rules]))] == ["same"] * 3
    rules.write_text(RULES.replace("No secrets.", "Theirs."))
    plan = plan_import(library, [rules])
    assert states(plan)[1] == ("conflict", "Logs")
    assert "edited here" in plan.entries[1].note
    bring(library, rules)
    assert named(library, "Logs").content == "My own words."
    bring(library, rules, take=["conflict"])
    assert named(library, "Logs").content == "Theirs."
    assert [state for state, _ in states(plan_import(library, [rules]))] == ["same"] * 3


def test_what_both_sides_changed_apart_is_joined(library: Library, rules: Path) -> None:
    bring(library, rules)
    edit(library, "Logs", priority=90, tags=("mine",))
    rules.write_text(RULES.replace("No secrets.", "No secrets, ever."))
    bring(library, rules)
    joined = named(library, "Logs")
    assert (joined.content, joined.priority, joined.tags) == ("No secrets, ever.", 90, ("mine",))


def test_a_deleted_guideline_stays_deleted_unless_chosen(library: Library, rules: Path) -> None:
    bring(library, rules)
    gone = named(library, "Logs")
    set_deleted(library, [gone.id], True, OWNER)
    assert states(plan_import(library, [rules]))[1] == ("conflict", "Logs")
    bring(library, rules)
    assert len(everything(library)) == 2
    bring(library, rules, take=["conflict"])
    assert named(library, "Logs").id == gone.id


def test_an_import_can_be_undone_and_done_again(library: Library, rules: Path) -> None:
    done = bring(library, rules)
    assert revert(library, done.change, OWNER).skipped == 0
    assert everything(library) == []
    plan = plan_import(library, [rules])
    assert [state for state, _ in states(plan)] == ["new"] * 3
    apply_import(library, plan, None, OWNER)
    assert [one.id for one in sorted(everything(library), key=lambda one: one.name)] == list(done.ids)


def test_a_moved_file_is_the_same_source(library: Library, rules: Path) -> None:
    bring(library, rules)
    old = named(library, "Logs").id
    place = rules.parent.parent / "elsewhere"
    rules.parent.rename(place)
    (place / "CLAUDE.md").write_text(RULES.replace("No secrets.", "Moved."))
    plan = plan_import(library, [place])
    assert states(plan)[1] == ("changed", "Logs")
    apply_import(library, plan, None, OWNER)
    assert (named(library, "Logs").id, named(library, "Logs").content) == (old, "Moved.")
    assert [state for state, _ in states(plan_import(library, [place]))] == ["same"] * 3


def test_equal_names_in_one_scope_are_told_apart(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, [Draft(name="Testing", content="Mine.")], OWNER)
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(f"# App\n\n## Testing\n\nOf {name}.\n\n## Other\n\n### Testing\n\nMore {name}.\n")
    plan = plan_import(library, [tmp_path / "a.md", tmp_path / "b.md"])
    assert states(plan) == [
        ("new", "Testing (App)"), ("new", "Testing (Other)"), ("new", "Testing (b.md)"),
        ("new", "Testing (Other) (b.md)"),
    ]  # fmt: skip
    apply_import(library, plan, None, OWNER)
    assert {state for state, _ in states(plan_import(library, [tmp_path / "a.md", tmp_path / "b.md"]))} == {"same"}


def test_text_that_is_there_under_another_name_is_named_and_left_out(library: Library, rules: Path) -> None:
    add_guidelines(library, [Draft(name="Privacy", content="No secrets.")], OWNER)
    plan = plan_import(library, [rules])
    assert states(plan)[1] == ("duplicate", "Logs")
    assert "'Privacy'" in plan.entries[1].note
    apply_import(library, plan, None, OWNER)
    assert sorted(one.name for one in everything(library)) == ["Errors", "Names", "Privacy"]


def test_the_scope_is_for_rules_that_name_none(library: Library, rules: Path, tmp_path: Path) -> None:
    data = tmp_path / "g.json"
    data.write_text(
        '[{"name": "own", "content": "c", "scopeType": "org", "scopeId": "acme"}, {"name": "n", "content": "d"}]'
    )
    bring(library, rules, data, scope=WEB)
    scopes = {one.name: one.scope for one in everything(library)}
    assert scopes == {"Errors": WEB, "Logs": WEB, "Names": WEB, "own": Scope("org", "acme"), "n": WEB}
    assert {state for state, _ in states(plan_import(library, [rules, data], WEB))} == {"same"}
    assert {state for state, _ in states(plan_import(library, [rules, data]))} == {"same"}
    copies = plan_import(library, [rules], GLOBAL)
    assert {(entry.state, entry.note) for entry in copies.entries} == {
        ("new", "This source went into project:web before; importing it here too makes a copy")
    }
    with pytest.raises(Invalid):
        plan_import(library, [rules], Scope("project"))


def test_cancel_at_any_moment_leaves_nothing_behind(library: Library, rules: Path) -> None:
    for name in range(3):
        rules.with_name(f"{name}.md").write_text(f"# {name}\n\nText {name}.")
    plan = plan_import(library, [rules.parent])
    calls: list[int] = []
    stop_at = 0

    def progress(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == stop_at:
            raise Cancelled

    before = library.path.read_bytes()
    while True:
        stop_at += 1
        calls.clear()
        try:
            apply_import(library, plan, None, OWNER, progress=progress)
        except Cancelled:
            assert everything(library) == []
            assert library.path.read_bytes() == before
        else:
            break
    assert stop_at > 4
    assert len(everything(library)) == 6


def test_a_library_that_moved_on_since_the_plan_refuses_it_whole(library: Library, rules: Path) -> None:
    bring(library, rules)
    rules.write_text(RULES.replace("No secrets.", "Theirs.") + "\n## Fresh\n\nNew.\n")
    plan = plan_import(library, [rules])
    edit(library, "Logs", content="Meanwhile.")
    with pytest.raises(Conflict, match="make the preview again"):
        apply_import(library, plan, None, OWNER)
    plan = plan_import(library, [rules])
    add_guidelines(library, [Draft(name="Fresh", content="Meanwhile.")], OWNER)
    with pytest.raises(Conflict, match="make the preview again"):
        apply_import(library, plan, None, OWNER)
    assert named(library, "Logs").content == "Meanwhile."


def test_each_version_says_where_it_came_from(library: Library, rules: Path) -> None:
    bring(library, rules)
    with library.connection():
        rows = library.sql("SELECT DISTINCT reason, changed_by FROM guideline").fetchall()
    assert rows == [("Imported from CLAUDE.md", OWNER)]


@pytest.mark.parametrize("apart", [False, True])
def test_two_files_that_brought_one_rule_can_both_change_it(library: Library, rules: Path, apart: bool) -> None:
    other = rules.with_name("AGENTS.md")
    other.write_text(RULES)
    bring(library, rules)
    bring(library, other)
    rules.write_text(RULES.replace("Wrap", "Raise"))
    other.write_text(RULES.replace("Wrap", "Log" if apart else "Raise"))
    bring(library, rules, other)
    said = {one.content for one in everything(library) if one.name.startswith("Errors")}
    assert said == ({"Raise errors.", "Log errors."} if apart else {"Raise errors."})
    assert plan_import(library, [rules, other]).count("same") == 6
    rules.write_text(RULES.partition("## Logs")[0])
    assert plan_import(library, [other, rules]).count("gone") == 0
