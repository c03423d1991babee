"""A source is remembered: its scope, what a person left out of it, and how it was cut into rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from imports import RULES, bring, everything, named, project_of, states

from lora_studio.core.domain import GLOBAL, OWNER, Scope
from lora_studio.core.importing import remembered
from lora_studio.core.importing.apply import apply_import
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.importing.records import ImportPlan
from lora_studio.core.library.store import Library

WEB = Scope("project", "web")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return project_of(tmp_path)


def leave_out(library: Library, plan: ImportPlan, name: str) -> None:
    chosen = {n for n in plan.default_choice() if plan.entries[n].draft.name != name}
    apply_import(library, plan, chosen, OWNER)


def test_a_source_goes_where_it_went_before(library: Library, rules: Path) -> None:
    bring(library, rules, scope=WEB)
    rules.write_text(RULES.replace("Wrap", "Raise") + "\n## Fresh\n\nNew.\n")
    bring(library, rules.parent)
    assert {one.scope for one in everything(library)} == {WEB}
    assert named(library, "Errors").content == "Raise errors."
    bring(library, rules, scope=GLOBAL)
    assert len(everything(library)) == 8
    assert {state for state, _ in states(plan_import(library, [rules]))} == {"same"}


def test_sources_of_several_scopes_in_one_plan(library: Library, rules: Path) -> None:
    other = rules.with_name("other.md")
    other.write_text("# Other\n\nText.\n")
    bring(library, rules, scope=WEB)
    bring(library, rules.parent)
    assert {one.name: one.scope for one in everything(library)}["Other"] == GLOBAL
    assert {state for state, _ in states(plan_import(library, [rules.parent]))} == {"same"}
    rules.unlink()
    plan = plan_import(library, [rules.parent])
    assert {(entry.state, entry.into) for entry in plan.entries} == {("same", GLOBAL), ("gone", WEB)}
    bring(library, rules.parent, take=["gone"])
    assert not named(library, "Logs").active


def test_what_was_left_out_stays_out_until_its_text_changes(library: Library, rules: Path) -> None:
    leave_out(library, plan_import(library, [rules]), "Logs")
    plan = plan_import(library, [rules])
    assert [(entry.state, entry.declined) for entry in plan.entries] == [
        ("same", False),
        ("new", True),
        ("same", False),
    ]
    assert plan.default_choice() == frozenset()
    assert "left it out" in plan.entries[1].note
    rules.write_text(RULES.replace("No secrets.", "No secrets, ever."))
    plan = plan_import(library, [rules])
    assert plan.default_choice() == {1}
    apply_import(library, plan, None, OWNER)
    assert len(everything(library)) == 3


def test_what_was_left_out_can_be_taken_after_all(library: Library, rules: Path) -> None:
    leave_out(library, plan_import(library, [rules]), "Logs")
    apply_import(library, plan_import(library, [rules]), {1}, OWNER)
    plan = plan_import(library, [rules])
    assert [(entry.state, entry.declined) for entry in plan.entries] == [("same", False)] * 3


def test_nothing_taken_at_all_is_remembered_too(library: Library, rules: Path) -> None:
    apply_import(library, plan_import(library, [rules]), frozenset(), OWNER)
    assert plan_import(library, [rules]).default_choice() == frozenset()


def test_an_unchanged_file_is_the_same_however_it_would_be_cut_today(library: Library, rules: Path) -> None:
    bring(library, rules)
    ids = {one.name: one.id for one in everything(library)}
    with library.writing(1, importing=True):  # as an older program left it: Errors and Logs were one rule there
        library.sql("UPDATE import_source SET reader = 0")
        library.sql("UPDATE import_origin SET said = replace(said, 'Wrap errors.', 'Wrap errors. And more.')")
        library.sql("UPDATE import_origin SET said = replace(said, '\"Names\"', '\"Old names\"')")
    assert [state for state, _ in states(plan_import(library, [rules]))] == ["same"] * 3
    anew = plan_import(library, [rules], anew=True)
    assert [entry.old and entry.old.id for entry in anew.entries] == [ids["Errors"], ids["Logs"], ids["Names"]]
    rules.write_text(RULES + "\n## Fresh\n\nNew.\n")
    assert ("new", "Fresh") in states(plan_import(library, [rules]))
    bring(library, rules)
    with library.connection():
        assert library.sql("SELECT reader FROM import_source").fetchall() == [(remembered.READER,)]


def test_all_sources_by_name(library: Library, rules: Path) -> None:
    bring(library, rules, scope=WEB)
    bring(library, rules, scope=GLOBAL)
    with library.connection():
        assert remembered.source_paths(library) == [rules]
