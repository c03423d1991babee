"""Runs the benchmarks: `python -m benchmarks [export] [window] [--guidelines N] [--rounds N]`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.big_library import make_library
from benchmarks.export_bench import measure_export
from benchmarks.window_bench import measure_window

BENCHMARKS = {"export": measure_export, "window": measure_window}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Ratios within one run; see benchmarks/README.md")
    parser.add_argument("which", nargs="*", metavar="|".join(BENCHMARKS))
    parser.add_argument("--guidelines", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    for name in chosen.which:
        if name not in BENCHMARKS:
            parser.error(f"unknown benchmark {name!r}")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library.db"
        print(f"Making a library of {chosen.guidelines:,} guidelines …", flush=True)
        make_library(library, chosen.guidelines)
        for name in chosen.which or BENCHMARKS:
            BENCHMARKS[name](library, chosen.rounds)


if __name__ == "__main__":
    main()
