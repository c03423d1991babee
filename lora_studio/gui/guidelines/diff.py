"""Shows what changed: each field with its lines, removed and added ones told apart by sign and by colour."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QTextEdit

from lora_studio.core.review.diff import DiffLine, FieldDiff
from lora_studio.gui.theme import CODE_FONT, colours

LINE_SHOWN = 2_000
"""Characters of one line that are shown."""


class DiffView(QTextEdit):
    """A read-only list of changes. Has no signals of its own."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._shown: Sequence[FieldDiff] = ()
        self.setProperty("view", "diff")
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._words = {
            "name": self.tr("Name"), "content": self.tr("Content"), "category": self.tr("Category"),
            "priority": self.tr("Priority"), "scope": self.tr("Scope"), "active": self.tr("Active"),
            "deleted": self.tr("Deleted"), "tags": self.tr("Tags"), "rationale": self.tr("Why"),
            "good": self.tr("Good example {0}"), "bad": self.tr("Bad example {0}"),
        }  # fmt: skip

    def show_changes(self, changes: Sequence[FieldDiff]) -> None:
        """Shows `changes`, or that there are none."""
        self._shown = changes
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        if not changes:
            cursor.insertText(self.tr("Nothing differs."), _ink(colours().secondary))
        for number, change in enumerate(changes):
            self._start(cursor, number, top=8 if number else 0)
            title = _ink(colours().secondary)
            title.setFontWeight(600)
            cursor.insertText(self._words[change.field].format(change.number), title)
            for line in change.lines:
                self._line(cursor, line)
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _start(self, cursor: QTextCursor, number: int, *, top: int = 0, ground: str = "") -> None:
        shape = QTextBlockFormat()
        shape.setTopMargin(top)
        if ground:
            shape.setBackground(QColor(ground))
        if number:
            cursor.insertBlock(shape)
        else:
            cursor.setBlockFormat(shape)

    def _line(self, cursor: QTextCursor, line: DiffLine) -> None:
        theme = colours()
        if line.hidden:
            self._start(cursor, 1)
            cursor.insertText(self.tr("… {0} lines left out").format(f"{line.hidden:,}"), _ink(theme.secondary))
            return
        role, ground = {"-": (theme.bad, theme.bad_soft), "+": (theme.good, theme.good_soft)}.get(
            line.sign, (theme.secondary, "")
        )
        self._start(cursor, 1, ground=ground)
        cursor.insertText({"-": "\u2212"}.get(line.sign, line.sign) + " ", _code(role))
        left = LINE_SHOWN
        for text, changed in line.parts:
            look = _code(theme.text if ground else theme.secondary)
            if changed:
                look = _code(role)
                look.setFontWeight(600)
                look.setFontUnderline(True)
            cursor.insertText(text[:left].replace("\u2029", " "), look)
            left -= len(text)
            if left <= 0:
                cursor.insertText(" …", _code(theme.secondary))
                break

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._shown:
            self.show_changes(self._shown)


def _ink(colour: str) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(QColor(colour))
    return look


def _code(colour: str) -> QTextCharFormat:
    look = _ink(colour)
    look.setFontFamilies([CODE_FONT])
    look.setProperty(QTextCharFormat.Property.FontPixelSize, 12)
    return look
