"""Files and folders that are dropped on the window: what can be done with them is said before they are let go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from lora_studio.gui.widgets.parts import label, picture

if TYPE_CHECKING:
    from lora_studio.gui.main_window import MainWindow


class DropHint(QFrame):
    """Lies over the page while something is held above it. Has no signals."""

    def __init__(self, window: MainWindow) -> None:
        page = window.pages[window.shown_page]
        super().__init__(page)
        self.setGeometry(page.rect().adjusted(16, 16, -16, -16))
        self.setAccessibleName(self.tr("Drop to import the rules"))
        self.setProperty("drop", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch()
        layout.addWidget(picture("download", "accent", 28), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(label(self.tr("Drop to import the rules"), "page"), 0, Qt.AlignmentFlag.AlignHCenter)
        said = self.tr("You see what is new and what changes before anything happens.")
        layout.addWidget(label(said, "secondary"), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch()


def paths_in(data: QMimeData) -> list[Path]:
    """The files and folders of this machine that are being dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def begin(window: MainWindow, event: QDragEnterEvent) -> None:
    """Takes what can be imported, and says so over the page."""
    if not paths_in(event.mimeData()):
        return
    event.acceptProposedAction()
    hint = DropHint(window)
    hint.show()
    hint.raise_()


def end(window: MainWindow) -> None:
    """Takes the hint away."""
    for hint in window.findChildren(DropHint):
        hint.hide()
        hint.deleteLater()


def take(window: MainWindow, event: QDropEvent) -> None:
    """Shows what the dropped files hold, once the drop itself is over."""
    paths = paths_in(event.mimeData())
    end(window)
    event.acceptProposedAction()

    def show() -> None:
        from lora_studio.gui.importing.dialog import ImportDialog

        ImportDialog(window.studio, paths, window).open()

    QTimer.singleShot(0, window, show)
