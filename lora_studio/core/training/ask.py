"""Asking a trained adapter: one child loads it with its base model and answers question after question with both.

The script, its log and STOP lie in a temporary folder that only the owner may write, so nothing runs because of
what lies beside an adapter. Questions go to the child's stdin; what it says is read from its log.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.dataset.formats import ALPACA_INSTRUCTION
from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.files import storage_errors, write_atomically
from lora_studio.core.library.meant import Meant, meant
from lora_studio.core.library.store import Library
from lora_studio.core.library.used import past_runs
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import DataFile
from lora_studio.core.training.children import Child, end_child, start_child
from lora_studio.core.training.exam import exam_dataset
from lora_studio.core.training.peft import read_trained
from lora_studio.core.training.progress import Event, Follower
from lora_studio.core.training.pythons import seen_from_here
from lora_studio.core.training.scripts import render_template

SCRIPT, LOG, STOP = "ask.py", "ask.log", "STOP"
QUESTION_MAX = 20_000
"""Characters of a question."""
ANSWER_TOKENS = 256
ANSWER_TOKENS_RANGE = (1, 65_536)
LOOK_EVERY_S = 0.05
_LAST_LINES = 3
_NO_FILE = DataFile("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who is asked: an adapter on its base model. `run` is the export that it was trained on, where this library made
    it; `format` is that dataset's, empty where it is not known; `system` the sentence before every chat.
    """

    adapter: Path
    model: str
    format: str
    system: str
    run: int | None


@dataclass(frozen=True, slots=True)
class Asking:
    """A child that answers, and the folder that goes with it."""

    child: Child
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / LOG


def subject_of(library: Library, settings: Settings, adapter: Path, model: str = "") -> Subject:
    """Who answers for the adapter in the folder `adapter`, on the base `model`, otherwise the one that it names.

    Raises Invalid where it cannot be asked.
    """
    trained = read_trained(adapter)
    if trained.weights is None:
        raise Invalid(f"{adapter} cannot be asked: {trained.problem}", "adapter")
    base = seen_from_here(model or trained.base_model)
    if not base:
        raise Invalid(f"{adapter} does not name its base model; name it with --model", "model")
    run = next((run.row for run in reversed(past_runs(library)) if trained.checksums & set(run.files)), None)
    return Subject(
        adapter=adapter.absolute(), model=base, format=_format(adapter), system=settings.system_prompt, run=run
    )


def _format(adapter: Path) -> str:
    try:
        return exam_dataset(adapter).adapter.format
    except (NotFound, Invalid):
        return ""  # it was trained elsewhere, or its dataset is gone


def start_asking(
    subject: Subject, python: Path, *, cpu: bool = False, with_base: bool = True, quantization: str = ""
) -> Asking:
    """Starts the child, which then loads; `python` must have the training libraries. Raises StorageError."""
    with storage_errors("make a temporary folder"):
        folder = Path(tempfile.mkdtemp(prefix="lora-studio-ask-"))  # its owner's alone
    try:
        write_atomically(folder / SCRIPT, _script(subject))
        flags = [*(["--cpu"] if cpu else []), *([] if with_base else ["--no-base"])]
        flags += ["--quantization", quantization] if quantization else []
        child = start_child([str(python), str(folder / SCRIPT), *flags], folder / LOG, listens=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Asking(child, folder)


def _script(subject: Subject) -> str:
    return render_template(
        "ask.py.j2",
        target_model=subject.model,
        format=subject.format,
        dataset_folder=".",
        config_file="",
        train=_NO_FILE,
        eval=_NO_FILE,
        adapter=subject.adapter,
    )


def ask(asking: Asking, subject: Subject, question: str, most: int = ANSWER_TOKENS) -> None:
    """Hands the child a question, as the rows of the dataset would put it. Raises Invalid for a blank or a long one."""
    if not question.strip() or len(question) > QUESTION_MAX:
        raise Invalid(f"Ask something, in at most {QUESTION_MAX:,} characters", "question")
    (asking.folder / STOP).unlink(missing_ok=True)
    system = None if subject.format in ("", "huggingface", "alpaca") else subject.system
    text = f"{ALPACA_INSTRUCTION}\n\n{question}" if subject.format == "alpaca" else question
    line = json.dumps({"question": text, "system": system, "maxTokens": most})
    assert asking.child.stdin is not None
    with contextlib.suppress(OSError):  # it has ended; its log says why
        asking.child.stdin.write(line.encode() + b"\n")
        asking.child.stdin.flush()


def told(asking: Asking) -> Iterator[Event]:
    """What the child tells, as it comes; once it has ended, raises Invalid with its own reason."""
    follower = Follower(asking.log)
    last: deque[str] = deque(maxlen=_LAST_LINES)
    while True:
        has_ended = asking.child.poll() is not None  # before the look, so that nothing comes after the last one
        events, lines = follower.read()
        last.extend(line.strip() for line in lines if line.strip())
        yield from events
        if not events and not lines and not follower.is_behind:
            if has_ended:
                raise Invalid(f"The child that answers has ended: {' '.join(last) or asking.child.returncode}")
            time.sleep(LOOK_EVERY_S)


def stop_answer(asking: Asking) -> None:
    """Ends the present answer after its present word; the child waits for the next question. Raises StorageError."""
    write_atomically(asking.folder / STOP, "")


def end_asking(asking: Asking) -> None:
    """Ends the child at once, and takes its folder away."""
    end_child(asking.child)
    if asking.child.stdin is not None:
        with contextlib.suppress(OSError):  # what it did not read any more
            asking.child.stdin.close()
    shutil.rmtree(asking.folder, ignore_errors=True)


def meant_by(library: Library, subject: Subject, question: str) -> Meant | None:
    """The rule that the question means, with its right answer, as the adapter was taught it where that is known."""
    return meant(library, question, subject.run)
