"""Files made to do harm: each ends soon, in a plain sentence, and harms nothing."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from pathlib import Path

import pytest

from lora_studio.core.importing.plan import plan_import
from lora_studio.core.importing.records import ImportPlan
from lora_studio.core.library.store import Library

TABLES = """
CREATE TABLE _migrations (x);
CREATE TABLE tags (id, name);
CREATE TABLE entry_tags (entry_type, entry_id, tag_id);
CREATE TABLE guidelines (id, name, category, priority, scope_type, scope_id, is_active, current_version_id);
CREATE TABLE guideline_versions (id, content GENERATED ALWAYS AS ({content}) VIRTUAL, rationale, examples, version_num);
INSERT INTO guideline_versions (id, rationale, examples, version_num) VALUES ('v', '', '{{}}', 1);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
  INSERT INTO guidelines SELECT NULL, 'n' || i, 'c', {priority}, 'global', NULL, 1, 'v' FROM n;
"""


def _plan(library: Library, path: Path, data: str) -> ImportPlan:
    path.write_text(data)
    return plan_import(library, [path])


def _memory(path: Path, content: str = "'text'", priority: str = "50", rows: int = 1) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(TABLES.format(content=content, priority=priority, rows=rows))
    connection.close()
    return path


@pytest.mark.parametrize(
    "value",
    [
        "!!timestamp abc",
        "!!bool abc",
        '!!int ""',
        '!!float ""',
        "1" + ":00" * 200 + ".5",
        "1" + ":59" * 500_000,
        "2001-99-99",
        "1" * 5_000,
    ],
    ids=["timestamp", "bool", "int", "float", "large", "long", "date", "digits"],
)
def test_a_value_that_yaml_cannot_make_is_told(library: Library, tmp_path: Path, value: str) -> None:
    start = time.process_time()
    plan = _plan(library, tmp_path / "rules.yaml", f"- {{name: a, content: b, priority: {value}}}\n")
    assert time.process_time() - start < 10
    assert not plan.entries
    assert "in quotes" in plan.problems[0].why


def test_long_texts_in_yaml_are_no_numbers(library: Library, tmp_path: Path) -> None:
    dots, dates = "." * 2_000, "2026-11-22 " * 300
    plan = _plan(library, tmp_path / "rules.yaml", f"- name: a\n  content: '{dots}'\n- name: b\n  content: {dates}\n")
    assert [len(entry.draft.content) for entry in plan.entries] == [2_000, 3_299]


def test_a_priority_without_end_in_a_database_is_told(library: Library, tmp_path: Path) -> None:
    plan = plan_import(library, [_memory(tmp_path / "memory.db", priority="9e999")])
    assert plan.entries[0].draft.priority == 50
    assert [(one.line, one.field) for one in plan.not_taken] == [(1, "priority")]


@pytest.mark.parametrize(("content", "rows"), [("hex(zeroblob(400000000))", 1), ("hex(zeroblob(40000))", 9_000)])
def test_a_database_cannot_make_up_more_text_than_a_file_holds(
    library: Library, tmp_path: Path, content: str, rows: int
) -> None:
    start = time.process_time()
    plan = plan_import(library, [_memory(tmp_path / "memory.db", content, rows=rows)])
    assert time.process_time() - start < 20
    assert not plan.entries
    assert "too big" in plan.problems[0].why or "256 MiB" in plan.problems[0].why


def test_what_lies_beside_a_database_is_not_followed_elsewhere(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, scratch = tmp_path / "secret", tmp_path / "scratch"
    secret.write_text("secret")
    scratch.mkdir()
    path = _memory(tmp_path / "memory.db")
    path.with_name("memory.db-wal").symlink_to(secret)
    monkeypatch.setattr("tempfile.tempdir", str(scratch / "nothing is copied, so nobody looks here"))
    assert [entry.draft.name for entry in plan_import(library, [path]).entries] == ["n1"]


def test_a_newest_part_too_large_to_copy_is_told(library: Library, tmp_path: Path) -> None:
    path = _memory(tmp_path / "memory.db")
    with path.with_name("memory.db-wal").open("wb") as file:
        os.truncate(file.fileno(), 300 << 20)
    assert "-wal" in plan_import(library, [path]).problems[0].why


def test_thousands_of_rules_of_one_name_get_their_numbers_soon(library: Library, tmp_path: Path) -> None:
    rules = [{"name": "x", "content": f"Rule {number}"} for number in range(2_500)]
    start = time.process_time()
    plan = _plan(library, tmp_path / "rules.json", json.dumps(rules))
    assert time.process_time() - start < 10
    names = [entry.draft.name for entry in plan.entries]
    assert len(set(names)) == len(names)
    assert (names[0], names[1], names[-1]) == ("x", "x (2)", "x (2500)")


@pytest.mark.parametrize(
    "text", ["# a\nb\n", "## a\n\n*a · priority 1 · global*\n\nb\n", "- one two three four five\n"]
)
def test_planning_a_file_of_many_rules_takes_no_longer_than_their_number(
    library: Library, tmp_path: Path, text: str
) -> None:
    taken = []
    for count in (2_000, 8_000):
        began = time.process_time()
        plan = _plan(library, tmp_path / f"{count}.md", "# Guidelines\n\n" + text * count)
        taken.append(time.process_time() - began)
        assert len(plan.entries) >= count
    assert taken[1] < 8 * taken[0] + 1


def test_front_matter_of_nothing_but_commas_is_read_soon(library: Library, tmp_path: Path) -> None:
    began = time.process_time()
    lines = "\n".join("tags: " + sign * 9_900 for sign in (",", "{,", "[{", ",}") * 45)
    _plan(library, tmp_path / "a.mdc", f"---\n{lines}\n---\n# A\n\nText.\n")
    assert time.process_time() - began < 3


def test_labels_that_would_take_for_ever_are_read_at_once(library: Library, tmp_path: Path) -> None:
    began = time.process_time()
    text = "# Guidelines\n\n## a\n\n*a · priority 1 · global" + " · a" * 10_000 + "x\n\nbody\n"
    assert _plan(library, tmp_path / "a.md", text).entries
    assert time.process_time() - began < 3
