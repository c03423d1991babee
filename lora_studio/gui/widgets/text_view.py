"""Text to read and copy, as high as it needs to be; it loads nothing from anywhere."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QResizeEvent, QTextDocument, QTextOption
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit

SHOWN_MAX = 20_000
"""Characters that are laid out; more would hold the window up."""
_FENCE = re.compile(r"^\s*(```|~~~)")


class TextView(QTextEdit):
    """A read-only text without a frame. Has no signals of its own."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__()
        self.setProperty("view", kind)
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(0)

    def show_text(self, text: str) -> None:
        """Shows `text` as it stands."""
        self.setPlainText(self._cut(text))
        self._fit()

    def show_markdown(self, text: str) -> None:
        """Shows `text` as Markdown, its line breaks kept and its HTML shown, not obeyed."""
        features = QTextDocument.MarkdownFeature
        self.document().setMarkdown(
            hard_breaks(self._cut(text)), features.MarkdownDialectGitHub | features.MarkdownNoHTML
        )
        self._fit()

    def _cut(self, text: str) -> str:
        if len(text) <= SHOWN_MAX:
            return text
        left = self.tr("… and {0} more characters").format(f"{len(text) - SHOWN_MAX:,}")
        return f"{text[:SHOWN_MAX]}\n\n{left}"

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing: a guideline is foreign text, and its pictures and links are not followed."""
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 16)

    def _fit(self) -> None:
        width = self.viewport().width()
        self.document().setTextWidth(width)
        frame = self.height() - self.viewport().height()
        self.setFixedHeight(math.ceil(self.document().size().height()) + max(frame, 0))


def hard_breaks(text: str) -> str:
    """`text` with Markdown's mark for a line break at every line end outside of code fences."""
    lines, in_code = [], False
    for line in text.split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
        plain = in_code or not line.strip() or line.startswith(("#", "|", ">")) or _FENCE.match(line)
        lines.append(line if plain else f"{line.rstrip()}  ")
    return "\n".join(lines)
