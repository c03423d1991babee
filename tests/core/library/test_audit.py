"""The audit log as it is read: page by page, searched, as CSV; and who asked lately."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from lora_studio.core.domain import OWNER, Draft, Scope
from lora_studio.core.errors import Cancelled, StorageError
from lora_studio.core.library import audit
from lora_studio.core.library.access import grant, known_scopes
from lora_studio.core.library.audit import last_row, older_entries, record, seen_agents, write_csv
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import Library


def silent(done: int, total: int) -> None:
    assert 0 <= done <= total


def fill(library: Library, count: int) -> None:
    with library.writing():
        for number in range(count):
            record(library, f"bot{number % 3}", "memory_query search", "done", {"number": str(number)})


def test_pages_follow_each_other_without_gap_or_repeat(library: Library) -> None:
    fill(library, 25)
    pages, before = [], None
    while page := older_entries(library, before, limit=10):
        pages.append([entry.row for entry in page])
        before = page[-1].row
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [row for page in pages for row in page] == list(range(25, 0, -1))
    assert last_row(library) == 25


def test_every_word_has_to_be_somewhere_and_signs_are_plain_text(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SLICE", 4)  # several slices
    fill(library, 20)
    record(library, "100%_bot\\x", "export", "PERMISSION_DENIED", {"error": "no"})
    assert len(older_entries(library, text="BOT1 search")) == 7
    assert [entry.who for entry in older_entries(library, text="%_")] == ["100%_bot\\x"]
    assert [entry.who for entry in older_entries(library, text="t\\x DENIED")] == ["100%_bot\\x"]
    assert older_entries(library, text="bot1 export") == []
    assert [entry.detail["number"] for entry in older_entries(library, text="bot1", limit=2)] == ["19", "16"]


def test_a_search_can_be_stopped(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "SLICE", 4)
    fill(library, 20)

    def stop(done: int, total: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        older_entries(library, text="nowhere", progress=stop)


def test_csv_holds_what_the_search_finds_and_no_formula(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SLICE", 4)
    fill(library, 11)
    record(library, "=cmd|' /C calc'!A0", "x", "done", {"a": "1", "b": "two\nlines"})
    target = tmp_path / "log.csv"
    assert write_csv(library, target, "", silent) == 12
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["when", "who", "action", "outcome", "detail"]
    assert rows[1][1:] == ["'=cmd|' /C calc'!A0", "x", "done", "a: 1; b: two\nlines"]
    assert len(rows) == 13
    assert target.stat().st_mode & 0o777 == 0o600
    assert write_csv(library, target, "bot2", silent) == 3


def test_a_stopped_csv_leaves_what_was_there(library: Library, tmp_path: Path) -> None:
    fill(library, 5)
    target = tmp_path / "log.csv"
    target.write_text("before")

    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_csv(library, target, "", stop)
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.glob("*.part")] == []
    with pytest.raises(StorageError):
        write_csv(library, tmp_path / "no" / "log.csv", "", silent)


def test_agents_refused_since_their_last_success(library: Library) -> None:
    record(library, "newbot", "x", "PERMISSION_DENIED", {"error": "Permission denied: first"})
    record(library, "oldbot", "x", "PERMISSION_DENIED", {"error": "Permission denied: before"})
    record(library, "oldbot", "x", "done", {})
    record(library, "newbot", "x", "VALIDATION", {"error": "other"})
    record(library, "newbot", "x", "PERMISSION_DENIED", {"error": "Permission denied: the admin key is wrong"})
    record(library, "newbot", "x", "PERMISSION_DENIED", {"error": "Permission denied: last"})
    record(library, OWNER, "x", "PERMISSION_DENIED", {"error": "no"})
    record(library, "?", "x", "VALIDATION", {"error": "no"})
    assert [(one.name, one.refused, one.said) for one in seen_agents(library)] == [
        ("newbot", 2, "Permission denied: last"),
        ("oldbot", 0, ""),
    ]


def test_known_scopes_come_from_guidelines_and_grants(library: Library) -> None:
    assert known_scopes(library) == [Scope()]
    add_guidelines(library, [Draft(name="a", content="b", scope=Scope("project", "web"))], OWNER)
    grant(library, "bot", "read", Scope("org", "acme"))
    grant(library, "bot", "read", Scope("all"))
    assert known_scopes(library) == [Scope(), Scope("org", "acme"), Scope("project", "web")]
