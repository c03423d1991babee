"""Runs the benchmarks: `python -m benchmarks [export] [window] [real-model] [true-run] [--guidelines N] …`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.big_library import make_library
from benchmarks.export_bench import measure_export
from benchmarks.real_model.against_trl import measure_against_trl
from benchmarks.real_model.bench import SETS, measure_real_model
from benchmarks.real_model.true_run import make_true_run
from benchmarks.window_bench import measure_window

BENCHMARKS = {"export": measure_export, "window": measure_window}
REAL_MODEL, TRUE_RUN, AGAINST_TRL = "real-model", "true-run", "against-trl"
"""Only where they are asked for: a training takes ten minutes and more."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measures; see benchmarks/README.md")
    parser.add_argument("which", nargs="*", metavar="|".join((*BENCHMARKS, REAL_MODEL, TRUE_RUN, AGAINST_TRL)))
    parser.add_argument("--guidelines", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    real = parser.add_argument_group(REAL_MODEL)
    real.add_argument("--set", choices=SETS, default="tune", help="which rules (default: tune)")
    real.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="N")
    real.add_argument("--keep", type=Path, metavar="FOLDER", help="a new folder for datasets, adapters and answers")
    chosen = parser.parse_args()
    for name in chosen.which:
        if name not in BENCHMARKS and name not in (REAL_MODEL, TRUE_RUN, AGAINST_TRL):
            parser.error(f"unknown benchmark {name!r}")
    if REAL_MODEL in chosen.which:
        measure_real_model(chosen.set, chosen.seeds, chosen.keep)
    if TRUE_RUN in chosen.which:
        make_true_run(chosen.set)
    if AGAINST_TRL in chosen.which:
        measure_against_trl()
    if named := [name for name in chosen.which or BENCHMARKS if name in BENCHMARKS]:
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "library.db"
            print(f"Making a library of {chosen.guidelines:,} guidelines …", flush=True)
            make_library(library, chosen.guidelines)
            for name in named:
                BENCHMARKS[name](library, chosen.rounds)


if __name__ == "__main__":
    main()
