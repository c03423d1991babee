"""The Python that has the training libraries, a base model made with it, and a real one.

`./dev test --training` sets LORA_STUDIO_TRAINING_PYTHON; nothing here loads those libraries into the tests themselves.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from driver import ROOT, prepare
from twenty import RULES
from workshop import FILES, Trainer, Workshop


@pytest.fixture(scope="session")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    python = Path(os.environ.get("LORA_STUDIO_TRAINING_PYTHON", ROOT / ".venv-training" / "bin" / "python"))
    if not python.exists():
        pytest.fail(f"{python} does not exist; run ./dev test --training, which makes it", pytrace=False)
    return Trainer(python, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def workshop_without_base(trainer: Trainer, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("workshop")
    door = prepare(folder / "home")
    door.add(RULES)
    return Workshop(trainer, door, folder / "base")


@pytest.fixture(scope="session")
def workshop(workshop_without_base: Workshop) -> Workshop:
    workshop = workshop_without_base
    made = workshop.prepare("texts", "chat")
    rows = [json.loads(line) for line in Path(made.exported["trainFile"]).read_text().splitlines()]
    texts = sorted({turn["content"] for row in rows for turn in (*row["prompt"], *row["completion"])})
    given = {"folder": str(workshop.base), "texts": texts}
    workshop.trainer.run("python", FILES / "make_base.py", folder=FILES, stdin=json.dumps(given))
    return workshop


@pytest.fixture(scope="session")
def real_model() -> Path:
    """SmolLM2-135M-Instruct as an ordinary folder."""
    folder = Path(os.environ.get("LORA_STUDIO_REAL_MODEL", ROOT / "build" / "real-model" / "SmolLM2-135M-Instruct"))
    if not folder.exists():
        pytest.fail(f"{folder} does not exist; run ./dev test --training, which fetches it", pytrace=False)
    return folder
