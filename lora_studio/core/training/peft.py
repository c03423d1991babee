"""Trained adapters as PEFT saves them, read without torch and with nothing in the folder trusted."""

from __future__ import annotations

import contextlib
import math
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from lora_studio.core.errors import Invalid
from lora_studio.core.files import open_plain, read_small_file
from lora_studio.core.library.used import EMPTY
from lora_studio.core.training.safetensors import Weights, read_weights

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PICKLE = "adapter_model.bin"
NOTE = "lora_studio.json"
STATE = "trainer_state.json"
STATE_MAX = 8 << 20
"""Longest log of a training that is read, in bytes: some 50,000 steps."""
LISTED_MAX = 200
_CHECKPOINT = re.compile(r"checkpoint-(\d{1,12})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NO_NUMBER = re.compile(rb":\s*(?:NaN|-?Infinity)\b")

_NUMBER_MAX = 40
_LFS = b"version https://git-lfs.github.com/spec/"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """One adapter. `r`, `alpha` and `dropout` are None where its kind has none.

    `weights` is None where their file is missing, is a pickle, or is damaged; `problem` then says so in one sentence.
    `checksums` are the SHA-256 values that its note names: by them its dataset is found.
    """

    base_model: str
    kind: str
    task: str
    r: int | None
    alpha: float | None
    dropout: float | None
    bias: str
    target_modules: tuple[str, ...]
    modules_to_save: tuple[str, ...]
    rslora: bool
    dora: bool
    weights: Weights | None
    is_missing: bool
    problem: str
    bytes: int
    checksums: frozenset[str]


@dataclass(frozen=True, slots=True)
class Losses:
    """Pairs of step and loss, in the order of the steps."""

    train: tuple[Point, ...] = ()
    eval: tuple[Point, ...] = ()


class _Config(msgspec.Struct):
    """What is read of an adapter_config.json; whatever else stands there is passed over."""

    peft_type: str | None = None
    base_model_name_or_path: str | None = None
    task_type: str | None = None
    r: int | None = None
    lora_alpha: float | None = None
    lora_dropout: float | None = None
    bias: str | None = None
    target_modules: str | tuple[str, ...] | None = None
    modules_to_save: tuple[str, ...] | None = None
    use_rslora: bool | None = None
    use_dora: bool | None = None
    fine_tune_type: str | None = None
    """What MLX writes in place of a kind."""


class _Logged(msgspec.Struct):
    """One line of a log. Any: one number that was written as text, or is none, hides no other."""

    step: Any = None
    loss: Any = None
    eval_loss: Any = None


class _State(msgspec.Struct):
    log_history: tuple[_Logged, ...]


def read_trained(folder: Path) -> Trained:
    """The adapter in `folder`. Raises Invalid, with one sentence for the user, where its config cannot be read."""
    config = _config(folder / CONFIG)
    weights, problem, is_missing = _weights(folder)
    modules = config.target_modules
    return Trained(
        base_model=one_line(config.base_model_name_or_path),
        kind=one_line(config.peft_type),
        task=one_line(config.task_type),
        r=config.r,
        alpha=config.lora_alpha,
        dropout=config.lora_dropout,
        bias=one_line(config.bias),
        target_modules=_lines((modules,) if isinstance(modules, str) else modules),
        modules_to_save=_lines(config.modules_to_save),
        rslora=bool(config.use_rslora),
        dora=bool(config.use_dora),
        weights=weights,
        is_missing=is_missing,
        problem=problem,
        bytes=sum(size for _, size in plain_files(folder)),
        checksums=_checksums(folder / NOTE),
    )


def _config(path: Path) -> _Config:
    try:
        config = msgspec.json.decode(read_small_file(path).decode("utf-8-sig"), type=_Config)
    except Invalid as error:
        raise Invalid(f"{CONFIG} cannot be read: {error}; save the adapter again.") from None
    except FileNotFoundError:
        raise Invalid(f"There is no {CONFIG} in {path.parent}; choose the folder of a trained adapter.") from None
    except OSError as error:
        raise Invalid(f"{CONFIG} cannot be read: {error.strerror}; check its permissions.") from None
    except (ValueError, RecursionError):
        raise Invalid(f"{CONFIG} is not as PEFT writes it; save the adapter again.") from None
    if config.fine_tune_type and not config.peft_type:
        raise Invalid("It is an adapter of MLX, which PEFT cannot load; ask it with mlx_lm, or train it again here.")
    if not (config.peft_type or config.base_model_name_or_path):
        raise Invalid(f"{CONFIG} names neither a kind of adapter nor a base model; save the adapter again.")
    return config


def _weights(folder: Path) -> tuple[Weights | None, str, bool]:
    """The weights, else what is wrong with them in one sentence, and whether they are missing altogether."""
    try:
        return read_weights(folder / WEIGHTS), "", False
    except FileNotFoundError:
        pass
    except Invalid as error:
        return None, _unusable(folder / WEIGHTS, error), False
    except OSError as error:
        return None, f"{WEIGHTS} cannot be read: {error.strerror}; check its permissions.", False
    if os.path.lexists(folder / PICKLE):
        said = f"{PICKLE} is a pickle, which could run any program, so it was not opened; save it as safetensors."
        return None, said, False
    return None, f"{WEIGHTS} is gone; train again or put it back.", True


def _unusable(path: Path, error: Invalid) -> str:
    """What is wrong with a file of weights that cannot be read, and what to do."""
    with contextlib.suppress(Invalid, OSError), open_plain(path) as file:
        start = file.read(len(_LFS))
        if start == _LFS:
            return f"{WEIGHTS} cannot be used: it is a Git LFS pointer, not the weights; fetch them with: git lfs pull"
        if not start:
            return f"{WEIGHTS} cannot be used: it is empty; save the adapter again."
    return f"{WEIGHTS} cannot be used: {error}; save the adapter again."


def plain_files(folder: Path) -> Iterator[tuple[str, int]]:
    """Name and size of each plain file directly in `folder`; nothing where it cannot be read."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                yield entry.name, status.st_size


def _checksums(note: Path) -> frozenset[str]:
    """All SHA-256 values in the note of LoRA Studio's training scripts, but that of no bytes, which many files have."""
    try:
        data = msgspec.json.decode(read_small_file(note))
    except (Invalid, OSError, ValueError, RecursionError):
        return frozenset()
    return frozenset(_hashes(data, 4)) - {EMPTY}


def _hashes(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str) and _SHA256.fullmatch(value):
        yield value
    elif isinstance(value, dict | list) and depth:
        for inner in list(value.values() if isinstance(value, dict) else value)[:LISTED_MAX]:
            yield from _hashes(inner, depth - 1)


def read_losses(folder: Path) -> Losses:
    """How the loss went in the training of the adapter in `folder`; empty where no log of it can be read."""
    for path in _states(folder):
        try:
            text = _NO_NUMBER.sub(b":null", read_small_file(path, STATE_MAX))
            logged = msgspec.json.decode(text, type=_State).log_history
        except (Invalid, OSError, ValueError, RecursionError):
            continue
        return Losses(
            _points((one.step, one.loss) for one in logged), _points((one.step, one.eval_loss) for one in logged)
        )
    return Losses()


def _states(folder: Path) -> Iterator[Path]:
    """Where the training's log may lie: beside the adapter, else in its last checkpoint."""
    yield folder / STATE
    found: list[tuple[int, Path]] = []
    for place in (folder, folder / "checkpoints"):
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            found += [
                (int(match[1]), Path(entry.path))
                for entry in entries
                if (match := _CHECKPOINT.fullmatch(entry.name)) and entry.is_dir(follow_symlinks=False)
            ]
    for _, checkpoint in sorted(found, reverse=True)[:3]:
        yield checkpoint / STATE


def _points(pairs: Iterator[tuple[Any, Any]]) -> tuple[Point, ...]:
    known = ((_number(step), _number(loss)) for step, loss in pairs)
    return tuple(sorted((step, loss) for step, loss in known if step is not None and loss is not None))


def _number(value: Any) -> float | None:
    """The number that `value` is or spells; None for anything else, infinities too."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value[:_NUMBER_MAX] if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def one_line(text: str | None, most: int = 300) -> str:
    """Foreign text as one short line of printable characters."""
    return "".join(c if c.isprintable() else " " for c in (text or "")[:most]).strip()


def _lines(texts: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(one_line(text) for text in (texts or ())[:LISTED_MAX])
