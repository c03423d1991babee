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
from lora_studio.core.files import read_small_file
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


class _Logged(msgspec.Struct):
    step: float | None = None
    loss: float | None = None
    eval_loss: float | None = None


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
        return None, f"{WEIGHTS} cannot be used: {error}; save the adapter again.", False
    except OSError as error:
        return None, f"{WEIGHTS} cannot be read: {error.strerror}; check its permissions.", False
    if os.path.lexists(folder / PICKLE):
        said = f"{PICKLE} is a pickle, which could run any program, so it was not opened; save it as safetensors."
        return None, said, False
    return None, f"{WEIGHTS} is gone; train again or put it back.", True


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


def _points(pairs: Iterator[tuple[float | None, float | None]]) -> tuple[Point, ...]:
    known = [(x, y) for x, y in pairs if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)]
    return tuple(sorted(known))


def one_line(text: str | None, most: int = 300) -> str:
    """Foreign text as one short line of printable characters."""
    return "".join(c if c.isprintable() else " " for c in (text or "")[:most]).strip()


def _lines(texts: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(one_line(text) for text in (texts or ())[:LISTED_MAX])
