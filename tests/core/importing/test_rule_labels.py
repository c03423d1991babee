"""The reader against labels made by hand: what is ticked are rules, and the rules are found one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.rules.score import LABELS, OWN, REAL, Score, read_labels, score_file


@pytest.mark.parametrize("path", [OWN, REAL], ids=["own", "real"])
def test_rules_are_found_one_by_one_and_nothing_else_is_ticked(path: Path) -> None:
    score = Score()
    for name, labels in read_labels(LABELS[path]).items():
        if (path / name).is_file():
            score_file((path / name).read_text(encoding="utf-8"), path / name, labels, score)
    if not score.rules:
        pytest.skip(f"the real rule files are not in {path}")
    told = "\n".join([*score.lines(), *score.notes])
    assert score.ticked_rules >= 0.88 * score.ticked, told
    assert score.found_alone >= 0.85 * score.rules, told
    assert score.merges <= 0.03 * score.ticked, told
    assert score.examples_right >= 0.95 * score.examples, told
