"""Training runs: a folder for each with script, log and adapter; how to begin one, stop it and go on.

A run that lies on the disk says which program to start. So nothing is started from one unless this library made it:
the audit log holds a digest of every run that it made.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import msgspec

from lora_studio.core.clock import timestamp
from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Conflict, Invalid, NotFound, StorageError
from lora_studio.core.files import (
    make_private_folder,
    path_text,
    read_small_file,
    storage_errors,
    write_atomically,
)
from lora_studio.core.library.audit import older_entries, recorded
from lora_studio.core.library.store import Library
from lora_studio.core.training.adapters import Dataset, dataset_of, read_adapter
from lora_studio.core.training.children import Child, is_running, start_child
from lora_studio.core.training.options import LoraOptions, PreferenceOptions, TrainingOptions
from lora_studio.core.training.scripts import render_script, write_script

RESUME = "--resume"
RECORD, LOG, OUTPUT = "run.json", "output.log", "lora_output"
LOCK = ".training.lock"
"""In the output folder; a script that trains holds it."""
LOCAL_FORMATS = ("chat", "huggingface", "alpaca", "sharegpt", *PREFERENCES)
"""The formats whose script trains on this machine."""
RUNS_MAX = 1_000
REPLAY = "replay"
"""The folder beside the library in which the base models' own answers are kept."""


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
    preference: PreferenceOptions = field(default_factory=PreferenceOptions)
    """For the formats dpo and kto."""
    arguments: tuple[str, ...] = ()
    """More flags for the script, such as --cpu."""
    output: Path | None = None
    """The folder for all of the run, the adapter directly in it; None makes a new one beside the dataset."""


class Run(msgspec.Struct, rename="camel", frozen=True, omit_defaults=True):
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
    adapter: Annotated[str, msgspec.Meta(pattern=r"\A(lora_output|\.)\Z")] = OUTPUT
    """Where in its folder the adapter will lie."""

    @property
    def log(self) -> Path:
        return self.folder / LOG

    @property
    def output(self) -> Path:
        """The folder of the adapter."""
        return self.folder / self.adapter

    @property
    def command(self) -> list[str]:
        """The command line that trains, without resuming."""
        elsewhere = () if self.adapter == OUTPUT else ("--output", str(self.output))
        return [self.python, str(self.folder / self.script), *self.arguments, *elsewhere]


def prepare_run(library: Library, plan: RunPlan) -> Run:
    """Makes the run's folder with the script that will train. Raises Invalid, Conflict, StorageError.

    Nothing runs yet; a new folder's name is the dataset's with "_run", or "_run_2" and so on. The audit log tells.
    """
    detail = {"dataset": path_text(plan.dataset), "baseModel": plan.base_model}
    with recorded(library, OWNER, "train", detail):
        dataset = _dataset(plan)
        run = _prepared(plan, dataset, _folder(plan, dataset), _replay_folder(library))
        detail |= {"run": run.folder.name, "digest": _digest(run)}
    return run


@contextlib.contextmanager
def passing_run(library: Library, plan: RunPlan) -> Iterator[Run]:
    """A run that only looks whether all is ready (--check), in a folder that goes away; raises as `prepare_run`."""
    dataset = _dataset(plan)
    output = plan.output or plan.dataset.parent / _run_name(dataset) / OUTPUT
    plan = replace(plan, arguments=(*plan.arguments, "--output", str(output)), output=None)
    with storage_errors("make a folder for the check"):
        folder = tempfile.TemporaryDirectory(prefix="lora-studio-")
    with folder as name:
        yield _prepared(plan, dataset, Path(name).resolve(), _replay_folder(library))


def _replay_folder(library: Library) -> Path:
    return library.path.absolute().parent / REPLAY


def _dataset(plan: RunPlan) -> Dataset:
    try:
        adapter, _ = read_adapter(plan.dataset)
    except (Invalid, OSError) as error:
        raise Invalid(f"{plan.dataset} is no dataset that can be trained on: {error}", "dataset") from None
    dataset = dataset_of(adapter)
    if dataset is None or adapter.format not in LOCAL_FORMATS:
        raise Invalid(
            f"{adapter.name} cannot be trained on here; export it in one of {', '.join(LOCAL_FORMATS)}", "dataset"
        )
    return dataset


def _folder(plan: RunPlan, dataset: Dataset) -> Path:
    folder = plan.output
    if folder is None:
        return _new_folder(plan.dataset.parent, _run_name(dataset))
    if folder == plan.dataset.parent.resolve():
        raise Invalid(f"{folder} holds the dataset; choose a folder of its own for the adapter", "output")
    if is_running(folder / LOCK) or is_running(folder / LOG):
        raise Conflict(f"Another training is writing to {folder}; wait for its end, or choose another folder", "output")
    make_private_folder(folder)
    return folder


def _run_name(dataset: Dataset) -> str:
    return f"{dataset.adapter.name}_run"


def _prepared(plan: RunPlan, dataset: Dataset, folder: Path, replay_folder: Path) -> Run:
    adapter = dataset.adapter
    base_model = plan.base_model or adapter.target_model
    text = render_script(
        base_model,
        adapter.format,
        dataset=dataset,
        dataset_path=plan.dataset.parent,
        script_folder=folder,
        lora=plan.lora,
        training=plan.training,
        preference=plan.preference,
        replay_folder=replay_folder,
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
        adapter="." if plan.output else OUTPUT,
    )
    write_atomically(folder / RECORD, json.dumps(_told(run), indent=2) + "\n")
    return run


def _told(run: Run) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(run, enc_hook=str)
    del values["folder"]  # it is where it lies, also after it was moved
    return values


def _digest(run: Run) -> str:
    """Of all that decides what is started: what its folder tells, and its script."""
    script = read_small_file(run.folder / run.script)
    return hashlib.sha256(json.dumps(_told(run), sort_keys=True).encode() + b"\n" + script).hexdigest()


def check_made_here(library: Library, run: Run) -> None:
    """Raises Invalid unless this library made `run` and nobody changed it since; a moved one passes."""
    try:
        digest = _digest(run)
    except (Invalid, OSError):
        digest = "?"  # its script is gone, or no plain file
    for entry in older_entries(library, text=f"train {digest}"):
        made = (entry.who, entry.action, entry.outcome, entry.detail.get("digest"))
        if made == (OWNER, "train", "done", digest):
            return
    raise Invalid(
        f"{run.folder.name} was not made by this library, or its script was changed since; train anew on its dataset",
        "folder",
    )


def _new_folder(parent: Path, name: str) -> Path:
    number = 1
    while True:
        folder = parent / f"{name}{f'_{number}' * (number > 1)}"
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

    Raises Conflict while it runs already, or another training has its output, and StorageError.
    """
    if is_running(run.output / LOCK):
        raise Conflict(f"A training is writing to {run.output} already; wait for its end, or stop it first", "folder")
    return start_child([*run.command, *flags], run.log, goes_on=RESUME in flags)


def can_resume(run: Run) -> bool:
    """Whether there is a checkpoint to go on from."""
    return any(run.output.glob("checkpoints/checkpoint-*"))


def ask_to_stop(run: Run) -> None:
    """Asks the script to end after its present step and to save what it has learnt. Raises StorageError, Invalid."""
    if run.output.is_symlink():
        raise Invalid(f"{run.output} is a link, so nothing is written there; end the run at once instead", "folder")
    make_private_folder(run.output)
    write_atomically(run.output / "STOP", "")
