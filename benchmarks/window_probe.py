"""The real window, driven by real keys; prints what was measured as JSON: `python -m benchmarks.window_probe HOME`.

`keys`: milliseconds from each key until its result is on the screen. `held`: the longest time between two ticks of a
10 ms timer, in milliseconds, while `keys` were typed and while an export of everything ran.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, ExportOptions
from lora_studio.core.home import Home
from lora_studio.gui.app import make_application
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme
from lora_studio.gui.worker import cancel_all, in_background

TYPED = ("value", "refused sentence", "rule 777", "good_call", "zzz nothing", "v")


class Watchdog(QObject):
    """Notes the longest time that the event loop was held."""

    def __init__(self) -> None:
        super().__init__()
        self.worst_ms = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=10)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.worst_ms = max(self.worst_ms, (now - self._last) * 1_000)
        self._last = now

    def restart(self) -> None:
        self.worst_ms = 0.0
        self._last = time.perf_counter()


def wait_for(signal: object, act: Callable[[], object], patience_ms: int = 120_000) -> float:
    """Milliseconds from `act` until `signal`, and the painting that follows it."""
    loop = QEventLoop()
    signal.connect(loop.quit)  # type: ignore[attr-defined]
    QTimer.singleShot(patience_ms, loop, loop.quit)
    start = time.perf_counter()
    act()
    loop.exec()
    QApplication.processEvents()  # the repaint; a benchmark may
    signal.disconnect(loop.quit)  # type: ignore[attr-defined]
    return (time.perf_counter() - start) * 1_000


def settle(window: MainWindow) -> None:
    """Lets everything on the page be read to its end."""
    while window.guidelines.is_busy():
        QTest.qWait(20)


def type_keys(window: MainWindow) -> list[float]:
    """Types and deletes the TYPED texts key by key, and gives the time of each."""
    search = window.guidelines.list.search
    times = []
    for text in TYPED:
        presses = [partial(QTest.keyClicks, search, letter) for letter in text]
        presses += [partial(QTest.keyClick, search, Qt.Key.Key_Backspace)] * len(text)
        for press in presses:
            times.append(wait_for(window.guidelines.shown, press))
            settle(window)
    return times


def export_everything(window: MainWindow) -> None:
    """Exports all rows in a worker, as the progress dialog does."""
    studio = window.studio
    with tempfile.TemporaryDirectory() as folder:
        loop = QEventLoop()

        def work(progress: Callable[[int, int], None]) -> object:
            options = ExportOptions(target_model="bench/model")
            return export_dataset(studio.library, studio.settings, options, Path(folder), OWNER, progress=progress)

        failures: list[Exception] = []

        def failed(error: Exception) -> None:
            failures.append(error)
            loop.quit()

        in_background(window, work, lambda made: loop.quit(), failed)
        loop.exec()
        if failures:
            raise failures[0]


def main(home: str) -> None:
    application = make_application()
    studio = Studio(Home(Path(home)))
    apply_theme(application, "light")
    window = MainWindow(studio)
    window.resize(1_440, 900)
    window.show()
    wait_for(window.guidelines.shown, window.load)
    settle(window)
    watchdog = Watchdog()
    keys = type_keys(window)
    held = {"typing": watchdog.worst_ms}
    watchdog.restart()
    export_everything(window)
    held["exporting"] = watchdog.worst_ms
    window.close()
    cancel_all()
    print(json.dumps({"keys": keys, "held": held}))


if __name__ == "__main__":
    main(sys.argv[1])
