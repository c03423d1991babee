"""What the Training page asks for in the background; knows no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.dataset.layout import read_config
from lora_studio.core.library.runs import recent_folders
from lora_studio.core.library.store import Library
from lora_studio.core.training.adapters import Adapter, list_adapters
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.peft import CONFIG
from lora_studio.core.training.plan import Plan
from lora_studio.core.training.planning import plan_run
from lora_studio.core.training.pythons import Interpreter, interpreter_in, look_at, pythons
from lora_studio.core.training.runs import LOCAL_FORMATS, Run, check_made_here, runs_in

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Trainable:
    """A dataset that can be trained on here, and how many rows its train file has."""

    adapter: Adapter
    train_rows: int


@dataclass(frozen=True, slots=True)
class Found:
    """The datasets that can be trained on, newest first, the runs beside them, newest first, and those of the runs
    that have an adapter to go on from.
    """

    datasets: tuple[Trainable, ...]
    runs: tuple[Run, ...]
    trained: tuple[Run, ...]


def find(library: Library, folders: tuple[Path, ...], tell: Tell) -> Found:
    """Looks into `folders` and into every folder that was exported to."""
    places = list(dict.fromkeys([*folders, *recent_folders(library)]))
    datasets: list[Trainable] = []
    runs: list[Run] = []
    for done, folder in enumerate(places):
        tell(done, len(places))
        if not folder.is_dir():
            continue
        usable = (one for one in list_adapters(folder).adapters if one.format in LOCAL_FORMATS)
        datasets += [Trainable(one, _train_rows(one)) for one in usable]
        runs += runs_in(folder)
    datasets.sort(key=lambda one: one.adapter.created_at, reverse=True)
    runs.sort(key=lambda run: run.created_at, reverse=True)
    trained = (run for run in runs if (run.output / CONFIG).is_file())
    return Found(tuple(datasets), tuple(runs), tuple(trained))


def _train_rows(adapter: Adapter) -> int:
    files = (read_config(adapter.config_file) or {}).get("files")
    rows = files[0].get("rows") if isinstance(files, list) and files and isinstance(files[0], dict) else None
    return rows if isinstance(rows, int) else adapter.example_count


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is asked for."""

    config_file: Path
    base_model: str
    lora: LoraOptions
    training: TrainingOptions
    cpu: bool


def planned(asked: Asked, tell: Tell) -> Plan | None:
    """The training as it will be on this machine; None where there is no dataset any more."""
    return plan_run(asked.config_file, asked.base_model, asked.lora, asked.training, cpu=asked.cpu)


def checked(library: Library, run: Run, tell: Tell) -> Run:
    """The run, where this library made it. Raises Invalid."""
    check_made_here(library, run)
    return run


def find_pythons(known: tuple[Path, ...], tell: Tell) -> list[Interpreter]:
    """The Pythons that could train, those that can first."""
    return pythons(known, tell)


def ask_python(path: Path, tell: Tell) -> Interpreter:
    """The Python at `path`, or of the environment there. Raises Invalid."""
    return look_at(interpreter_in(path))
