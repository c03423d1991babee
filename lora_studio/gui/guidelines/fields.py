"""Fields of the guideline form: texts that stay as they were unless edited, and tags as chips."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, empty, literal, short

LINES_MAX = 20
"""Lines that a field grows to before it scrolls."""
LONG_FROM = 2_000
"""Characters from which a text fills LINES_MAX at any width."""
WIDE_FROM = 4_000
"""Characters of one line from which it is not wrapped: wrapping it anew at every key would hold the window up."""


class TextField(QPlainTextEdit):
    """Many lines of text. Qt would turn some spaces and line ends into others: a text nobody edited comes back as it
    was. Signals: QPlainTextEdit's textChanged.
    """

    def __init__(self, name: str, *, code: bool = False, lines: int = 4) -> None:
        super().__init__()
        self._given = ""
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setProperty("code", code)
        self._least = lines
        self._lines = 0
        self.textChanged.connect(self._fit)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        """As high as the text, within reason; a long one is not even measured, which would take its whole layout."""
        is_long = self.document().characterCount() > LONG_FROM or self.document().blockCount() > LINES_MAX
        wanted = LINES_MAX if is_long else int(self.document().size().height())
        lines = min(max(wanted, self._least), LINES_MAX)
        if lines != self._lines:
            self._lines = lines
            self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 20)

    def set_text(self, text: str) -> None:
        """Shows `text`; it counts as not edited."""
        self._given = text
        is_wide = len(text) > WIDE_FROM and max(map(len, text.split("\n"))) > WIDE_FROM
        self.setLineWrapMode(self.LineWrapMode.NoWrap if is_wide else self.LineWrapMode.WidgetWidth)
        self.setPlainText(text)
        self.document().setModified(False)

    def text(self) -> str:
        """The text as it is now."""
        if not self.document().isModified():
            return self._given
        return self.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")


class LineField(QLineEdit):
    """One line of text; one that nobody edited comes back as it was. Signals: QLineEdit's textChanged."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._given = ""
        self.setAccessibleName(name)

    def set_text(self, text: str) -> None:
        """Shows `text`; it counts as not edited."""
        self._given = text
        self.setText(text)
        self.setCursorPosition(0)
        self.setModified(False)

    def value(self) -> str:
        """The text as it is now."""
        return self.text() if self.isModified() else self._given


class TagsField(QWidget):
    """Tags as chips; a click takes one away. Enter or a comma adds what was typed.

    Signals: changed() when a tag was added or taken away.
    """

    changed = Signal()

    def __init__(self, known: Sequence[str] = ()) -> None:
        super().__init__()
        self._tags: dict[str, None] = {}
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips)
        self.line = QLineEdit()
        self.line.setAccessibleName(self.tr("Add a tag"))
        self.line.setPlaceholderText(self.tr("add a tag, then Enter"))
        completer = QCompleter(list(known), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(self.add_typed, Qt.ConnectionType.QueuedConnection)  # once the line has the text
        self.line.setCompleter(completer)
        self.line.textEdited.connect(self._on_edit)
        self.line.editingFinished.connect(self.add_typed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.line)
        layout.addWidget(self._chips)
        self._show()

    def tags(self) -> tuple[str, ...]:
        """The tags, with the one that is still being typed."""
        typed = self.line.text().strip().rstrip(",").strip()
        return tuple({**self._tags, **({typed: None} if typed else {})})

    def set_tags(self, tags: Sequence[str]) -> None:
        """Shows these tags."""
        self._tags = dict.fromkeys(tags)
        self._show()

    def add_typed(self) -> None:
        """Makes a chip of what was typed."""
        if not self.line.text():
            return
        self._tags = dict.fromkeys(self.tags())
        self.line.clear()
        self._show()
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() == Qt.KeyboardModifier(0):
            event.accept()  # it added the tag, and must go nowhere else
        else:
            super().keyPressEvent(event)

    def _on_edit(self, text: str) -> None:
        if text.endswith(","):
            self.line.setText(text[:-1])
            self.add_typed()
        else:
            self.changed.emit()

    def _show(self) -> None:
        empty(self._chips)
        for tag in self._tags:
            chip = button(literal(short(tag, 40)), "chip")
            show_icon(chip, "x", size=12)
            chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            chip.setAccessibleName(self.tr("Remove the tag {0}").format(tag))
            chip.clicked.connect(lambda _=False, tag=tag: self._remove(tag))
            self._flow.addWidget(chip)
        self._chips.setVisible(bool(self._tags))

    def _remove(self, tag: str) -> None:
        self._tags.pop(tag, None)
        self._show()
        self.changed.emit()
        self.line.setFocus()
