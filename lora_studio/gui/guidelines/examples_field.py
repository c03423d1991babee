"""Good or bad examples to edit: a text field each, to be added, moved and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import accumulate

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.gui.guidelines.fields import TextField
from lora_studio.gui.widgets.parts import button, label, picture, tool

FIELDS_SHOWN = 20
"""Examples that get a field at once; hundreds of fields would hold the window up."""
CHARACTERS_SHOWN = 20_000
"""Characters in the fields that are made at once."""


class ExamplesField(QWidget):
    """Signals: changed() when an example was edited, added, moved or taken away."""

    changed = Signal()

    def __init__(self, look: str, title: str, add: str) -> None:
        super().__init__()
        self._title = title
        self._lines: list[ExampleLine] = []
        self._rest: list[str] = []
        self._gone = ""
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(picture("check" if look == "good" else "x", look, 14))
        head.addWidget(label(title, "caption"))
        head.addStretch()
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.more_button, self.add_button = button("", "link"), button(add, "link", "plus", role="accent")
        self.more_button.clicked.connect(self._show_more)
        self.add_button.clicked.connect(self._on_add)
        self.back_button = button(self.tr("Bring back what was removed"), "link")
        self.back_button.clicked.connect(self._bring_back)
        self.back_button.hide()
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for one in (self.more_button, self.add_button, self.back_button):
            foot.addWidget(one)
        foot.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(self._list)
        layout.addLayout(foot)
        self._show_rest()

    @property
    def fields(self) -> list[TextField]:
        """The text fields, in the order of the examples."""
        return [line.field for line in self._lines]

    def texts(self) -> tuple[str, ...]:
        """The examples; new ones with nothing in them are left out."""
        written = [text for field in self.fields if (text := field.text()) or field.property("kept")]
        return (*written, *self._rest)

    def set_texts(self, texts: Sequence[str]) -> None:
        """Shows these examples."""
        for line in list(self._lines):
            self._remove(line)
        self._rest = list(texts)
        self._gone = ""
        self.back_button.hide()
        self._show_more()

    def _show_more(self) -> None:
        lengths = accumulate(map(len, self._rest[:FIELDS_SHOWN]))
        count = max(sum(length <= CHARACTERS_SHOWN for length in lengths), 1)
        shown, self._rest = self._rest[:count], self._rest[count:]
        for text in shown:
            field = self._add(text)
            field.setProperty("kept", not text)  # an empty example stays until somebody touches it
            field.textChanged.connect(partial(field.setProperty, "kept", False))
        self._show_rest()

    def _show_rest(self) -> None:
        self.more_button.setVisible(bool(self._rest))
        self.more_button.setText(self.tr("Show {0} more").format(f"{len(self._rest):,}"))

    def _on_add(self) -> None:
        self._add("").setFocus()

    def _add(self, text: str) -> TextField:
        line = ExampleLine(text)
        line.field.textChanged.connect(self.changed)
        line.up_button.clicked.connect(partial(self._move, line, -1))
        line.down_button.clicked.connect(partial(self._move, line, 1))
        line.remove_button.clicked.connect(partial(self._on_remove, line))
        self._list.addWidget(line)
        self._lines.append(line)
        self._number()
        return line.field

    def _number(self) -> None:
        for place, line in enumerate(self._lines, start=1):
            line.field.setAccessibleName(self.tr("{0}, number {1}").format(self._title, place))
            line.number.setText(str(place))
            line.up_button.setEnabled(place > 1)
            line.down_button.setEnabled(place < len(self._lines))

    def _move(self, line: ExampleLine, by: int) -> None:
        place = self._lines.index(line)
        self._lines.insert(place + by, self._lines.pop(place))
        self._list.removeWidget(line)
        self._list.insertWidget(place + by, line)
        self._number()
        line.field.setFocus()
        self.changed.emit()

    def _on_remove(self, line: ExampleLine) -> None:
        self._gone = line.field.text()
        self._remove(line)
        self.back_button.setVisible(bool(self._gone))
        self.changed.emit()
        self.add_button.setFocus()

    def _bring_back(self) -> None:
        self._add(self._gone).setFocus()
        self._gone = ""
        self.back_button.hide()
        self.changed.emit()

    def _remove(self, line: ExampleLine) -> None:
        self._lines.remove(line)
        self._list.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._number()


class ExampleLine(QWidget):
    """One example: its number, what can be done with it, and its text. Has no signals of its own."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.number = label("", "small")
        self.field = TextField("", code=True, lines=2)
        self.field.set_text(text)
        self.up_button = tool(self.tr("Move this example up"), "arrow-up", size=14)
        self.down_button = tool(self.tr("Move this example down"), "arrow-down", size=14)
        self.remove_button = tool(self.tr("Remove this example"), "x", size=14)
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.number, 1)
        for one in (self.up_button, self.down_button, self.remove_button):
            head.addWidget(one)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.field)
