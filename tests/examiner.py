"""The exam as the script holds it, to be called: its measure, and its grading of answers that somebody gave."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lora_studio.core.training.adapters import DataFile
from lora_studio.core.training.scripts import render_template


def script_names(text: str, path: Path) -> dict[str, Any]:
    """The names of an exam.py with this text; nothing in it runs at import."""
    names: dict[str, Any] = {"__name__": "exam", "__file__": str(path.absolute())}
    exec(compile(text, str(path), "exec"), names)
    return names


def load() -> Any:
    """The names of an exam of nothing."""
    file = DataFile("", "")
    values = {"target_model": "m", "format": "chat", "dataset_folder": ".", "config_file": "", "adapter": "."}
    text = render_template("exam.py.j2", **values, train=file, eval=file)
    return SimpleNamespace(**script_names(text, Path("exam.py")))


EXAM = load()
