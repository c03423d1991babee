"""What the window that asks an adapter has done in the background; knows no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.library.meant import Meant
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings
from lora_studio.core.training.ask import Subject, meant_by, subject_of
from lora_studio.core.training.pythons import Interpreter, pythons

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Ready:
    """Who is asked, and the first Python that can do it; None where none has the libraries."""

    subject: Subject
    python: Interpreter | None


def look(library: Library, settings: Settings, known: tuple[Path, ...], adapter: Path, model: str, tell: Tell) -> Ready:
    """Finds what is needed to ask `adapter`, on the base `model` or the one that it names. Raises Invalid."""
    subject = subject_of(library, settings, adapter, model)
    return Ready(subject, next((one for one in pythons(known, tell) if one.can_train), None))


def find_meant(library: Library, subject: Subject, question: str, tell: Tell) -> Meant | None:
    """The rule that the question means."""
    return meant_by(library, subject, question)
