"""What a guideline says: its content, good and bad examples, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.core.domain import Guideline
from lora_studio.gui.widgets.parts import empty, label, picture
from lora_studio.gui.widgets.text_view import TextView

SIDE_BY_SIDE_FROM = 640
"""Width in pixels from which good stands beside bad."""
EXAMPLES_SHOWN = 12


class ContentTab(QWidget):
    """Has no signals."""

    def __init__(self) -> None:
        super().__init__()
        self._content = TextView("body", self.tr("Content"))
        self._good, self._bad = QWidget(), QWidget()
        self._examples = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._examples.setSpacing(8)
        for column in (self._good, self._bad):
            inner = QVBoxLayout(column)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(8)
            self._examples.addWidget(column, 1, Qt.AlignmentFlag.AlignTop)
        self._why_title = label(self.tr("WHY"), "caption")
        self._why = TextView("secondary", self.tr("Why"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 8, 8)
        layout.setSpacing(16)
        layout.addWidget(self._content)
        layout.addLayout(self._examples)
        layout.addWidget(self._why_title)
        layout.setSpacing(12)
        layout.addWidget(self._why)
        layout.addStretch()

    def show_guideline(self, guideline: Guideline) -> None:
        """Shows the texts of `guideline`; what it does not have takes no room."""
        self._content.show_markdown(guideline.content)
        self._fill(self._good, "good", self.tr("Good"), guideline.good)
        self._fill(self._bad, "bad", self.tr("Bad"), guideline.bad)
        self._why.show_markdown(guideline.rationale)
        for widget in (self._why, self._why_title):
            widget.setVisible(bool(guideline.rationale.strip()))

    def _fill(self, column: QWidget, look: str, title: str, texts: Sequence[str]) -> None:
        empty(column)
        layout = column.layout()
        assert layout is not None
        for text in texts[:EXAMPLES_SHOWN]:
            layout.addWidget(example_box(look, title, text))
        if len(texts) > EXAMPLES_SHOWN:
            layout.addWidget(label(self.tr("{0} more").format(f"{len(texts) - EXAMPLES_SHOWN:,}"), "small"))
        column.setVisible(bool(texts))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= SIDE_BY_SIDE_FROM
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if direction != self._examples.direction():
            self._examples.setDirection(direction)


def example_box(look: str, title: str, text: str) -> QFrame:
    """An example as code on a soft ground with a bar at its left; `look` is "good" or "bad"."""
    box = QFrame()
    box.setProperty("example", look)
    head = QHBoxLayout()
    head.setSpacing(6)
    head.addWidget(picture("check" if look == "good" else "x", look, 14))
    name = label(title, "caption")
    name.setProperty("tone", look)
    head.addWidget(name)
    head.addStretch()
    code = TextView("code", title)
    code.show_text(text.strip("\n"))
    layout = QVBoxLayout(box)
    layout.setContentsMargins(12, 8, 12, 8)
    layout.setSpacing(4)
    layout.addLayout(head)
    layout.addWidget(code)
    return box
