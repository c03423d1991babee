"""Messages as a person sees them: a sentence that says what to do, or, for a mistake of ours, details to copy."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lora_studio.core.errors import Cancelled, StudioError
from lora_studio.gui.widgets.parts import button, label, picture

log = logging.getLogger(__name__)


def show_error(parent: QWidget | None, error: Exception) -> MessageBox | None:
    """Shows `error` above `parent` without waiting for an answer; nothing for Cancelled, which is no failure."""
    if isinstance(error, Cancelled):
        return None
    translate = QCoreApplication.translate
    if isinstance(error, StudioError):
        box = MessageBox(
            translate("MessageBox", "That did not work"), error.message, parent, sign=("triangle-alert", "warning")
        )
    else:
        log.error("unexpected error", exc_info=error)
        said = translate(
            "MessageBox",
            "This is a mistake in LoRA Studio, not yours. Its details are in the log; nothing is sent anywhere.",
        )
        box = MessageBox(translate("MessageBox", "Unexpected error"), said, parent, sign=("triangle-alert", "bad"))
        details = details_of(error)
        box.add_button(translate("MessageBox", "Copy details"), lambda: _copy(details))
    box.open()
    return box


class MessageBox(QDialog):
    """A heading, a sentence as plain text, and Close. Has no signals of its own."""

    def __init__(self, title: str, said: str, parent: QWidget | None, *, sign: tuple[str, str]) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(said)
        self.setMinimumWidth(440)
        self.sentence = label(said, wrap=True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = button(self.tr("Close"), "primary")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._buttons.addStretch()
        self._buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(20)
        layout.addLayout(self._head(title, sign))
        layout.addLayout(self._buttons)
        self.finished.connect(self.deleteLater)

    def add_button(self, text: str, act: Callable[[], None]) -> QPushButton:
        """A further button, left of Close; it leaves the box open."""
        more = button(text)
        more.clicked.connect(act)
        self._buttons.insertWidget(self._buttons.count() - 1, more)
        return more

    def _head(self, title: str, sign: tuple[str, str]) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(label(title, "lead"))
        words.addWidget(self.sentence)
        words.addStretch()
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(picture(*sign, 20), 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        return line


def details_of(error: Exception) -> str:
    """The traceback as text."""
    return "".join(traceback.format_exception(error))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
