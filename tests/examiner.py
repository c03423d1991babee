"""The exam as the script holds it, to be called: its measure, and its grading of answers that somebody gave."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lora_studio.core.training.adapters import DataFile
from lora_studio.core.training.scripts import render_template


def load() -> Any:
    """The names of a rendered exam.py; nothing in it runs at import."""
    file = DataFile("", "")
    values = {"target_model": "m", "format": "chat", "dataset_folder": ".", "config_file": "", "adapter": "."}
    text = render_template("exam.py.j2", **values, train=file, eval=file)
    names: dict[str, Any] = {"__name__": "exam", "__file__": str(Path("exam.py").absolute())}
    exec(compile(text, "exam.py", "exec"), names)
    return SimpleNamespace(**names)


EXAM = load()
