"""The foot of the page: how far a long change is, then what was done, with the way back."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from lora_studio.core.errors import StudioError
from lora_studio.gui.guidelines.words import lowered, told
from lora_studio.gui.history import Done, History
from lora_studio.gui.messages import show_error
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.widgets.parts import button, label

SHOWN_AFTER_MS = 500
UNDO_SECONDS = 20


class UndoBar(QWidget):
    """Listens to the history. Has no signals of its own."""

    def __init__(self, history: History, parent: QWidget) -> None:
        super().__init__(parent)
        self._history = history
        self.notice = Notice()
        self.progress = QProgressBar()
        self.cancel_button = button(self.tr("Cancel"))
        self.working = self._working()
        self._soon = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._soon.timeout.connect(self.working.show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(8)
        layout.addWidget(self.working)
        layout.addWidget(self.notice)
        history.started.connect(self._on_start)
        history.progressed.connect(self._on_progress)
        history.ended.connect(self._on_end)
        history.happened.connect(self._on_happened)
        history.failed.connect(self._on_failure)
        self.cancel_button.clicked.connect(history.cancel)

    def _working(self) -> QFrame:
        box = QFrame()
        box.setProperty("notice", "plain")
        self.progress.setAccessibleName(self.tr("Progress of the change"))
        self.progress.setTextVisible(False)
        self.words = label("", "secondary")
        line = QHBoxLayout(box)
        line.setContentsMargins(12, 6, 8, 6)
        line.setSpacing(12)
        line.addWidget(label(self.tr("Changing guidelines…")))
        line.addWidget(self.progress, 1)
        line.addWidget(self.words)
        line.addWidget(self.cancel_button)
        box.hide()
        return box

    def _on_start(self) -> None:
        self.notice.hide()
        self.progress.setRange(0, 0)
        self.words.clear()
        self.cancel_button.setEnabled(True)
        self._soon.start()

    def _on_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(done)
        self.words.setText(self.tr("{0} of {1}").format(f"{done:,}", f"{total:,}"))

    def _on_end(self) -> None:
        self._soon.stop()
        self.working.hide()

    def _on_happened(self, done: Done) -> None:
        if not len(done.change) and not done.skipped:
            self.notice.say(self._nothing(done.change.what), "plain", seconds=UNDO_SECONDS)
            return
        said = told(done.change)
        if done.how == "undone":
            said = self.tr("Undone: {0}").format(lowered(said))
        if done.how == "redone":
            said = self.tr("Done again: {0}").format(lowered(said))
        if done.skipped:
            said = self._skipped(said if len(done.change) else "", done.skipped)
        self.notice.say(said, "warning" if done.skipped else "plain", seconds=UNDO_SECONDS)
        if done.how == "undone" and self._history.to_redo is not None:
            self.notice.offer(self.tr("Redo"), self._history.redo)
        elif done.how != "undone" and self._history.to_undo is not None:
            self.notice.offer(self.tr("Undo"), self._history.undo)

    def _nothing(self, what: str) -> str:
        if what == "starter":
            return self.tr("The starter set is for a library that never had a guideline.")
        return self.tr("Nothing to change: they are like that already.")

    def _skipped(self, said: str, count: int) -> str:
        if count == 1:
            left = self.tr("1 guideline was changed by someone else since and stays as it is.")
        else:
            left = self.tr("{0} guidelines were changed by someone else since and stay as they are.").format(
                f"{count:,}"
            )
        return f"{said}. {left}" if said else left

    def _on_failure(self, error: Exception) -> None:
        if isinstance(error, StudioError):
            self.notice.say(error.message, "bad")
        else:
            show_error(self, error)
