"""What decides a training run beside its data: LoRA and training values, their defaults and sane ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.errors import InvalidFields

R_RANGE = (1, 1024)
ALPHA_RANGE = (1, 4096)
DROPOUT_RANGE = (0.0, 0.9)
EPOCHS_RANGE = (1, 1000)
LEARNING_RATE_RANGE = (1e-8, 1.0)
BATCH_SIZE_RANGE = (1, 4096)
GRADIENT_ACCUMULATION_RANGE = (1, 4096)
MAX_LENGTH_RANGE = (16, 1_048_576)
STEPS_RANGE = (1, 10_000_000)
REPLAY_RANGE = (0.0, 0.5)
BETA_RANGE = (1e-4, 10.0)
LOSS_TYPES = {"dpo": ("sigmoid", "hinge", "ipo", "apo_zero"), "kto": ("kto", "apo_zero_unpaired")}
"""By preference format: the losses that its script knows, the usual one first."""
SEED_RANGE = (0, 2**32 - 1)  # what numpy and torch both take
TARGET_MODULES_MAX = 100
QUANTIZATIONS = (None, "4bit", "8bit")
ALL_LINEAR = "all-linear"
"""Every linear layer but the output head, whatever the model's architecture calls them."""

_MODULE_NAME = re.compile(r"[A-Za-z0-9_.]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraOptions:
    """The adapter's shape. `r` is its rank, `alpha / r` its scale, `dropout` a share from 0 to 1.

    `target_modules` is ALL_LINEAR or the names of layers; `quantization` loads the base model in 4 or 8 bits.
    """

    r: int = 8
    alpha: int = 32
    dropout: float = 0.1
    target_modules: str | tuple[str, ...] = ALL_LINEAR
    quantization: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """How it is trained; None is as planned (see `plan`). Of `epochs` and `steps` at most one is given.

    `max_length` is in tokens, `batch_size` in rows on one device at a time; one step learns from
    `batch_size * gradient_accumulation` rows. `replay` is the share of rows that the base model answers itself.
    """

    epochs: int | None = None
    steps: int | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    gradient_accumulation: int | None = None
    max_length: int | None = None
    replay: float | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceOptions:
    """What DPO and KTO add. A greater `beta` stays closer to the model before; `loss_type` None is the usual one.

    `adapter` is the folder of a trained adapter to go on from; None starts a fresh one.
    """

    beta: float = 0.1
    loss_type: str | None = None
    adapter: Path | None = None


def check_preference(preference: PreferenceOptions, format_name: str) -> None:
    """Raises InvalidFields for every value that the script for `format_name` cannot take."""
    faults = []
    low, high = BETA_RANGE
    if not low <= preference.beta <= high:
        faults.append(("training.beta", f"training.beta must be between {low:g} and {high:g}"))
    losses = LOSS_TYPES[format_name]
    if preference.loss_type not in (None, *losses):
        faults.append(("training.lossType", f"training.lossType must be one of {', '.join(losses)}"))
    if faults:
        raise InvalidFields(faults)


def check_options(lora: LoraOptions, training: TrainingOptions) -> None:
    """Raises InvalidFields, with the JSON door's names, for every value outside its range."""
    limits: tuple[tuple[str, float | None, tuple[float, float]], ...] = (
        ("lora.r", lora.r, R_RANGE),
        ("lora.alpha", lora.alpha, ALPHA_RANGE),
        ("lora.dropout", lora.dropout, DROPOUT_RANGE),
        ("training.epochs", training.epochs, EPOCHS_RANGE),
        ("training.steps", training.steps, STEPS_RANGE),
        ("training.learningRate", training.learning_rate, LEARNING_RATE_RANGE),
        ("training.batchSize", training.batch_size, BATCH_SIZE_RANGE),
        ("training.gradientAccumulation", training.gradient_accumulation, GRADIENT_ACCUMULATION_RANGE),
        ("training.maxLength", training.max_length, MAX_LENGTH_RANGE),
        ("training.replay", training.replay, REPLAY_RANGE),
        ("training.seed", training.seed, SEED_RANGE),
    )
    faults = [
        (
            field,
            f"{field} must be between {low:g} and {high:g}"
            if isinstance(low, float)
            else f"{field} must be between {low} and {high}",
        )
        for field, value, (low, high) in limits
        if value is not None and not low <= value <= high  # said this way round so that NaN fails too
    ]
    if training.epochs is not None and training.steps is not None:
        faults.append(("training.steps", "training.steps and training.epochs exclude each other; leave one out"))
    if lora.quantization not in QUANTIZATIONS:
        faults.append(("lora.quantization", "lora.quantization must be 4bit or 8bit, or left out"))
    if not _are_modules(lora.target_modules):
        faults.append(
            ("lora.targetModules", f"lora.targetModules must be {ALL_LINEAR!r} or a list of layer names such as q_proj")
        )
    if faults:
        raise InvalidFields(faults)


def _are_modules(modules: str | tuple[str, ...]) -> bool:
    if isinstance(modules, str):
        return modules == ALL_LINEAR
    return 0 < len(modules) <= TARGET_MODULES_MAX and all(_MODULE_NAME.fullmatch(name) for name in modules)
