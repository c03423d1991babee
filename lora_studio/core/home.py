"""Where the program keeps what it keeps: library, settings, log, the default dataset folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from lora_studio.core.errors import Invalid

KEY_VARIABLE = "LORA_STUDIO_ADMIN_KEY"
"""The environment variable that may hold the admin key; no child process gets it."""


@dataclass(frozen=True, slots=True)
class Home:
    """The program's folder: `library.db`, `settings.toml`, `logs/`, `lora/`."""

    path: Path

    @property
    def library(self) -> Path:
        return self.path / "library.db"

    @property
    def settings(self) -> Path:
        return self.path / "settings.toml"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def drafts(self) -> Path:
        return self.path / "drafts.json"

    @property
    def datasets(self) -> Path:
        return self.path / "lora"


def find_home(chosen: str | None = None) -> Home:
    """`chosen`, else LORA_STUDIO_HOME, else the platform's data folder. Nothing is created. Raises Invalid."""
    named = chosen or os.environ.get("LORA_STUDIO_HOME")
    try:
        return Home(Path(named).expanduser().absolute() if named else platformdirs.user_data_path("lora-studio", False))
    except (OSError, RuntimeError):  # no such user, or the working folder is gone
        raise Invalid(f"The home {named!r} is not a usable folder; choose another with --home") from None
