"""What the window that asks an adapter is made of: the question, an answer that grows, and the rule that was meant."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from lora_studio.core.library.meant import Meant
from lora_studio.core.training.ask import QUESTION_MAX
from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.parts import button, label, literal, panel, short
from lora_studio.gui.widgets.text_view import TextView

QUESTION_LINES = 3


class QuestionField(QPlainTextEdit):
    """A few lines of text. Signals: entered() for Enter; Shift+Enter begins a new line."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Question"))
        self.setPlaceholderText(self.tr("Ask something, and press Enter"))
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * QUESTION_LINES + 20)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def question(self) -> str:
        """What was typed, as far as it can be asked."""
        return self.toPlainText().strip()[:QUESTION_MAX]


class AnswerView(QWidget):
    """One side's answer, as plain text. Has no signals of its own."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.figures = label("", "small")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(title)
        head = QHBoxLayout()
        head.addWidget(label(title, "strong"))
        head.addStretch()
        head.addWidget(self.figures)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.text, 1)

    def clear(self) -> None:
        """Makes room for the next answer."""
        self.text.clear()
        self.figures.clear()

    def grow(self, text: str) -> None:
        """Adds the next words; whoever reads further up is left there."""
        bar = self.text.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)
        if follows:
            bar.setValue(bar.maximum())

    def show_whole(self, text: str, seconds: float) -> None:
        """Shows the whole answer, and how long it took."""
        if text != self.text.toPlainText():
            self.text.setPlainText(text)
        self.figures.setText(self.tr("{0} s").format(f"{seconds:.1f}"))
        self.text.setPlaceholderText("" if text.strip() else self.tr("Nothing was said"))


class MeantView(QWidget):
    """The rule that the question means, with its right answer.

    Signals: guideline_wanted(id) when its name is clicked.
    """

    guideline_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._id = ""
        self.title = label("", "small")
        self.name_button = button("", "link")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("The right answer"))
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title)
        head.addWidget(self.name_button)
        head.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.text, 1)
        layout.addStretch()
        self.name_button.clicked.connect(lambda: self.guideline_wanted.emit(self._id))
        self.show_nothing("")

    def show_nothing(self, said: str) -> None:
        """Says why there is no rule."""
        self.title.setText(said)
        self.name_button.hide()
        self.text.clear()
        self.text.hide()

    def show_meant(self, meant: Meant | None) -> None:
        """Shows the rule, or that none fits."""
        if meant is None:
            self.show_nothing(self.tr("No rule of the library fits the question."))
            return
        self._id = meant.id
        self.title.setText(self.tr("The rule that was meant:"))
        self.name_button.setText(literal(short(meant.name, 80)))
        self.name_button.setAccessibleName(self.tr("Show the guideline {0}").format(short(meant.name, 200)))
        self.name_button.show()
        self.text.setPlainText(meant.content)
        self.text.show()


class NoPython(QWidget):
    """Says that no Python here can answer, and how to get one. Signals: again_wanted() to look once more."""

    again_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        box, inner = panel("inset")
        self.command = TextView("code", self.tr("Command that installs the libraries"))
        self.copy_button = button(self.tr("Copy the command"), "link")
        self.again_button = button(self.tr("Look again"), "", "refresh-cw")
        said = self.tr("No Python here has the training libraries. Run this in a terminal, then look again:")
        inner.addWidget(label(said, wrap=True))
        inner.addWidget(self.command)
        line = QHBoxLayout()
        line.addWidget(self.copy_button)
        line.addWidget(self.again_button)
        line.addStretch()
        inner.addLayout(line)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(box)
        self.copy_button.clicked.connect(self._copy)
        self.again_button.clicked.connect(self.again_wanted)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.command.toPlainText())
        show_icon(self.copy_button, "check", "good", size=14)
