"""A library that is gone, replaced, or may only be read."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lora_studio.core.domain import Draft, GuidelineFilter
from lora_studio.core.errors import StorageError
from lora_studio.core.library.guidelines import add_guidelines, count_guidelines, list_guidelines
from lora_studio.core.library.store import Library, open_library

NOBODY = 65_534


@pytest.fixture
def someone_else() -> Iterator[None]:
    """The tests may run as root, who may write everywhere: then they go on as somebody who may not."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(was)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Path]:
    """A library with one guideline in a folder that everyone can get to."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder.is_relative_to(tempfile.gettempdir()):
            folder.chmod(folder.stat().st_mode | 0o055)
    path = tmp_path / "shared" / "library.db"
    add_guidelines(open_library(path), [Draft(name="Rule", content="Text.")], "t")
    path.parent.chmod(0o755)
    path.chmod(0o644)
    yield path
    path.parent.chmod(0o755)


def test_one_that_is_gone_is_said_and_not_made_anew(library: Library) -> None:
    library.path.unlink()
    with pytest.raises(StorageError, match=r"library\.db is gone; put it back"):
        count_guidelines(library, GuidelineFilter())
    assert not library.path.exists()


def test_one_that_was_replaced_is_one_sentence(library: Library) -> None:
    for end in ("", "-wal", "-shm"):
        library.path.with_name(library.path.name + end).unlink(missing_ok=True)
    sqlite3.connect(library.path).executescript("CREATE TABLE other (x)").connection.close()
    with pytest.raises(StorageError, match="is not a LoRA Studio library any more"):
        list_guidelines(library, GuidelineFilter())


def test_one_that_may_be_written_says_so(filled: Path) -> None:
    assert not open_library(filled).is_read_only()


def test_a_file_that_may_only_be_read(filled: Path, someone_else: None) -> None:
    if os.getuid():
        filled.chmod(0o444)
    read_only(filled)


def test_a_folder_that_may_only_be_read(filled: Path, request: pytest.FixtureRequest) -> None:
    filled.parent.chmod(0o555)
    request.getfixturevalue("someone_else")
    read_only(filled)


def read_only(path: Path) -> None:
    library = open_library(path)
    assert library.is_read_only()
    assert [one.name for one in list_guidelines(library, GuidelineFilter())] == ["Rule"]
    with pytest.raises(StorageError, match="may not be written"):
        add_guidelines(library, [Draft(name="Other", content="Text.")], "t")
    assert count_guidelines(library, GuidelineFilter()) == 1
