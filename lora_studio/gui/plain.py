"""Text is text: whatever shows some in the window shows it as it stands, never as HTML, wherever it came from."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProxyStyle


class PlainStyle(QProxyStyle):
    """Fusion, in which every label is plain: Qt's tooltips and message boxes are labels too, and guess by themselves.

    Qt polishes a widget before it lays out or shows it, a tooltip even before it has its text.
    """

    def __init__(self) -> None:
        super().__init__("Fusion")

    def polish(self, shown: Any) -> None:
        if isinstance(shown, QLabel):
            shown.setTextFormat(Qt.TextFormat.PlainText)
        super().polish(shown)
