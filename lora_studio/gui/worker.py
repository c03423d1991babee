"""The only threads of the window: a plain function in, exactly one of succeeded, failed, cancelled out.

The function gets `progress(done, total)`, which raises Cancelled once the work is to stop; so the core knows no
thread. Every signal arrives on the GUI thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal
from shiboken6 import isValid

from lora_studio.core.errors import Cancelled

log = logging.getLogger(__name__)
PROGRESS_EVERY_S = 0.05

_alive: set[Worker] = set()
"""Those that were started and have not ended: Python must not let go of a running thread."""

Work = Callable[[Callable[[int, int], None]], Any]


class Worker(QThread):
    """Calls `work(progress)` in a thread of its own. Its parent owns it; keep no other reference.

    Signals: progressed(done, total) at most every 50 ms and at the end; then exactly one of succeeded(result),
    failed(error), cancelled().
    """

    progressed = Signal(int, int)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, work: Work, parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._told_at = 0.0
        _alive.add(self)
        self.finished.connect(self._on_finished)

    def _on_finished(self) -> None:
        _alive.discard(self)
        self.deleteLater()

    def run(self) -> None:
        try:
            result = self._work(self._progress)
        except Cancelled:
            self.cancelled.emit()
        except Exception as error:  # the border of the thread: everything becomes a signal
            self.failed.emit(error)
        else:
            self.succeeded.emit(result)

    def cancel(self) -> None:
        """Asks the work to stop; it does at its next progress."""
        self.requestInterruption()

    def _progress(self, done: int, total: int) -> None:
        if self.isInterruptionRequested():
            raise Cancelled
        now = time.monotonic()
        if now - self._told_at >= PROGRESS_EVERY_S or done == total:
            self._told_at = now
            self.progressed.emit(done, total)


def in_background(
    parent: QObject,
    work: Work,
    succeeded: Callable[[Any], None],
    failed: Callable[[Exception], None],
    cancelled: Callable[[], None] = lambda: None,
) -> Worker:
    """Starts `work` and connects its three ends. Give bound methods of QObjects, so that they run on the GUI thread."""
    worker = Worker(work, parent)
    worker.succeeded.connect(succeeded)
    worker.failed.connect(failed)
    worker.cancelled.connect(cancelled)
    worker.start()
    return worker


def cancel_all(parent: QObject | None = None) -> None:
    """Stops every worker under `parent` and waits for it; for closing a window. Without a parent: every worker there
    is; for the end of the program, when the event loop has ended and nothing new can start."""
    # One whose parent went before its end was heard of is gone with it.
    workers = [one for one in _alive if isValid(one)] if parent is None else parent.findChildren(Worker)
    for worker in workers:
        worker.cancel()
    for worker in workers:
        worker.wait()
