"""From the library into each agent's rule files, and back: nothing is new, nothing changes, and edits come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imports import edit, everything, states
from rule_texts import DRAFTS, named_apart

from lora_studio.core.domain import OWNER, Draft, Scope
from lora_studio.core.errors import Conflict
from lora_studio.core.importing.apply import apply_import
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.library.guidelines import add_guidelines, set_active
from lora_studio.core.library.shared_files import write_rules
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.rulefiles.conventions import CONVENTIONS

RULES = [
    Draft(name="Names", content="Say what it is.", category="style", rationale="It is read more often."),
    Draft(name="Buttons", content="Say what they do.", category="style", tags=("web/**",), scope=Scope("org", "acme")),
    Draft(name="Logs", content="No secrets.", category="safety", good=("log(id)",), bad=("log(key)",)),
]


def shared(library: Library, folder: Path, format_name: str) -> Path:
    write_rules(library, folder, format_name, [one for one in everything(library) if one.active])
    return folder


@pytest.mark.parametrize("format_name", CONVENTIONS)
def test_back_in_the_same_library_nothing_is_new(library: Library, tmp_path: Path, format_name: str) -> None:
    add_guidelines(library, RULES, OWNER)
    plan = plan_import(library, [shared(library, tmp_path / "project", format_name)])
    assert Counter(entry.state for entry in plan.entries) == {"same": 3}
    assert plan.problems == ()
    apply_import(library, plan, None, OWNER)
    assert [one.version for one in everything(library)] == [1, 1, 1]
    assert Counter(one.state for one in plan_import(library, [tmp_path / "project"]).entries) == {"same": 3}


@pytest.mark.parametrize("format_name", CONVENTIONS)
def test_in_another_library_it_is_the_same(library: Library, tmp_path: Path, format_name: str) -> None:
    add_guidelines(library, RULES, OWNER)
    project = shared(library, tmp_path / "project", format_name)
    other = open_library(tmp_path / "other" / "library.db")
    apply_import(other, plan_import(other, [project]), None, OWNER)
    assert texts(other) == texts(library)


def texts(library: Library) -> list[tuple[str, Draft]]:
    kept = [(one.id, Draft(**{name: getattr(one, name) for name in Draft.__slots__})) for one in everything(library)]
    return sorted(kept, key=lambda pair: pair[0])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DRAFTS, min_size=1, max_size=4).map(named_apart), st.sampled_from(sorted(CONVENTIONS)))
def test_any_text_goes_there_and_back(
    tmp_path_factory: pytest.TempPathFactory, drafts: Sequence[Draft], format_name: str
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    library, other = (open_library(folder / name / "library.db") for name in ("one", "other"))
    add_guidelines(library, drafts, OWNER)
    project = shared(library, folder / "project", format_name)
    again = plan_import(library, [project])
    assert [entry.state for entry in again.entries] == ["same"] * len(drafts)
    assert all("seen by no reviewer" in problem.why for problem in again.problems)
    apply_import(other, plan_import(other, [project]), None, OWNER)
    assert texts(other) == texts(library)


def test_an_edit_comes_back_as_a_change_and_then_fits(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, RULES, OWNER)
    path = shared(library, tmp_path, "agents") / "AGENTS.md"
    path.write_text(path.read_text().replace("No secrets.", "No secrets, ever."))
    edit(library, "Logs", rationale="They leak.")
    with pytest.raises(Conflict):
        shared(library, tmp_path, "agents")
    plan = plan_import(library, [path])
    assert [(one.state, one.changes) for one in plan.entries if one.draft.name == "Logs"] == [("changed", ("content",))]
    apply_import(library, plan, None, OWNER)
    (logs,) = [one for one in everything(library) if one.name == "Logs"]
    assert (logs.content, logs.rationale) == ("No secrets, ever.", "They leak.")
    shared(library, tmp_path, "agents")
    assert Counter(one.state for one in plan_import(library, [path]).entries) == {"same": 3}


def test_an_older_block_that_nobody_edited_changes_nothing(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, RULES, OWNER)
    path = shared(library, tmp_path, "cursor") / ".cursor/rules/safety.mdc"
    edit(library, "Logs", content="Nothing private.")
    assert states(plan_import(library, [path])) == [("same", "Logs")]
    path.write_text(path.read_text().replace("No secrets.", "No secrets, ever."))
    assert states(plan_import(library, [path])) == [("conflict", "Logs")]


def test_what_is_switched_off_leaves_the_files(library: Library, tmp_path: Path) -> None:
    made = add_guidelines(library, RULES, OWNER)
    shared(library, tmp_path, "claude")
    set_active(library, [made[2].id], False, OWNER)
    shared(library, tmp_path, "claude")
    assert not (tmp_path / ".claude/rules/safety.md").exists()


def test_text_around_the_blocks_is_read_as_ever_and_a_broken_one_is_named(library: Library, tmp_path: Path) -> None:
    add_guidelines(library, RULES, OWNER)
    path = tmp_path / "AGENTS.md"
    path.write_text("# Ours\n\n## Tea\n\nBrew it for three minutes before work.\n")
    shared(library, tmp_path, "agents")
    plan = plan_import(library, [path])
    assert sorted(states(plan)) == [("new", "Tea"), ("same", "Buttons"), ("same", "Logs"), ("same", "Names")]
    path.write_text(path.read_text().replace('"scope":"org:acme"', '"scope":'))
    problems = plan_import(library, [path]).problems
    assert ["cannot be read" in one.why for one in problems] == [True]
