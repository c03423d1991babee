"""The one place that knows where `resources/` is: in a checkout, in a wheel, in a frozen program."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def resources_dir() -> Path:
    """The folder of shipped resources. Raises FileNotFoundError when the installation is broken."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / "examples").is_dir():
            return folder
    raise FileNotFoundError("LoRA Studio's resources folder is missing; install the program again")


def resource_text(name: str) -> str:
    """The text of one resource, named relative to `resources/`, for example `examples/shipped.toml`."""
    return (resources_dir() / name).read_text(encoding="utf-8")
