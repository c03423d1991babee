"""`lora-studio import` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driver import Response, Studio, digest

RULES = "# Web\n\n## Errors\n\nWrap errors.\n\n## Logs\n\nNo secrets.\n"


@pytest.fixture
def rules(bare_studio: Studio) -> Path:
    path = bare_studio.work / "CLAUDE.md"
    path.write_text(RULES)
    return path


def imported(studio: Studio, *arguments: str) -> Response:
    done = studio.run("import", "--json", *arguments)
    answer: Response = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    return answer


def names(studio: Studio) -> list[str]:
    found = studio.door.guideline("list", agent="desktop")
    return sorted(one["name"] for one in found.get("guidelines", ()))


def test_a_dry_run_says_all_and_does_nothing(bare_studio: Studio, rules: Path) -> None:
    (bare_studio.work / "bad.md").write_bytes(b"caf\xe9")
    done = bare_studio.run("import", "--dry-run", ".")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert lines[0] == ["What", "Name", "Where", "Note"]
    assert [line[:2] for line in lines[1:4]] == [["new", "Errors"], ["new", "Logs"], ["unreadable", ""]]
    assert lines[3][3] == "It is not UTF-8 text (line 1); save it as UTF-8"
    assert lines[4:] == [["2 new, 1 unreadable"], ["Nothing was changed; leave out --dry-run to import"]]
    assert bare_studio.run("query", "errors").stdout.startswith("Nothing found")


def test_import_update_and_what_is_left_alone(bare_studio: Studio, rules: Path) -> None:
    first = imported(bare_studio, "CLAUDE.md", "--scope", "project:web")
    assert list(first)[:5] == ["success", "dryRun", "counts", "imported", "entries"]
    assert (first["counts"]["new"], first["imported"]) == (2, 2)
    assert [(one["scopeType"], one["scopeId"], one["line"]) for one in first["entries"]] == [
        ("project", "web", 3), ("project", "web", 7),
    ]  # fmt: skip
    again = imported(bare_studio, str(rules), "--scope", "project:web")
    assert (again["counts"]["same"], again["imported"]) == (2, 0)
    rules.write_text(RULES.replace("Wrap errors.", "Wrap every error.").partition("## Logs")[0])
    third = bare_studio.run("import", "CLAUDE.md", "--scope", "project:web")
    assert third.stdout.splitlines()[-3:] == [
        "1 changed, 1 gone", "Imported 1 guideline", "Left alone: gone; --take names what is to be imported too",
    ]  # fmt: skip
    fourth = imported(bare_studio, "CLAUDE.md", "--scope", "project:web", "--take", "gone")
    assert [(one["state"], one["name"]) for one in fourth["entries"]] == [("same", "Errors"), ("gone", "Logs")]
    assert fourth["imported"] == 1


def test_what_the_json_door_exports_comes_back_here(bare_studio: Studio, rules: Path) -> None:
    imported(bare_studio, "CLAUDE.md")
    listed = bare_studio.run("import", "--json", "--dry-run", "CLAUDE.md").stdout
    kept = [one["id"] for one in json.loads(listed)["entries"]]
    bulk = bare_studio.work / "bulk.json"
    bulk.write_text(json.dumps({"guidelines": [{"id": an_id, "name": an_id, "content": "New."} for an_id in kept]}))
    assert imported(bare_studio, "bulk.json")["counts"]["changed"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.md"], "There is no file or folder 'nowhere.md'; check the path"),
        (["a\x01.md"], "There is no file or folder 'a\\x01.md'; check the path"),
        (["CLAUDE.md", "--scope", "all"], "Nothing can be imported into 'all'; "),
        (["CLAUDE.md", "--scope", "team:x"], "'team:x' is not a scope; "),
        (["/dev/zero"], "/dev/zero: It is not a plain file"),
        (["empty"], "No guidelines found; what fits: Markdown rule files"),
    ],
)
def test_refusals_are_one_line_and_change_nothing(
    bare_studio: Studio, rules: Path, arguments: list[str], said: str
) -> None:
    (bare_studio.work / "empty").mkdir()
    bare_studio.run("import", "CLAUDE.md")
    before = digest(bare_studio.home / "library.db")
    done = bare_studio.run("import", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"lora-studio: {said}")
    assert done.stderr.count("\n") == 1
    assert digest(bare_studio.home / "library.db") == before


def test_bad_usage_is_two(bare_studio: Studio) -> None:
    assert bare_studio.run("import").returncode == 2
    assert bare_studio.run("import", "x", "--take", "new").returncode == 2
