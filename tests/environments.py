"""Folders that look like Python environments with the training libraries."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from lora_studio.core.training.pythons import NEEDED


def environment_with(folder: Path, versions: dict[str, str]) -> Path:
    """A folder that looks like an environment, whose python finds packages of these versions and runs scripts."""
    packages = folder / "packages"
    for name, version in versions.items():
        info = packages / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    program = folder / "bin" / "python"
    program.parent.mkdir(parents=True)
    start = f"import sys; sys.path.insert(0, {str(packages)!r}); sys.argv = sys.argv[5:]; exec(sys.argv.pop(1))"
    quoted = shlex.quote(start)
    real = shlex.quote(sys.executable)
    program.write_text(f'#!/bin/sh\n[ "$5" = "-c" ] || exec {real} "$@"\nexec {real} -I -c {quoted} "$@"\n')
    program.chmod(0o755)
    return folder


GOOD = {name: f"{oldest}.1" for name, oldest in NEEDED.items()}
