"""A line that says what just happened or what is in the way, with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from lora_studio.gui.theme import restyle, show_icon
from lora_studio.gui.widgets.parts import button, label, tool

_ICONS = {"good": ("check", "good"), "plain": ("info", "secondary"), "warning": ("triangle-alert", "warning"),
          "bad": ("triangle-alert", "bad")}  # fmt: skip


class Notice(QFrame):
    """Hidden until it has something to say. Has no signals of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("notice", "plain")
        self._sign = label()
        self.text = label("", wrap=True)
        self.close_button = tool(self.tr("Close"), "x", size=14)
        self.close_button.clicked.connect(self.hide)
        self.offers: list[QPushButton] = []
        self._goes = QTimer(self, singleShot=True)
        self._goes.timeout.connect(self.hide)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(12, 6, 8, 6)
        self._line.setSpacing(8)
        self._line.addWidget(self._sign)
        self._line.addWidget(self.text, 1)
        self._line.addWidget(self.close_button)
        self.hide()

    def say(self, text: str, look: str = "plain", *, seconds: int = 0) -> None:
        """Shows `text` in the look "plain", "good", "warning" or "bad"; for a while only when `seconds` says so."""
        for made in self.offers:
            made.hide()
            made.deleteLater()
        self.offers = []
        self.text.setText(text)
        self.setAccessibleName(text)
        show_icon(self._sign, *_ICONS[look])
        restyle(self, "notice", look)
        self._goes.stop()
        if seconds:
            self._goes.start(seconds * 1_000)
        self.show()

    def offer(self, text: str, act: Callable[[], None]) -> QPushButton:
        """Adds a button to what was said last."""
        made = button(text, "link")
        made.clicked.connect(act)
        self._line.insertWidget(self._line.count() - 1, made)
        self.offers.append(made)
        return made
