"""What front matter means: where rules hold, when they apply, whether they are on; in the words of every agent."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_studio.core.importing.front_matter import header_of
from lora_studio.core.importing.reading import read_paths
from lora_studio.core.importing.text_blocks import front_matter


@pytest.mark.parametrize(
    ("text", "tags", "active"),
    [
        ("paths:\n  - src/**", ("src/**",), True), ("globs: *.ts,*.tsx\nalwaysApply: false", ("*.ts", "*.tsx"), True),
        ('applyTo: "**/*.py"\nexcludeAgent: coding-agent', ("**/*.py",), True), ("applyTo: '**'", (), True),
        ("trigger: manual", (), False), ("trigger: always_on", (), True),
        ("trigger: glob\nglobs: a/**", ("a/**",), True),
        ("inclusion: fileMatch\nfileMatchPattern: 'app/**/*'", ("app/**/*",), True), ("inclusion: manual", (), False),
        ("type: manual", (), False), ("type: agent_requested\ndescription: For tests", (), True),
        ("alwaysApply: false", (), False), ("alwaysApply: false\ndescription: For tests", (), True),
        ("alwaysApply: true", (), True), ("enabled: false", (), False), ("disabled: true", (), False),
        ("tags: [a, b]\nglobs: c/**", ("a", "b", "c/**"), True),
    ],
)  # fmt: skip
def test_where_rules_hold_and_whether_they_are_on(text: str, tags: tuple[str, ...], active: bool) -> None:
    fields, _ = front_matter(["---", *text.split("\n"), "---"])
    header = header_of(fields)
    assert (header.tags, header.active) == (tags, active)


@pytest.mark.parametrize(
    ("description", "is_why"),
    [
        ("Use when editing TypeScript", False), ("Rules for the web, to avoid surprises", False), ("API rules", False),
        ("Leaks cost us a weekend, because nobody saw them", True),
        ("Keeps the log short so that people read it", True),
    ],
)  # fmt: skip
def test_a_description_is_the_reason_only_where_it_says_why(description: str, is_why: bool) -> None:
    header = header_of({"description": [description]})
    assert header.description == description
    assert header.rationale == (description if is_why else "")


def test_a_file_gives_its_header_to_its_rules_and_names_what_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "---\ntrigger: manual\nlicense: MIT\ndescription: For tests\nglobs: t/**\n---\n# A\n\nName tests.\n"
    )
    source = read_paths([path], lambda done, total: None).sources[0]
    found = source.found[0]
    assert (found.draft.tags, found.draft.active, found.draft.rationale) == (("t/**",), False, "")
    assert found.description == "For tests"
    assert [(one.line, one.field) for one in source.not_taken] == [(3, "license")]
