"""Errors as a person sees them: a sentence that says what to do, or, for a mistake of ours, details to copy."""

from __future__ import annotations

import logging
import traceback

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lora_studio.core.errors import Cancelled, StudioError
from lora_studio.gui.theme import icon_pixmap

log = logging.getLogger(__name__)


def show_error(parent: QWidget | None, error: Exception) -> ErrorBox | None:
    """Shows `error` above `parent` without waiting for an answer; nothing for Cancelled, which is no failure."""
    if isinstance(error, Cancelled):
        return None
    box = ErrorBox(error, parent)
    box.open()
    return box


class ErrorBox(QDialog):
    """One sentence and what a person can do about it. Has no signals of its own."""

    def __init__(self, error: Exception, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("LoRA Studio"))
        self.setMinimumWidth(420)
        expected = isinstance(error, StudioError)
        self.details = "" if expected else details_of(error)
        if not expected:
            log.error("unexpected error", exc_info=error)
        title = self.tr("That did not work") if expected else self.tr("Unexpected error")
        said = str(error) if expected else self._apology()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(20)
        layout.addLayout(self._message(title, said, "warning" if expected else "bad"))
        layout.addLayout(self._buttons(expected))
        self.setAccessibleName(title)
        self.setAccessibleDescription(said)
        self.finished.connect(self.deleteLater)

    def _apology(self) -> str:
        return self.tr("This is a mistake in LoRA Studio, not yours. The details are in the log; nothing is sent.")

    def _message(self, title: str, said: str, role: str) -> QHBoxLayout:
        sign = QLabel()
        sign.setPixmap(icon_pixmap("triangle-alert", role, 20))
        heading = QLabel(title)
        heading.setProperty("type", "lead")
        self.sentence = QLabel(said)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(heading)
        words.addWidget(self.sentence)
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        return line

    def _buttons(self, expected: bool) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addStretch()
        if not expected:
            self.copy_button = QPushButton(self.tr("Copy details"))
            self.copy_button.setAutoDefault(False)
            self.copy_button.clicked.connect(self._copy)
            line.addWidget(self.copy_button)
        self.close_button = QPushButton(self.tr("Close"))
        self.close_button.setProperty("kind", "primary")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        line.addWidget(self.close_button)
        return line

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details)
        self.copy_button.setText(self.tr("Copied"))


def details_of(error: Exception) -> str:
    """The traceback as text."""
    return "".join(traceback.format_exception(error))
