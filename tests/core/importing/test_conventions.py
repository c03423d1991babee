"""Where agents keep rules: every file is read or named, links and bridges lead to one reading, XML is read safely."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from lora_studio.core.domain import OWNER
from lora_studio.core.importing.apply import apply_import
from lora_studio.core.importing.bridges import pointed_at, without_imports
from lora_studio.core.importing.conventions import PROMPTS, why_not_read
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.importing.reading import read_paths
from lora_studio.core.importing.records import Reading
from lora_studio.core.library.store import Library

CASES = Path(__file__).parents[4] / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
PLACES = [
    "AGENTS.md", "AGENTS.override.md", "src/AGENTS.md", "CLAUDE.md", ".claude/CLAUDE.md", "CLAUDE.local.md",
    ".claude/rules/security.md", ".claude/skills/x/SKILL.md", ".cursor/rules/build/news.mdc", ".cursorrules",
    ".github/copilot-instructions.md", ".github/instructions/support.instructions.md", ".devin/rules/history.md",
    ".windsurf/rules/a.md", ".windsurfrules", ".agents/rules/a.md", ".agent/rules/a.md", "GEMINI.md",
    ".kiro/steering/notice.md", ".clinerules/changes.md", ".clinerules-code/a.md", ".qwen/rules/a.md",
    "QWEN.local.md", ".augment/rules/a.md", ".augment-guidelines", ".roo/rules/a.md", ".roo/rules-code/a.txt",
    ".roorules", ".roorules-code", ".kilo/rules/a.md", ".kilocode/rules/a.md", ".kilocoderules", ".grok/rules/a.md",
    ".junie/guidelines.md", ".junie/AGENTS.md", ".aiassistant/rules/a.md", ".rules", ".goosehints",
    ".amazonq/rules/a.md", ".trae/rules/a.md", "CRUSH.md", "WARP.md", ".openhands/microagents/repo.md",
    ".idx/airules.md", "replit.md", "REASONIX.md", ".hermes.md", ".kimi-code/AGENTS.md", ".opencode/AGENTS.md",
    ".continue/rules/a.md", ".rulesync/rules/a.md", ".ruler/a.md", ".firebender/rules/a.mdc",
]  # fmt: skip


def quiet(done: int, total: int) -> None:
    pass


def read(path: Path) -> Reading:
    return read_paths([path], quiet)


def contents(reading: Reading) -> list[str]:
    return [found.draft.content for source in reading.sources for found in source.found]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_every_convention_is_read(tmp_path: Path) -> None:
    for number, place in enumerate(PLACES):
        write(tmp_path / place, f"# Rules {number}\n\nEvery handler of kind {number} checks its caller first.\n")
    reading = read(tmp_path)
    assert {str(source.path.relative_to(tmp_path.resolve())) for source in reading.sources} == set(PLACES)
    assert (reading.problems, reading.not_read) == ((), ())


def test_what_holds_prompts_is_named(tmp_path: Path) -> None:
    for place in (".claude/commands/a.md", ".github/prompts/a.prompt.md", "docs/b.prompt.md", ".claude/agents/c.md"):
        write(tmp_path / place, "# Summary\n\nSummarise what changed.\n")
    reading = read(tmp_path)
    assert reading.sources == ()
    named = {str(Path(one.path).relative_to(tmp_path)): one.reason for one in reading.not_read}
    assert named == dict.fromkeys(
        (".claude/commands", ".github/prompts", "docs/b.prompt.md", ".claude/agents"), PROMPTS
    )
    assert contents(read(tmp_path / ".claude" / "commands")) == ["Summarise what changed."]


@pytest.mark.parametrize(
    ("name", "in_rules", "is_read"),
    [
        ("README.zh-CN.md", False, False), ("README-GPU.md", True, False), ("readme-style-guide.md", False, True),
        ("LIESMICH.md", False, False), ("CHANGELOG_2024-05-01.md", False, False), ("2024-changelog.md", False, False),
        ("SECURITY.md", False, False), ("security.md", True, True), ("security.mdc", False, True),
        ("SECURITY.fr.md", False, False), ("secrets.md", False, True), ("LICENSE-MIT.md", False, True),
        ("LICENSE.md", True, False), ("history.md", True, True), ("style.rst", False, False),
        (".foorules", False, False), (".coderabbit.yaml", False, False), (".continuerules", False, True),
        ("easy.windsurfrules", False, True), ("a.xml", True, False), (".roo/rules/a.xml", True, True),
        ("rules/a.json", True, False), ("guidelines.csv", False, True), ("build.rules.md", False, True),
    ],
)  # fmt: skip
def test_documents_in_every_language_and_of_every_date(name: str, in_rules: bool, is_read: bool) -> None:
    why = why_not_read(Path(name), in_rules)
    assert why is not None
    assert (why == "") == is_read


def test_rules_of_other_programs_are_no_text() -> None:
    assert [why_not_read(Path(name), False) for name in ("firestore.rules", "60-udev.rules", "logo.png")] == [None] * 3


def test_a_link_to_a_folder_of_the_tree_is_followed_once(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(root / "build" / "rules" / "a.md", "# A\n\nWrap errors.\n")
    write(tmp_path / "outside" / "b.md", "# B\n\nNever seen.\n")
    (root / ".claude").mkdir()
    (root / ".claude" / "rules").symlink_to("../build/rules", target_is_directory=True)
    (root / "again").symlink_to("build/rules", target_is_directory=True)
    (root / "loop").symlink_to(".", target_is_directory=True)
    (root / "leak").symlink_to(tmp_path / "outside", target_is_directory=True)
    reading = read(root)
    assert contents(reading) == ["Wrap errors."]
    assert [Path(one.path).name for one in reading.not_read] == ["build", "leak"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("AGENTS.md", "AGENTS.md"), ("@AGENTS.md\n", "AGENTS.md"), ("# G\nSee [A](AGENTS.md).\n", "AGENTS.md"),
        ("../AGENTS.md", "../AGENTS.md"), ("Read and follow `docs/rules.md`.", "docs/rules.md"),
        ("<!-- x -->\nAll instructions live in ./AGENTS.md\n", "./AGENTS.md"), ("Follow @AGENTS.md", "AGENTS.md"),
        ("All rules: AGENTS.md", "AGENTS.md"), ("Please read @AGENTS.md first.", "AGENTS.md"),
        ("Update CHANGELOG.md with each change.", ""), ("Text of a.md.", ""),
        ("Use tabs.", ""), ("", ""), ("# Rules", ""),
        ("See AGENTS.md.\n\nUse tabs.\n\nWrap errors.", ""),
    ],
)  # fmt: skip
def test_what_only_points_elsewhere(text: str, path: str) -> None:
    assert pointed_at(text) == path


def test_import_lines_are_no_text() -> None:
    text = "# A\n@docs/style.md\n- @~/.me/own.md\n- git workflow @docs/git.md\n@angular/core\n- Never edit @docs/x.md\n"
    left, found = without_imports(text + "```\n@docs/code.md\n```\n@app.route\n")
    assert found == [(2, "docs/style.md"), (3, "~/.me/own.md"), (4, "docs/git.md")]
    assert [line for line in left.split("\n") if line] == [
        "# A", "@angular/core", "- Never edit @docs/x.md", "```", "@docs/code.md", "```", "@app.route",
    ]  # fmt: skip


def test_imports_and_bridges_are_followed_inside_and_named_outside(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(root / "CLAUDE.md", "# Rules\n\nWrap errors.\n\n@.hidden/style.md\n@../secret.md\n@package.json\n")
    write(root / "GEMINI.md", "See [the rules](CLAUDE.md).\n")
    write(root / ".hidden" / "style.md", "# Style\n\nUse tabs.\n")
    write(root / "package.json", "{}")
    write(tmp_path / "secret.md", "# Secret\n\nNever seen.\n")
    reading = read(root)
    assert contents(reading) == ["Wrap errors.", "Use tabs."]
    assert [(Path(one.path).name, one.reason.split(":")[0]) for one in reading.not_read] == [
        (".hidden", "A hidden folder of no agent that is known here; import it by name if it holds rules"),
        ("secret.md", "CLAUDE.md (line 6) imports it"), ("package.json", "CLAUDE.md (line 7) imports it"),
        ("GEMINI.md", "It only points to CLAUDE.md"),
    ]  # fmt: skip


XML = """<?xml version="1.0"?>
<best_practices>
  <overview>Reviews stay kind.</overview>
  <checks>
    <check>Every log line carries the request id.</check>
    <check>No query is built from plain text.</check>
  </checks>
  <principle priority="high">
    <name>Errors</name>
    <description>Wrap every error before it leaves.</description>
    <good><![CDATA[raise Wrapped(error)]]></good>
  </principle>
</best_practices>
"""


def test_xml_of_roo_is_read(tmp_path: Path) -> None:
    reading = read(write(tmp_path / ".roo" / "rules-code" / "1.xml", XML).parents[2])
    found = {one.draft.name: one.draft for source in reading.sources for one in source.found}
    assert found["Errors"].content.startswith("Wrap every error before it leaves.")
    assert found["Errors"].good == ("raise Wrapped(error)",)
    assert "Every log line carries the request id." in contents(reading)
    lines = [
        one.line for source in reading.sources for one in source.found if one.draft.content.startswith("Every log")
    ]
    assert 5 <= lines[0] <= 7  # the heading of the whole needs two lines more than XML does


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><a>&x;</a></r>', "It "),
        ("<r>&unknown;</r>", "It is not valid XML (line 1): undefined entity"), ("<r>", "It is not valid XML"),
        ("<a>" * 60 + "x" + "</a>" * 60, "It is nested too deeply"),
    ],
)  # fmt: skip
def test_xml_that_would_reach_out_is_refused(tmp_path: Path, text: str, why: str) -> None:
    reading = read(write(tmp_path / "a.xml", text))
    assert reading.sources == ()
    assert reading.problems[0].why.startswith(why)


def test_the_files_in_which_two_tools_keep_rules(tmp_path: Path) -> None:
    write(
        tmp_path / ".augment" / "code_review_guidelines.yaml",
        "areas:\n  database:\n    description: Everything below db/\n    globs: ['db/**']\n    rules:\n"
        "      - id: no_raw_sql\n        description: Queries bind their values.\n        severity: high\n",
    )
    rules = ["Use Kotlin.", {"filePathMatches": "*Test.kt", "rules": ["Name tests plainly."]}]
    write(tmp_path / "firebender.json", json.dumps({"rules": rules, "ignore": ["x"]}))
    reading = read(tmp_path)
    assert [(f.draft.name, f.draft.content, f.draft.tags) for s in reading.sources for f in s.found] == [
        ("Use Kotlin.", "Use Kotlin.", ()), ("Name tests plainly.", "Name tests plainly.", ("*Test.kt",)),
        ("no raw sql", "Queries bind their values.", ("db/**",)),
    ]  # fmt: skip
    assert [one.field for source in reading.sources for one in source.not_taken] == [
        "ignore", "severity", "database.description",
    ]  # fmt: skip


def test_the_nearer_of_two_rules_names_its_folder(library: Library, tmp_path: Path) -> None:
    write(tmp_path / "AGENTS.md", "# Rules\n\n## Indentation\n\nIndent as the formatter says.\n")
    write(tmp_path / "web" / "AGENTS.md", "# Rules\n\n## Indentation\n\nIndent with tabs.\n")
    write(tmp_path / "api" / ".cursor" / "rules" / "a.mdc", "# Rules\n\n## Indentation\n\nIndent with spaces.\n")
    write(tmp_path / "docs" / "style.md", "# Style\n\n## Words\n\nWrite short words.\n")
    plan = plan_import(library, [tmp_path])
    assert {entry.draft.name: entry.draft.tags for entry in plan.entries} == {
        "Indentation": (), "Indentation in api": ("api/**",), "Indentation in web": ("web/**",), "Words": (),
    }  # fmt: skip
    assert [entry.note for entry in plan.entries if entry.note] == [
        f"In {place} it stands against 'Indentation', which says something else" for place in ("api", "web")
    ]
    apply_import(library, plan, None, OWNER)
    assert {entry.state for entry in plan_import(library, [tmp_path]).entries} == {"same"}


@needs_cases
def test_the_cases_of_folders_and_links(tmp_path: Path) -> None:
    assert len(contents(read(CASES / "01-rule-files-named-like-docs" / "proj"))) == 13
    root = CASES / "02-rule-folders-of-other-agents" / "proj"
    reading = read(root)
    left = [Path(one.path) for one in reading.not_read]
    sources = {source.path for source in reading.sources}
    for path in root.rglob("*"):
        assert path.is_dir() or path.resolve() in sources or any(path.is_relative_to(one) for one in left), path
    shutil.copytree(CASES / "09-links", tmp_path / "links")
    subprocess.run(["sh", "make-links.sh"], cwd=tmp_path / "links", check=True)
    for name in ("hidden-target", "skipped-target", "windows-checkout", "pointer"):
        assert contents(read(tmp_path / "links" / name)) == ["Every log line carries the request id."], name
