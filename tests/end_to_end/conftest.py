"""The program as a process, in a home and a working folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver import NOW, Studio, prepare


@pytest.fixture
def bare_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """With an empty home."""
    monkeypatch.setenv("LORA_STUDIO_NOW", NOW)
    studio = Studio(tmp_path)
    studio.work.mkdir()
    return studio


@pytest.fixture
def studio(bare_studio: Studio) -> Studio:
    """With a library, the admin key and an agent `t` who may write everywhere."""
    prepare(bare_studio.home)
    return bare_studio
