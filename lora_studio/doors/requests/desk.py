"""What an action works with: the home, its library and settings, and who is asking."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lora_studio.core.domain import LABEL_MAX, OWNER
from lora_studio.core.errors import Invalid, NotFound, PermissionDenied
from lora_studio.core.files import allowed_path, plain_path
from lora_studio.core.home import Home
from lora_studio.core.library.access import NO_KEY, check_admin_key
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.library.tries import DOORS, OWNERS
from lora_studio.core.settings import Settings, load_settings
from lora_studio.doors import fields
from lora_studio.doors.fields import Field

GUARDED = "guarded"
"""Where the checked values of a request say whether an admin key guarded it."""


@dataclass(frozen=True)
class Desk:
    """One caller's place of work. `person`: a command that a person typed, who owns the library and may go anywhere.

    `makes`: where there is no library yet, one is made. `progress` is told how far a long action is; it may raise
    Cancelled.
    """

    home: Home
    person: bool = False
    makes: bool = False
    progress: Callable[[int, int], None] | None = None

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.home.settings)

    @cached_property
    def library(self) -> Library:
        """The library. To an agent one that is not there is one that grants nothing."""
        try:
            return open_library(self.home.library, create=self.makes)
        except NotFound:
            if self.person:
                raise
            raise PermissionDenied(
                "there is no library yet; the owner makes one with: lora-studio quickstart"
            ) from None

    def has_library(self) -> bool:
        """Whether there is a library, or one will be made when it is needed."""
        return self.makes or self.home.library.exists()

    def reading(self) -> contextlib.AbstractContextManager[None]:
        """All that is read inside the block is from one moment."""
        return _one_moment(self.library)

    def check_key(self, values: dict[str, Any]) -> None:
        """Raises PermissionDenied unless the request holds the admin key; where none is set, a person needs none."""
        values[GUARDED] = False
        if self.has_library():
            who = OWNERS if self.person else DOORS
            values[GUARDED] = check_admin_key(self.library, values["admin_key"], who)
            _refuse_misplaced(values)
        elif not self.person:
            raise PermissionDenied(NO_KEY, "admin_key")

    def guarded_path(self, values: dict[str, Any], *, folder: bool = True) -> Path:
        """The place to write that the request names, once its admin key was checked.

        Looked at again afterwards: the check may wait, and what is a folder before may be a link by then.
        """
        self.path(values["outputPath"], "outputPath", folder=folder)
        self.check_key(values)
        return self.path(values["outputPath"], "outputPath", folder=folder)

    def path(self, text: str, field: str, *, folder: bool = True) -> Path:
        """The path that the request names in `field`. Raises Invalid for one that this caller may not use."""
        if self.person:
            return plain_path(text, field, folder=folder)
        own = [self.home.path]
        with contextlib.suppress(FileNotFoundError):  # the working folder may be gone
            own.append(Path.cwd())
        # The whole disk is allowed by who names it in the settings, not by where a door was started.
        own = [one for one in own if one.resolve() != Path(one.resolve().anchor)]
        named = map(Path, self.settings.allowed_folders)
        return allowed_path(text, [*own, *named], field, folder=folder)


def _refuse_misplaced(values: dict[str, Any]) -> None:
    """Raises Invalid where what would be written into files is the admin key itself."""
    key = values["admin_key"]
    for name in ("targetModel", "agentId", "outputPath", "datasetPath"):
        if values[GUARDED] and values.get(name) and key in (values[name], Path(values[name]).name):
            raise Invalid(f"{name} holds the admin key; give the key as admin_key alone", name)


@contextlib.contextmanager
def _one_moment(library: Library) -> Iterator[None]:
    with library.connection(), library.db.atomic("DEFERRED"):
        yield


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
