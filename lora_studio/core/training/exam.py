"""The exam of an adapter: `exam.py` and its questions are written here.

The script asks base and tuned model, scores the answers and says what the adapter knows (`scoring.py.j2` and those
named exam beside it in `resources/scripts` alone know how); its result, `exam.json`, lies in the adapter's folder.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.dataset.export import Progress
from lora_studio.core.errors import NotFound
from lora_studio.core.files import locked, make_private_folder, storage_errors
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import Dataset, dataset_of, list_adapters
from lora_studio.core.training.peft import read_trained
from lora_studio.core.training.questions import exam_questions, question_lines
from lora_studio.core.training.scripts import render_template, save_script, way

SCRIPT, QUESTIONS = "exam.py", "exam_questions.jsonl"


@dataclass(frozen=True, slots=True)
class ExamFiles:
    """What `write_exam` wrote: how many questions, and sentences for the user."""

    script: Path
    questions: Path
    count: int
    warnings: tuple[str, ...]


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
    raise NotFound(
        f"The dataset that {adapter} was trained on is not in {shown}; name its folder (--dataset-path)", "dataset"
    )


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
