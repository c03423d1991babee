"""Two datasets or adapters side by side: options, guidelines, rows, and their loss curves over each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.dataset.export import Progress
from lora_studio.core.library.store import Library
from lora_studio.core.training.shelf import Item
from lora_studio.core.training.states import Standing
from lora_studio.gui.adapters import words
from lora_studio.gui.adapters.model import Line
from lora_studio.gui.adapters.pieces import wrapping
from lora_studio.gui.adapters.work import Details, read_details
from lora_studio.gui.widgets.curve import Curve, Look
from lora_studio.gui.widgets.parts import button, label, literal, short

LISTED = 100
Pair = tuple[Details, Details]


def read_two(
    library: Library, asked: Sequence[tuple[Item, Standing | None]], items: Sequence[Item], progress: Progress
) -> Pair:
    """The details of two items, with the guidelines that went into each."""
    one, other = (read_details(library, item, standing, items, True, progress) for item, standing in asked)
    return one, other


class CompareDialog(QDialog):
    """Signals: guideline_wanted(id) when a rule is clicked."""

    guideline_wanted = Signal(str)

    def __init__(self, lines: tuple[Line, Line], pair: Pair, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Compare two"))
        self.finished.connect(self.deleteLater)
        self.resize(min(880, parent.width() - 64), min(640, parent.height() - 48))
        body = QWidget()
        body.setProperty("plain", True)
        self._inner = QVBoxLayout(body)
        self._inner.setContentsMargins(0, 0, 12, 0)
        self._inner.setSpacing(12)
        self._inner.addLayout(self._table(lines, pair))
        self._add_curves(lines, pair)
        self._add_guidelines(pair)
        self._inner.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("Comparison"))
        scroll.setWidget(body)
        self.close_button = button(self.tr("Close"), "primary")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 12, 20)
        layout.setSpacing(16)
        layout.addWidget(label(self.tr("Compare two"), "title"))
        layout.addWidget(scroll, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 12, 0)
        foot.addStretch()
        foot.addWidget(self.close_button)
        layout.addLayout(foot)

    def _table(self, lines: tuple[Line, Line], pair: Pair) -> QGridLayout:
        """What both say under the same name; where they differ, in strong type."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        for column, line in enumerate(lines, start=1):
            grid.addWidget(wrapping(line.item.name, "lead"), 0, column, Qt.AlignmentFlag.AlignTop)
        sides = [facts_of(line, details) for line, details in zip(lines, pair, strict=True)]
        for row, name in enumerate(dict.fromkeys([*sides[0], *sides[1]]), start=1):
            values = [side.get(name, "—") for side in sides]
            grid.addWidget(label(name, "secondary"), row, 0, Qt.AlignmentFlag.AlignTop)
            for column, value in enumerate(values, start=1):
                made = wrapping(value, "strong" if values[0] != values[1] else "")
                grid.addWidget(made, row, column, Qt.AlignmentFlag.AlignTop)
        return grid

    def _add_curves(self, lines: tuple[Line, Line], pair: Pair) -> None:
        series, looks = {}, {}
        names = [short(line.item.name, 28) for line in lines]
        if names[0] == names[1]:
            names = [f"{name} ({number})" for number, name in enumerate(names, start=1)]
        for name, details, role in zip(names, pair, ("accent", "warning"), strict=True):
            for kind, points, dashed in (
                (self.tr("train"), details.losses.train, False),
                (self.tr("eval"), details.losses.eval, True),
            ):
                if points:
                    series[f"{name} {kind}"] = points
                    looks[f"{name} {kind}"] = Look(role, dashed)
        self.curve = Curve(self.tr("Loss of both"), self.tr("step"))
        self.curve.show_series(series, looks)
        self.curve.setFixedHeight(220)
        self.curve.setVisible(bool(series))
        if series:
            self._inner.addWidget(label(self.tr("LOSS"), "caption"))
            self._inner.addWidget(self.curve)

    def _add_guidelines(self, pair: Pair) -> None:
        one, other = (details.names for details in pair)
        self._inner.addWidget(label(self.tr("GUIDELINES"), "caption"))
        unknown = [details.item.name for details in pair if not details.names]
        for name in unknown:
            text = self.tr("{0} was made elsewhere: which guidelines went in cannot be told.").format(short(name, 60))
            self._inner.addWidget(label(text, "small", wrap=True))
        if unknown:
            return
        both = {key: name for key, name in one.items() if key in other}
        self._inner.addWidget(self._said(self.tr("In both: {0}"), both))
        for text, names in (
            (self.tr("Only in the first: {0}"), {key: name for key, name in one.items() if key not in other}),
            (self.tr("Only in the second: {0}"), {key: name for key, name in other.items() if key not in one}),
        ):
            self._inner.addWidget(self._said(text, names))
            for key, name in list(names.items())[:LISTED]:
                made = button(literal(short(name, 80)), "link")
                made.setAccessibleName(self.tr("Show the guideline {0}").format(name))
                made.clicked.connect(partial(self._go, key))
                self._inner.addWidget(made)

    def _said(self, text: str, names: dict[str, str]) -> QLabel:
        return label(text.format(f"{len(names):,}"), "strong")

    def _go(self, guideline_id: str) -> None:
        self.accept()
        self.guideline_wanted.emit(guideline_id)


def facts_of(line: Line, details: Details) -> dict[str, str]:
    """Everything that can be compared of one item, by name."""
    item, tr = line.item, words.tr
    facts = {
        tr("Kind"): words.kind_name(item),
        tr("Model"): item.model,
        tr("Format"): words.shape_name(item),
        tr("Rows"): "" if line.rows is None else f"{line.rows:,}",
        tr("Made"): words.made(item),
        tr("State"): words.state_name(line.state, line.since),
    }
    trained = item.trained
    if trained:
        facts[tr("Dropout")] = "" if trained.dropout is None else f"{trained.dropout:g}"
        facts[tr("Parts")] = ", ".join(trained.target_modules[:12])
        facts[tr("Size")] = words.size(trained.bytes)
        facts[tr("Trained on")] = details.dataset.name if details.dataset else ""
        for name, points in ((tr("Last loss"), details.losses.train), (tr("Last eval loss"), details.losses.eval)):
            facts[name] = f"{points[-1][1]:.4g}" if points else ""
    facts |= dict(words.config_facts(details.config))
    return {name: value for name, value in facts.items() if value}
