"""What a plan needs to know: the rows of a dataset, the base model as far as it is on this machine, the machine."""

from __future__ import annotations

import json
import math
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from lora_studio.core.dataset.layout import read_config
from lora_studio.core.errors import Invalid
from lora_studio.core.files import open_plain, read_small_file
from lora_studio.core.review.tokens import row_tokens
from lora_studio.core.training.adapters import Dataset, dataset_of, read_adapter
from lora_studio.core.training.facts import table
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.plan import ANYWHERE, Machine, Model, Plan, Rows, Wanted, plan
from lora_studio.core.training.sizes import model_facts

SAMPLE_ROWS, SAMPLE_BYTES, LINE_MAX = 2_000, 8 << 20, 1 << 20
"""Rows are well mixed, so the first ones are like all; none is larger than a megabyte."""
TEMPLATE_TOKENS = 12
"""What a chat template adds to a row."""
MARGIN = 1.25
"""A tokenizer may count a fourth more than the estimate, and a later row may be longer."""
WEIGHT_BYTES = {"4bit": 0.6, "8bit": 1.1}
_HUB_NAME = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?")


def plan_training(
    dataset: Dataset,
    base_model: str,
    lora: LoraOptions,
    training: TrainingOptions,
    machine: Machine = ANYWHERE,
    may_read: Callable[[Path], bool] = lambda folder: True,
) -> Plan:
    """The training of `base_model` on `dataset`; `may_read` says whether a model's folder may be looked into."""
    return plan(dataset_rows(dataset), local_model(base_model, may_read), machine, wanted(training, lora))


def plan_run(
    config_file: Path, base_model: str, lora: LoraOptions, training: TrainingOptions, *, cpu: bool = False
) -> Plan | None:
    """The training on the dataset of that config on this machine; None where there is no dataset to train on.

    An empty `base_model` is the one that the dataset was exported for.
    """
    try:
        adapter, _ = read_adapter(config_file)
    except (Invalid, OSError):
        return None
    dataset = dataset_of(adapter)
    if dataset is None:
        return None
    return plan_training(dataset, base_model or adapter.target_model, lora, training, this_machine(lora, cpu=cpu))


def wanted(training: TrainingOptions, lora: LoraOptions) -> Wanted:
    """What somebody has decided, as the plan takes it."""
    return Wanted(
        epochs=training.epochs,
        steps=training.steps,
        learning_rate=training.learning_rate,
        batch_size=training.batch_size,
        gradient_accumulation=training.gradient_accumulation,
        max_length=training.max_length,
        replay=training.replay,
        r=lora.r,
    )


def dataset_rows(dataset: Dataset) -> Rows:
    """The train rows of a dataset: counted by its config, their tokens estimated from the first ones."""
    adapter = dataset.adapter
    config = read_config(adapter.config_file) or {}
    rules = table(config, "guidelines").get("count")
    variety = table(config, "options").get("variety")
    count = _rows(config.get("files"), adapter.example_count)
    each = _measured(adapter.dataset_path / dataset.train.name, dataset.train.sha256)
    return Rows(
        count=count,
        tokens=None if each is None else math.ceil(count * each[0]),
        longest=None if each is None else math.ceil(MARGIN * each[1]),
        rules=rules if isinstance(rules, int) and 0 < rules <= count else None,
        kind=adapter.format if adapter.format in ("dpo", "kto") else "sft",
        variety="rich" if variety == "rich" else "documented",
    )


def _rows(files: Any, otherwise: int) -> int:
    rows = files[0].get("rows") if isinstance(files, list) and files and isinstance(files[0], dict) else None
    return rows if type(rows) is int and 0 <= rows <= 2**53 else otherwise


@lru_cache(maxsize=64)
def _measured(path: Path, sha256: str) -> tuple[float, float] | None:
    """Tokens of a row and of the longest one, estimated; None where nothing can be read. By the file's content."""
    known: dict[str, float] = {}
    counts: list[float] = []
    left = SAMPLE_BYTES
    try:
        with open_plain(path) as file:
            while len(counts) < SAMPLE_ROWS and left > 0 and (line := file.readline(LINE_MAX)):
                left -= len(line)
                counts.append(TEMPLATE_TOKENS + row_tokens(json.loads(line), known))
    except (Invalid, OSError, ValueError, RecursionError):
        return None
    return (sum(counts) / len(counts), max(counts)) if counts else None


def local_model(name: str, may_read: Callable[[Path], bool] = lambda folder: True) -> Model:
    """What the base model is like: by its config where it lies on this machine, else by its name."""
    try:
        folder = Path(name).expanduser()
        if folder.is_dir():
            path = folder.resolve() / "config.json"
            return model_facts(name, json.loads(read_small_file(path)) if may_read(path.parent) else None)
        cached = _in_hub_cache(name)
        return model_facts(name, None if cached is None else json.loads(read_small_file(cached)))
    except (Invalid, OSError, ValueError, RuntimeError, RecursionError):
        return model_facts(name)


def _in_hub_cache(name: str) -> Path | None:
    """The config of a model that the Hugging Face libraries have downloaded."""
    if not _HUB_NAME.fullmatch(name):
        return None
    home = Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser().resolve()
    folder = cache / f"models--{name.replace('/', '--')}"
    revision = read_small_file(folder / "refs" / "main", 100).decode("ascii").strip()
    path = (folder / "snapshots" / revision / "config.json").resolve()  # a link to the blob
    return path if path.is_relative_to(cache) else None


def this_machine(lora: LoraOptions, *, cpu: bool = False) -> Machine:
    """What would train here, as far as it shows without the training libraries."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    device = "cpu" if cpu else _device()
    return Machine(device, cores, weight_bytes=WEIGHT_BYTES.get(lora.quantization or ""))


def _device() -> str:
    if sys.platform == "darwin":
        return "mps" if platform.machine() == "arm64" else "cpu"
    has_card = shutil.which("nvidia-smi") or Path("/proc/driver/nvidia/version").exists() or Path("/dev/kfd").exists()
    return "cuda" if has_card else "cpu"
