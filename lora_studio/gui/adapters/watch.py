"""Notices what changes in the folders of the shelf, whoever changes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

WATCHED_MAX = 500
"""Most folders that the system is asked to watch; the slow look sees the others."""
SETTLE_MS = 250
"""An export or a training makes many changes at once: one look is for all of them."""
SLOW_MS = 3_000


class FolderWatch(QObject):
    """Signals: changed() soon after something changed in a watched folder, and every few seconds to look anyway."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._slow = QTimer(self, interval=SLOW_MS)
        self._watcher.directoryChanged.connect(self._on_change)
        self._settle.timeout.connect(self.changed)
        self._slow.timeout.connect(self.changed)

    def watch(self, folders: Sequence[Path]) -> None:
        """Watches these folders in place of others; those that are gone are left out."""
        wanted = {str(folder) for folder in folders[:WATCHED_MAX] if folder.is_dir()}
        present = set(self._watcher.directories())
        if present - wanted:
            self._watcher.removePaths(sorted(present - wanted))
        if wanted - present:
            self._watcher.addPaths(sorted(wanted - present))

    def start(self, pause_ms: int = SLOW_MS) -> None:
        """Looks every `pause_ms`, at least SLOW_MS."""
        self._slow.start(max(SLOW_MS, pause_ms))

    def stop(self) -> None:
        """Tells no more until `start`."""
        self._slow.stop()
        self._settle.stop()

    def _on_change(self, folder: str) -> None:
        if self._slow.isActive() and not self._settle.isActive():
            self._settle.start()
