"""The Pythons that could train: which are there, and which of the libraries each has."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lora_studio.core.errors import Invalid
from lora_studio.core.home import KEY_VARIABLE
from lora_studio.pasting import command_line, one_after_other

NEEDED = {
    "torch": "2.6",
    "transformers": "4.56",
    "trl": "0.24",
    "peft": "0.18",
    "datasets": "4.0",
    "accelerate": "1.11",
}
"""What a local script needs, and the oldest version of each; the head of every script says the same."""
OLDEST = (3, 10)
OWN = ".venv-training"
"""Our own environment's name, inside the home."""
PATIENCE_S = 30
_NAMES = ("python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10")
_ASK = """
import json, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({"version": list(sys.version_info[:3]), "found": found}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python: its program, its version, the training libraries that it has, and why it cannot train, if so."""

    path: Path
    version: str
    libraries: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def can_train(self) -> bool:
        """Whether every library is there and new enough."""
        return not self.faults


def interpreter_in(path: Path) -> Path:
    """The Python that a person means: `path` itself, or that of the environment whose folder it is.

    Raises Invalid where there is none.
    """
    inner = ("Scripts/python.exe",) if sys.platform == "win32" else ("bin/python", "bin/python3")
    for found in (path, *(path / name for name in inner)):
        if found.is_file() and os.access(found, os.X_OK):
            return found.absolute()
    raise Invalid(f"There is no Python at {path}; name a python program or the folder of an environment", "python")


def environment() -> dict[str, str]:
    """The variables that a child gets: all but the admin key, which is none of its business, and those that tell a
    Python where else to look for code; what it starts itself does not look in its working folder either.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "__PYVENV"))}
    kept.pop(KEY_VARIABLE, None)
    return {**kept, "PYTHONSAFEPATH": "1"}


def isolated(command: Sequence[str]) -> list[str]:
    """`command`, a Python with a script, so that no module comes from the script's folder, the working folder, the
    user's own place or a variable; what it prints is UTF-8 and comes at once.
    """
    return [command[0], "-I", "-u", "-X", "utf8", *command[1:]]


def safe_folder(python: str) -> Path:
    """The folder in which a child of `python` starts: that program's own. Who can write there needs no trick, and an
    empty entry in a list of places, such as LD_LIBRARY_PATH, stands for the working folder.
    """
    return Path(python).absolute().parent


def seen_from_here(model: str) -> str:
    """A base model's name for a child, which starts elsewhere: the whole path where it is a folder's."""
    with contextlib.suppress(OSError, ValueError):
        return str(Path(model).absolute()) if model and Path(model).is_dir() else model
    return model


def look_at(path: Path) -> Interpreter:
    """Asks the Python at `path` for its version and its training libraries. Raises Invalid where it does not answer."""
    try:
        asked = subprocess.run(
            isolated([str(path), "-c", _ASK, *NEEDED]),
            capture_output=True,
            timeout=PATIENCE_S,
            check=True,
            stdin=subprocess.DEVNULL,
            env=environment(),
            cwd=safe_folder(str(path)),
        )
        answer = json.loads(asked.stdout)
        version, found = [int(part) for part in answer["version"]], dict(answer["found"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        raise Invalid(f"{path} does not answer as a Python does; choose another", "python") from None
    return Interpreter(path, ".".join(map(str, version)), found, tuple(_faults(version, found)))


def _faults(version: list[int], found: Mapping[str, str]) -> Iterable[str]:
    if tuple(version[:2]) < OLDEST:
        yield f"Python {version[0]}.{version[1]} is too old; it takes {OLDEST[0]}.{OLDEST[1]} or newer"
    missing = [name for name in NEEDED if name not in found]
    if missing:
        yield f"missing: {', '.join(missing)}"
    old = [name for name, oldest in NEEDED.items() if name in found and _order(found[name]) < _order(oldest)]
    if old:
        yield "too old: " + ", ".join(f"{name} {found[name]} (needs {NEEDED[name]})" for name in old)


def _order(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def pythons(known: Iterable[Path] = (), progress: Callable[[int, int], None] | None = None) -> list[Interpreter]:
    """Every Python worth asking, those that can train first: the `known` ones, an active environment's, and those on
    the PATH. Each program is asked once. None is run because of where a dataset lies: a folder from a stranger may
    hold a program that is called python.
    """
    paths = list(dict.fromkeys(_candidates(known)))
    found = []
    for place, path in enumerate(paths):
        if progress:
            progress(place, len(paths))
        try:
            found.append(look_at(path))
        except Invalid:
            continue  # a name on the PATH that is no Python is no news to anybody
    return sorted(found, key=lambda one: (not one.can_train, len(NEEDED) - len(one.libraries)))


def known_pythons(home: Path, picked: str) -> list[Path]:
    """The Pythons that the person chose: the one `picked` last, empty for none, and our own environment in `home`."""
    return [*([Path(picked)] if picked else []), home / OWN]


def _candidates(known: Iterable[Path]) -> Iterable[Path]:
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    for path in (*known, *([Path(active)] if active else [])):
        try:
            yield interpreter_in(path)
        except Invalid:
            continue
    if not getattr(sys, "frozen", False):
        yield Path(sys.executable)
    for name in _NAMES:
        path = Path(shutil.which(name) or "")
        if path.is_absolute():  # a relative one is of the working folder, which may be anybody's
            yield path


def install_command(folder: Path) -> str:
    """The command line that makes an environment for training in `folder` and fills it; for a person to run."""
    environment = folder / OWN
    program = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    libraries = (f"{name}>={oldest}" for name, oldest in NEEDED.items())
    base = Path(sys.executable).name if not getattr(sys, "frozen", False) else "python3"
    # -I: it is pasted in any folder, and one from a stranger may hold a venv.py or a pip.py.
    make = command_line(base, "-I", "-m", "venv", environment)
    return one_after_other(make, command_line(program, "-I", "-m", "pip", "install", *libraries))
