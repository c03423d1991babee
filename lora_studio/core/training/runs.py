"""Training runs: a folder for each, a child process that writes its log there, and how to stop it and go on.

The child writes to a file, not to a pipe, so it outlives the window where the person says so, and whoever looks later
reads the same. It holds a lock on its folder's log for as long as it lives, however it ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec

from lora_studio.core.clock import timestamp
from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Conflict, Invalid, NotFound, StorageError
from lora_studio.core.files import (
    append_plain,
    make_private_folder,
    open_plain,
    path_text,
    read_small_file,
    storage_errors,
    write_atomically,
)
from lora_studio.core.library.audit import recorded
from lora_studio.core.library.store import Library
from lora_studio.core.training.adapters import dataset_of, read_adapter
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.pythons import environment
from lora_studio.core.training.scripts import render_script, write_script

Child = subprocess.Popen[bytes]
RESUME = "--resume"
RECORD, LOG, OUTPUT = "run.json", "output.log", "lora_output"
LOCAL_FORMATS = ("chat", "huggingface", "alpaca", "sharegpt")
"""The formats whose script trains on this machine."""
END_PATIENCE_S = 5.0
RUNS_MAX = 1_000
_QUIET = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What is to be trained: the dataset whose config file is `dataset`, on `base_model`, by `python`.

    An empty `base_model` stands for the model that the dataset was exported for.
    """

    dataset: Path
    base_model: str
    python: Path
    lora: LoraOptions
    training: TrainingOptions
    arguments: tuple[str, ...] = ()
    """More flags for the script, such as --cpu."""


class Run(msgspec.Struct, rename="camel", frozen=True):
    """A run as its folder tells it."""

    folder: Path
    script: Annotated[str, msgspec.Meta(pattern=r"\Atrain_[a-z]+\.py\Z")]
    dataset: str
    base_model: str
    python: str
    arguments: tuple[str, ...]
    lora: dict[str, Any]
    training: dict[str, Any]
    created_at: str

    @property
    def log(self) -> Path:
        return self.folder / LOG

    @property
    def output(self) -> Path:
        """Where the adapter will lie."""
        return self.folder / OUTPUT

    @property
    def command(self) -> list[str]:
        """The command line that trains, without resuming."""
        return [self.python, str(self.folder / self.script), *self.arguments]


def prepare_run(library: Library, plan: RunPlan) -> Run:
    """Makes a new folder beside the dataset with the script that will train. Raises Invalid, StorageError.

    Nothing runs yet; the folder's name is the dataset's with "_run", or "_run_2" and so on. The audit log tells of it.
    """
    with recorded(library, OWNER, "train", {"dataset": path_text(plan.dataset), "baseModel": plan.base_model}):
        return _prepared(plan)


def _prepared(plan: RunPlan) -> Run:
    try:
        adapter, _ = read_adapter(plan.dataset)
    except (Invalid, OSError) as error:
        raise Invalid(f"{plan.dataset} is no dataset that can be trained on: {error}", "dataset") from None
    dataset = dataset_of(adapter)
    if dataset is None or adapter.format not in LOCAL_FORMATS:
        raise Invalid(
            f"{adapter.name} cannot be trained on here; export it in one of {', '.join(LOCAL_FORMATS)}", "dataset"
        )
    folder = _new_folder(plan.dataset.parent, adapter.name)
    base_model = plan.base_model or adapter.target_model
    text = render_script(
        base_model,
        adapter.format,
        dataset=dataset,
        dataset_path=plan.dataset.parent,
        script_folder=folder,
        lora=plan.lora,
        training=plan.training,
    )
    script, _ = write_script(folder, adapter.format, text)
    run = Run(
        folder=folder,
        script=script.name,
        dataset=path_text(plan.dataset),
        base_model=base_model,
        python=path_text(plan.python),
        arguments=plan.arguments,
        lora=asdict(plan.lora),
        training=asdict(plan.training),
        created_at=timestamp(),
    )
    values = msgspec.to_builtins(run, enc_hook=str)
    del values["folder"]  # it is where it lies, also after it was moved
    write_atomically(folder / RECORD, json.dumps(values, indent=2) + "\n")
    return run


def _new_folder(parent: Path, name: str) -> Path:
    number = 1
    while True:
        folder = parent / f"{name}_run{f'_{number}' * (number > 1)}"
        try:
            with storage_errors(f"create the folder {folder}"):
                folder.mkdir(mode=0o700)
            return folder
        except StorageError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
        number += 1


def read_run(folder: Path) -> Run:
    """The run that lies in `folder`. Raises NotFound."""
    try:
        values = json.loads(read_small_file(folder / RECORD))
        return msgspec.convert({**values, "folder": folder}, Run, dec_hook=lambda kind, value: kind(value))
    except (OSError, Invalid, ValueError, TypeError, RecursionError):
        raise NotFound(f"There is no training run in {folder}", "folder") from None


def runs_in(folder: Path) -> list[Run]:
    """The runs whose folders lie in `folder`, newest first."""
    found = []
    for path in sorted(folder.glob(f"*/{RECORD}"))[:RUNS_MAX]:
        try:
            found.append(read_run(path.parent))
        except NotFound:
            continue  # a file of that name that is not ours
    return sorted(found, key=lambda run: run.created_at, reverse=True)


def start_run(run: Run, flags: Sequence[str] = ()) -> Child:
    """Starts the child, with more `flags` such as --resume or --check; its log grows in the run's folder.

    Raises Conflict while it runs already, and StorageError.
    """
    return start_child([*run.command, *flags], run.folder, run.log, goes_on=RESUME in flags)


def start_child(command: Sequence[str], folder: Path, log_file: Path, *, goes_on: bool = False) -> Child:
    """Starts `command` in `folder`; what it says is written to `log_file`, after what stands there if it `goes_on`.

    Raises Conflict while a child writes that log already, and StorageError.
    """
    make_private_folder(folder)
    with storage_errors(f"write {log_file}"), append_plain(log_file) as log:
        if not _lock(log, log_file):
            raise Conflict("This runs already; stop it first", "folder")
        if not goes_on:
            log.truncate(0)
        with storage_errors(f"start {command[0]}"):
            return subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**environment(), **_QUIET},
                start_new_session=True,
                creationflags=_FLAGS,
            )


def is_running(log_file: Path) -> bool:
    """Whether a child that writes this log is alive, whoever started it."""
    try:
        with open_plain(log_file) as log:
            return not _lock(log, log_file, alone=False)
    except (Invalid, OSError):
        return False


def can_resume(run: Run) -> bool:
    """Whether there is a checkpoint to go on from."""
    return any(run.output.glob("checkpoints/checkpoint-*"))


def ask_to_stop(run: Run) -> None:
    """Asks the script to end after its present step and to save what it has learnt. Raises StorageError."""
    make_private_folder(run.output)
    write_atomically(run.output / "STOP", "")


def end_run(child: Child) -> None:
    """Ends a child at once, with everything that it started; the last checkpoint stays."""
    if child.poll() is not None:
        return
    _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + END_PATIENCE_S
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if child.poll() is None:
        _signal(child, _KILL)
    child.wait()


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP
    _KILL = signal.SIGTERM

    def _signal(child: Child, number: int) -> None:
        child.terminate()

    def _lock(log: IO[bytes], path: Path, *, alone: bool = True) -> bool:
        """Windows does not hand a lock on; a file that a child has open cannot be renamed there instead."""
        try:
            msvcrt.get_osfhandle(log.fileno())
            path.replace(path)
        except OSError:
            return False
        return True

else:
    import fcntl

    _FLAGS = 0
    _KILL = signal.SIGKILL

    def _signal(child: Child, number: int) -> None:
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            return  # it has just ended by itself

    def _lock(log: IO[bytes], path: Path, *, alone: bool = True) -> bool:
        """Takes the lock, which whatever inherits the open file then shares; False where a child has it.

        Those who only look are not `alone`: two at once would take each other for a child.
        """
        try:
            fcntl.flock(log, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
