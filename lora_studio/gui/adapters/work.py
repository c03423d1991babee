"""What the Adapters page has done in the background, in plain functions: details, a script, the bin."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFile

from lora_studio.core.dataset.card import SIGN
from lora_studio.core.dataset.export import Progress
from lora_studio.core.dataset.layout import CARD, read_config
from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Conflict, Invalid, NotFound, StorageError
from lora_studio.core.files import locked, read_small_file, storage_errors
from lora_studio.core.library.access import check_owner
from lora_studio.core.library.audit import recorded
from lora_studio.core.library.store import Library
from lora_studio.core.library.used import Difference, describe, names_used
from lora_studio.core.training.adapters import dataset_of as script_data
from lora_studio.core.training.adapters import read_adapter
from lora_studio.core.training.exam_reading import RESULT, read_exam
from lora_studio.core.training.exam_records import Exam
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.peft import Losses, read_losses
from lora_studio.core.training.scripts import render_script, write_script
from lora_studio.core.training.shelf import Item, stamp_of
from lora_studio.core.training.states import Standing, dataset_of, datasets_by_file
from lora_studio.gui.export.work import Script

SHOWN_RULES = 100
EXAM_MAX = 8 << 20
"""Longest exam that is read for its totals, in bytes: a longer one would hold the window up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is known of one item beyond its line. `dataset` is what an adapter was trained on, `adapters` the other way
    round; `names` are the guidelines that went in, by id."""

    item: Item
    config: dict[str, Any] = field(default_factory=dict)
    losses: Losses = field(default_factory=Losses)
    rules: tuple[Difference, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    exam: Exam | None = None
    exam_problem: str = ""
    script: str = ""
    card: str = ""
    dataset: Item | None = None
    adapters: tuple[Item, ...] = ()


def read_details(
    library: Library, item: Item, standing: Standing | None, items: Sequence[Item], with_names: bool, progress: Progress
) -> Details:
    """Everything about `item`; with the names of its guidelines where they are asked for."""
    run, since = (standing.run, standing.since) if standing else (None, None)
    rules = tuple(describe(library, run, since, SHOWN_RULES)) if run and since and since.count else ()
    names = names_used(library, run) if run and with_names else {}
    progress(1, 2)
    if item.is_adapter:
        dataset, losses = dataset_of(item, datasets_by_file(items)), read_losses(item.path)
        config = (read_config(dataset.path) or {}) if dataset else {}
        exam, problem = _exam(item.path)
        return Details(
            item=item, config=config, losses=losses, rules=rules, names=names, dataset=dataset, exam=exam,
            exam_problem=problem,
        )  # fmt: skip
    sums = {file.sha256 for file in item.facts.files if file.rows} if item.facts else set()
    script = f"train_{item.shape}.py"
    return Details(
        item=item,
        config=read_config(item.path) or {},
        rules=rules,
        names=names,
        script=script if (item.folder / script).is_file() else "",
        card=_card(item.folder),
        adapters=tuple(one for one in items if one.trained and one.trained.checksums & sums),
    )


def _exam(folder: Path) -> tuple[Exam | None, str]:
    """What the exam in the adapter's folder found, else what is wrong with it."""
    stamp = stamp_of(folder / RESULT)
    if stamp is None:
        return None, ""
    if stamp[0] > EXAM_MAX:
        return None, f"{RESULT} is too long to be shown here; look at it on the Training page."
    try:
        return read_exam(folder), ""
    except Invalid as error:
        return None, f"{error.message}."


def _card(folder: Path) -> str:
    with contextlib.suppress(OSError, Invalid):
        return "ours" if SIGN.encode() in read_small_file(folder / CARD) else "own"
    return ""


def write_script_for(library: Library, config_file: Path, key: str, progress: Progress) -> Script:
    """Writes the training script for exactly the dataset whose config is `config_file`, beside it."""
    detail = {"configFile": str(config_file), "folder": str(config_file.parent)}
    with recorded(library, OWNER, "memory_lora generate_script", detail):
        check_owner(library, key, detail)
        try:
            adapter, _ = read_adapter(config_file)
        except (Invalid, OSError):
            raise NotFound(f"{config_file.name} is gone or damaged; look at the list again") from None
        dataset = script_data(adapter)
        if dataset is None:
            raise Invalid(f"{config_file.name} does not say which files belong to it; export it again")
        folder = config_file.parent
        text = render_script(
            adapter.target_model,
            adapter.format,
            dataset=dataset,
            dataset_path=folder,
            script_folder=folder,
            lora=LoraOptions(),
            training=TrainingOptions(),
        )
        path, warnings = write_script(folder, adapter.format, text)
        detail["scriptPath"] = str(path)
    return Script(path, tuple(warnings))


@dataclass(frozen=True, slots=True)
class Binned:
    """What went to the bin: where each lay and where it is now; "" where the system does not say."""

    name: str
    moved: tuple[tuple[Path, Path | None], ...]

    @property
    def can_come_back(self) -> bool:
        """Whether all of it can be put back from here."""
        return all(now is not None for _, now in self.moved)


def move_to_bin(library: Library, name: str, paths: Sequence[Path], progress: Progress) -> Binned:
    """Moves `paths`, all in one folder, to the system's bin: all of them or none. Raises StorageError."""
    folder = paths[0].parent
    moved: list[tuple[Path, Path | None]] = []
    detail = {"name": name, "files": ", ".join(map(str, paths))[:5_000]}
    with recorded(library, OWNER, "adapters delete", detail), storage_errors(f"move {name} to the bin"), locked(folder):
        for number, path in enumerate(paths):
            progress(number, len(paths))
            done, now = _trash(path)
            if not done:
                _put_back(moved)
                raise StorageError(f"{path} could not be moved to the bin; check that you may change its folder")
            moved.append((path, Path(now) if now else None))
    return Binned(name, tuple(moved))


def _trash(path: Path) -> tuple[bool, str]:
    if path.is_symlink():
        return False, ""
    file = QFile(str(path))
    return file.moveToTrash(), file.fileName() if file.fileName() != str(path) else ""


def put_back(library: Library, binned: Binned, progress: Progress) -> Binned:
    """Brings back what was moved to the bin, and gives it. Raises Conflict where something took its place."""
    for path, now in binned.moved:
        if path.exists() or path.is_symlink():
            raise Conflict(f"{path} is there again; move it away, then take the old one out of the bin")
        if now is None or not now.exists():
            raise NotFound(f"{path.name} is not in the bin any more")
    with recorded(library, OWNER, "adapters restore", {"name": binned.name}), storage_errors(f"restore {binned.name}"):
        _put_back(binned.moved)
    return binned


def _put_back(moved: Sequence[tuple[Path, Path | None]]) -> None:
    for path, now in moved:
        if now is not None:
            now.rename(path)
            (now.parent.parent / "info" / f"{now.name}.trashinfo").unlink(missing_ok=True)
