"""`lora-studio train`: the script as a child process, as the Training page runs it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lora_studio.core.errors import Cancelled, Invalid, StudioError
from lora_studio.core.files import plain_path
from lora_studio.core.home import Home
from lora_studio.core.library.store import open_library
from lora_studio.core.training.adapters import list_adapters
from lora_studio.core.training.children import Child, end_child
from lora_studio.core.training.options import LoraOptions, PreferenceOptions, TrainingOptions
from lora_studio.core.training.plan import Plan, in_words
from lora_studio.core.training.planning import plan_run
from lora_studio.core.training.progress import Follower, Progress, advanced
from lora_studio.core.training.runs import (
    LOCAL_FORMATS,
    RESUME,
    Run,
    RunPlan,
    ask_to_stop,
    can_resume,
    check_made_here,
    prepare_run,
    read_run,
    start_run,
)
from lora_studio.doors.cli import show
from lora_studio.doors.cli.python import training_python

LOOK_EVERY_S = 0.2
Tell = Callable[[int, int], None] | None


def train(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """Trains, and says where the adapter lies; Ctrl+C stops after the present step and saves, twice ends at once."""
    run = _run(arguments, home)
    flags = (["--check"] if arguments.check else []) + ([RESUME] if arguments.resume else [])
    child = start_run(run, flags)
    try:
        with show.progress_bar("Training") as tell:
            now, lines = _follow(run, child, tell)
    finally:
        end_child(child)  # has ended by itself, unless this was interrupted
    if child.returncode != 0:
        raise StudioError(now.error or f"The training ended with code {child.returncode}; its log is {run.log}")
    told = {"folder": str(run.folder), "log": str(run.log), "command": run.command, "state": now.state}
    if arguments.check:
        return {**told, "state": "checked", "output": "\n".join(lines)}
    last = now.losses[-1][1] if now.losses else None
    return {**told, "adapterPath": str(run.output), "steps": now.step, "loss": last, "canResume": can_resume(run)}


def _run(arguments: argparse.Namespace, home: Home) -> Run:
    if arguments.resume:
        run = read_run(Path(arguments.dataset).absolute())
        check_made_here(open_library(home.library), run)
        return run
    dataset = _config(Path(arguments.dataset).absolute())
    lora = {"r": arguments.r, "alpha": arguments.alpha, "dropout": arguments.dropout}
    if arguments.target_modules:
        names = arguments.target_modules
        lora["target_modules"] = names[0] if names == ["all-linear"] else tuple(names)
    bits = None if arguments.quantization == "none" else arguments.quantization
    names = ("epochs", "steps", "learning_rate", "batch_size", "gradient_accumulation", "max_length", "replay", "seed")
    training = _given({name: getattr(arguments, name) for name in names})
    above = plain_path(arguments.adapter_path, "adapter-path") if arguments.adapter_path else None
    preference = {"beta": arguments.beta, "loss_type": arguments.loss_type, "adapter": above}
    plan = RunPlan(
        dataset=dataset,
        base_model=arguments.base or "",
        python=training_python(arguments.python, home).path,
        lora=LoraOptions(quantization=bits, **_given(lora)),
        training=TrainingOptions(**training),
        preference=PreferenceOptions(**_given(preference)),
        arguments=("--cpu",) if arguments.cpu else (),
    )
    run = prepare_run(open_library(home.library), plan)
    _say(plan_run(plan.dataset, plan.base_model, plan.lora, plan.training, cpu=arguments.cpu))
    return run


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


def _follow(run: Run, child: Child, tell: Tell) -> tuple[Progress, list[str]]:
    """What the child tells until its end; its other lines go to stderr where no bar is drawn."""
    follower, now = Follower(run.log), Progress()
    lines: list[str] = []
    interrupted = ended = False
    while not ended or follower.is_behind:
        try:
            ended = child.poll() is not None  # before the look, so that nothing comes after the last one
            events, more = follower.read()
            now = advanced(now, events)
            lines = [*lines, *more][-1_000:]
            _show(now, more, tell)
            if interrupted and any(event.event == "start" for event in events):
                ask_to_stop(run)  # the script forgets what was asked before it began
            if not ended and not follower.is_behind:
                time.sleep(LOOK_EVERY_S)
        except KeyboardInterrupt:
            if interrupted:
                raise Cancelled from None
            interrupted = True
            show.problem("Stopping after this step, and saving; Ctrl+C once more ends at once.")
            ask_to_stop(run)
    return now, lines


def _show(now: Progress, lines: list[str], tell: Tell) -> None:
    if tell:
        tell(now.step, now.of or 1)
        return
    for line in lines:
        show.problem(line)


def show_train(response: dict[str, Any]) -> None:
    """The adapter's folder and how it went."""
    if response["state"] == "checked":
        show.line(response["output"])
        return
    loss = "" if response["loss"] is None else f", loss {response['loss']:.3f}"
    show.line(f"Adapter: {response['adapterPath']}")
    show.line(f"{response['state'].capitalize()} after {response['steps']} steps{loss}; log: {response['log']}")
    if response["state"] == "stopped":
        show.line(f"To go on: lora-studio train {response['folder']} --resume")
