"""CPU time of our script against that of a plain TRL script, on the same rows, in turn."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.real_model.bench import HERE, KEY, ROOT, Place, surroundings, write_with_ids

ROUNDS = 3
BATCH, RATE, LENGTH = 4, 1e-3, 256
RULES = 2


def measure_against_trl() -> None:
    """Prints the ratio of each round: one epoch of the rich rows of two rules, without a start-up of one step."""
    model, python = surroundings()
    with tempfile.TemporaryDirectory() as temporary:
        place = Place(Path(temporary), model, python)
        train, script, steps = _prepared(place)
        ours: list[str | Path] = [python, script, "--cpu", "--precision", "float32", "--replay", "0", "--batch-size",
                                  str(BATCH), "--gradient-accumulation", "1", "--learning-rate", str(RATE),
                                  "--max-length", str(LENGTH)]  # fmt: skip
        plain: list[str | Path] = [python, HERE / "plain_trl.py", model, train, place.folder / "plain", str(BATCH),
                                   str(RATE), str(LENGTH)]  # fmt: skip
        ratios = []
        for _ in range(ROUNDS):
            us = _seconds([*ours, "--steps", str(steps)]) - _seconds([*ours, "--steps", "1"])
            them = _seconds([*plain, str(steps)]) - _seconds([*plain, "1"])
            ratios.append(us / them)
            print(f"CPU of {steps} steps: ours {us:.1f} s, plain TRL {them:.1f} s, ratio {us / them:.3f}", flush=True)
    print(f"Median ratio {median(ratios):.3f} (expected: floor 1.08 in float32, aim 0.8)")


def _prepared(place: Place) -> tuple[Path, Path, int]:
    """The train file of a dataset, the script beside it, and the steps of an epoch."""
    out = place.folder / "dataset"
    place.studio("import", write_with_ids("tune", place.folder, RULES))
    place.studio("admin-key", "set", stdin=f"{KEY}\n")
    which: Sequence[str | Path] = ("--target-model", place.model, "--format", "chat", "--output-path", out)
    exported = place.studio("export", *which, "--variety", "rich", "--train-eval-split", "1")
    script = Path(place.studio("script", *which, "--dataset-path", out)["scriptPath"])
    return Path(exported["trainFile"]), script, -(-exported["stats"]["trainExamples"] // BATCH)


def _seconds(command: Sequence[str | Path]) -> float:
    """CPU seconds of a command. Raises CalledProcessError where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        list(map(str, command)), check=True, cwd=ROOT, capture_output=True, env={**os.environ, "HF_HUB_OFFLINE": "1"}
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
