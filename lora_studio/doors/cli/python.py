"""The Python that trains, takes exams and answers: the one that is named, or the first here that has the libraries."""

from __future__ import annotations

from pathlib import Path

from lora_studio.core.errors import Invalid
from lora_studio.core.home import Home
from lora_studio.core.settings import load_settings
from lora_studio.core.training.pythons import (
    Interpreter,
    install_command,
    interpreter_in,
    known_pythons,
    look_at,
    pythons,
)


def training_python(named: str | None, home: Home) -> Interpreter:
    """Raises Invalid, with how to get one, where none has the training libraries."""
    if named:
        found = [look_at(interpreter_in(Path(named)))]
    else:
        found = pythons(known_pythons(home.path, load_settings(home.settings).training_python))
    if not found or not found[0].can_train:
        why = f"{found[0].path}: {'; '.join(found[0].faults)}" if named else "no Python here has the training libraries"
        raise Invalid(f"{why}. Install them and start again: {install_command(home.path)}", "python")
    return found[0]
