"""One group of the filter panel: the values that a label has, to tick, each with a live count."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, label, literal, short

Counts = Sequence[tuple[Hashable, int]]
MORE_AT_A_TIME = 40
MANY = 20
"""From so many values on, there is a line to search among them."""
INDENT = 20
"""Pixels by which a value stands right of the one that it is a part of."""


class WideBox(QCheckBox):
    """A check box that answers a click anywhere on its line. Signals: QCheckBox's."""

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)


class FacetLine(QWidget):
    """A check box with a count at its right; a long text is cut and told whole in the tooltip. Has no signals."""

    def __init__(self, text: str, depth: int = 0) -> None:
        super().__init__()
        self._text = " ".join(text.split())
        self._indent = depth * INDENT
        self.box = WideBox()
        self.box.setMinimumWidth(30)
        self.count = label("", "small")
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QHBoxLayout(self)
        line.setContentsMargins(self._indent, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.box, 1)
        line.addWidget(self.count)

    def show_count(self, count: int) -> None:
        """Shows how many there are; none is said quietly."""
        self.count.setText(f"{count:,}")
        self.box.setAccessibleName(self.tr("{0}, {1} guidelines").format(self._text, count))
        restyle(self.box, "quiet", count == 0 and not self.box.isChecked())
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room = self.width() - self._indent - self.count.sizeHint().width() - 34
        cut = QFontMetrics(self.box.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, max(room, 20))
        self.box.setText(literal(cut))
        self.box.setToolTip(self._text if cut != self._text else "")


class Facet(QWidget):
    """Title, values and "N more…", with a line to find one where there are many. `as_chips` lays them out as chips
    instead of lines; `depth_of` says how far each one is indented.

    Signals: changed() when a person ticked or cleared a value.
    """

    changed = Signal()

    def __init__(
        self,
        title: str,
        text_of: Callable[[Any], str],
        *,
        first: int,
        as_chips: bool = False,
        depth_of: Callable[[Any], int] = lambda value: 0,
    ) -> None:
        super().__init__()
        self._text_of, self._depth_of = text_of, depth_of
        self._first = self._most = first
        self._as_chips = as_chips
        self._counts: dict[Hashable, int] = {}
        self._chosen: dict[Hashable, None] = {}
        self._shown: dict[Hashable, FacetLine | QPushButton] = {}
        self.setAccessibleName(title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(label(title, "caption"))
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search in {0}").format(title))
        self.search.textChanged.connect(self._on_find)
        self.search.hide()
        layout.addWidget(self.search)
        self._values = QWidget()
        self._places: FlowLayout | QVBoxLayout = FlowLayout(self._values) if as_chips else QVBoxLayout(self._values)
        self._places.setContentsMargins(0, 0, 0, 0)
        self._places.setSpacing(6 if as_chips else 0)
        layout.addWidget(self._values)
        self.more = button("", "link")
        self.more.clicked.connect(self._show_more)
        layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.more.hide()

    def chosen(self) -> tuple[Any, ...]:
        """The ticked values, in the order in which they were ticked."""
        return tuple(self._chosen)

    def choose(self, values: Sequence[Hashable]) -> None:
        """Ticks exactly these, without a signal."""
        self._chosen = dict.fromkeys(values)
        self._arrange()

    def show_counts(self, counts: Counts) -> None:
        """Shows the values with their counts; a ticked value that is gone from the library stays, with none."""
        self._counts = {**dict(counts), **{value: 0 for value in self._chosen if value not in dict(counts)}}
        self._arrange()

    def _arrange(self) -> None:
        typed = self.search.text().strip().casefold()
        values = [
            value
            for value in self._counts
            if not typed or value in self._chosen or typed in self._text_of(value).casefold()
        ]
        wanted = values[: self._most] + [value for value in values[self._most :] if value in self._chosen]
        if wanted != list(self._shown):
            self._rebuild(wanted)
        for value, shown in self._shown.items():
            self._show_value(value, shown)
        hidden = len(values) - len(wanted)
        self.more.setText(self.tr("{0} more…").format(f"{hidden:,}"))
        self.more.setAccessibleName(self.tr("Show {0} more: {1}").format(hidden, self.accessibleName()))
        self.more.setVisible(hidden > 0)
        self.search.setVisible(len(self._counts) >= MANY)
        self.setVisible(bool(self._counts))

    def _rebuild(self, values: Sequence[Hashable]) -> None:
        focused = next((value for value, shown in self._shown.items() if _control(shown).hasFocus()), None)
        for value in [value for value in self._shown if value not in values]:
            gone = self._shown.pop(value)
            gone.hide()
            gone.deleteLater()
        while self._places.takeAt(0) is not None:
            pass
        kept, self._shown = self._shown, {}
        for value in values:
            self._shown[value] = kept.get(value) or self._make(value)
            self._places.addWidget(self._shown[value])
        if focused in self._shown:
            _control(self._shown[focused]).setFocus()
        self._values.updateGeometry()

    def _make(self, value: Hashable) -> FacetLine | QPushButton:
        text = self._text_of(value)
        made: FacetLine | QPushButton
        if self._as_chips:
            made = button("", "chip")
            made.setCheckable(True)
            made.setToolTip(text if len(text) > 20 else "")
        else:
            made = FacetLine(text, self._depth_of(value))
        control = _control(made)
        control.clicked.connect(self._on_click)
        return made

    def _show_value(self, value: Hashable, shown: FacetLine | QPushButton) -> None:
        count, control = self._counts[value], _control(shown)
        control.setChecked(value in self._chosen)
        if isinstance(shown, FacetLine):
            shown.show_count(count)
            return
        text = self._text_of(value)
        shown.setText(f"{literal(short(text, 20))}  {count:,}")
        shown.setAccessibleName(self.tr("{0}, {1} guidelines").format(text, count))
        restyle(shown, "quiet", count == 0 and value not in self._chosen)

    def _on_click(self) -> None:
        for value, shown in self._shown.items():
            if _control(shown).isChecked():
                self._chosen.setdefault(value)
            else:
                self._chosen.pop(value, None)
        self.changed.emit()

    def _on_find(self) -> None:
        self._most = self._first
        self._arrange()

    def _show_more(self) -> None:
        self._most += MORE_AT_A_TIME
        self._arrange()


def _control(shown: FacetLine | QPushButton) -> QCheckBox | QPushButton:
    return shown.box if isinstance(shown, FacetLine) else shown
