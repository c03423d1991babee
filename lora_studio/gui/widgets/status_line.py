"""The line at the window's foot: which library, how much is in it, what is running, whether exports are unlocked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.parts import button, label

LOCKED, UNLOCKED, NO_KEY = "locked", "unlocked", "no key"


class StatusLine(QFrame):
    """Signals: lock_clicked() when a person presses the lock."""

    lock_clicked = Signal()

    def __init__(self, library: Path) -> None:
        super().__init__()
        self.setProperty("status", True)
        self.setFixedHeight(28)
        self.library, self.count, self.job = (
            label(_short_path(library), "small"),
            label("", "small"),
            label("", "small"),
        )
        self.library.setToolTip(str(library))
        self.lock = button("", "status")
        self.lock.clicked.connect(self.lock_clicked)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 0, 8, 0)
        line.setSpacing(6)
        line.addWidget(self.library)
        line.addWidget(self.count)
        line.addStretch()
        line.addWidget(self.job)
        line.addStretch()
        line.addWidget(self.lock)
        self.lock.hide()

    def show_count(self, count: int) -> None:
        """Says how many guidelines the library has."""
        words = self.tr("1 guideline") if count == 1 else self.tr("{0} guidelines")
        self.count.setText("·  " + words.format(f"{count:,}"))

    def show_job(self, text: str) -> None:
        """Says what is running; empty when nothing is."""
        self.job.setText(text)

    def show_lock(self, state: str) -> None:
        """Says whether exports are LOCKED, UNLOCKED, or there is NO_KEY yet."""
        words = {
            LOCKED: self.tr("exports locked"),
            UNLOCKED: self.tr("exports unlocked"),
            NO_KEY: self.tr("no admin key yet"),
        }
        self.lock.setText(words[state])
        self.lock.setAccessibleName(words[state])
        show_icon(self.lock, "lock-open" if state == UNLOCKED else "lock", size=14)
        self.lock.show()


def _short_path(path: Path) -> str:
    """The path as one would write it: the person's own folder as ~, the middle of a long one left out."""
    try:
        text = str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        text = str(path)
    return text if len(text) <= 60 else f"{text[:20]}…{text[-39:]}"
