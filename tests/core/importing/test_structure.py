"""Where a rule file is cut: lists, labels, tables, comments, fences and broken front matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_studio.core.importing.markdown import read_markdown
from lora_studio.core.importing.records import Found
from lora_studio.core.importing.titles import TITLE_MAX


def read(text: str, name: str = "AGENTS.md") -> list[Found]:
    found, problems = read_markdown(text, Path("/src") / name)
    assert problems == []
    return found


def contents(text: str) -> list[str]:
    return [one.draft.content for one in read(text)]


def test_labels_keep_their_sentences_apart_and_lend_them_their_sense() -> None:
    text = (
        "# Web\n\n## Do\n\n- Keep components small.\n- Log each retry.\n\n"
        "## ❌ Never\n\n- Commit secrets\n- Never push to main\n\n## Avoid\n\nGlobal state.\n\nLong files.\n"
    )
    assert contents(text) == [
        "Keep components small.", "Log each retry.", "Never: Commit secrets", "Never push to main",
        "Avoid: Global state.", "Avoid: Long files.",
    ]  # fmt: skip
    assert {one.draft.category for one in read(text)} == {"Web"}
    assert not any(one.reason for one in read(text))


def test_items_that_are_only_labels_give_their_children() -> None:
    text = "## Boundaries\n\n- **Always do:**\n  - Run `make check`\n- **Never do:**\n  - Commit keys\n"
    assert contents(text) == ["Run `make check`", "Never do: Commit keys"]


def test_a_list_splits_where_one_item_is_short_and_children_go_with_it() -> None:
    text = "## Style\n\n- Use tabs.\n- Keep functions below forty lines:\n  - tests too\n  - scripts not\n"
    assert contents(text) == ["Use tabs.", "Keep functions below forty lines:\n- tests too\n- scripts not"]


def test_what_leads_a_list_stays_with_its_items() -> None:
    text = "## Tests\n\nWhen writing tests:\n\n- Mock the network.\n- Name the case.\n"
    assert contents(text) == ["When writing tests:\n\nMock the network.", "When writing tests:\n\nName the case."]


def test_numbered_rules_split_and_steps_stay_together() -> None:
    rules = "# Rules\n\n1. Every log line carries an id.\n2. Never swallow an error.\n"
    assert len(contents(rules)) == 2
    steps = "## Adding an option\n\n1. Define it in `options.py`.\n2. Add a page for it.\n"
    assert contents(steps) == ["1. Define it in `options.py`.\n2. Add a page for it."]


def test_lines_and_bold_beginnings_part_a_section() -> None:
    assert len(contents("# Tests\n\nUse clear names\nCheck the keyboard\nWrite one test a page\n")) == 3
    bold = "## Copies\n\n**Modifying**: change all copies.\n\n**Reviewing**: check all copies.\n"
    assert [one.draft.name for one in read(bold)] == ["Copies", "Reviewing"]


def test_a_table_with_a_column_of_rules_is_a_rule_a_row() -> None:
    text = "# Naming\n\n| What | Rule |\n|---|---|\n| Classes | Nouns in PascalCase |\n| Files | Lower case |\n"
    assert contents(text) == ["Classes: Nouns in PascalCase", "Files: Lower case"]


def test_comments_and_tags_are_no_text_but_those_in_code_are() -> None:
    text = (
        "# Logs\n\n<!-- TODO -->\nEvery line has an id. <!-- why? -->\n\n<!--\n## Old\nUse print.\n-->\n\n"
        "<rule>\nNever log keys.\n</rule>\n\n```html\n<!-- kept -->\n```\n"
    )
    assert "\n".join(contents(text)).count("<!--") == 1
    assert [one.draft.name for one in read(text)] == ["Logs"]


@pytest.mark.parametrize(
    "front",
    [
        "\n---\nglobs: '*.ts'\n---\n", "---\nglobs: '*.ts'\n\n",
        "---\nglobs:\nalwaysApply: false\n---\n---\nglobs: '*.ts'\n---\n",
        "---\nglobs: '*.ts'\n---\n\n---\nglobs:\n---\n",
    ],
    ids=["blank line before", "not closed", "two, the first empty", "two, the second empty"],
)  # fmt: skip
def test_front_matter_however_broken_is_never_text(front: str) -> None:
    (one,) = read(f"{front}# API\n\nHandlers return typed results only.\n")
    assert (one.draft.name, one.draft.tags, one.reason) == ("API", ("*.ts",), "")


def test_a_fence_that_is_never_closed_ends_at_the_next_heading() -> None:
    assert [one.draft.name for one in read("# One\n\n```js\nfoo()\n\n# Two\n\nNever do that.\n")] == ["One", "Two"]


def test_what_stands_below_a_list_gives_its_examples_to_the_rule_it_is_about() -> None:
    text = (
        "## Types\n\n- Use `unknown` for input.\n- Always handle null.\n\n"
        "```ts\n// Bad\nlet a: any;\n// Good\nlet a: unknown;\n```\n"
    )
    assert [(one.draft.good, one.draft.bad) for one in read(text)] == [
        (("let a: unknown;",), ("let a: any;",)),
        ((), ()),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("You are an expert in Go and in teaching.", "who the model is to be"),
        ("# Project\n\n## Overview\n\nParcels move between four warehouses.", "describes the project"),
        ("# P\n\n## Structure\n\n```\nsrc/\n├── a.py\n```", "files and folders"),
        ("# P\n\n## Commands\n\n- `make build`: builds it\n- `make test`: tests it", "commands"),
        ("# P\n\n## Setup\n\n1. Install uv\n2. Run `uv sync`", "set something up"),
        ("# P\n\n## Table of Contents\n\n- [Errors](#errors)\n- [Logs](#logs)", "other documents"),
        ("# P\n\n## License\n\nMIT", "licence"),
        ("# P\n\n## Contact\n\nAsk in the channel.", "whom to ask"),
        ("# P\n\n## More\n\n[The handbook](https://example.org)", "other documents"),
        ("# P\n\n## Start\n\n```sh\nmake\n```", "code"),
        ("# P\n\n## Lizenz\n\nMIT", "licence"),
        ("# P\n\n## Überblick\n\nDer Dienst hat zwei Teile.", "describes the project"),
        ("# P\n\n## Stack\n\n- React 19\n- Vite", "describes the project"),
        ("Du bist ein erfahrener Entwickler.", "who the model is to be"),
    ],
)
def test_what_is_probably_not_a_rule_and_why(text: str, why: str) -> None:
    (one,) = read(text)
    assert why in one.reason


@pytest.mark.parametrize(
    "text",
    [
        "Never push to main.", "Handlers return typed results only.", "Please run the linter before you push.",
        "If a test is flaky, fix it first.", "Verwende englische Namen.", "Beträge werden nie gerundet.",
        "**Naming:** `snake_case` functions, `PascalCase` classes", "所有的接口都必须返回统一的错误格式",
        "No global mutable state", "Names of modules are short.", "Jede Größe hat eine Einheit.",
    ],
)  # fmt: skip
def test_what_is_a_rule(text: str) -> None:
    assert [one.reason for one in read(f"# Team\n\n## Things\n\n{text}\n")] == [""]


def test_a_rule_below_a_heading_of_something_else_is_one_all_the_same() -> None:
    text = "# P\n\n## Tech Stack\n\n- React 19\n- **Types:** you must type every function\n"
    assert [bool(one.reason) for one in read(text)] == [True, False]


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("**Constants**: use upper case.", "Constants"),
        ("Logging: one line a request", "Logging"),
        ("Keep event code short and move what is shared into functions.", "Keep event code short"),
        ("Do not put game logic in Draw events.", "Do not put game logic"),
        ("Do not add new heavy dependencies", "New heavy dependencies"),
        ("Every migration can be rolled back again", "Every migration"),
        ("Avoid jargon.", "Style: jargon"),
    ],
)
def test_names_are_short_and_never_the_whole_rule(item: str, name: str) -> None:
    found = read(f"## Style\n\n- {item}\n- Always write the other item too.\n")
    assert found[0].draft.name == name
    assert all(len(one.draft.name) <= TITLE_MAX for one in found)


def test_equal_names_in_a_file_are_told_apart_by_their_headings() -> None:
    text = "# A\n\n## Web\n\n- Use tabs in all files.\n- x must be y\n\n"
    text += "## Api\n\n- Use tabs in half of them.\n- z must be y\n"
    names = [one.draft.name for one in read(text)]
    assert names[::2] == ["Use tabs", "Use tabs (Api)"]


def test_a_file_of_too_many_lines_is_told_at_once() -> None:
    found, problems = read_markdown("# a\nb\n" * 330_000, Path("/src/a.md"))
    assert found == []
    assert "at most 100,000 fit" in problems[0].why
