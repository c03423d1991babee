"""Ways to use workers: orders of which only the newest counts, and windows that outlive their last worker."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from lora_studio.gui.worker import Work, Worker, cancel_all, in_background

_LOOK_AGAIN_MS = 50


class Latest(QObject):
    """Does the work that was asked for last, `pause_ms` after the asking; older work is stopped, its result dropped.

    Signals: succeeded(result) or failed(error) for the newest order; started() when its work begins.
    """

    started = Signal()
    succeeded = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject, pause_ms: int = 20) -> None:
        super().__init__(parent)
        self._wanted: Work | None = None
        self._pause = QTimer(self, singleShot=True, interval=pause_ms)
        self._pause.timeout.connect(self._start)

    def ask(self, work: Work) -> None:
        """Orders `work`, in place of whatever was ordered before."""
        self._wanted = work
        for worker in self.findChildren(Worker):
            worker.cancel()
        if self._pause.interval():
            self._pause.start()
        else:
            self._start()

    def drop(self) -> None:
        """Forgets what was ordered and has not begun."""
        self._wanted = None
        self._pause.stop()

    def is_busy(self) -> bool:
        """Whether an order has not been answered yet."""
        return self._wanted is not None or bool(self.findChildren(Worker))  # gone once its answer was delivered

    def _is_running(self) -> bool:
        return any(worker.isRunning() for worker in self.findChildren(Worker))

    def _start(self) -> None:
        if self._wanted is None or self._is_running():
            return  # the end of what still runs starts it
        work, self._wanted = self._wanted, None
        worker = in_background(self, work, self._on_success, self._on_failure)
        worker.finished.connect(self._start)
        self.started.emit()

    def _on_success(self, result: Any) -> None:
        if self._wanted is None:
            self.succeeded.emit(result)

    def _on_failure(self, error: Exception) -> None:
        if self._wanted is None:
            self.failed.emit(error)


def stop_all(owner: QObject) -> None:
    """Stops everything that is ordered or runs under `owner`, and waits for it; for closing a window."""
    for latest in owner.findChildren(Latest):
        latest.drop()
    cancel_all(owner)


def delete_when_idle(owner: QObject) -> None:
    """Deletes `owner` as soon as no worker under it is running: a running thread must not be destroyed."""
    if any(worker.isRunning() for worker in owner.findChildren(Worker)):
        QTimer.singleShot(_LOOK_AGAIN_MS, owner, lambda: delete_when_idle(owner))
    else:
        owner.deleteLater()
