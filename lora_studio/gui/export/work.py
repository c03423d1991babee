"""What the Export page has done in the background, in plain functions: look, export, write a script."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lora_studio.core.clock import today
from lora_studio.core.dataset.exchange import recover
from lora_studio.core.dataset.export import Exported, Progress, export_dataset
from lora_studio.core.dataset.layout import choose_names
from lora_studio.core.dataset.preview import Census, Preview, preview, shown_filter, take_census
from lora_studio.core.domain import OWNER, ExportOptions, GuidelineFilter
from lora_studio.core.errors import Conflict
from lora_studio.core.library.access import check_admin_key
from lora_studio.core.library.audit import recorded
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import find_dataset
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.scripts import render_script, write_script


@dataclass(frozen=True, slots=True)
class Choice:
    """Which guidelines are meant: what the Guidelines page shows, or what is selected there."""

    wanted: GuidelineFilter
    search: str = ""
    selected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One export as it was asked for. `rows` is how many it will have by the preview, 0 where nobody knows."""

    library: Library
    settings: Settings
    choice: Choice
    options: ExportOptions
    folder: Path
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Script:
    """A training script that was written, and what there is to know about it."""

    path: Path
    warnings: tuple[str, ...]


def look_ahead(
    library: Library,
    settings: Settings,
    choice: Choice,
    options: ExportOptions,
    census: Census | None,
    progress: Progress,
) -> Preview:
    """The preview for `choice`; `census`, if it is given, was taken for the same choice."""
    if census is None:
        wanted = shown_filter(library, choice.wanted, choice.search, choice.selected)
        census = take_census(library, settings, wanted)
        progress(0, 1)
    return preview(library, settings, options, census=census, progress=progress)


def existing_dataset(folder: Path, options: ExportOptions, progress: Progress) -> str:
    """The sentence that a dataset of this model, format and day lies in `folder`; empty where none does."""
    if not folder.is_dir():
        return ""
    recover(folder)
    try:
        choose_names(folder, options.target_model, options.format, today(), "fail")
    except Conflict:
        return choose_names(folder, options.target_model, options.format, today(), "replace").name
    return ""


def export(order: Order, key: str, progress: Progress) -> Exported:
    """Checks the key, writes the dataset and notes it in the audit log, as every door does."""
    detail = {"targetModel": order.options.target_model, "format": order.options.format, "folder": str(order.folder)}
    with recorded(order.library, OWNER, "memory_lora export", detail):
        check_admin_key(order.library, key)
        choice = order.choice
        wanted = shown_filter(order.library, choice.wanted, choice.search, choice.selected)
        options = replace(order.options, filter=wanted)
        made = export_dataset(order.library, order.settings, options, order.folder, OWNER, None, progress)
        detail["configFile"] = str(made.config_file)
    return made


def write_training_script(
    library: Library, folder: Path, target_model: str, format_name: str, key: str, progress: Progress
) -> Script:
    """Writes `train_{format}.py` into `folder` for the newest dataset of that model and format there."""
    detail = {"targetModel": target_model, "format": format_name, "folder": str(folder)}
    with recorded(library, OWNER, "memory_lora generate_script", detail):
        check_admin_key(library, key)
        recover(folder)
        dataset = find_dataset(folder, target_model, format_name)
        text = render_script(
            target_model,
            format_name,
            dataset=dataset,
            dataset_path=folder,
            script_folder=folder,
            lora=LoraOptions(),
            training=TrainingOptions(),
        )
        path, warnings = write_script(folder, format_name, text)
        detail["scriptPath"] = str(path)
    if dataset is None:
        warnings = [*warnings, f"No dataset of this model and format lies in {folder} yet; export it there first"]
    return Script(path, tuple(warnings))
