"""A sentence with the answers that it allows under it, in place instead of a dialog; narrow is wide enough."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lora_studio.gui.theme import restyle, show_icon
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, empty, label

_SIGNS = {"plain": ("info", "secondary"), "warning": ("triangle-alert", "warning"), "bad": ("triangle-alert", "bad")}


class Question(QFrame):
    """Hidden until it has something to say. Has no signals of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.offers: list[QPushButton] = []
        self.text = label("", wrap=True)
        self._sign = label()
        self._answers = QWidget()
        self._flow = FlowLayout(self._answers, spacing=8)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.text, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._answers)
        self.hide()

    def say(self, text: str, look: str = "plain") -> None:
        """Shows `text` in the look "plain", "warning" or "bad", with no answers yet."""
        empty(self._answers)
        self.offers = []
        self._answers.hide()
        self.text.setText(text)
        self.setAccessibleName(text)
        show_icon(self._sign, *_SIGNS[look], size=14)
        restyle(self, "notice", look)
        self.show()

    def offer(self, text: str, act: Callable[[], object]) -> QPushButton:
        """Adds an answer to what was said last."""
        made = button(text, "link")
        made.clicked.connect(lambda: act())
        self._flow.addWidget(made)
        self._answers.show()
        self.offers.append(made)
        return made
