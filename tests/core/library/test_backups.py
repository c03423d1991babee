"""Backups: when they are made, which are kept, whether they are sound, and the way back to one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lora_studio.core.domain import OWNER, Draft, GuidelineFilter
from lora_studio.core.errors import Conflict, Invalid, NotFound, PermissionDenied, StorageError
from lora_studio.core.library import backups
from lora_studio.core.library.access import has_admin_key, set_admin_key
from lora_studio.core.library.audit import entries, record
from lora_studio.core.library.backups import back_up, room_of, worth_keeping
from lora_studio.core.library.changes import Edit, change_rows
from lora_studio.core.library.checkup import check_library
from lora_studio.core.library.copies import Copy, all_copies, dated_copies, fault_of, newest_sound
from lora_studio.core.library.guidelines import (
    add_guidelines,
    change_guidelines,
    count_guidelines,
    get_guideline,
    list_guidelines,
    set_deleted,
)
from lora_studio.core.library.purging import purge
from lora_studio.core.library.restoring import restore
from lora_studio.core.library.search import search_guidelines
from lora_studio.core.library.store import Library, open_library

EVERYTHING = GuidelineFilter()


@pytest.fixture(autouse=True)
def first_day(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 1)


def at(monkeypatch: pytest.MonkeyPatch, day: int, hour: int = 12, minute: int = 0) -> None:
    monkeypatch.setenv("LORA_STUDIO_NOW", f"2026-03-{day:02}T{hour:02}:{minute:02}:00Z")


def add(library: Library, name: str) -> str:
    return add_guidelines(library, [Draft(name=name, content=f"Text of {name}.")], "t")[0].id


def days(library: Library) -> list[str]:
    return [copy.made[8:13] for copy in dated_copies(library.path)]


def names(path: Path) -> list[str]:
    return [one.name for one in list_guidelines(open_library(path), EVERYTHING)]


def test_a_day_on_which_something_changes_has_one_backup_of_what_was_before(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "one")
    add(library, "two")
    assert days(library) == []  # a library's first day
    at(monkeypatch, 2)
    assert count_guidelines(library, EVERYTHING) == 2
    assert days(library) == []  # nothing changed
    add(library, "three")
    at(monkeypatch, 2, 20)
    add(library, "four")
    assert days(library) == ["02T12"]
    copy = dated_copies(library.path)[0]
    assert sorted(names(copy.path)) == ["one", "two"]
    assert copy.path.stat().st_mode & 0o777 == 0o600
    assert room_of(library.path) == (1, copy.size)
    at(monkeypatch, 9)
    add(library, "five")
    assert days(library) == ["09T12", "02T12"]


def test_large_changes_and_imports_get_one_of_their_own(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "BULK", 3)
    for number in range(5):
        add(library, f"n {number}")
    rows = list(range(1, 6))
    at(monkeypatch, 1, 13)
    change_rows(library, rows[:3], Edit(priority=1), "t")
    assert days(library) == []
    change_rows(library, rows, Edit(priority=2), "t")
    assert days(library) == ["01T13"]
    change_rows(library, rows, Edit(priority=3), "t")  # changed since, in the same moment of a clock that stands
    at(monkeypatch, 1, 13, 30)
    with library.writing(1, importing=True):
        pass
    assert days(library) == ["01T13"]
    at(monkeypatch, 1, 14, 30)
    with library.writing(1, importing=True):
        pass
    with library.writing(9):
        pass
    assert days(library) == ["01T13"]  # nothing has changed since
    change_rows(library, rows, Edit(priority=4), "t")
    at(monkeypatch, 1, 15)
    set_deleted(library, [one.id for one in list_guidelines(library, EVERYTHING)], True, "t")
    assert days(library) == ["01T15", "01T13"]


def test_which_are_worth_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    times = [now - timedelta(hours=6 * n) for n in range(400)]
    copies = [Copy(Path(str(n)), f"{time:%Y-%m-%dT%H:%M:%S}.000Z", 10) for n, time in enumerate(times)]
    kept = sorted((copy.made for copy in worth_keeping(copies, now)), reverse=True)
    assert kept[:3] == ["2026-03-20T12:00:00.000Z", "2026-03-20T06:00:00.000Z", "2026-03-20T00:00:00.000Z"]
    assert [made[:10] for made in kept[3:]] == [
        "2026-03-19", "2026-03-18", "2026-03-17", "2026-03-16", "2026-03-15", "2026-03-14", "2026-03-08", "2026-03-01",
    ]  # fmt: skip
    monkeypatch.setattr(backups, "MOST_BYTES", 45)
    assert [copy.made[8:13] for copy in sorted(worth_keeping(copies, now), key=lambda one: one.made)] == [
        "19T18", "20T00", "20T06", "20T12",
    ]  # fmt: skip
    monkeypatch.setattr(backups, "MOST_BYTES", 5)
    assert len(worth_keeping(copies, now)) == 1


def test_a_library_that_is_too_large_is_not_copied_by_itself(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    add(library, "one")
    monkeypatch.setattr(backups, "MOST_BYTES", 10)
    at(monkeypatch, 2)
    add(library, "two")
    assert days(library) == []


def test_a_backup_is_not_written_over_anything(library: Library, tmp_path: Path) -> None:
    add(library, "one")
    made = back_up(library.path, tmp_path / "else" / "mine.db")
    assert names(made) == ["one"]
    assert sorted(path.name for path in made.parent.iterdir()) == ["mine.db"]
    (tmp_path / "link.db").symlink_to(tmp_path / "nowhere.db")
    for there in (made, tmp_path / "link.db"):
        with pytest.raises(Conflict, match="is there already"):
            back_up(library.path, there)


def test_restoring_keeps_the_present_library_and_says_so(library: Library, tmp_path: Path) -> None:
    add(library, "one")
    file = back_up(library.path, tmp_path / "mine.db")
    add(library, "two")
    kept = restore(library.path, file, "")
    assert names(library.path) == ["one"]
    assert kept
    assert sorted(names(kept)) == ["one", "two"]
    row = entries(library, 1)[0]
    assert (row.who, row.action, row.outcome, row.detail["file"]) == (OWNER, "restore", "done", str(file))
    with library.connection():
        assert library.sql("PRAGMA journal_mode").fetchone() == ("wal",)
    add(library, "three")  # it goes on as ever


def test_restoring_asks_for_the_present_key(library: Library, tmp_path: Path) -> None:
    file = back_up(library.path, tmp_path / "mine.db")
    set_admin_key(library, "correct horse battery")
    with pytest.raises(PermissionDenied):
        restore(library.path, file, "wrong horse battery")
    assert has_admin_key(library)
    restore(library.path, file, "correct horse battery")
    assert not has_admin_key(library)


def test_only_a_sound_library_is_restored(library: Library, tmp_path: Path) -> None:
    add(library, "one")
    other, empty, text, damaged, newer = (tmp_path / f"{name}.db" for name in ("o", "e", "t", "d", "n"))
    sqlite3.connect(other).executescript("CREATE TABLE x (y)").connection.close()
    empty.touch()
    text.write_text("no database " * 1_000)
    back_up(library.path, damaged)
    spoil(damaged)
    back_up(library.path, newer)
    sqlite3.connect(newer).executescript("PRAGMA user_version = 99").connection.close()
    before = library.path.read_bytes()
    for file in (other, empty, text, damaged, newer, tmp_path, tmp_path / "none.db", library.path):
        with pytest.raises(Invalid, match="cannot be restored"):
            restore(library.path, file, "")
    assert library.path.read_bytes() == before
    assert not list(library.path.parent.glob("*.before-*"))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER more AFTER INSERT ON audit BEGIN INSERT INTO access_grant "
        "VALUES ('mallory', 'read', 'all', '', ''); END",
        "CREATE VIEW endless AS WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x",
        "ALTER TABLE guideline RENAME TO old; CREATE VIEW guideline AS "
        "WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x",
    ],
)
def test_what_a_stranger_s_library_would_do_is_not_restored(library: Library, tmp_path: Path, statement: str) -> None:
    add(library, "one")
    file = back_up(library.path, tmp_path / "strange.db")
    sqlite3.connect(file).executescript(statement).connection.close()
    with pytest.raises(Invalid, match="triggers or views"):
        restore(library.path, file, "")


def spoil(path: Path) -> None:
    """Overwrites pages of the file, which stays an SQLite file."""
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(4096 * page)
            file.write(os.urandom(2048))


def test_a_damaged_library_is_refused_with_its_newest_sound_backup(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "one")
    for day in (2, 3):
        at(monkeypatch, day)
        add(library, f"of day {day}")
        at(monkeypatch, day, 13)
        add(library, f"later on day {day}")
    newest, older = (copy.path for copy in dated_copies(library.path))
    spoil(newest)
    spoil(library.path)
    with pytest.raises(StorageError, match="is damaged") as refused:
        add(library, "x")
    assert f"lora-studio restore {older}" in refused.value.message
    with pytest.raises(StorageError, match="its newest sound backup is"):
        check_library(library)
    kept = restore(library.path, older, "")
    assert names(library.path) == ["one"]
    assert kept
    assert fault_of(kept)  # as it was, whole


def use(path: Path) -> None:
    library = open_library(path)
    with library.connection():
        library.sql("SELECT * FROM export_run")
        search_guidelines(library, "one", EVERYTHING)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("PRAGMA user_version = -5", "is damaged"),
        ("DROP TABLE export_run", "is not a LoRA Studio library any more"),
        ("DELETE FROM guideline_search_config; DROP TABLE guideline_search_data", "is damaged"),
    ],
)
def test_what_somebody_broke_is_a_refusal(library: Library, harm: str, said: str) -> None:
    add(library, "one")
    back_up(library.path)
    with sqlite3.connect(library.path) as raw:
        raw.executescript(harm)
    raw.close()
    with pytest.raises(StorageError, match=said) as refused:
        use(library.path)
    assert "its newest sound backup is" in refused.value.message


def test_an_empty_file_is_no_new_library(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.touch()
    with pytest.raises(StorageError, match=r"is empty.*there is no sound backup beside it"):
        open_library(path)
    shutil.copy(back_up(open_library(tmp_path / "other" / "library.db").path), f"{path}.before-version-3")
    with pytest.raises(StorageError, match=r"lora-studio restore .*library\.db\.before-version-3"):
        open_library(path)
    assert path.stat().st_size == 0
    restore(path, newest_sound(path) or path, "")
    assert names(path) == []


def test_a_library_whose_newest_part_alone_is_left_is_not_made_anew(library: Library) -> None:
    add(library, "one")
    with library.connection():
        add(library, "two")
        wal = library.path.with_name("library.db-wal").read_bytes()
    library.path.unlink()
    library.path.with_name("library.db-wal").write_bytes(wal)
    with pytest.raises(StorageError, match="is gone, but its newest part"):
        open_library(library.path)


MAKES = """
import os, sys
from pathlib import Path
from lora_studio.core.library import store
steps = int(sys.argv[2])
sql = store.Library.sql
def counted(self, *values):
    global steps
    steps -= 1
    if steps < 0:
        os._exit(9)
    return sql(self, *values)
store.Library.sql = counted
store.open_library(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("steps", [0, 1, 5, 40])
def test_a_first_start_that_is_killed_leaves_no_library(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "home" / "library.db"
    ended = subprocess.run([sys.executable, "-c", MAKES, path, str(steps)], check=False)
    assert ended.returncode == 9
    assert not path.exists()
    assert names(path) == []
    assert [one.name for one in path.parent.iterdir()] == ["library.db"]


def test_a_rollback_that_fails_hides_nothing(library: Library) -> None:
    def fail(error: Exception) -> None:
        with library.writing():
            library.sql("ROLLBACK")  # as SQLite does by itself on a full disk
            raise error

    with pytest.raises(Conflict, match="taken"):
        fail(Conflict("taken"))
    with pytest.raises(StorageError, match="disk is full"):
        fail(sqlite3.OperationalError("database or disk is full"))
    add(library, "one")


def test_the_search_index_is_made_anew_where_it_differs(library: Library) -> None:
    add(library, "one")
    add_guidelines(library, [Draft(name="two", content="Größe", tags=("x", "y"), good=("g",))], "t")
    assert check_library(library).rebuilt == ()
    with sqlite3.connect(library.path) as raw:
        raw.execute("INSERT INTO guideline_search (guideline_search) VALUES ('delete-all')")
        raw.execute("INSERT INTO guideline_search (rowid, name) VALUES (1, 'ghost')")
        raw.execute("DELETE FROM guideline_tag WHERE tag = 'x'")
    raw.close()
    done = check_library(library)
    assert (done.guidelines, done.rebuilt) == (2, ("tags", "search index"))
    assert check_library(library).rebuilt == ()
    assert [hit.guideline.name for hit in search_guidelines(library, "groß", EVERYTHING).hits] == ["two"]
    assert search_guidelines(library, "ghost", EVERYTHING).total == 0


def test_what_is_purged_stands_nowhere(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, other = add(library, "zebra secret"), add(library, "other")
    change_guidelines(library, [secret], lambda old: Draft(name="now harmless", content="zebra text"), "t")
    at(monkeypatch, 2)
    add(library, "third")
    back_up(library.path, Path(f"{library.path}.before-version-2"))
    files = [library.path, *(copy.path for copy in all_copies(library.path))]
    assert len(files) == 3
    assert all(b"zebra" in path.read_bytes() for path in files)
    done = purge(library, [secret])
    assert (done.count, done.left) == (1, ())
    for path in [*files, *library.path.parent.glob("**/*")]:
        assert path.is_dir() or b"zebra" not in path.read_bytes().lower()
    with pytest.raises(NotFound):
        get_guideline(library, secret)
    assert search_guidelines(library, "zebra", EVERYTHING).total == 0
    assert get_guideline(library, other).name == "other"
    assert check_library(library).rebuilt == ()
    with pytest.raises(sqlite3.IntegrityError), library.writing():  # history only grows again
        library.many("DELETE FROM guideline WHERE row = ?", [(2,)])
    rows = [(row.who, row.action, row.outcome, row.detail) for row in entries(library, 1)]
    assert rows == [(OWNER, "purge", "done", {"count": "1"})]


def test_what_refusals_quoted_of_it_is_purged(library: Library) -> None:
    name = 'Anna\'s "größte" zebra'
    one = add(library, name)
    said = f"global already has a guideline named {name!r}; choose another name"
    record(library, "bot", "memory_guideline add", "CONFLICT", {"error": said})
    purge(library, [one])
    assert b"zebra" not in library.path.read_bytes()
    assert entries(library)[1].detail["error"].startswith("global already has a guideline named (purged);")


def test_purging_says_what_is_left(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    one = add(library, "one")
    with pytest.raises(NotFound, match="nothing was erased"):
        purge(library, [one, "no such"])
    broken = back_up(library.path)
    spoil(broken)
    assert purge(library, [one]).left == (broken,)
