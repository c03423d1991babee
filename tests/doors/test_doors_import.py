"""`import` in this process: what its JSON and its table say of all that was found, and of all that was not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lora_studio.core.home import Home
from lora_studio.core.importing import plan as plans
from lora_studio.core.importing.reading import read_paths
from lora_studio.core.importing.records import Reading
from lora_studio.doors.cli.arguments import parser
from lora_studio.doors.cli.main import run

RULES = (
    "---\ntrigger: manual\nglobs: src/**\nlicense: MIT\ndescription: For handlers\n---\n"
    "# Web\n\n## Logs\n\nNo secrets.\n"
)


@pytest.fixture
def unlikely(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader finds that a rule named About is probably none."""

    def judged(*arguments: Any) -> Reading:
        reading = read_paths(*arguments)
        sources = tuple(
            replace(
                source,
                found=tuple(
                    replace(one, reason="It describes the project") if one.draft.name == "About" else one
                    for one in source.found
                ),
            )
            for source in reading.sources
        )
        return replace(reading, sources=sources)

    monkeypatch.setattr(plans, "read_paths", judged)


def done(work: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(parser().parse_args(["import", *words]), Home(work.parent / "home")) == 0
    return capsys.readouterr().out


def answer(work: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(done(work, capsys, "--json", *words))
    return given


def test_a_dry_run_tells_all_of_each_entry_and_of_the_rest(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "rules.md").write_text(RULES)
    (work / "README.md").write_text("# Us\n")
    given = answer(work, capsys, "--dry-run", ".")
    entry = given["entries"][0]
    assert {key: entry[key] for key in ("content", "tags", "examples", "active", "taken", "reason", "description")} == {
        "content": "No secrets.", "tags": ["src/**"], "examples": {"good": [], "bad": []}, "active": False,
        "taken": True, "reason": "", "description": "For handlers",
    }  # fmt: skip
    assert [(Path(one["path"]).name, one["reason"][:10]) for one in given["notRead"]] == [("README.md", "A document")]
    assert [(one["field"], one["line"]) for one in given["notTaken"]] == [("license", 4)]
    assert (given["counts"]["notRead"], given["counts"]["notTaken"], given["counts"]["unlikely"]) == (1, 1, 0)
    table = done(work, capsys, "--dry-run", ".")
    assert "not read\t\t" in table
    assert "not taken\tlicense\t" in table
    assert "1 new, 1 not read, 1 field not taken" in table


def test_what_is_probably_no_rule_is_taken_only_when_named(
    work: Path, capsys: pytest.CaptureFixture[str], unlikely: None
) -> None:
    (work / "rules.md").write_text("# Web\n\n## About\n\nThis is a shop.\n\n## Logs\n\nNo secrets.\n")
    given = answer(work, capsys, "--dry-run", "rules.md")
    assert [(one["state"], one["taken"], one["reason"]) for one in given["entries"]] == [
        ("new", False, "It describes the project"), ("new", True, ""),
    ]  # fmt: skip
    table = done(work, capsys, "--dry-run", "rules.md")
    assert [line.split("\t")[0] for line in table.splitlines()[1:3]] == ["new", "unlikely"]
    assert "1 new, 1 unlikely" in table
    said = done(work, capsys, "rules.md")
    assert "Left alone: unlikely; --take names what is to be imported too" in said
    assert answer(work, capsys, "rules.md", "--take", "unlikely")["imported"] == 1
    assert answer(work, capsys, "rules.md", "--take", "unlikely")["imported"] == 0


def test_again_reads_all_that_was_imported_where_it_went(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "a.md").write_text("# A\n\nWrap errors.\n")
    (work / "b.md").write_text("# B\n\nNo secrets.\n")
    answer(work, capsys, "a.md", "--scope", "project:web")
    answer(work, capsys, "b.md")
    assert "Nothing new" in done(work, capsys, "--again")
    (work / "a.md").write_text("# A\n\nWrap every error.\n")
    (work / "b.md").unlink()
    given = answer(work, capsys, "--again")
    assert [(one["state"], one["scopeId"]) for one in given["entries"]] == [("changed", "web")]
    assert [(Path(one["path"]).name, one["reason"]) for one in given["notRead"]] == [("b.md", "It is no longer there")]


def test_again_without_anything_before_says_what_to_do(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(parser().parse_args(["import", "--again"]), Home(work.parent / "home")) == 1
    assert "name a file or a folder" in capsys.readouterr().err
