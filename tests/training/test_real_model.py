"""Six rules, a real pretrained model, no value chosen by hand: what the adapter knows, asked by a stranger.

One training with one seed moves by one or two from another; three seeds and twelve rules: `./dev bench real-model`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from workshop import Trainer

from benchmarks.real_model.bench import Place, one_training

pytestmark = [pytest.mark.training, pytest.mark.real_model]

Figures = dict[str, Any]


@pytest.fixture(scope="module")
def taught(trainer: Trainer, real_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """The figures of one training with defaults only."""
    folder = tmp_path_factory.mktemp("real") / "six"
    return one_training(Place(folder, real_model, trainer.python), "six", seed=0)


def test_the_adapter_knows_the_rules(taught: Figures) -> None:
    said = taught["outside"]
    assert said["rules"] == 6
    assert said["recites"] >= 3, said  # measured: 6, 4 and 6; pairs 2, 1 and 1 of 6, the base 2, so no floor yet
    assert said["understands"] >= 1, said
    assert said["names"] >= 2, said
    base = taught["base"]
    assert base["recites"] == base["names"] == 0, base  # the questions do not answer themselves


def test_the_adapter_says_that_there_is_no_such_rule(taught: Figures) -> None:
    assert taught["outside"]["declines"] >= 2, taught["outside"]  # measured: 7, 9 and 4; the base 0
    assert taught["base"]["declines"] <= 3, taught["base"]


def test_nothing_else_is_forgotten(taught: Figures) -> None:
    said, base = taught["outside"], taught["base"]
    assert said["general"] >= base["general"] - 2, (said, base)
    assert said["leaks"] <= 2, said
    assert said["python"] == base["python"] == 2, (said, base)


def test_enough_steps_are_planned(taught: Figures) -> None:
    assert taught["steps"] >= 100


def test_the_exam_says_what_a_stranger_finds(taught: Figures) -> None:
    exam, said = taught["exam"], taught["outside"]
    assert exam["rules"] == said["rules"]
    for kind, outside in (("recites", "recites"), ("understands", "understands"), ("names", "names")):
        assert exam[kind] <= said[outside] + 2, (kind, exam, said)  # its questions are harder, never kinder
    assert exam["yes"] + exam["no"] > 0, exam
