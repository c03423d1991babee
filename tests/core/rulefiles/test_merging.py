"""Guidelines into rule files that are there already: what people wrote stays, what was edited is never overwritten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rule_texts import as_guidelines

from lora_studio.core.domain import Draft, Guideline
from lora_studio.core.errors import Conflict, Invalid
from lora_studio.core.rulefiles import merging
from lora_studio.core.rulefiles.blocks import blocks_in
from lora_studio.core.rulefiles.conventions import CONVENTIONS, Group, group_of, is_glob, slug_of
from lora_studio.core.rulefiles.merging import rule_files
from lora_studio.core.rulefiles.writing import planned_files, write_rule_files

RULES = as_guidelines(
    [
        Draft(name="Names", content="Say what it is.", category="style", priority=90),
        Draft(name="Buttons", content="Say what they do.", category="style", tags=("web/**", "ui")),
        Draft(name="Logs", content="No secrets.", category="safety"),
    ]
)
OWN = "# Ours\n\nWe like tea.\n"


def written(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("format_name", "paths"),
    [
        ("agents", ["AGENTS.md"]),
        ("claude", [".claude/rules/safety.md", ".claude/rules/style-web.md", ".claude/rules/style.md"]),
        ("cursor", [".cursor/rules/safety.mdc", ".cursor/rules/style-web.mdc", ".cursor/rules/style.mdc"]),
        ("copilot", [".github/copilot-instructions.md", ".github/instructions/style-web.instructions.md"]),
        ("kiro", [".kiro/steering/safety.md", ".kiro/steering/style-web.md", ".kiro/steering/style.md"]),
        ("cline", [".clinerules/safety.md", ".clinerules/style-web.md", ".clinerules/style.md"]),
        (
            "skill",
            [f".agents/skills/{name}/SKILL.md" for name in ("safety", "style-web", "style")],
        ),
    ],
)
def test_every_convention_has_its_places(format_name: str, paths: list[str]) -> None:
    assert [file.path for file in rule_files(format_name, RULES, {})] == paths


def test_globs_and_descriptions_stand_where_each_agent_looks_for_them() -> None:
    heads = {}
    for name in CONVENTIONS:
        file = next(one for one in rule_files(name, RULES[1:2], {}))
        heads[name] = (file.content or "").partition("\n\n<!-- lora-studio")[0]
    about = '"The team\'s guidelines on style: read them before you write or review such work in web/**."'
    assert heads == {
        "agents": "# Guidelines",
        "claude": '---\npaths:\n  - "web/**"\n---\n\n# style',
        "cursor": f"---\ndescription: {about}\nglobs: web/**\nalwaysApply: false\n---\n\n# style",
        "copilot": f'---\ndescription: {about}\napplyTo: "web/**"\n---\n\n# style',
        "kiro": '---\ninclusion: fileMatch\nfileMatchPattern:\n  - "web/**"\n---\n\n# style',
        "cline": '---\npaths:\n  - "web/**"\n---\n\n# style',
        "skill": f"---\nname: style-web\ndescription: {about}\n---\n\n# style",
    }
    shown = next(iter(rule_files("agents", RULES[1:2], {}))).content or ""
    assert "## Buttons\n\n*Applies to `web/**`.*\n\nSay what they do." in shown


def test_what_people_wrote_stays_and_the_second_time_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "AGENTS.md").write_text(OWN)
    write_rule_files(tmp_path, "agents", RULES)
    first = written(tmp_path)["AGENTS.md"]
    assert first.startswith(f"{OWN}\n<!-- lora-studio")
    assert write_rule_files(tmp_path, "agents", RULES) == []
    (tmp_path / "AGENTS.md").write_text(first + "\nAnd cake.\n")
    changed = [replace(RULES[0], content="Say what it is, in English.", version=7), *RULES[1:]]
    write_rule_files(tmp_path, "agents", changed)
    text = written(tmp_path)["AGENTS.md"]
    assert text.startswith(OWN)
    assert text.endswith("\nAnd cake.\n")
    assert [block.draft.content for block in blocks_in(text) if block.draft] == [one.content for one in changed]


def test_line_ends_and_permissions_stay(tmp_path: Path) -> None:
    path = tmp_path / "AGENTS.md"
    path.write_bytes(b"# Ours\r\n\r\nTea.\r\n")
    path.chmod(0o600)
    write_rule_files(tmp_path, "agents", RULES)
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")
    assert path.stat().st_mode & 0o777 == 0o600
    assert write_rule_files(tmp_path, "agents", RULES) == []


@pytest.mark.parametrize("format_name", CONVENTIONS)
def test_an_edited_block_is_never_overwritten(tmp_path: Path, format_name: str) -> None:
    write_rule_files(tmp_path, format_name, RULES)
    place = next(path for path, text in written(tmp_path).items() if "No secrets." in text)
    (tmp_path / place).write_text(written(tmp_path)[place].replace("No secrets.", "No secrets, ever."))
    before = written(tmp_path)
    changed = [replace(one, content=f"{one.content} Always.") for one in RULES]
    with pytest.raises(Conflict, match=r"line \d+: 'Logs' was edited in the file"):
        write_rule_files(tmp_path, format_name, changed)
    assert written(tmp_path) == before
    assert write_rule_files(tmp_path, format_name, RULES[:2]) == []  # it is not among those
    taken_over = [*RULES[:2], replace(RULES[2], content="No secrets, ever.", version=2)]
    assert [file.path for file in write_rule_files(tmp_path, format_name, taken_over)] == [place]


def test_what_was_switched_off_or_moved_leaves_its_file(tmp_path: Path) -> None:
    write_rule_files(tmp_path, "claude", RULES)
    moved = replace(RULES[2], category="style")
    files = write_rule_files(tmp_path, "claude", [moved], lambda ids: {RULES[0].id})
    assert [(file.path, file.content is None) for file in files] == [
        (".claude/rules/safety.md", True), (".claude/rules/style.md", False),
    ]  # fmt: skip
    assert sorted(written(tmp_path)) == [".claude/rules/style-web.md", ".claude/rules/style.md"]
    assert "Names" not in written(tmp_path)[".claude/rules/style.md"]


def test_a_file_in_which_somebody_wrote_stays(tmp_path: Path) -> None:
    write_rule_files(tmp_path, "claude", RULES)
    path = tmp_path / ".claude/rules/safety.md"
    path.write_text(path.read_text() + "\nMind the gap.\n")
    write_rule_files(tmp_path, "claude", [], lambda ids: {one.id for one in RULES})
    assert written(tmp_path) == {".claude/rules/safety.md": "# safety\n\nMind the gap.\n"}


def test_somebodys_own_file_keeps_its_name(tmp_path: Path) -> None:
    own = tmp_path / ".cursor/rules/style.mdc"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"---\nglobs: *.py\n---\nTea.\xff\n")
    write_rule_files(tmp_path, "cursor", RULES[:1])
    assert own.read_bytes().endswith(b"Tea.\xff\n")
    assert "Names" in (tmp_path / ".cursor/rules/style-2.mdc").read_text()
    assert write_rule_files(tmp_path, "cursor", RULES[:1]) == []


def test_links_lead_nowhere_else(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    (project / ".claude").symlink_to(outside)
    with pytest.raises(Invalid, match="leads out of the folder"):
        write_rule_files(project, "claude", RULES)
    (project / "notes.md").write_text(OWN)
    (project / "AGENTS.md").symlink_to("notes.md")
    write_rule_files(project, "agents", RULES)
    assert (project / "AGENTS.md").is_symlink()
    assert (project / "notes.md").read_text().startswith(OWN)
    assert list(outside.iterdir()) == []


def test_a_broken_block_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    write_rule_files(tmp_path, "agents", RULES)
    path = tmp_path / "AGENTS.md"
    path.write_text(path.read_text().replace("<!-- /lora-studio -->", "", 1))
    with pytest.raises(Conflict, match=r"AGENTS\.md, line 3: The block that begins here has no end"):
        write_rule_files(tmp_path, "agents", [replace(RULES[1], content="x")])


def test_what_no_agent_could_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "LARGEST", 300)
    with pytest.raises(Invalid, match="would be larger than"):
        write_rule_files(tmp_path / "new", "agents", RULES)
    assert not (tmp_path / "new").exists()
    (tmp_path / "AGENTS.md").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match=r"AGENTS\.md is not UTF-8 text"):
        planned_files(tmp_path, "agents", RULES[:1])


def test_two_copies_of_a_block_become_one(tmp_path: Path) -> None:
    write_rule_files(tmp_path, "agents", RULES[:1])
    path = tmp_path / "AGENTS.md"
    once = path.read_text()
    path.write_text(once + once.partition("\n\n")[2])
    write_rule_files(tmp_path, "agents", [replace(RULES[0], content="x")])
    assert path.read_text().count("<!-- lora-studio") == 1


def test_names_of_files_are_names_on_every_disk() -> None:
    categories = ("General", "C#", "con", "日本", "日本語", "../x", "", "a" * 300, "Fehler & Größe")
    slugs = [slug_of(Group(category, ())) for category in categories]
    assert slugs[:3] == ["general", "c", "rules-con"]
    assert slugs[3] != slugs[4]
    assert slugs[5] == "x"
    assert len(slugs[7]) <= 64
    assert slugs[8] == "fehler-grosse"
    assert all(slug.replace("-", "").isalnum() and slug == slug.lower() for slug in slugs)


@pytest.mark.parametrize(
    ("tag", "is_one"),
    [("web/**", True), ("**/*.{ts,tsx}", True), ("*.md", True), ("ts", False), ("a/b", False), ("a*, b*", False),
     ("`*", False), ("* a", False), ("#*", False)],
)  # fmt: skip
def test_which_tags_are_globs(tag: str, is_one: bool) -> None:
    assert is_glob(tag) is is_one


def test_a_group_is_a_category_and_its_paths() -> None:
    one: Guideline = replace(RULES[1], tags=("z/**", "ui", "a/**"))
    assert group_of(one) == Group("style", ("a/**", "z/**"))
