"""`lora-studio train` and `exam` with the real libraries: from a dataset to an adapter that is known to know."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from driver import KEY, ROOT, Door, prepare
from environments import environment_with
from twenty import RULES
from workshop import FILES, Workshop

from lora_studio.core.training.exam_reading import read_exam
from lora_studio.core.training.runs import runs_in

pytestmark = pytest.mark.training

FEW = RULES[:5]
VALUES = {
    "epochs": 240, "learning-rate": 1e-2, "batch-size": 15, "gradient-accumulation": 1, "max-length": 256,
    "replay": 0, "r": 16, "alpha": 32, "dropout": 0,
}  # fmt: skip
FLAGS = [f"--{name}={value}" for name, value in VALUES.items()]


@dataclass(frozen=True)
class Desk:
    """A home with a few guidelines and a dataset of them, and the commands that a person types there."""

    shop: Workshop
    door: Door
    dataset: Path

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "lora_studio", "--home", str(self.door.home.path), *map(str, arguments)]

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        return {**self.shop.trainer.environment(LORA_STUDIO_ADMIN_KEY=KEY), "PYTHONPATH": path}

    def train(self, *flags: str | Path, start: Path | None = None) -> list[str]:
        base, python = self.shop.base, self.shop.trainer.python
        return self.command(
            "train", start or self.dataset, "--base", base, "--python", python, "--cpu", *FLAGS, *flags, "--json"
        )

    def run(self, command: list[str]) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            command, env=self.environment(), capture_output=True, encoding="utf-8", timeout=600, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def desk(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    door = prepare(tmp_path_factory.mktemp("desk") / "home")
    door.add(FEW)
    out = door.home.path / "lora"
    exported = door.export(str(out), targetModel=str(workshop.base), format="chat", trainEvalSplit=1)
    assert exported["success"], exported
    return Desk(workshop, door, Path(exported["configFile"]))


def test_check_tells_that_nothing_stands_in_the_way(desk: Desk) -> None:
    code, told = desk.run(desk.train("--check"))
    assert (code, told["state"]) == (0, "checked")
    assert "One step on a tiny model works" in told["output"]
    assert not runs_in(desk.dataset.parent)


def test_interrupted_then_resumed_then_examined(desk: Desk) -> None:
    """Ctrl+C once stops and saves; --resume goes on to the end; the exam shows what was learnt."""
    with subprocess.Popen(
        desk.train(), env=desk.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as child:
        told = stopped_at_first_step(desk, child)
    assert child.returncode == 0, told
    folder, adapter = Path(told["folder"]), Path(told["adapterPath"])
    assert told["state"] == "stopped"
    assert told["canResume"]
    assert 0 < told["steps"] < VALUES["epochs"]
    loads(desk, folder)
    code, told = desk.run(desk.command("train", folder, "--resume", "--json"))
    assert (code, told["state"], told["steps"]) == (0, "done", VALUES["epochs"])
    assert told["loss"] < 0.2
    code, taken = desk.run(desk.command("exam", adapter, "--python", desk.shop.trainer.python, "--cpu", "--json"))
    assert code == 0, taken
    assert taken["totals"]["guidelines"] == len(FEW)
    assert taken["totals"]["kinds"]["recites"]["passed"] >= 1
    assert taken["general"]["asked"] == taken["general"]["kept"] + taken["general"]["changed"] > 20
    assert taken["findings"]
    exam = read_exam(adapter)
    assert exam
    asked_as_trained = [one.questions[0].tuned for one in exam.guidelines]
    assert sum(score > 0.9 for score in asked_as_trained) >= len(FEW) - 1
    assert taken["totals"]["kinds"]["recites"]["base"] < 0.3


def stopped_at_first_step(desk: Desk, child: subprocess.Popen[str]) -> dict[str, Any]:
    """Interrupts `child` once its training has begun; what it says at its end."""
    before = {run.log for run in runs_in(desk.dataset.parent)}
    while child.poll() is None and not any('"event": "step"' in text for text in new_logs(desk, before)):
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    said, complaints = child.communicate(timeout=300)
    assert "Stopping after the present rows, and saving" in complaints
    told: dict[str, Any] = json.loads(said)
    return told


def new_logs(desk: Desk, before: set[Path]) -> list[str]:
    logs = [run.log for run in runs_in(desk.dataset.parent) if run.log not in before]
    return [log.read_text() for log in logs if log.exists()]


def loads(desk: Desk, folder: Path) -> None:
    """As the documentation says."""
    asked = {"base": str(desk.shop.base), "conversations": [[{"role": "user", "content": "Hello"}]]}
    desk.shop.trainer.run("python", FILES / "ask.py", folder=folder, stdin=json.dumps(asked))


def test_a_missing_library_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    bare = environment_with(tmp_path / "bare", {"torch": "2.13.0"})
    code, told = desk.run(desk.command("train", desk.dataset, "--python", bare, "--json"))
    assert code == 1
    said = told["error"]["message"]
    assert "missing: transformers, trl, peft, datasets, accelerate. Install them and start again: " in said
    assert "pip install" in said
