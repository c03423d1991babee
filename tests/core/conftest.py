"""A real library in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_studio.core.library.store import Library, open_library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "home" / "library.db")


@pytest.fixture
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_STUDIO_NOW", "2025-12-24T10:30:00Z")
