"""`lora-studio train`: the script as a child process, as the Training page runs it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lora_studio.core.errors import Invalid, NotFound, StorageError, StudioError
from lora_studio.core.files import plain_path
from lora_studio.core.home import Home
from lora_studio.core.library.store import open_library
from lora_studio.core.training.adapters import list_adapters
from lora_studio.core.training.children import VERBOSE, end_child
from lora_studio.core.training.options import LoraOptions, PreferenceOptions, TrainingOptions
from lora_studio.core.training.plan import Plan, in_words
from lora_studio.core.training.planning import plan_run
from lora_studio.core.training.progress import Progress
from lora_studio.core.training.pythons import interpreter_in, seen_from_here
from lora_studio.core.training.runs import (
    LOCAL_FORMATS,
    RESUME,
    Run,
    RunPlan,
    can_resume,
    check_made_here,
    passing_run,
    prepare_run,
    read_run,
    start_run,
)
from lora_studio.doors.cli import show
from lora_studio.doors.cli.python import training_python
from lora_studio.doors.cli.watching import follow, watching
from lora_studio.pasting import command_line

_VALUES = ("epochs", "steps", "learning_rate", "batch_size", "gradient_accumulation", "max_length", "replay", "seed")
_OF_SCRIPT = ("max_steps", "precision")
"""Flags that are the script's alone."""
_LOSSES = {"loss": "loss", "evalLoss": "eval loss"}


def train(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """Trains, and says where the adapter lies; Ctrl+C stops after the present rows and saves, twice ends at once."""
    if arguments.resume:
        return _told(*_resumed(arguments, home))
    plan = _plan(arguments, home)
    if arguments.check:
        with passing_run(open_library(home.library), plan) as run:
            _, lines = _run_to_end(run, ["--check"])
        return {"state": "checked", "output": "\n".join(lines)}
    try:
        run = prepare_run(open_library(home.library), plan)
    except StorageError as error:
        raise StorageError(f"{error.message}; --output DIR puts the run elsewhere") from error
    _say(plan_run(plan.dataset, plan.base_model, plan.lora, plan.training, cpu=arguments.cpu))
    return _told(run, _run_to_end(run, [])[0])


def _told(run: Run, now: Progress) -> dict[str, Any]:
    return {
        "folder": str(run.folder),
        "log": str(run.log),
        "command": run.command,
        "state": now.state,
        "adapterPath": str(run.output),
        "steps": now.step,
        "loss": now.losses[-1][1] if now.losses else None,
        "evalLoss": now.eval_losses[-1][1] if now.eval_losses else None,
        "outcome": now.outcome or None,
        "verdict": now.verdict or None,
        "canResume": can_resume(run),
    }


def _run_to_end(run: Run, flags: list[str]) -> tuple[Progress, list[str]]:
    """Runs the script, showing how far it is; how it stood at its end, and its last lines. Raises StudioError."""
    begin = run.log.stat().st_size if RESUME in flags and run.log.exists() else 0
    child = start_run(run, flags)
    try:
        with watching() as watch:
            now, lines = follow(run, child, watch, begin)
    finally:
        end_child(child)  # has ended by itself, unless this was interrupted
    if child.returncode != 0:
        last = next((f": {line}" for line in reversed(lines) if line.strip()), "")
        raise StudioError(now.error or f"The training ended with code {child.returncode}{last}; its log is {run.log}")
    return now, lines


def _resumed(arguments: argparse.Namespace, home: Home) -> tuple[Run, Progress]:
    """Goes on with a run, whose values hold: the script refuses others by name."""
    run = read_run(Path(arguments.dataset).absolute())
    check_made_here(open_library(home.library), run)
    if not can_resume(run):
        raise NotFound(f"There is no checkpoint in {run.output} to go on from; start without --resume", "resume")
    for flag, given, began in (
        ("python", arguments.python and interpreter_in(Path(arguments.python)), Path(run.python)),
        ("output", arguments.output and plain_path(arguments.output, "output"), run.output.resolve()),
    ):
        if given and given != began:
            raise Invalid(f"The run began with --{flag} {began}, and --resume goes on with that; leave it out", flag)
    return run, _run_to_end(run, [RESUME, *_flags(arguments)])[0]


def _flags(arguments: argparse.Namespace) -> list[str]:
    """What was typed, as the script takes it."""
    modules = arguments.target_modules
    typed = {
        "model": arguments.base and seen_from_here(arguments.base),
        "target_modules": ",".join(modules) if modules else None,
        "adapter": arguments.adapter_path and str(plain_path(arguments.adapter_path, "adapter-path")),
    }
    for name in ("r", "alpha", "dropout", "quantization", "beta", "loss_type", *_VALUES, *_OF_SCRIPT):
        typed[name] = getattr(arguments, name)
    pairs = (_pair(name, value) for name, value in typed.items() if value is not None)
    return [word for pair in pairs for word in pair] + _switches(arguments)


def _pair(name: str, value: object) -> tuple[str, str]:
    return f"--{name.replace('_', '-')}", str(value)


def _switches(arguments: argparse.Namespace) -> list[str]:
    return ["--cpu"] * arguments.cpu + [VERBOSE] * arguments.verbose


def _plan(arguments: argparse.Namespace, home: Home) -> RunPlan:
    dataset = _config(Path(arguments.dataset).absolute())
    lora = {"r": arguments.r, "alpha": arguments.alpha, "dropout": arguments.dropout}
    if arguments.target_modules:
        names = arguments.target_modules
        lora["target_modules"] = names[0] if names == ["all-linear"] else tuple(names)
    bits = None if arguments.quantization == "none" else arguments.quantization
    training = _given({name: getattr(arguments, name) for name in _VALUES})
    above = plain_path(arguments.adapter_path, "adapter-path") if arguments.adapter_path else None
    preference = {"beta": arguments.beta, "loss_type": arguments.loss_type, "adapter": above}
    own = _given({name: getattr(arguments, name) for name in _OF_SCRIPT})
    return RunPlan(
        dataset=dataset,
        base_model=seen_from_here(arguments.base or ""),
        python=training_python(arguments.python, home).path,
        lora=LoraOptions(quantization=bits, **_given(lora)),
        training=TrainingOptions(**training),
        preference=PreferenceOptions(**_given(preference)),
        arguments=(*(word for name, value in own.items() for word in _pair(name, value)), *_switches(arguments)),
        output=plain_path(arguments.output, "output") if arguments.output else None,
    )


def _say(planned: Plan | None) -> None:
    """What the training will be, before it begins."""
    if planned is not None:
        show.problem(f"Planned: {in_words(planned)}.")
        for reason in planned.reasons:
            show.problem(f"  {reason}")


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _config(path: Path) -> Path:
    """The config file that is meant: `path` itself, or the newest in that folder that can be trained on."""
    if not path.is_dir():
        return path
    found = [one.config_file for one in list_adapters(path).adapters if one.format in LOCAL_FORMATS]
    if not found:
        raise Invalid(f"There is no dataset in {path} that can be trained on; export one in the format chat", "dataset")
    return found[0]


def show_train(response: dict[str, Any]) -> None:
    """The adapter's folder and how it went."""
    if response["state"] == "checked":
        show.block(response["output"])
        return
    figures = "".join(f", {word} {response[name]:.3f}" for name, word in _LOSSES.items() if response[name] is not None)
    is_lost = response["state"] == "done" and response["outcome"] not in (None, "learnt")
    word = "Ended" if is_lost else response["state"].capitalize()
    show.line(f"Adapter: {response['adapterPath']}")
    show.line(f"{word} after {response['steps']} steps{figures}; log: {response['log']}")
    if response["verdict"]:
        show.line(response["verdict"])
    if response["state"] == "stopped":
        show.line(f"To go on: {command_line('lora-studio', 'train', response['folder'], '--resume')}")
