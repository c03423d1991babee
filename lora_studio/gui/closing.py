"""What keeps the window from closing: text that is not saved, or a training that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.gui.widgets.parts import button, label

if TYPE_CHECKING:
    from lora_studio.gui.main_window import MainWindow


@runtime_checkable
class HoldsWork(Protocol):
    """A page that may hold what is not saved."""

    def unsaved(self) -> str:
        """What would be lost, in one sentence; empty when nothing would."""


@runtime_checkable
class HasChild(Protocol):
    """A page, or a window beside the main one, whose work is done by another program, which may outlive the window."""

    def running(self) -> str:
        """What runs, in one sentence; empty for nothing."""

    def end_child(self) -> None:
        """Ends it."""


class AskToClose(QDialog):
    """Says what would be lost, or runs. Signals: confirmed(end) when the person closes all the same, with whether what
    runs is to end; QDialog's own.
    """

    confirmed = Signal(bool)

    def __init__(self, reasons: list[str], parent: QWidget, *, runs: bool) -> None:
        super().__init__(parent)
        title = self.tr("Close LoRA Studio?")
        self.setWindowTitle(title)
        self.setAccessibleDescription("\n".join(reasons))
        self.setMinimumWidth(440)
        self.finished.connect(self.deleteLater)
        self.stay_button = button(self.tr("Stay"), "primary")
        self.close_button = button(self.tr("End it and close") if runs else self.tr("Close anyway"))
        self.leave_button = button(self.tr("Close, and let it go on"))
        self.leave_button.setVisible(runs)
        self.stay_button.setDefault(True)
        self.stay_button.clicked.connect(self.reject)
        self.close_button.clicked.connect(lambda: self._close(True))
        self.leave_button.clicked.connect(lambda: self._close(False))
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addStretch()
        line.addWidget(self.close_button)
        line.addWidget(self.leave_button)
        line.addWidget(self.stay_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(8)
        layout.addWidget(label(title, "lead"))
        for reason in reasons:
            layout.addWidget(label(reason, wrap=True))
        layout.addSpacing(12)
        layout.addLayout(line)
        self.stay_button.setFocus()

    def _close(self, end: bool) -> None:
        self.accept()
        self.confirmed.emit(end)


def may_close(window: MainWindow) -> bool:
    """Whether nothing would be lost by closing; where something would, the person is asked, and closes again."""
    if window.property("closes"):
        return True
    unsaved = [said for page in window.pages.values() if isinstance(page, HoldsWork) and (said := page.unsaved())]
    running = [said for page in window.pages.values() if isinstance(page, HasChild) and (said := page.running())]
    if not unsaved and not running:
        return True
    if not any(asked.isVisible() for asked in window.findChildren(AskToClose)):
        question = AskToClose(unsaved + running, window, runs=bool(running))
        question.confirmed.connect(lambda end: _close(window, end))
        question.open()
    return False


def end_dialogs(window: MainWindow) -> None:
    """Closes the windows beside this one whose work another program does: none of it is worth a question."""
    for dialog in window.findChildren(QDialog):
        if isinstance(dialog, HasChild):
            dialog.close()


def _close(window: MainWindow, end: bool) -> None:
    for page in window.pages.values():
        if end and isinstance(page, HasChild):
            page.end_child()
    window.setProperty("closes", True)
    window.close()
