"""What the Export page has done in the background, in plain functions: look, export, write a script."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from pathlib import Path

from lora_studio.core.clock import today
from lora_studio.core.dataset.cautions import Caution, cautions_from
from lora_studio.core.dataset.census import Census, shown_filter, shown_rows, take_census
from lora_studio.core.dataset.exchange import recover
from lora_studio.core.dataset.export import Exported, Progress, export_dataset
from lora_studio.core.dataset.layout import choose_names
from lora_studio.core.dataset.pages import Look
from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.dataset.preview import Preview, preview
from lora_studio.core.domain import OWNER, ExportOptions, GuidelineFilter
from lora_studio.core.errors import Conflict
from lora_studio.core.library.access import check_owner
from lora_studio.core.library.audit import recorded
from lora_studio.core.library.store import Library
from lora_studio.core.review.findings import library_findings
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


def find_rows(library: Library, choice: Choice, progress: Progress) -> array[int]:
    """The rows of the guidelines that `choice` means."""
    return shown_rows(library, choice.wanted, choice.search, choice.selected)


def count(library: Library, settings: Settings, rows: array[int], progress: Progress) -> Census:
    """What the guidelines in `rows` hold."""
    return take_census(library, settings, rows, progress)


def look_ahead(
    library: Library,
    settings: Settings,
    options: ExportOptions,
    look: Look,
    census: Census,
    before: Preview | None,
    progress: Progress,
) -> Preview:
    """The preview of an export with `options` of the guidelines in `census`."""
    return preview(library, settings, options, look, census=census, before=before, progress=progress)


def look_closer(
    library: Library, settings: Settings, choice: Choice, census: Census, progress: Progress
) -> tuple[Census, tuple[Caution, ...]]:
    """What stands in the texts of the guidelines in `census`, which `choice` means: secrets, names, personal data."""
    wanted = shown_filter(library, choice.wanted, choice.search, choice.selected)
    return census, cautions_from(library_findings(library, wanted, settings.watch_names, progress))


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
    with recorded(order.library, OWNER, f"{_tool(order.options.format)} export", detail):
        check_owner(order.library, key, detail)
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
    with recorded(library, OWNER, f"{_tool(format_name)} generate_script", detail):
        check_owner(library, key, detail)
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


def _tool(format_name: str) -> str:
    """The tool that makes this format, as the audit log names it."""
    return "memory_rl" if format_name in PREFERENCES else "memory_lora"
