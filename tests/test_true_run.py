"""README and pictures show a true run: what they say of it is what was kept."""

from __future__ import annotations

import json
from pathlib import Path

from driver import ROOT

from benchmarks.real_model.true_run import KEPT, MODEL, table

README = (ROOT / "README.md").read_text()


def kept(name: str) -> str:
    return (KEPT / name).read_text()


def test_the_readme_says_what_was_found() -> None:
    figures = json.loads(kept("figures.json"))
    assert "\n".join(table(figures)) in README
    assert MODEL in README
    assert f"in {round(figures['seconds']['train'] / 60)} minutes" in README


def test_what_was_kept_belongs_together_and_names_no_machine() -> None:
    note, exam = json.loads(kept("lora_studio.json")), json.loads(kept("exam.json"))
    assert note["targetModel"] == note["baseModel"] == exam["model"]["name"] == MODEL
    assert {one["id"] for one in exam["guidelines"]} == {
        one["id"] for one in json.loads(kept("rules.json"))["guidelines"]
    }
    assert note["step"] == json.loads(kept("figures.json"))["steps"]
    for path in KEPT.iterdir():
        assert str(Path.home()) not in path.read_text()
        assert "/tmp" not in path.read_text()
