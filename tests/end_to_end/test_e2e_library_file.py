"""The library's file: whose it is, and what is said of one that is not ours, newer, damaged or shut."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from driver import KEY, Studio, digest, export_request
from samples import plain

from lora_studio.core.settings import Settings, save_settings

LIST = {"tool": "memory_guideline", "action": "list", "agentId": "t"}


def expect_refusals(studio: Studio, code: str, said: str) -> None:
    """Every way in refuses in one sentence, and the file stays as it is."""
    before = digest(studio.home)
    for request in (LIST, export_request("out")):
        answer = studio.call(**request)
        assert answer["error"]["code"] == code, answer
        assert said in answer["error"]["message"]
    for arguments in (("query", "x"), ("quickstart",), ("grant", "a", "--permission", "read", "--scope", "all")):
        done = studio.run(*arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
        assert said in done.stderr
    doctor = studio.run("doctor")
    assert doctor.returncode == 0
    assert said in doctor.stdout
    assert digest(studio.home) == before


def test_a_newer_library_is_refused(studio: Studio) -> None:
    with closing(sqlite3.connect(studio.home / "library.db")) as connection:
        connection.execute("PRAGMA user_version = 4711")
        connection.execute("PRAGMA journal_mode = delete")
    expect_refusals(studio, "VALIDATION", "newer LoRA Studio")


def test_another_program_s_database_is_refused(bare_studio: Studio) -> None:
    bare_studio.home.mkdir(mode=0o700)
    with closing(sqlite3.connect(bare_studio.home / "library.db")) as connection:
        connection.execute("CREATE TABLE theirs (x)")
        connection.commit()
    expect_refusals(bare_studio, "VALIDATION", "not a LoRA Studio library")


@pytest.mark.parametrize("version", [1, 2])
def test_another_program_s_database_with_a_version_is_refused(bare_studio: Studio, version: int) -> None:
    bare_studio.home.mkdir(mode=0o700)
    with closing(sqlite3.connect(bare_studio.home / "library.db")) as connection:
        connection.execute("CREATE TABLE theirs (x)")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("PRAGMA application_id = 77")
        connection.commit()
    expect_refusals(bare_studio, "VALIDATION", "not a LoRA Studio library")


@pytest.mark.parametrize("data", [b"garbage" * 1_000, b"SQLite format 3\0" + b"\xff" * 5_000, b"x" * 300])
def test_what_is_no_database_is_refused(bare_studio: Studio, data: bytes) -> None:
    bare_studio.home.mkdir(mode=0o700)
    (bare_studio.home / "library.db").write_bytes(data)
    answer = bare_studio.call(**LIST)
    assert answer["error"]["code"] in ("IO", "VALIDATION"), answer
    assert (bare_studio.home / "library.db").read_bytes() == data
    done = bare_studio.run("query", "x")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_a_folder_in_its_place_is_refused(bare_studio: Studio) -> None:
    (bare_studio.home / "library.db").mkdir(parents=True)
    answer = bare_studio.call(**LIST)
    assert answer["error"]["code"] in ("IO", "VALIDATION"), answer


def test_a_damaged_library_is_said_to_be_damaged(studio: Studio) -> None:
    studio.door.add(plain(500))
    path = studio.home / "library.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(truncate)")
    data = bytearray(path.read_bytes())
    data[4_096 * 3 : 4_096 * 60] = b"\xaa" * 4_096 * 57
    path.write_bytes(data)
    for request in (LIST, export_request("out")):
        answer = studio.call(**request)
        assert answer["error"]["code"] == "IO", answer
        assert "damaged" in answer["error"]["message"]
    assert not (studio.work / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_all_that_is_kept_is_the_owner_s_alone(bare_studio: Studio) -> None:
    before = os.umask(0)
    try:
        assert bare_studio.run("quickstart").returncode == 0
    finally:
        os.umask(before)
    library = bare_studio.door.library
    with library.writing():  # as long as somebody is at work there are more files
        kept = [path for path in bare_studio.home.iterdir() if path.name.startswith("library.db")]
        assert len(kept) == 3
        assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    save_settings(bare_studio.home / "settings.toml", Settings(theme="dark"))
    assert stat.S_IMODE((bare_studio.home / "settings.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE(bare_studio.home.stat().st_mode) == 0o700


def test_an_empty_file_is_refused_and_left_alone(bare_studio: Studio) -> None:
    bare_studio.home.mkdir(mode=0o700)
    file = bare_studio.home / "library.db"
    file.touch(mode=0o600)
    error = bare_studio.call(**LIST)["error"]
    assert error["code"] == "IO"
    assert "is empty" in error["message"]
    assert file.stat().st_size == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme = 7", "theme"),
        ("nonsense = 1", "nonsense"),
        ("[[templates]]\nid = 3", "templates"),
        ("= broken", "TOML"),
    ],
)
def test_settings_that_are_wrong_are_named(studio: Studio, text: str, said: str) -> None:
    studio.door.add(plain(2))
    (studio.home / "settings.toml").write_text(text)
    answer = studio.export()
    assert answer["error"]["code"] == "VALIDATION"
    assert said in answer["error"]["message"]
    assert "\n" not in answer["error"]["message"]
    done = studio.run("export", "--target-model", "m", LORA_STUDIO_ADMIN_KEY=KEY)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert not (studio.work / "out").exists()


@pytest.mark.parametrize(
    "now", ["yesterday", "2025-13-01", "9999-12-31T23:00:00-05:00", "", "2025-12-24T23:30:00-05:00"]
)
def test_the_clock_can_be_set_and_wrong_ones_are_said(studio: Studio, now: str) -> None:
    studio.door.add(plain(2))
    done = studio.run("call", stdin=json.dumps(export_request("out")), LORA_STUDIO_NOW=now)
    answer = json.loads(done.stdout)
    if now in ("yesterday", "2025-13-01", "9999-12-31T23:00:00-05:00"):
        assert "LORA_STUDIO_NOW" in answer["error"]["message"]
        assert not (studio.work / "out").exists()
    elif now:
        assert Path(answer["trainFile"]).name.endswith("_train_2025-12-25.jsonl")
    else:
        assert answer["success"]
