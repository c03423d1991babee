"""`exam`: writes the exam of a trained adapter, lets a Python with the training libraries take it, shows the result."""

from __future__ import annotations

import argparse
import subprocess
from collections import deque
from pathlib import Path
from typing import Any

import msgspec

from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Invalid
from lora_studio.core.files import path_text, plain_path
from lora_studio.core.home import Home
from lora_studio.core.library.access import check_admin_key
from lora_studio.core.library.audit import recorded
from lora_studio.core.training.exam import RESULT, Exam, ExamFiles, exam_dataset, read_exam, write_exam
from lora_studio.core.training.peft import read_trained
from lora_studio.core.training.progress import event_of
from lora_studio.core.training.pythons import environment, interpreter_in
from lora_studio.doors.cli import keys, show
from lora_studio.doors.requests.desk import Desk

_LAST_LINES = 5
_RESULTS = {"learnt": "learnt", "not_learnt": "not learnt", "worse": "got worse"}


def exam(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """`lora-studio exam ADAPTER`."""
    desk = Desk(home, person=True)
    adapter = plain_path(arguments.adapter, "adapter")
    python = interpreter_in(Path(arguments.python)) if arguments.python else None
    with recorded(desk.library, OWNER, "exam", {"path": path_text(adapter)}):
        files = _write(desk, arguments, adapter)
    written = {"script": str(files.script), "questionsFile": str(files.questions), "questions": files.count}
    response: dict[str, Any] = {**written, **({"warnings": list(files.warnings)} if files.warnings else {})}
    if python is None:
        return response
    _take(python, files, _flags(arguments))
    taken = read_exam(adapter)
    if taken is None:
        raise Invalid(f"The exam ended without {adapter / RESULT}; take it again")
    return response | {"examFile": str(adapter / RESULT), **_result(taken)}


def _write(desk: Desk, arguments: argparse.Namespace, adapter: Path) -> ExamFiles:
    check_admin_key(desk.library, keys.present_key())
    folder = plain_path(arguments.dataset_path, "dataset-path") if arguments.dataset_path else None
    dataset = exam_dataset(adapter, folder)
    model = arguments.model or read_trained(adapter).base_model
    with show.progress_bar("Writing the questions") as progress:
        return write_exam(desk.library, desk.settings, dataset, model, adapter, progress=progress)


def _flags(arguments: argparse.Namespace) -> list[str]:
    flags = ["--cpu"] if arguments.cpu else []
    for name in ("batch_size", "quantization"):
        if (value := getattr(arguments, name)) is not None:
            flags += [f"--{name.replace('_', '-')}", str(value)]
    return flags


def _take(python: Path, files: ExamFiles, flags: list[str]) -> None:
    """Runs the script to its end, showing how far it is. Raises Invalid with its own sentence where it fails."""
    last: deque[str] = deque(maxlen=_LAST_LINES)
    error = ""
    command = [str(python), str(files.script), *flags]
    with (
        show.progress_bar("Asking") as progress,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment()
        ) as child,
    ):
        for line in child.stdout or ():
            told = event_of(line)
            if told is None:
                last.append(line.decode("utf-8", "replace").strip())
            elif told.event == "error":
                error = told.message or ""
            elif progress and told.step is not None and told.of:
                progress(told.step, told.of)
    if child.returncode:
        raise Invalid(f"The exam failed: {error or ' '.join(last) or f'exit code {child.returncode}'}", "python")


def _result(taken: Exam) -> dict[str, Any]:
    rows = [
        {name: getattr(one, name) for name in ("id", "name", "base", "tuned", "result")} for one in taken.guidelines
    ]
    return {"totals": msgspec.to_builtins(taken.totals), "guidelines": rows}


def show_exam(response: dict[str, Any]) -> None:
    if "totals" not in response:
        show.line(f"Wrote {response['questions']:,} questions: {response['questionsFile']}")
        show.line(f"Take the exam with a Python that has the training libraries: python {response['script']}")
        return
    rows = [
        (one["name"], f"{one['base']:.2f}", f"{one['tuned']:.2f}", _RESULTS[one["result"]])
        for one in response["guidelines"]
    ]
    show.table(("Guideline", "Base", "Tuned", "Result"), rows)
    totals = response["totals"]
    show.line(
        f"{totals['guidelines']:,} guidelines: {totals['learnt']:,} learnt, {totals['notLearnt']:,} not, "
        f"{totals['worse']:,} got worse; mean score {totals['base']:.2f} before, {totals['tuned']:.2f} now"
    )
    show.line(response["examFile"])
