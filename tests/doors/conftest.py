"""The JSON door in this process: a prepared home, a working folder, a clock that stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver import NOW, Door, prepare


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LORA_STUDIO_NOW", NOW)
    return folder


@pytest.fixture
def door(work: Path) -> Door:
    return prepare(work.parent / "home")
