"""Backup, restore, purge and the look at the library's soundness, as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from driver import KEY, Studio, command, prepare
from rules import DRAFTS

from lora_studio.core.domain import OWNER, GuidelineFilter
from lora_studio.core.drafts import Unsaved, change_unsaved, load_unsaved
from lora_studio.core.library.audit import entries
from lora_studio.core.library.guidelines import add_guidelines, list_guidelines
from lora_studio.core.library.store import Library


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    made = Studio(tmp_path)
    made.work.mkdir()
    prepare(made.home)
    add_guidelines(made.door.library, DRAFTS, OWNER)
    return made


def names(library: Library) -> list[str]:
    return sorted(one.name for one in list_guidelines(library, GuidelineFilter()))


def test_a_copy_and_the_way_back(studio: Studio) -> None:
    before = names(studio.door.library)
    made = studio.run("backup", "mine.db")
    assert made.returncode == 0, made.stderr
    assert f"The library is copied to {studio.work / 'mine.db'} (" in made.stdout
    again = studio.run("backup", "mine.db")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert studio.run("backup").returncode == 0
    told = json.loads(studio.run("backup", "--json").stdout)
    assert Path(told["path"]).parent == studio.home / "backups"
    studio.door.add([{"name": "Later", "content": "Text."}])
    wrong = studio.run("restore", "mine.db", LORA_STUDIO_ADMIN_KEY="wrong key")
    assert (wrong.returncode, "the admin key is wrong" in wrong.stderr) == (1, True)
    done = studio.run("restore", "mine.db", LORA_STUDIO_ADMIN_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert "The one of before is kept: " in done.stdout
    assert names(studio.door.library) == before
    assert [row.action for row in entries(studio.door.library, 1)] == ["restore"]


def test_doctor_looks_whether_the_library_is_sound(studio: Studio) -> None:
    assert studio.run("backup").returncode == 0
    done = studio.run("doctor", "--check")
    assert done.returncode == 0, done.stderr
    assert "the library is sound (" in done.stdout
    assert "backups    1 (" in done.stdout
    library = studio.door.library
    with library.connection():
        library.sql("INSERT INTO guideline_search (guideline_search) VALUES ('delete-all')")
    assert "made anew: search index" in studio.run("doctor", "--check").stdout
    with library.path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(60_000))
    broken = studio.run("doctor", "--check")
    assert broken.returncode == 1
    assert "its newest sound backup is" in broken.stderr
    assert json.loads(studio.run("query", "x", "--json").stdout)["error"]["code"] == "IO"


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made with openpty")
@pytest.mark.parametrize(("typed", "code"), [("purge 1", 0), ("yes", 130)])
def test_purging_is_typed_at_a_terminal(studio: Studio, typed: str, code: int) -> None:
    one = list_guidelines(studio.door.library, GuidelineFilter())[0]
    change_unsaved(studio.home / "drafts.json", {one.id: Unsaved(key=one.id, draft=DRAFTS[0])})
    refused = studio.run("purge", one.id, stdin="purge 1\n", LORA_STUDIO_ADMIN_KEY=KEY)
    assert (refused.returncode, "at a terminal only" in refused.stderr) == (1, True)
    ours, theirs = os.openpty()
    with subprocess.Popen(
        command("purge", one.id), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=studio.work, env=studio.environment() | {"LORA_STUDIO_ADMIN_KEY": KEY},
    ) as process:  # fmt: skip
        os.write(ours, typed.encode() + b"\n")
        said, problem = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert b"To go on, type purge 1: " in problem
    assert one.name.encode() in problem
    assert process.returncode == code
    assert (one.name in names(studio.door.library)) == bool(code)
    assert (one.id in load_unsaved(studio.home / "drafts.json")) == bool(code)
    if not code:
        assert b"Erased for good: 1 guidelines" in said
        outcomes = [(row.action, row.outcome) for row in entries(studio.door.library, 2)]
        assert outcomes == [("purge", "done"), ("purge", "PERMISSION_DENIED")]
