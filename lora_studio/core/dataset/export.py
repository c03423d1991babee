"""An export from end to end: library, filter, examples, split, format, files, config and card."""

from __future__ import annotations

import hashlib
import tempfile
from array import array
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from lora_studio.core.clock import timestamp, today
from lora_studio.core.dataset.assembly import MakeKeys, assemble, compile_assembly, encode
from lora_studio.core.dataset.card import card_text, may_write_card
from lora_studio.core.dataset.config import FileRecord, GuidelinesRecord, config_for, config_text
from lora_studio.core.dataset.examples import first_marker, hidden_in, recipes
from lora_studio.core.dataset.exchange import Stage, put_in_place, recover, staging
from lora_studio.core.dataset.formats import Row, row_maker
from lora_studio.core.dataset.layout import CARD, DatasetNames, choose_names
from lora_studio.core.dataset.preferences import (
    NOTHING_TO_PREFER,
    PREFERENCES,
    LeftOut,
    preference_plan,
    preference_rows,
)
from lora_studio.core.dataset.shuffle import Shuffle
from lora_studio.core.dataset.splits import row_keys
from lora_studio.core.dataset.templates import all_templates, set_aside
from lora_studio.core.dataset.variety import example_maker, title_check
from lora_studio.core.dataset.writer import write_split
from lora_studio.core.domain import ExportOptions, Scope, SourceRow, is_blank
from lora_studio.core.errors import NotFound, StorageError
from lora_studio.core.files import locked
from lora_studio.core.library.guidelines import count_guidelines
from lora_studio.core.library.runs import finish_run, prepare_run, source_rows
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings

NOTHING_FOUND = "No guidelines found matching the filter criteria"
_PROGRESS_EVERY = 64

Progress = Callable[[int, int], None]
"""Told how much of how much is done; raises Cancelled to stop the work."""
MakeLines = Callable[[SourceRow, str | None], list[bytes]]
"""A guideline whose content is not blank and its first chat marker in, its rows out, keys in front."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export made; `warnings` are sentences for the user."""

    folder: Path
    train_file: Path
    eval_file: Path
    config_file: Path
    train_rows: int
    eval_rows: int
    guidelines: int
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Made:
    """What came out of reading the library: rows in `shuffle`; in `used`, by version, the guidelines they are from."""

    shuffle: Shuffle
    guidelines: int = 0
    used: dict[int, array[int]] = field(default_factory=dict)
    digest: Any = field(default_factory=hashlib.sha256)
    warnings: list[str] = field(default_factory=list)


def export_dataset(
    library: Library,
    settings: Settings,
    options: ExportOptions,
    folder: Path,
    who: str,
    visible: Sequence[Scope] | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Writes the dataset of all wanted guidelines in the `visible` scopes (None: all) into `folder`.

    The files appear together at the end or not at all; until then whatever lay there is untouched.
    Raises NotFound when nothing matches, Conflict when `if_exists` is fail and the set is there, StorageError when
    the disk refuses, and Cancelled when `progress` does.
    """
    tell = progress or (lambda done, total: None)
    total = count_guidelines(library, options.filter, visible)
    make_lines, left_out = _line_maker(library, settings, options, total)
    if not total:
        raise NotFound(NOTHING_FOUND)
    if folder.is_dir():
        recover(folder)
        choose_names(folder, options.target_model, options.format, today(), options.if_exists)
    with staging(folder) as stage:
        with tempfile.TemporaryFile(dir=stage.path) as scratch:
            made = _Made(Shuffle(scratch))
            # Reading and writing are each half of the work, counted in guidelines.
            _make_rows(library, options, make_lines, visible, made, lambda done: tell(done, 2 * total))
            made.warnings += [*left_out.warnings(), *set_aside(settings.templates)]
            if not made.shuffle.rows:
                raise NotFound(NOTHING_TO_PREFER if options.format in PREFERENCES else NOTHING_FOUND)
            files = write_split(
                made.shuffle, stage.path / "train", stage.path / "eval", options.split_by, options.train_eval_split,
                lambda done, rows: tell(total + total * done // rows, 2 * total),
            )  # fmt: skip
        with locked(folder):
            return _finish(library, options, folder, who, stage, made, files)


def _line_maker(
    library: Library, settings: Settings, options: ExportOptions, guidelines: int
) -> tuple[MakeLines, LeftOut]:
    """What makes the rows of one guideline, and where it notes the preferences that it leaves out."""
    templates, system, cap = all_templates(settings.templates), settings.system_prompt, options.examples_per_guideline
    make_keys = partial(row_keys, options.seed, options.split_by, options.train_eval_split)
    left_out = LeftOut()
    if options.format in PREFERENCES:
        preferences = preference_plan(options.format, templates)
        return lambda source, marker: _encoded(
            source, preference_rows(source, preferences, system, cap, left_out), make_keys
        ), left_out
    plan = recipes(templates, include_examples=options.include_examples)
    make_row = row_maker(options.format, strict=options.strict)
    is_rich = options.variety == "rich"
    assembly = None if is_rich else compile_assembly(plan, make_row, system)
    is_title = title_check(library) if is_rich else bool
    make_examples = example_maker(plan, options, is_title, guidelines)

    def make_lines(source: SourceRow, marker: str | None) -> list[bytes]:
        if assembly and not marker:
            return assemble(assembly, source, cap, make_keys)
        # The long way: for rich rows, templates with logic and texts with markers.
        examples = make_examples(source)
        return _encoded(source, [(example.prompt, make_row(example, system)) for example in examples], make_keys)

    return make_lines, left_out


def _encoded(source: SourceRow, rows: Sequence[tuple[str, Row]], make_keys: MakeKeys) -> list[bytes]:
    """The rows of one guideline, each with its question, as bytes with keys in front."""
    keys = make_keys(source.id, len(rows), lambda: [prompt for prompt, _ in rows])
    return [key + encode(row) for key, (_, row) in zip(keys, rows, strict=True)]


def _make_rows(
    library: Library,
    options: ExportOptions,
    make_lines: MakeLines,
    visible: Sequence[Scope] | None,
    made: _Made,
    tell: Callable[[int], None],
) -> None:
    with library.connection(), closing(source_rows(library, options.filter, visible)) as rows:
        for done, row in enumerate(rows):
            if done % _PROGRESS_EVERY == 0:
                tell(done)
            source = SourceRow._make(row)
            if is_blank(source.content):
                continue
            marker = first_marker(source)
            lines = make_lines(source, marker)
            if not lines:
                continue
            made.shuffle.add(lines)
            made.guidelines += 1
            made.used.setdefault(source.version, array("q")).append(source.row)
            made.digest.update(f"{source.id}:{source.version}\n".encode())
            if hidden := hidden_in(source):
                made.warnings.append(f"The guideline {source.name!r} holds {hidden}; take that out and export again")
            if marker:
                made.warnings.append(
                    f"The guideline {source.name!r} contains the chat marker {marker!r}; "
                    "in the dataset a space makes it harmless"
                )


def _finish(
    library: Library,
    options: ExportOptions,
    folder: Path,
    who: str,
    stage: Stage,
    made: _Made,
    files: tuple[FileRecord, FileRecord],
) -> Exported:
    """Names the files, writes config and card, and puts everything in place. The caller holds `folder`."""
    names = choose_names(folder, options.target_model, options.format, today(), options.if_exists)
    train, evaluation = replace(files[0], name=names.train), replace(files[1], name=names.eval)
    (stage.path / "train").rename(stage.path / names.train)
    (stage.path / "eval").rename(stage.path / names.eval)
    guidelines = GuidelinesRecord(made.guidelines, made.digest.hexdigest())
    config = config_for(names, folder, timestamp(), options, (train, evaluation), guidelines)
    (stage.path / names.config).write_text(config_text(config), encoding="utf-8", newline="\n")
    in_place = [names.train, names.eval, names.config]
    warnings = [*made.warnings, *_side_warnings(train, evaluation, options), *_name_warnings(names, options)]
    if may_write_card(folder):
        (stage.path / CARD).write_text(card_text(folder, names.config, config), encoding="utf-8", newline="\n")
        in_place.insert(2, CARD)
    else:
        warnings.append(f"{folder / CARD} is your own and was left as it is; no dataset card was written")
    run = prepare_run(library, who, folder, config, made.used)
    put_in_place(stage, folder, in_place)
    try:
        finish_run(library, run)
    except StorageError as problem:  # the files are in place: what was done stays done
        warnings.append(f"The library could not note that this export is done: {problem.message}")
    return Exported(
        folder=folder,
        train_file=folder / names.train,
        eval_file=folder / names.eval,
        config_file=folder / names.config,
        train_rows=train.rows,
        eval_rows=evaluation.rows,
        guidelines=guidelines.count,
        warnings=tuple(warnings),
    )


def _side_warnings(train: FileRecord, evaluation: FileRecord, options: ExportOptions) -> list[str]:
    ratio = options.train_eval_split
    sides = (("train", train), ("eval", evaluation))
    return [
        f"The {side} file is empty: the split {ratio:g} by {options.split_by} leaves no rows for it; "
        f"give {side} a larger share or export more guidelines"
        for side, file in sides
        if not file.rows
    ]


def _name_warnings(names: DatasetNames, options: ExportOptions) -> list[str]:
    if names.number == 1 or options.if_exists == "keep_both":
        return []
    return [f"Other files in the folder have the names of this dataset, so it was written as {names.name}"]
