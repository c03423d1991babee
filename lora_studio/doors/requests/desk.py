"""What an action works with: the home, its library and settings, and who is asking."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lora_studio.core.domain import LABEL_MAX, OWNER
from lora_studio.core.files import allowed_path, plain_path
from lora_studio.core.home import Home
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.settings import Settings, load_settings
from lora_studio.doors import fields
from lora_studio.doors.fields import Field


@dataclass(frozen=True)
class Desk:
    """One caller's place of work. `person`: a command that a person typed, who owns the library and may go anywhere.

    `progress` is told how far a long action is; it may raise Cancelled.
    """

    home: Home
    person: bool = False
    progress: Callable[[int, int], None] | None = None

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.home.settings)

    @cached_property
    def library(self) -> Library:
        return open_library(self.home.library)

    def path(self, text: str, field: str, *, folder: bool = True) -> Path:
        """The path that the request names in `field`. Raises Invalid for one that this caller may not use."""
        if self.person:
            return plain_path(text, field, folder=folder)
        allowed = [self.home.path, *map(Path, self.settings.allowed_folders)]
        with contextlib.suppress(FileNotFoundError):  # the working folder may be gone
            allowed.append(Path.cwd())
        return allowed_path(text, allowed, field, folder=folder)


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a tool: its fields, and the function that does it and gives the response without `success`.

    `recorded` actions leave a row in the audit log when they succeed too.
    """

    fields: Mapping[str, Field]
    run: Callable[[Desk, dict[str, Any]], dict[str, Any]]
    recorded: Callable[[dict[str, Any]], bool] = lambda values: False


AGENT = Field(fields.text(1, LABEL_MAX, one_line=True, blank=False), required=True)
ANYBODY = Field(fields.text(1, LABEL_MAX, one_line=True, blank=False), default=OWNER)
ADMIN_KEY = Field(fields.text(0, 10_000), default="")
REASON = Field(fields.text(0, 10_000), default="")
PATH = fields.text(1, 4_096, blank=False)
"""Paths and keys may hold any character but NUL here; what a path may be is decided by `Desk.path`."""
