"""One example to read: code on a soft ground, good or bad."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from lora_studio.gui.widgets.parts import label, picture, tool
from lora_studio.gui.widgets.text_view import TextView

EXAMPLE_SHOWN = 4_000
"""Characters of an example that are shown; all of them are copied."""


class ExampleBox(QFrame):
    """An example with a bar at its left, and a way to copy it. `look` is "good" or "bad". Has no signals."""

    def __init__(self, look: str, title: str, text: str) -> None:
        super().__init__()
        translate = QCoreApplication.translate
        self.setProperty("example", look)
        copy = tool(translate("ExampleBox", "Copy this example"), "copy", size=14)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        name = label(title, "caption")
        name.setProperty("tone", look)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(picture("check" if look == "good" else "x", look, 14))
        head.addWidget(name, 1)
        head.addWidget(copy)
        self.code = TextView("code", title)
        left = len(text) - EXAMPLE_SHOWN
        more = translate("ExampleBox", "… and {0} more characters").format(f"{left:,}") if left > 0 else ""
        self.code.show_text(f"{text[:EXAMPLE_SHOWN]}\n\n{more}" if more else text.rstrip("\n"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 8)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.code)
