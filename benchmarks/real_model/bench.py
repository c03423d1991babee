"""From rules to an adapter that is examined, as a user does it who changes no default; once for each seed.

What the adapter knows is then asked twice: from outside (`questions`), and by the program's own exam.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from lora_studio.core.starter import starter_drafts

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
STARTER = "starter"
"""The shipped guidelines, about which nobody has written questions from outside: only the exam is taken."""
SETS = ("tune", "count", "six", STARTER)
KEY = "a key of the benchmark's own home"
EXPECTED: Mapping[str, tuple[float, float]] = {
    "recites": (11 / 12, 1),
    "understands": (7 / 12, 10 / 12),
    "names": (7 / 12, 9 / 12),
    "judge_pairs": (6 / 12, 8 / 12),
    "declines": (8 / 10, 9 / 10),
}
"""The floor and the aim, as shares of the rules (of the ten invented titles, for `declines`)."""
Figures = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where one training happens: its folder, the model, the Python that has the libraries."""

    folder: Path
    model: Path
    python: Path

    def studio(self, *arguments: str | Path, stdin: str = "") -> dict[str, Any]:
        """A command that a person types, with its answer as JSON."""
        command = [sys.executable, "-m", "lora_studio", "--home", self.folder / "home", *arguments, "--json"]
        answer: dict[str, Any] = json.loads(run(command, stdin))
        return answer

    def export(self, rules: str, seed: int) -> dict[str, Any]:
        self.studio("import", write_with_ids(rules, self.folder))
        self.studio("admin-key", "set", stdin=f"{KEY}\n")
        return self.studio(
            "export", "--target-model", self.model, "--format", "chat", "--variety", "rich", "--seed", str(seed),
            "--output-path", self.folder / "dataset",
        )  # fmt: skip

    def train(self, seed: int) -> dict[str, Any]:
        return self.studio("train", self.folder / "dataset", "--python", self.python, "--seed", str(seed))

    def exam(self, adapter: Path) -> dict[str, Any]:
        self.studio("exam", adapter, "--python", self.python, "--dataset-path", self.folder / "dataset")
        taken: dict[str, Any] = json.loads((adapter / "exam.json").read_text())
        return taken

    def ask_outside(self, rules: str, adapter: Path, system: str) -> dict[str, Any]:
        kept = self.model if self.model.is_absolute() else self.folder  # a hub's name is no folder
        cache, answers = kept.parent / "base-answers", self.folder / "answers.json"
        run([
            self.python, "-m", "benchmarks.real_model.ask_outside", "--base", self.model, "--adapter", adapter,
            "--set", rules, "--system", system, "--ask-base", "--cache", cache, "--output", answers,
        ])  # fmt: skip
        told: dict[str, Any] = json.loads(answers.read_text())
        return told


def run(command: Sequence[str | Path], stdin: str = "") -> str:
    """The standard output of a process that works without a network. Raises RuntimeError when it fails."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    env = {**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "LORA_STUDIO_ADMIN_KEY": KEY}
    texts = list(map(str, command))
    done = subprocess.run(texts, input=stdin, capture_output=True, cwd=ROOT, env=env, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(texts)} failed: {done.stdout[-1000:]} {done.stderr[-3000:]}")
    return done.stdout


def id_of(name: str) -> str:
    """A fixed id of the guideline `name`: order and split of the rows come from those, and a run can be repeated."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def write_with_ids(rules: str, folder: Path, most: int | None = None) -> Path:
    """A file of the rules, or of the first `most` of them, with fixed ids."""
    given = starter() if rules == STARTER else json.loads((HERE / f"rules_{rules}.json").read_text())["guidelines"]
    with_ids = [{"id": id_of(rule["name"]), **rule} for rule in given[:most]]
    file = folder / "rules.json"
    file.write_text(json.dumps({"guidelines": with_ids}, ensure_ascii=False))
    return file


def starter() -> list[dict[str, Any]]:
    """The shipped guidelines as an import takes them."""
    return [
        {
            "name": one.name, "content": one.content, "rationale": one.rationale, "category": one.category,
            "priority": one.priority, "tags": one.tags, "examples": {"good": one.good, "bad": one.bad},
        }
        for one in starter_drafts()
    ]  # fmt: skip


def one_training(place: Place, rules: str, seed: int) -> Figures:
    """Export, training, both examinations: their figures, and the seconds that each took."""
    place.folder.mkdir(parents=True)
    clock = time.perf_counter()
    seconds: dict[str, float] = {}

    def passed(name: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[name], clock = round(now - clock, 1), now

    exported = place.export(rules, seed)
    passed("export")
    trained = place.train(seed)
    passed("train")
    adapter = Path(trained["adapterPath"])
    told: Figures = {"seed": seed, "rows": exported["stats"]["totalExamples"], "steps": trained["steps"]}
    told |= {"loss": trained["loss"], "adapter": str(adapter)}
    if rules != STARTER:
        first_row = json.loads(Path(exported["trainFile"]).read_text().splitlines()[0])
        turns = [turn for turn in first_row["prompt"] if turn["role"] == "system"]
        asked = place.ask_outside(rules, adapter, turns[0]["content"] if turns else "")
        passed("ask")
        told |= {"base": asked["base"]["figures"], "outside": asked["adapter"]["figures"]}
    told["exam"] = exam_figures(place.exam(adapter))
    passed("exam")
    return told | {"seconds": seconds}


def exam_figures(exam: dict[str, Any]) -> Figures:
    """What the program's own exam says, counted by rule."""
    totals = exam["totals"]
    kinds = [kind for rule in exam["guidelines"] for kind, found in rule["kinds"].items() if found["passed"]]
    counts = {kind: kinds.count(kind) for kind in ("recites", "understands", "names", "judges")}
    said = {name: exam.get(name) or {} for name in ("declines", "general", "verdicts")}
    return {
        "rules": totals["guidelines"],
        "knows": totals["knows"],
        **counts,
        "declines": said["declines"].get("declined"),
        "declines of": said["declines"].get("asked"),
        "yes": said["verdicts"].get("yes"),
        "no": said["verdicts"].get("no"),
        "general kept": said["general"].get("kept"),
        "general of": said["general"].get("asked"),
        "leaks": said["general"].get("leaks"),
    }


def table(taken: Sequence[Figures], rules: str) -> str:
    """Mean and spread of every figure, beside what the base model has and what is expected."""
    lines = [f"{'':26} {'base':>6} {'mean':>8} {'lowest':>8} {'highest':>8}   expected: floor, aim"]
    for part, title in (("outside", "Asked from outside"), ("exam", "The program's own exam"), ("seconds", "Seconds")):
        held = [one[part] for one in taken if part in one]
        if held:
            lines += ["", f"{title} ({rules})", *(_line(name, held, taken, part) for name in held[0])]
    lines += ["", "The training", *(_line(name, taken, taken, "") for name in ("rows", "steps", "loss"))]
    return "\n".join(lines)


def _line(name: str, held: Sequence[Figures], taken: Sequence[Figures], part: str) -> str:
    values = [one[name] for one in held if one.get(name) is not None]
    if not values:
        return f"  {name:24} {'':6} {'-':>8}"
    base = taken[0]["base"].get(name, "") if part == "outside" else ""
    expected = ""
    if part == "outside" and name in EXPECTED:
        of = 10 if name == "declines" else held[0]["rules"]
        expected = ", ".join(f"{share * of:.1f}" for share in EXPECTED[name])
    return f"  {name:24} {base!s:>6} {mean(values):8.2f} {min(values):8.2f} {max(values):8.2f}   {expected}".rstrip()


def surroundings() -> tuple[Path, Path]:
    """The model's folder and the Python that trains."""
    model, python = (os.environ.get(name) for name in ("LORA_STUDIO_REAL_MODEL", "LORA_STUDIO_TRAINING_PYTHON"))
    if not model or not python:
        raise SystemExit("Run it as ./dev bench real-model, which sets up the model and the training libraries")
    return Path(model), Path(python)


def measure_real_model(rules: str, seeds: Sequence[int], keep: Path | None) -> None:
    """Prints the table, and after each training its figures as a line of JSON."""
    model, python = surroundings()
    taken = []
    with tempfile.TemporaryDirectory() as temporary:
        for seed in seeds:
            folder = (keep or Path(temporary)).absolute() / f"{rules}-{seed}"
            taken.append(one_training(Place(folder, model, python), rules, seed))
            print(json.dumps(taken[-1]), flush=True)
    print(table(taken, rules))
