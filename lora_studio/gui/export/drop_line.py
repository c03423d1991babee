"""A line for a path or a name that a folder can be dropped on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QLineEdit


class DropLine(QLineEdit):
    """Takes one folder of this computer; text is dropped into it as into any line.

    Signals: folder_dropped(path).
    """

    folder_dropped = Signal(str)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if folder_in(event.mimeData()):
            event.acceptProposedAction()
        elif not event.mimeData().hasUrls():
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if folder_in(event.mimeData()):
            event.acceptProposedAction()
        else:
            super().dragMoveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        folder = folder_in(event.mimeData())
        if folder is None:
            super().dropEvent(event)
            return
        event.acceptProposedAction()
        self.folder_dropped.emit(str(folder))


def folder_in(data: QMimeData) -> Path | None:
    """The one folder of this computer that is being dragged; None for anything else."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].is_dir() else None
