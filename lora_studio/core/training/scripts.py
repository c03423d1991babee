"""Training scripts: one Python file per format, rendered from `resources/scripts` and written beside the data."""

from __future__ import annotations

import ast
import hashlib
import os
import pprint
import re
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePath

import jinja2

from lora_studio.core.errors import Invalid
from lora_studio.core.files import locked, make_private_folder, read_small_file, storage_errors, write_atomically
from lora_studio.core.resources import resources_dir
from lora_studio.core.training import options
from lora_studio.core.training.adapters import DataFile, Dataset
from lora_studio.core.training.banks import replay_prompts
from lora_studio.core.training.options import (
    LOSS_TYPES,
    LoraOptions,
    PreferenceOptions,
    TrainingOptions,
    check_options,
    check_preference,
)

TEMPLATES = {
    "huggingface": "local.py.j2",
    "chat": "local.py.j2",
    "alpaca": "local.py.j2",
    "sharegpt": "local.py.j2",
    "openai": "openai.py.j2",
    "anthropic": "anthropic.py.j2",
    "gemini": "gemini.py.j2",
    "dpo": "preference.py.j2",
    "kto": "preference.py.j2",
}
"""The template of every format that has a script."""
SHARED = ("plan.py", "sizes.py")
"""Modules of this folder that templates include."""

HOSTED = ("openai", "anthropic", "gemini")
"""The formats whose script sends the rows to a service."""

_LIMITS = {
    "r": options.R_RANGE,
    "alpha": options.ALPHA_RANGE,
    "dropout": options.DROPOUT_RANGE,
    "epochs": options.EPOCHS_RANGE,
    "learning_rate": options.LEARNING_RATE_RANGE,
    "batch_size": options.BATCH_SIZE_RANGE,
    "gradient_accumulation": options.GRADIENT_ACCUMULATION_RANGE,
    "max_length": options.MAX_LENGTH_RANGE,
    "steps": options.STEPS_RANGE,
    "replay": options.REPLAY_RANGE,
    "seed": options.SEED_RANGE,
    "beta": options.BETA_RANGE,
}
HOSTED_EPOCHS = 3
"""Of a service, where none are named: it chooses everything else itself."""
_SEAL = "# lora-studio-sha256: "
_NO_FILE = DataFile("", "")
_REQUIREMENT = re.compile(r'^#   "([^"]+)",$', re.MULTILINE)
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def render_script(
    target_model: str,
    format_name: str,
    *,
    dataset: Dataset | None,
    dataset_path: Path,
    script_folder: Path | None,
    lora: LoraOptions,
    training: TrainingOptions,
    preference: PreferenceOptions | None = None,
    replay_folder: Path | None = None,
) -> str:
    """The training script for `target_model` on the data in `dataset_path`, as text.

    With a `script_folder` the script finds the data from there, even after both were moved together; without one it
    looks beside itself. With no `dataset` it looks for the newest export when it is run. `preference` is for the
    formats dpo and kto. `replay_folder` keeps what base models answer themselves; without it the script's folder does.
    Raises Invalid for a format without a script and for values out of range.
    What is None among the options the script plans itself.
    """
    if format_name not in TEMPLATES:
        raise Invalid(f"format must be one of {', '.join(TEMPLATES)}", "format")
    check_options(lora, training)
    modules = lora.target_modules
    return render_template(
        TEMPLATES[format_name],
        target_model=target_model,
        format=format_name,
        dataset_folder=way(script_folder, dataset_path),
        config_file=dataset.adapter.config_file.name if dataset else "",
        train=dataset.train if dataset else _NO_FILE,
        eval=dataset.eval if dataset else _NO_FILE,
        lora=lora,
        target_modules=modules if isinstance(modules, str) else ",".join(modules),
        quantization=lora.quantization or "none",
        training=_of_a_service(training) if format_name in HOSTED else training,
        replay_folder=replay_folder or "",
        replay_prompts=[prompt.text for prompt in replay_prompts()],
        limits=_LIMITS,
        **_preference_values(format_name, preference or PreferenceOptions(), script_folder),
    )


def _of_a_service(training: TrainingOptions) -> TrainingOptions:
    """The options with a number of epochs; all else is the service's choice."""
    for field in ("steps", "replay"):
        if getattr(training, field) is not None:
            raise Invalid(f"A service takes epochs alone; leave training.{field} out", f"training.{field}")
    return replace(training, epochs=training.epochs or HOSTED_EPOCHS)


def _preference_values(
    format_name: str, preference: PreferenceOptions, script_folder: Path | None
) -> dict[str, object]:
    """What only the scripts for DPO and KTO show."""
    if format_name not in LOSS_TYPES:
        return {}
    check_preference(preference, format_name)
    losses = LOSS_TYPES[format_name]
    return {
        "preference": preference,
        "loss_type": preference.loss_type or losses[0],
        "loss_types": losses,
        "adapter": way(script_folder, preference.adapter) if preference.adapter else "",
    }


def render_template(name: str, **values: object) -> str:
    """The template `name` of resources/scripts with `values`, and a seal by which an edited script is known."""
    text = _environment().get_template(name).render(values)
    first, rest = text.split("\n", 1)
    return f"{first}\n{_SEAL}{_seal(first, rest)}\n{rest}"


def write_script(folder: Path, format_name: str, text: str) -> tuple[Path, list[str]]:
    """Writes `text` as `train_{format}.py` into `folder`, executable; gives its path, and what there is to know.

    A script there that a person has edited is kept as `train_{format}_edited.py`. Libraries that the script needs
    and that `requirements.txt` beside it does not name yet are added there. Holds the folder's lock meanwhile.
    Raises StorageError where the folder does not let us.
    """
    path = folder / f"train_{format_name}.py"
    return path, save_script(path, text)


def save_script(path: Path, text: str) -> list[str]:
    """As `write_script`, under any name; gives what there is to know."""
    folder = path.parent
    make_private_folder(folder)
    with storage_errors(f"write {path}"), locked(folder):
        kept = _keep_edited(path)
        _add_requirements(folder / "requirements.txt", text)
        write_atomically(path, text, 0o755)
    return [f"{path.name} had been edited; that version is kept as {kept}"] if kept else []


def _add_requirements(path: Path, script: str) -> None:
    """Names what the head of `script` asks for in `path`; lines that stand there stay as they are."""
    try:
        present = read_small_file(path).decode("utf-8-sig")
    except FileNotFoundError:
        present = ""
    except (Invalid, ValueError):
        return  # a link, a pipe or no text: a person's own, and the script names its libraries itself
    lines = present.splitlines()
    named = {match[0].lower() for line in lines if (match := _PACKAGE.match(line.strip()))}
    wanted = _REQUIREMENT.findall(script.partition("\n# ///\n")[0])
    missing = [one for one in wanted if (match := _PACKAGE.match(one)) and match[0] not in named]
    if missing:
        write_atomically(path, "".join(f"{line}\n" for line in (*lines, *missing)))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.FileSystemLoader(resources_dir() / "scripts"), jinja2.FunctionLoader(_shared_module)]
        ),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["py"] = _python
    return environment


def _shared_module(name: str) -> str | None:
    """Our own modules that the scripts use too, without their heads: a script imports at its own."""
    if name not in SHARED:
        return None
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    imports = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return "".join(text.splitlines(keepends=True)[imports[-1].end_lineno :]).strip() + "\n"


def _python(value: object) -> str:
    """`value` as Python writes it: the only way in which values get into a script."""
    if isinstance(value, list):
        return pprint.pformat(value, width=100)
    return repr(str(value) if isinstance(value, PurePath) else value)


def way(start: Path | None, goal: Path) -> str:
    """The way from the script to its data, with `/` between; absolute where there is none (another drive)."""
    if start is None:
        return "."
    try:
        return Path(os.path.relpath(goal.resolve(), start.resolve())).as_posix()
    except (ValueError, OSError, RuntimeError):  # another drive, or a link that leads to itself
        return goal.absolute().as_posix()


def _seal(first: str, rest: str) -> str:
    return hashlib.sha256(f"{first}\n{rest}".encode()).hexdigest()


def _keep_edited(path: Path) -> str:
    """Renames an edited script at `path`; its new name, or "" where there is nothing to keep."""
    if not path.exists() and not path.is_symlink():
        return ""
    if path.is_dir():
        raise Invalid(f"{path} is a folder; move it away or choose another folder", "outputPath")
    if is_ours(path):
        return ""
    number = 1
    while os.path.lexists(kept := path.with_name(f"{path.stem}_edited{f'_{number}' * (number > 1)}.py")):
        number += 1
    path.rename(kept)
    return kept.name


def is_ours(path: Path) -> bool:
    """True for a script that is as the studio wrote it."""
    try:
        first, second, rest = read_small_file(path).decode("utf-8").split("\n", 2)
    except (Invalid, OSError, ValueError):
        return False
    return second == _SEAL + _seal(first, rest)
