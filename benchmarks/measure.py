"""Measures child processes by the operating system's own accounts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process took: CPU and wall time in seconds, peak memory in megabytes (10^6 bytes)."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    output: str


def run(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> Usage:
    """Runs `python arguments` to its end. Raises RuntimeError when it fails."""
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, env={**os.environ, **(environ or {})}
    )
    assert child.stdout is not None
    output = child.stdout.read()
    child.stdout.close()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed with {child.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    wall = time.perf_counter() - start
    return Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * unit / 1e6, output)


def ratio(first: Sequence[float], second: Sequence[float]) -> float:
    """The median of the ratios pair by pair."""
    return median(one / other for one, other in zip(first, second, strict=True))


def report(name: str, figure: str, limit: str) -> None:
    """One line: what, how much, and what is expected."""
    print(f"{name:<46} {figure:>14}   expected {limit}", flush=True)
