"""Where tests truly train: a base model made there, datasets exported for it, and the scripts run as processes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driver import KEY, ROOT, Door
from twenty import ANSWERS, RULES, question

FILES = ROOT / "tests" / "training"


@dataclass(frozen=True)
class Trainer:
    """Runs Python files with the training libraries, without a network, on one thread."""

    python: Path
    cache: Path

    def run(
        self, *command: str | Path, folder: Path, stdin: str = "", ok: bool = True, **env: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*map(str, command)], input=stdin, capture_output=True, encoding="utf-8", cwd=folder,
            env=self.environment(**env), timeout=900, check=False,
        )  # fmt: skip
        assert not ok or done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done

    def start(self, *command: str | Path, folder: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            encoding="utf-8", cwd=folder, env=self.environment(),
        )  # fmt: skip

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "AWS", "PYTHON"))}
        path = os.pathsep.join((str(self.python.parent), os.environ["PATH"]))
        fixed = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1", "HF_HOME": str(self.cache)}
        return {**kept, **fixed, "PATH": path, "PYTHONUNBUFFERED": "1", **more}


@dataclass(frozen=True)
class Prepared:
    """A dataset with its script beside it."""

    folder: Path
    script: str
    exported: dict[str, Any]
    generated: dict[str, Any]


@dataclass(frozen=True)
class Workshop:
    """A library with the twenty guidelines, and a base model that has never seen question and answer together."""

    trainer: Trainer
    door: Door
    base: Path

    def prepare(
        self, folder: str, format_name: str, model: str | None = None, split: float = 1, **fields: Any
    ) -> Prepared:
        """Exports the direct, contextual and validation rows and generates the script, both as a caller would."""
        out = self.door.home.path / folder
        names = {
            "targetModel": model or str(self.base),
            "format": format_name,
            "admin_key": KEY,
            "outputPath": str(out),
        }
        exported = self.door.call(action="export", agentId="t", includeExamples=False, trainEvalSplit=split, **names)
        assert exported["success"], exported
        generated = self.door.call(action="generate_script", datasetPath=str(out), **names, **fields)
        assert generated["success"], generated
        return Prepared(out, Path(generated["scriptPath"]).name, exported, generated)

    def train(self, made: Prepared, *flags: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        return self.trainer.run("python", made.script, *flags, folder=made.folder, ok=ok)

    def right_answers(self, folder: Path, before: Sequence[dict[str, str]], form: str = "{}") -> list[int]:
        """How many of the twenty guidelines the base model, and the tuned one, gives back word for word.

        `before` and `form` are what the format puts before the question and around it.
        """
        asked = [[*before, {"role": "user", "content": form.format(question(rule))}] for rule in RULES]
        given = json.dumps({"base": str(self.base), "conversations": asked})
        done = self.trainer.run("python", FILES / "ask.py", folder=folder, stdin=given)
        said = json.loads(done.stdout.splitlines()[-1])
        return [sum(one == right for one, right in zip(answers, ANSWERS, strict=True)) for answers in said]


def events(output: str) -> list[dict[str, Any]]:
    """What a script told a program."""
    return [json.loads(line.removeprefix("@lora ")) for line in output.splitlines() if line.startswith("@lora ")]
