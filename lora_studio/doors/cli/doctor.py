"""`doctor`: what is installed, what is missing, where files live."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import platform
import sqlite3
import sys
from typing import Any

from lora_studio import __version__
from lora_studio.core.errors import NotFound, StudioError
from lora_studio.core.home import Home
from lora_studio.core.library.access import has_admin_key
from lora_studio.core.library.backups import room_of
from lora_studio.core.library.checkup import check_library
from lora_studio.core.library.copies import dated_copies
from lora_studio.core.library.store import open_library
from lora_studio.core.resources import resources_dir
from lora_studio.core.settings import load_settings
from lora_studio.core.training.pythons import install_command, known_pythons, pythons
from lora_studio.doors.cli import show
from lora_studio.preflight import window_problem

_PACKAGES = ("PySide6-Essentials", "peewee", "Jinja2", "msgspec", "argon2-cffi")
_TRAINING = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "bitsandbytes")


def doctor(arguments: argparse.Namespace, home: Home) -> dict[str, Any]:
    """Looks, and changes nothing but a search index that is wrong."""
    checked = _checked(home) if arguments.check else {}
    window = window_problem()
    return {
        "version": __version__,
        "python": f"{platform.python_version()} ({sys.executable})",
        "sqlite": f"{sqlite3.sqlite_version}, full-text search {'present' if _has_fts5() else 'MISSING'}",
        "packages": {name: _version(name) for name in _PACKAGES},
        "training": {name: _version(name) for name in _TRAINING},
        "trains": _trains(home),
        "window": window or "can open",
        "home": str(home.path),
        "library": _library_state(home),
        "backups": _backups_state(home),
        **checked,
        "settings": _settings_state(home),
        "datasets": str(home.datasets),
        "logs": str(home.logs),
        "resources": str(resources_dir()),
    }


def show_doctor(response: dict[str, Any]) -> None:
    """One line a finding."""
    for name, value in response.items():
        if isinstance(value, dict):
            found = ", ".join(f"{package} {version}" for package, version in value.items() if version)
            missing = ", ".join(package for package, version in value.items() if not version)
            value = (found or "none") + (f"; not installed: {missing}" if missing else "")
        first, *rest = str(value).splitlines() or [""]
        show.line(f"{name:<10} {first}")
        for line in rest:
            show.line(f"{'':<10} {line}")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _has_fts5() -> bool:
    with sqlite3.connect(":memory:") as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
    connection.close()
    return "ENABLE_FTS5" in options


def _library_state(home: Home) -> str:
    try:
        library = open_library(home.library, create=False)
        key = "admin key set" if has_admin_key(library) else "no admin key"
        with library.connection():
            count = library.sql("SELECT count(*) FROM guideline WHERE deleted = 0").fetchone()[0]
    except NotFound:
        return f"{home.library} (not made yet: lora-studio quickstart)"
    except StudioError as error:
        return error.message
    return f"{home.library} ({count:,} guidelines, {key})"


def _checked(home: Home) -> dict[str, str]:
    """Whether the library is sound. Raises StorageError where it is not."""
    done = check_library(open_library(home.library, create=False))
    made_anew = f"; made anew: {', '.join(done.rebuilt)}" if done.rebuilt else ""
    return {"check": f"the library is sound ({done.guidelines:,} guidelines){made_anew}"}


def _backups_state(home: Home) -> str:
    count, size = room_of(home.library)
    newest = f", the newest {dated_copies(home.library)[0].path}" if count else ""
    return f"{count:,} ({size:,} bytes){newest}"


def _trains(home: Home) -> str:
    """Which Python trains, or how to get one."""
    try:
        picked = load_settings(home.settings).training_python
    except StudioError:
        picked = ""
    first = next((one for one in pythons(known_pythons(home.path, picked)) if one.can_train), None)
    if first is None:
        return f"no Python here has the training libraries; install them: {install_command(home.path)}"
    return f"{first.path} (Python {first.version}, torch {first.libraries['torch']})"


def _settings_state(home: Home) -> str:
    try:
        load_settings(home.settings)
    except StudioError as error:
        return error.message
    return f"{home.settings}" + ("" if home.settings.exists() else " (not made yet: defaults hold)")
