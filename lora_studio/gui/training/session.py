"""Follows a child while it is shown: what its log adds, and its end, whoever started it."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from lora_studio.core.training.children import Child, end_child, is_running
from lora_studio.core.training.progress import Follower, Progress, advanced

LOOK_EVERY_MS = 250
SOON_MS = 20
"""Between two looks while the log holds more than one look takes."""
LINES_KEPT = 5_000


class Session(QObject):
    """Signals: advanced(lines) with the log's new lines, at most LINES_KEPT, whenever there is news; begun() when the
    child says that it starts; ended() once, at the run's end.
    """

    advanced = Signal(list)
    begun = Signal()
    ended = Signal()

    def __init__(self, log: Path, child: Child | None, parent: QObject) -> None:
        super().__init__(parent)
        self.log = log
        self.progress = Progress()
        self.lines: deque[str] = deque(maxlen=LINES_KEPT)
        self.is_stopping = False
        self._child = child
        self._follower = Follower(log)
        self.is_live = self._is_alive()
        self._is_over = False
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Reads what is new."""
        alive = self._is_alive()  # before the log, so that nothing comes after the last look
        try:
            events, lines = self._follower.read()
        except OSError as error:
            events, lines, alive = [], [str(error)], False
        self.progress = advanced(self.progress, events)
        self.lines.extend(lines)
        self._timer.setInterval(SOON_MS if self._follower.is_behind else LOOK_EVERY_MS)
        if not alive and not events and not lines:
            self._end()
        elif events or lines:
            self.advanced.emit(lines[-LINES_KEPT:])
        if any(event.event == "start" for event in events):
            self.begun.emit()

    def end(self) -> None:
        """Ends the child at once."""
        if self._child is not None:
            end_child(self._child)

    def _is_alive(self) -> bool:
        return self._child.poll() is None if self._child is not None else is_running(self.log)

    @property
    def has_failed(self) -> bool:
        """Whether it ended, and its log to the last line never said that all is well."""
        return self._is_over and self.progress.state not in ("done", "stopped")

    def reason(self) -> str:
        """Why it failed: its own sentence, else its exit code and its last line."""
        last = next((line for line in reversed(self.lines) if line.strip()), "")
        code = self.exit_code
        ended = self.tr("It ended unexpectedly.") if code is None else self.tr("It ended with code {0}.").format(code)
        return self.progress.error or f"{ended} {last[:300]}".strip()

    @property
    def is_ours(self) -> bool:
        """Whether this window started it."""
        return self._child is not None

    @property
    def exit_code(self) -> int | None:
        """The child's exit code; None while it runs, and for one that another window started."""
        return self._child.poll() if self._child is not None else None

    def _end(self) -> None:
        self._timer.stop()
        self.is_live, self._is_over = False, True
        self.ended.emit()
