"""The rows that a guideline yields: each question with its answer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.core.domain import Example
from lora_studio.gui.widgets.parts import empty, label, panel, picture
from lora_studio.gui.widgets.text_view import TextView

ROWS_SHOWN = 30
TEXT_SHOWN = 600


class RowsTab(QWidget):
    """Builds its rows when it is first looked at. Has no signals."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted: Sequence[Example] | None = None
        self._list = QWidget()
        inner = QVBoxLayout(self._list)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._list)
        layout.addStretch()

    def show_examples(self, examples: Sequence[Example]) -> None:
        """Shows the rows; long texts are cut."""
        self._wanted = examples
        if self.isVisible():
            self.build()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.build()

    def build(self) -> None:
        """Makes what is to be seen, unless it is there already."""
        if self._wanted is None:
            return
        examples, self._wanted = self._wanted, None
        empty(self._list)
        layout = self._list.layout()
        assert layout is not None
        for example in examples[:ROWS_SHOWN]:
            layout.addWidget(self._box(example))
        if len(examples) > ROWS_SHOWN:
            layout.addWidget(label(self.tr("{0} more rows").format(len(examples) - ROWS_SHOWN), "small"))
        if not examples:
            layout.addWidget(label(self.tr("No rows: the content is blank."), "secondary", wrap=True))

    def _box(self, example: Example) -> QFrame:
        box, layout = panel("inset")
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addLayout(_line("user", "body", self.tr("Question"), example.prompt))
        layout.addLayout(_line("bot", "answer", self.tr("Answer"), example.completion))
        return box


def _line(icon: str, kind: str, name: str, text: str) -> QHBoxLayout:
    view = TextView(kind, name)
    view.show_text(text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN].rstrip()} …")
    line = QHBoxLayout()
    line.setSpacing(8)
    line.addWidget(picture(icon, "accent" if icon == "bot" else "secondary", 14), 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(view, 1)
    return line
