"""Opening the library: made once, refused politely, backed up before it is migrated."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from lora_studio.core.domain import Draft, GuidelineFilter
from lora_studio.core.errors import Invalid, NotFound, StorageError
from lora_studio.core.library import copies
from lora_studio.core.library.guidelines import add_guidelines, count_guidelines
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.resources import resources_dir


def test_a_new_library_is_its_owner_s_alone(library: Library) -> None:
    with library.connection():
        add_guidelines(library, [Draft(name="n", content="c")], "t")
        files = sorted(path for path in library.path.parent.iterdir())
        assert [path.name for path in files] == ["library.db", "library.db-shm", "library.db-wal"]
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert library.path.parent.stat().st_mode & 0o777 == 0o700


def test_opening_again_finds_what_was_kept(library: Library) -> None:
    add_guidelines(library, [Draft(name="n", content="c")], "t")
    assert count_guidelines(open_library(library.path), GuidelineFilter()) == 1


def test_without_create_an_absent_library_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="quickstart"):
        open_library(tmp_path / "library.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_library_is_refused_and_left_as_it_is(library: Library) -> None:
    with library.connection():
        library.sql("PRAGMA user_version = 99")
    with pytest.raises(Invalid, match="made by a newer LoRA Studio"):
        open_library(library.path)
    with sqlite3.connect(library.path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (99,)
    raw.close()


def test_another_program_s_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE mine (x)")
    raw.close()
    with pytest.raises(Invalid, match="not a LoRA Studio library"):
        open_library(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"not a database, certainly " * 100)
    with pytest.raises(StorageError, match="is not an SQLite file"):
        open_library(path)


@pytest.fixture
def second_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program whose resources hold one more migration than this one's."""
    folder = tmp_path / "resources"
    shutil.copytree(resources_dir() / "migrations", folder / "migrations")
    monkeypatch.setattr(copies, "resources_dir", lambda: folder)
    return folder / "migrations" / f"{copies.newest_version() + 1:04}.sql"


def test_a_migration_runs_once_after_a_backup(library: Library, second_migration: Path) -> None:
    add_guidelines(library, [Draft(name="n", content="c")], "t")
    second_migration.write_text("CREATE TABLE extra (x TEXT) STRICT;\nINSERT INTO extra VALUES ('a;b');\n")
    number = copies.newest_version()
    newer = open_library(open_library(library.path).path)
    with newer.connection():
        assert newer.sql("SELECT x FROM extra").fetchall() == [("a;b",)]
    backup = library.path.with_name(f"library.db.before-version-{number}")
    with sqlite3.connect(backup) as raw:
        assert raw.execute("SELECT name FROM guideline").fetchall() == [("n",)]
        assert raw.execute("PRAGMA user_version").fetchone() == (number - 1,)
    raw.close()
    assert backup.stat().st_mode & 0o777 == 0o600


def test_a_migration_that_fails_changes_nothing(library: Library, second_migration: Path) -> None:
    second_migration.write_text("CREATE TABLE extra (x TEXT) STRICT;\nINSERT INTO extra VALUES (1, 2);\n")
    with pytest.raises(Exception, match="1 columns but 2 values"):
        open_library(library.path)
    with sqlite3.connect(library.path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (copies.newest_version() - 1,)
        assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'extra'").fetchone() == (0,)
    raw.close()


def test_each_thread_must_open_its_own_connection(library: Library) -> None:
    with pytest.raises(Exception, match=r"database connection not opened|closed"):
        library.sql("SELECT 1")
