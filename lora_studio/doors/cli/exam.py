"""`exam`: writes the exam of a trained adapter, lets a Python with the training libraries take it, shows the result."""

from __future__ import annotations

import argparse
import subprocess
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Invalid
from lora_studio.core.files import path_text, plain_path
from lora_studio.core.home import Home
from lora_studio.core.library.access import check_owner
from lora_studio.core.library.audit import recorded
from lora_studio.core.training.exam import ExamFiles, exam_dataset, write_exam
from lora_studio.core.training.exam_reading import RESULT, read_exam
from lora_studio.core.training.exam_records import KINDS, Exam
from lora_studio.core.training.peft import read_trained
from lora_studio.core.training.progress import Event, event_of
from lora_studio.core.training.pythons import environment, isolated, safe_folder, seen_from_here
from lora_studio.doors.cli import keys, show
from lora_studio.doors.cli.python import training_python
from lora_studio.doors.requests.desk import Desk
from lora_studio.pasting import command_line

_LAST_LINES = 5
_TELL_EVERY_S = 15
_RESULTS = {
    "knows": "knows",
    "judges_wrong": "judges wrongly",
    "recites_only": "by title only",
    "not_learnt": "not learnt",
}


def exam(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """`lora-studio exam ADAPTER`; where no Python here can take the exam, its files are written and that is said."""
    desk = Desk(home, person=True, makes=True)
    adapter = plain_path(arguments.adapter, "adapter")
    python = _python(arguments, home)
    detail = {"path": path_text(adapter)}
    with recorded(desk.library, OWNER, "exam", detail):
        check_owner(desk.library, keys.owner_key(desk.library), detail)
        files = _write(desk, arguments, adapter)
    written = {"script": str(files.script), "questionsFile": str(files.questions), "questions": files.count}
    response: dict[str, Any] = {**written, **({"warnings": list(files.warnings)} if files.warnings else {})}
    flags = _flags(arguments)
    if isinstance(python, Invalid):
        command = command_line("python", files.script, *flags)
        return response | {"command": command, "notTaken": python.message}
    _take(python, files, flags)
    taken = read_exam(adapter)
    if taken is None:
        raise Invalid(f"The exam ended without {adapter / RESULT}; take it again")
    return response | {"examFile": str(adapter / RESULT), **_result(taken)}


def _python(arguments: argparse.Namespace, home: Home) -> Path | Invalid:
    """The Python that takes the exam, or why there is none; one that was named must be able to."""
    try:
        return training_python(arguments.python, home).path
    except Invalid as reason:
        if arguments.python:
            raise
        return reason


def _write(desk: Desk, arguments: argparse.Namespace, adapter: Path) -> ExamFiles:
    folder = plain_path(arguments.dataset_path, "dataset-path") if arguments.dataset_path else None
    dataset = exam_dataset(adapter, folder)
    model = seen_from_here(arguments.model or read_trained(adapter).base_model)
    with show.progress_bar("Writing the questions") as progress:
        return write_exam(desk.library, desk.settings, dataset, model, adapter, progress=progress)


def _flags(arguments: argparse.Namespace) -> list[str]:
    flags = ["--cpu"] if arguments.cpu else []
    for name in ("batch_size", "quantization", "sample"):
        if (value := getattr(arguments, name)) is not None:
            flags += [f"--{name.replace('_', '-')}", str(value)]
    return flags


def _take(python: Path, files: ExamFiles, flags: list[str]) -> None:
    """Runs the script to its end, showing how far it is. Raises Invalid with its own sentence where it fails."""
    last: deque[str] = deque(maxlen=_LAST_LINES)
    error = ""
    with (
        show.progress_bar("Asking") as progress,
        subprocess.Popen(
            isolated([str(python), str(files.script.absolute()), *flags]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(),
            cwd=safe_folder(str(python)),
        ) as child,
    ):
        tell = _teller(progress)
        for line in child.stdout or ():
            told = event_of(line)
            if told is None:
                last.append(line.decode("utf-8", "replace").strip())
            elif told.event == "error":
                error = told.message or ""
            else:
                tell(told)
    if child.returncode:
        raise Invalid(f"The exam failed: {error or ' '.join(last) or f'exit code {child.returncode}'}", "python")


def _teller(progress: show.Progress | None) -> Callable[[Event], None]:
    """Shows how far the exam is: on the bar, without a terminal as a line now and then."""
    said = time.monotonic()

    def tell(event: Event) -> None:
        nonlocal said
        if event.step is None or not event.of:
            return
        if progress:
            progress(event.step, event.of)
        elif event.seconds_left is not None and time.monotonic() - said >= _TELL_EVERY_S:
            said = time.monotonic()
            show.problem(f"Answer {event.step:,} of {event.of:,}, about {event.seconds_left / 60:.0f} minutes left")

    return tell


def _result(taken: Exam) -> dict[str, Any]:
    told = msgspec.to_builtins(taken)
    names = ("sample", "totals", "verdicts", "findings", "advice")
    parts = {
        name: {key: told[name][key] for key in told[name] if key != "questions"} for name in ("general", "declines")
    }
    rows = [{key: one[key] for key in ("id", "name", "result", "kinds")} for one in told["guidelines"]]
    return {**{name: told[name] for name in names}, **parts, "guidelines": rows}


def show_exam(response: dict[str, Any]) -> None:
    """A guideline a line, then what was found beside it and what to do."""
    if "totals" not in response:
        show.line(f"Wrote {response['questions']:,} questions: {response['questionsFile']}")
        show.line(f"The exam was not taken: {response['notTaken']}")
        show.line(f"To take it with a Python that has the training libraries: {response['command']}")
        return
    rows = [
        (one["name"], _RESULTS[one["result"]], *(_cell(one["kinds"].get(kind)) for kind in KINDS))
        for one in response["guidelines"]
    ]
    show.table(("Guideline", "Result", *(kind.capitalize() for kind in KINDS)), rows)
    totals = response["totals"]
    show.line(
        f"{totals['guidelines']:,} guidelines: {totals['knows']:,} known, {totals['judgesWrong']:,} known but judged "
        f"wrongly, {totals['recitesOnly']:,} by title only, {totals['notLearnt']:,} not learnt"
    )
    if sample := response["sample"]:
        show.line(f"A sample: {sample['asked']:,} of {sample['of']:,} guidelines were asked about")
    general, declines = response["general"], response["declines"]
    if general["asked"]:
        show.line(
            f"{general['kept']:,} of {general['asked']:,} general answers are as the base model's; "
            f"{declines['declined']:,} of {declines['asked']:,} invented titles declined"
        )
    for title in ("findings", "advice"):
        if response[title]:
            show.line()
            show.line(f"{title.capitalize()}:")
        for sentence in response[title]:
            show.line(f"- {sentence}")
    show.line()
    show.line(response["examFile"])


def _cell(kind: dict[str, Any] | None) -> str:
    return "-" if kind is None else f"{'yes' if kind['passed'] else 'no'} {kind['score']:.2f}"
