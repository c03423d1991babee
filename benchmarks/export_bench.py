"""Export against its floor."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks.measure import ratio, report, run


def measure_export(library: Path, rounds: int) -> None:
    """Prints the ratios of CPU time, and the peak memory."""
    floors, exports, questions = [], [], []
    for _ in range(rounds):
        floors.append(run(["-m", "benchmarks.floor", str(library)]))
        exports.append(run(["-m", "benchmarks.export_all", str(library), "example"]))
        questions.append(run(["-m", "benchmarks.export_all", str(library), "question"]))
    floor_cpu = [one.cpu_s for one in floors]
    report("rows exported", f"{int(exports[0].output):,}", "7 a guideline")
    report("export / floor, CPU", f"{ratio([one.cpu_s for one in exports], floor_cpu):.2f}", "≤ 2.5, aim 2.0")
    report("export by wording / floor, CPU", f"{ratio([one.cpu_s for one in questions], floor_cpu):.2f}", "≤ 2.5")
    report("export, peak memory", f"{median(one.peak_mb for one in exports):.0f} MB", "≤ 100 MB")
    report("(floor, CPU seconds)", f"{median(floor_cpu):.2f} s", "whatever")
