"""The exam of an adapter: `exam.py` and its questions are written here, and what it found is read here.

The script asks base and tuned model, scores the answers and says what was learnt (`resources/scripts/scoring.py.j2` is
the only place that knows how); its result, `exam.json`, lies in the adapter's folder.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from lora_studio.core.dataset.export import Progress
from lora_studio.core.errors import Invalid, NotFound
from lora_studio.core.files import locked, make_private_folder, read_small_file, storage_errors
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import Dataset, dataset_of, list_adapters
from lora_studio.core.training.peft import read_trained
from lora_studio.core.training.questions import exam_questions, question_lines
from lora_studio.core.training.scripts import render_template, save_script, way

SCRIPT, QUESTIONS, RESULT = "exam.py", "exam_questions.jsonl", "exam.json"
RESULT_MAX = 256 << 20
"""Largest exam.json that is read, in bytes: some 100,000 guidelines."""

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """One question with the scores, 0 to 1, of the base and of the tuned model, and how their answers begin.

    `in_train`: the train file asks the very same.
    """

    kind: Literal["direct", "unseen", "spot"]
    question: str
    in_train: bool
    base: Share
    tuned: Share
    base_answer: str
    tuned_answer: str


class Examined(msgspec.Struct, frozen=True, rename="camel"):
    """One guideline: its scores, what became of it, and what was asked."""

    id: str
    name: str
    version: Count
    base: Share
    tuned: Share
    result: Literal["learnt", "not_learnt", "worse"]
    questions: Annotated[tuple[Asked, ...], msgspec.Meta(min_length=1)]


class Kind(msgspec.Struct, frozen=True, rename="camel"):
    """The mean scores of one kind of question."""

    questions: Count
    base: Share
    tuned: Share


class Totals(msgspec.Struct, frozen=True, rename="camel"):
    """How many guidelines there are and what became of them, and the mean scores, in all and by kind."""

    guidelines: Count
    learnt: Count
    not_learnt: Count
    worse: Count
    base: Share
    tuned: Share
    kinds: dict[str, Kind]


class Measure(msgspec.Struct, frozen=True, rename="camel"):
    """How the answers were scored, in words, and the two thresholds."""

    recall: str
    spot: str
    guideline: str
    learnt_from: Share
    worse_by: Share


class Subject(msgspec.Struct, frozen=True, rename="camel"):
    """A model or an adapter: its name or path, and the SHA-256 of its weights where they could be read."""

    name: str = ""
    path: str = ""
    sha256: str | None = None
    revision: str | None = None


class Source(msgspec.Struct, frozen=True, rename="camel"):
    """The dataset that was trained on."""

    config_file: str
    train_sha256: str
    eval_sha256: str


class Exam(msgspec.Struct, frozen=True, rename="camel"):
    """A whole exam, version 1 of `exam.json`: guidelines in the library's order, each with its questions."""

    schema_version: Literal[1]
    created_at: str
    measure: Measure
    model: Subject
    adapter: Subject
    dataset: Source
    guidelines: tuple[Examined, ...]
    totals: Totals

    def which(self, result: str) -> tuple[Examined, ...]:
        """The guidelines of which this became: "learnt", "not_learnt" or "worse"."""
        return tuple(one for one in self.guidelines if one.result == result)


@dataclass(frozen=True, slots=True)
class ExamFiles:
    """What `write_exam` wrote: how many questions, and sentences for the user."""

    script: Path
    questions: Path
    count: int
    warnings: tuple[str, ...]


def read_exam(folder: Path) -> Exam | None:
    """The exam that lies in the adapter's `folder`; None where there is none.

    Raises Invalid, with one sentence, for a file that is not a whole exam.
    """
    path = folder / RESULT
    try:
        return msgspec.json.decode(read_small_file(path, RESULT_MAX), type=Exam)
    except FileNotFoundError:
        return None
    except Invalid as error:
        raise Invalid(f"{path} cannot be read: {error}; take the exam again") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}; take the exam again") from None
    except (ValueError, RecursionError):
        raise Invalid(f"{path} is not an exam of this version; take the exam again") from None


def exam_dataset(adapter: Path, folder: Path | None = None) -> Dataset:
    """The dataset that `adapter` was trained on, by the checksums in its note; looked for in `folder`, otherwise in
    the two folders above the adapter. Raises NotFound where it is not there."""
    checksums = read_trained(adapter).checksums
    places = [folder] if folder else [adapter.absolute().parent, adapter.absolute().parent.parent]
    for place in places:
        for one in list_adapters(place).adapters:
            dataset = dataset_of(one)
            if dataset and dataset.train.sha256 in checksums:
                return dataset
    shown = " or ".join(map(str, places))
    raise NotFound(f"The dataset that {adapter} was trained on is not in {shown}; name its folder", "dataset")


def write_exam(
    library: Library,
    settings: Settings,
    dataset: Dataset,
    model: str,
    adapter: Path,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> ExamFiles:
    """Writes `exam.py` and its questions about every guideline of `dataset` into `folder`, otherwise into `adapter`.

    `model` is the base model; the adapter need not be there yet. Raises NotFound where this library did not export the
    dataset, Invalid where its train file was changed, StorageError, and Cancelled when `progress` does.
    """
    target = folder or adapter
    tell = progress or (lambda done, total: None)
    make_private_folder(target)
    with storage_errors(f"write {target / QUESTIONS}"):
        count = _write_lines(target, question_lines(exam_questions(library, settings, dataset, tell)))
    text = render_template(
        "exam.py.j2",
        target_model=model,
        format=dataset.adapter.format,
        dataset_folder=way(target, dataset.adapter.dataset_path),
        config_file=dataset.adapter.config_file.name,
        train=dataset.train,
        eval=dataset.eval,
        adapter=way(target, adapter),
    )
    warnings = save_script(target / SCRIPT, text)
    return ExamFiles(target / SCRIPT, target / QUESTIONS, count, tuple(warnings))


def _write_lines(folder: Path, lines: Iterator[bytes]) -> int:
    """Writes the questions whole or not at all; how many there are."""
    count = 0
    with locked(folder):  # whoever looks for leftovers meanwhile passes by
        handle, part = tempfile.mkstemp(prefix=".lora-studio-", suffix=".part", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                for line in lines:
                    file.write(line)
                    count += 1
                file.flush()
                os.fsync(file.fileno())
            Path(part).chmod(0o644)
            Path(part).replace(folder / QUESTIONS)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    return count
