"""Fields of the guideline form: texts that stay as they were unless edited, tags as chips, lists of examples."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, empty, label, literal, picture, short, tool

LINES_MAX = 20
"""Lines that a field grows to before it scrolls."""


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
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as the text, within reason."""
        lines = min(max(int(self.document().size().height()), self._least), LINES_MAX)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 20)

    def set_text(self, text: str) -> None:
        """Shows `text`; it counts as not edited."""
        self._given = text
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

    def __init__(self) -> None:
        super().__init__()
        self._tags: dict[str, None] = {}
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips)
        self.line = QLineEdit()
        self.line.setAccessibleName(self.tr("Add a tag"))
        self.line.setPlaceholderText(self.tr("add a tag, then Enter"))
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
        typed = self.line.text().strip()
        return tuple({**self._tags, **({typed: None} if typed else {})})

    def set_tags(self, tags: Sequence[str]) -> None:
        """Shows these tags."""
        self._tags = dict.fromkeys(tags)
        self._show()

    def add_typed(self) -> None:
        """Makes a chip of what was typed."""
        self._tags = dict.fromkeys(self.tags())
        self.line.clear()
        self._show()
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() == Qt.KeyboardModifier(0):
            event.accept()  # it added the tag, and must not press the dialog's button too
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


class ExamplesField(QWidget):
    """Good or bad examples, one text field each. Signals: changed() when one was edited, added or taken away."""

    changed = Signal()

    def __init__(self, look: str, title: str, add: str) -> None:
        super().__init__()
        self._title = title
        self.fields: list[TextField] = []
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(picture("check" if look == "good" else "x", look, 14))
        head.addWidget(label(title, "caption"))
        head.addStretch()
        self.add_button = button(add, "link")
        self.add_button.clicked.connect(self._on_add)
        head.addWidget(self.add_button)
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(self._list)

    def texts(self) -> tuple[str, ...]:
        """The examples; those with nothing in them are left out."""
        return tuple(text for field in self.fields if (text := field.text()))

    def set_texts(self, texts: Sequence[str]) -> None:
        """Shows these examples."""
        for field in list(self.fields):
            self._remove(field)
        for text in texts:
            self._add(text)

    def _on_add(self) -> None:
        self._add("").setFocus()

    def _add(self, text: str) -> TextField:
        field = TextField(self.tr("{0}, number {1}").format(self._title, len(self.fields) + 1), code=True, lines=4)
        field.set_text(text)
        field.textChanged.connect(self.changed)
        remove = tool(self.tr("Remove this example"), "x", size=14)
        remove.clicked.connect(lambda: self._on_remove(field))
        line = QWidget()
        inner = QHBoxLayout(line)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        inner.addWidget(field, 1)
        inner.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        self._list.addWidget(line)
        self.fields.append(field)
        return field

    def _on_remove(self, field: TextField) -> None:
        self._remove(field)
        self.changed.emit()
        self.add_button.setFocus()

    def _remove(self, field: TextField) -> None:
        self.fields.remove(field)
        line = field.parentWidget()
        if line is not None:
            line.hide()
            line.deleteLater()
