"""What stands in the detail's place when there is no guideline to show: a quiet sentence, or what went wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lora_studio.gui.widgets.parts import button, label, picture


class Trouble(QWidget):
    """Why a guideline cannot be shown. Signals: again_wanted()."""

    again_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = label("", "secondary", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.again_button = button(self.tr("Try again"), "", "refresh-cw")
        self.again_button.clicked.connect(self.again_wanted)
        layout = _centred(self)
        layout.addWidget(picture("triangle-alert", "warning", 20), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.words)
        layout.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def say(self, text: str) -> None:
        """Shows the reason."""
        self.words.setText(text)


def quiet_page(said: str) -> QWidget:
    """One sentence under a picture, in the middle."""
    page = QWidget()
    layout = _centred(page)
    layout.addWidget(picture("file-text", "faint", 20), 0, Qt.AlignmentFlag.AlignHCenter)
    words = label(said, "secondary", wrap=True)
    words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    layout.addWidget(words)
    layout.addStretch(3)
    return page


def _centred(page: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(page)
    layout.setContentsMargins(24, 24, 24, 24)
    layout.setSpacing(12)
    layout.addStretch(2)
    return layout
