"""Unsaved texts: kept as they were, privately, beside those of another window, and never thrown away unread."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from lora_studio.core.domain import Draft, Guideline, Scope
from lora_studio.core.drafts import Unsaved, change_unsaved, load_unsaved

OLD = Guideline(
    id="g1", name="A", content="x", version=3, created_at="2026", updated_at="2026", scope=Scope("org", "acme")
)
CHANGE = Unsaved(key="g1", draft=Draft(name="A", content="y\ud800\u2028", tags=("t",), good=("",)), old=OLD, reason="r")
NEW = Unsaved(key="new 1", draft=Draft(name="", content="half a"))


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "home" / "drafts.json"
    assert load_unsaved(path) == {}
    change_unsaved(path, {"g1": CHANGE})
    change_unsaved(path, {"new 1": NEW, "other": None})
    assert load_unsaved(path) == {"g1": CHANGE, "new 1": NEW}
    assert list(load_unsaved(path)) == ["g1", "new 1"]
    change_unsaved(path, {"g1": CHANGE})
    assert list(load_unsaved(path)) == ["new 1", "g1"]  # the newest last
    change_unsaved(path, {"g1": None, "new 1": None})
    assert not path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owner bits")
def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    change_unsaved(tmp_path / "drafts.json", {"new 1": NEW})
    assert stat.S_IMODE((tmp_path / "drafts.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["{", "[1]", '[{"key": 1}]', "\udcff"])
def test_a_file_nobody_understands_is_put_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "drafts.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert load_unsaved(path) == {}
    change_unsaved(path, {"new 1": NEW})
    assert load_unsaved(path) == {"new 1": NEW}
    assert (tmp_path / "unreadable-drafts.json").read_bytes() == text.encode("utf-8", "surrogateescape")


def test_nothing_to_forget_makes_no_file(tmp_path: Path) -> None:
    change_unsaved(tmp_path / "home" / "drafts.json", {"g1": None})
    assert list(tmp_path.iterdir()) == []
