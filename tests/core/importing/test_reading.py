"""Data files, databases and folders: what comes out, and one sentence for all that does not."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
from pathlib import Path

import pytest
from samples import NASTY, plain

from lora_studio.core.domain import Draft, Scope
from lora_studio.core.errors import Cancelled
from lora_studio.core.importing.conventions import BUILT, DOCUMENT, HIDDEN, TEXT
from lora_studio.core.importing.files import OUTSIDE
from lora_studio.core.importing.reading import read_paths
from lora_studio.core.importing.records import Problem
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.sharing import SHARE_FORMATS


def quiet(done: int, total: int) -> None:
    pass


def read(*paths: Path) -> tuple[list[Draft], list[Problem]]:
    reading = read_paths(paths, quiet)
    return [found.draft for source in reading.sources for found in source.found], list(reading.problems)


def others(problems: list[Problem]) -> list[Problem]:
    """Those about something else than characters that nobody sees, which some samples are made of."""
    return [one for one in problems if "seen by no reviewer" not in one.why]


def refused(path: Path) -> str:
    drafts, problems = read(path)
    assert drafts == []
    assert len(problems) == 1
    assert "\n" not in problems[0].why
    return problems[0].why


@pytest.mark.parametrize("kind", ["json", "jsonl", "yaml", "csv"])
def test_our_own_exports_come_back_without_loss(library: Library, tmp_path: Path, kind: str) -> None:
    wanted = tmp_path / "wanted.json"
    wanted.write_text(json.dumps({"guidelines": NASTY + plain(3)}), encoding="utf-8")
    drafts, problems = read(wanted)
    assert others(problems) == []
    made = add_guidelines(library, drafts, "t")
    ending, share = SHARE_FORMATS[kind]
    path = tmp_path / f"out.{ending}"
    path.write_bytes("".join(share(made)).encode())
    reading = read_paths([path], quiet)
    sources = reading.sources
    assert others(list(reading.problems)) == []
    assert [(found.id, found.version) for found in sources[0].found] == [(one.id, 1) for one in made]
    again = [found.draft for found in sources[0].found]
    if kind == "csv":  # a CSV reader takes blanks and line ends as they are, but an empty text is none
        again = [Draft(**{n: getattr(one, n) for n in Draft.__slots__}) for one in again]
    assert again == drafts


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.json", '[{"name": "n", "content": "c"}]'),
        ("one.json", '{"title": "n", "text": "c"}'),
        ("bulk.json", '\ufeff{"guidelines": [{"name": "n", "content": "c"}]}'),
        ("lines.jsonl", '\n{"name": "n", "content": "c"}\r\n\n'),
        ("list.yaml", "- name: n\n  content: c\n"),
        ("bulk.yml", "guidelines:\n  - {name: n, content: c}\n"),
        ("excel.csv", "\ufeffname;content;priority\r\nn;c;\r\n"),
        ("tabs.csv", "title\trule\nn\tc\n"),
    ],
)
def test_shapes_that_people_write(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    assert read(path) == ([Draft(name="n", content="c")], [])


def test_lists_and_numbers_written_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'name,content,tags,priority,active,good,scope_type,scope_id\n"a\nb",c,"x, y;z",80,no,[1],project,web\n'
    )
    assert read(path)[0] == [
        Draft(
            name="a\nb", content="c", tags=("x", "y", "z"), priority=80, active=False, good=("[1]",),
            scope=Scope("project", "web"),
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"content": "c"}, "It has no name"),
        ({"name": "n"}, "It has no content"),
        ({"name": "n", "content": " \n"}, "The content is blank"),
        ({"name": "", "content": "c"}, "The name is empty"),
        ({"name": "x" * 501, "content": "c"}, "The name has 501 characters; at most 500 fit"),
        ({"name": 7, "content": "c"}, "Name is not text"),
        ({"name": "n", "content": "a\0b"}, "The content contains NUL or half a character; take that out"),
        ({"name": "n", "content": "c", "scopeType": "team"}, "The scope type 'team' is none of global, org, project"),
        ({"name": "n", "content": "c", "scopeType": "org"}, "A rule of the scope org needs a scope id"),
        ([], "It is not an object with a name and a content"),
    ],
)
def test_a_record_that_is_none_is_named_and_the_others_stay(tmp_path: Path, record: object, why: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps(record)}\n" + '{"name": "ok", "content": "c"}\n')
    drafts, problems = read(path)
    assert [one.name for one in drafts] == ["ok"]
    assert problems[0].line == 1
    assert problems[0].why.startswith(why)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.json", b"{", "It is not valid JSON: "),
        ("a.json", b'"text"', "It holds no guidelines; "),
        ("a.json", b'{"guidelines": 3}', "It holds no guidelines; "),
        ("a.json", b"[" * 200_000, "It is nested too deeply"),
        ("a.json", b"", "It is empty"),
        ("a.json", b"\xff\xfe\x00", "It is not UTF-8 text (line 1); "),
        ("a.md", b"# a\n\ncaf\xe9\n", "It is not UTF-8 text (line 3); save it as UTF-8"),
        ("a.md", b"# a\n\0", "It contains NUL (line 2), so it is no text"),
        ("a.md", b"# only\n\n## headings\n", "It holds no guidelines"),
        ("a.yaml", b"a: [1", "It is not valid YAML (line "),
        ("a.yaml", b"!!python/object/apply:os.system ['true']", "It is not valid YAML (line 1): "),
        ("a.yaml", b"a: &a [x]\nb: [*a, *a]\n", "It uses an alias (*, line 2); write the text out instead"),
        ("a.yaml", b"[" * 5_000, "It is nested too deeply"),
        ("a.yaml", b"2026-13-45", "It holds"),
        ("a.yaml", b"just text", "It holds no guidelines; "),
        ("a.csv", b"x,y\n1,2\n", "Its first line does not name the columns; "),
        ("a.csv", b"name,content" + b",c" * 1_000_000, "It has more than 200 columns; "),
        ("a.db", b"nothing of the kind", "It is not an SQLite database"),
        ("a.xyz", b"# what\n\nis this", "Its kind is unknown; what fits: "),
        ("a.db", b"SQLite format 3\0" + b"x" * 5_000, "It cannot be read as a database: "),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert refused(path).startswith(why)


def test_pipes_devices_and_huge_files_never_hold_it_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(3 << 20)
    assert refused(tmp_path / "pipe.md") == "It is not a plain file"
    assert refused(Path("/dev/zero")) == "It is not a plain file"
    assert "larger than" in refused(tmp_path / "huge.md")
    assert refused(tmp_path / "absent.md") == "There is no such file or folder"
    assert refused(tmp_path / ("x" * 300)) != ""


def test_a_folder_gives_its_rule_files_and_nothing_from_outside(tmp_path: Path) -> None:
    outside = tmp_path / "secret.md"
    outside.write_text("# Secret\n\nOutside.")
    root = tmp_path / "project"
    for name in (
        "CLAUDE.md", ".cursor/rules/a.mdc", ".github/copilot-instructions.md", ".windsurfrules", "docs/style.md",
        "README.md", ".git/x.md", "node_modules/p/AGENTS.md", ".hidden/b.md", "package.json", "notes.txt",
        ".clinerules/c.md", "LICENSE.md", "docs/README.zh-CN.md", "CHANGELOG-2024-05.md", "2024-05-01-changelog.md",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"# {name}\n\nText of {name}.")
    (root / "guidelines_2026.json").write_text('[{"name": "exported", "content": "c"}]')
    (root / "AGENTS.md").symlink_to("CLAUDE.md")
    (root / "leak.md").symlink_to(outside)
    (root / "lost.md").symlink_to("nowhere")
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "huge.md").write_bytes(b"x" * (3 << 20))
    reading = read_paths([root, root / "CLAUDE.md"], quiet)
    assert reading.problems == ()
    assert [found.draft.name for source in reading.sources for found in source.found] == [
        ".windsurfrules", "CLAUDE.md", "exported", ".clinerules/c.md", ".cursor/rules/a.mdc",
        ".github/copilot-instructions.md", "docs/style.md",
    ]  # fmt: skip
    assert {str(Path(one.path).relative_to(root)): one.reason for one in reading.not_read} == {
        "leak.md": OUTSIDE, "lost.md": "It is a link that leads nowhere", ".git": HIDDEN, ".hidden": HIDDEN,
        "node_modules": BUILT, "notes.txt": TEXT, "huge.md": "It is larger than 2 MiB; import a part of it",
        **dict.fromkeys(("README.md", "LICENSE.md", "docs/README.zh-CN.md", "CHANGELOG-2024-05.md"), DOCUMENT),
        "2024-05-01-changelog.md": DOCUMENT,
    }  # fmt: skip


def test_cancel_stops_the_reading(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nB.")

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_paths([tmp_path], cancel)


def agent_memory(path: Path) -> sqlite3.Connection:
    """A small database as agent-memory makes it, left open."""
    made = sqlite3.connect(path, isolation_level=None)
    made.executescript("""
        PRAGMA journal_mode = wal;
        CREATE TABLE _migrations (id, name);
        CREATE TABLE guidelines (id TEXT, scope_type TEXT, scope_id TEXT, name TEXT, category TEXT, priority INTEGER,
          current_version_id TEXT, is_active INTEGER);
        CREATE TABLE guideline_versions (id TEXT, guideline_id TEXT, version_num INTEGER, content TEXT, rationale TEXT,
          examples TEXT);
        CREATE TABLE tags (id TEXT, name TEXT);
        CREATE TABLE entry_tags (entry_type TEXT, entry_id TEXT, tag_id TEXT);
        INSERT INTO tags VALUES ('t', 'style');
        INSERT INTO entry_tags VALUES ('guideline', '0b9e4a52-7c1d-4f7e-9a55-2f3f0c1d8e66', 't');
        INSERT INTO guidelines VALUES
          ('0b9e4a52-7c1d-4f7e-9a55-2f3f0c1d8e66', 'project', 'web', 'Format', NULL, 7.5, 'v2', 1),
          ('b', 'global', NULL, 'Off', 'old', 50, 'v3', 2),
          ('c', 'global', NULL, 'Blank', 'old', 50, 'nowhere', 1),
          ('d', 'global', NULL, 'Half', 'old', 50, 'v4', 1);
        INSERT INTO guideline_versions VALUES
          ('v1', 'a', 1, 'first', NULL, NULL), ('v2', 'a', 2, 'second', 'why', '{"bad":["b"],"good":["a\\u0000","g"]}'),
          ('v3', 'b', 1, 'off', NULL, '{oops'), ('v4', 'd', 1, CAST(x'61eda080' AS TEXT), NULL, NULL);
    """)
    return made


@pytest.mark.parametrize("running", [False, True])
def test_an_agent_memory_database_is_read_and_never_touched(tmp_path: Path, running: bool) -> None:
    path = tmp_path / "memory.db"
    connection = agent_memory(path)
    if not running:
        connection.close()
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    reading = read_paths([path], quiet)
    sources, problems = reading.sources, reading.problems
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
    connection.close()
    first, off, half = [found.draft for found in sources[0].found]
    assert sources[0].found[0].id == "0b9e4a52-7c1d-4f7e-9a55-2f3f0c1d8e66"
    assert first == Draft(
        name="Format", content="second", priority=8, tags=("style",), scope=Scope("project", "web"), rationale="why",
        good=("g",), bad=("b",),
    )  # fmt: skip
    assert not off.active
    assert half.content == "a\ufffd\ufffd\ufffd"
    assert [problem.why for problem in problems] == [
        "1 of the examples of 'Format' held NUL, half a character or too much; left out",
        "'Blank': the content is empty",
    ]


def test_other_databases_are_refused(library: Library, tmp_path: Path) -> None:
    assert refused(library.path).startswith("It is a library of this program; ")
    with sqlite3.connect(tmp_path / "x.db") as other:
        other.execute("CREATE TABLE guidelines (id)")
    other.close()
    assert refused(tmp_path / "x.db") == "It is an SQLite database, but not one of agent-memory"


@pytest.mark.parametrize("version", ["²", "٣", "-1", "1e3", "", "9" * 6_000, 10**30, True, 1.5, [1], {"a": 1}, None])
def test_a_version_that_is_no_number_says_nothing(tmp_path: Path, version: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"name": "n", "content": "c", "version": version}, {"name": "m", "content": "c"}]))
    reading = read_paths([path], quiet)
    sources = reading.sources
    assert reading.problems == ()
    assert [(found.draft.name, found.version) for found in sources[0].found] == [("n", 0), ("m", 0)]


CELLS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'=1",
    "''-x",
    "'quoted'",
    "a\rb",
    "a\nb",
    'a"b',
    "a\r\nb",
    "x\r",
)


@pytest.mark.parametrize("text", CELLS)
def test_no_cell_of_a_table_is_a_formula_and_each_comes_back(library: Library, tmp_path: Path, text: str) -> None:
    draft = Draft(name=text, content=text, category=text, rationale=text, tags=(text,), good=(text,))
    made = add_guidelines(library, [draft], "t")
    path = tmp_path / "a.csv"
    path.write_bytes("".join(SHARE_FORMATS["csv"][1](made)).encode())
    whole = path.read_bytes().decode()
    _, cells = list(csv.reader(io.StringIO(whole, newline="")))
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert whole.count("\r") == len([1 for cell in cells for sign in cell if sign == "\r"])
    assert read(path) == ([draft], [])
