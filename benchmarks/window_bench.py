"""The window: its start, its search, and whether it stays awake during an export."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

from benchmarks.measure import ratio, report, run

_BARE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication(sys.argv)
window = QMainWindow()
window.show()
QTimer.singleShot(0, application.quit)
sys.exit(application.exec())
"""


def measure_window(library: Path, rounds: int) -> None:
    """Prints the ratio of the start, and the slowest key and the longest hold of the event loop."""
    home = str(library.parent)
    offscreen = {"QT_QPA_PLATFORM": "offscreen"}
    bare, ours = [], []
    for _ in range(rounds + 1):
        bare.append(run(["-c", _BARE], offscreen).wall_s)
        ours.append(run(["-m", "lora_studio", "--home", home, "--smoke"], offscreen).wall_s)
    report("start / bare window, wall", f"{ratio(ours[1:], bare[1:]):.2f}", "≤ 2.5")
    found = json.loads(run(["-m", "benchmarks.window_probe", home], offscreen).output)
    keys = found["keys"]
    report(f"key to result, median of {len(keys)}", f"{median(keys):.0f} ms", "≤ 100 ms")
    report("key to result, slowest", f"{max(keys):.0f} ms", "≤ 100 ms")
    report("event loop held, typing", f"{found['held']['typing']:.0f} ms", "≤ 100 ms")
    report("event loop held, exporting everything", f"{found['held']['exporting']:.0f} ms", "≤ 100 ms")
