"""Notices what other processes change in the library."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QObject, QTimer

from lora_studio.core.errors import StudioError
from lora_studio.core.library.browse import last_change
from lora_studio.gui.studio import Studio

LOOK_EVERY_MS = 1_000


class Watch(QObject):
    """Looks once a second, and emits the studio's guidelines_changed when another process changed a guideline.

    Keeps the window's own connection open meanwhile, so that looking costs next to nothing. Has no signals of its own.
    """

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._seen = -1
        self._connection = contextlib.ExitStack()
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        studio.guidelines_changed.connect(self.note)

    def start(self) -> None:
        """Begins to look; what is in the library now counts as seen."""
        self._connection.enter_context(self._studio.library.connection())
        self.note()
        self._timer.start()

    def stop(self) -> None:
        """Looks no more, and closes the connection."""
        self._timer.stop()
        self._connection.close()

    def note(self) -> None:
        """Counts everything in the library as seen."""
        self._seen = self._last_change()

    def look(self) -> None:
        """Tells the studio when there is something new, in the library or in the settings file."""
        self._studio.look_at_settings()
        if self._last_change() != self._seen:
            self._studio.guidelines_changed.emit()

    def _last_change(self) -> int:
        try:
            return last_change(self._studio.library)
        except StudioError:
            return self._seen  # whoever reads next will say what is wrong
