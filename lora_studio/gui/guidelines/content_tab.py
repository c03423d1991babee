"""What a guideline says: its content, good and bad examples, and why.

Long texts are laid out piece by piece, one turn of the event loop each, so that the window stays quick.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.core.domain import Guideline
from lora_studio.core.review.findings import Finding
from lora_studio.gui.guidelines.examples import ExampleBox
from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.parts import button, empty, label, tool
from lora_studio.gui.widgets.tab_order import order_tabs
from lora_studio.gui.widgets.text_view import TextView

SIDE_BY_SIDE_FROM = 640
"""Width in pixels from which good stands beside bad."""
EXAMPLES_SHOWN = 12
PIECE = 4_000
"""Characters that are laid out in one turn."""
TABLE_SIGNS_MAX = 300
"""A piece with more of | is a table of so many cells that laying it out would hold the window up: shown as written."""
SHOWN_FIRST = 20_000
"""Characters of the content that are shown until all are asked for."""


class ContentTab(QWidget):
    """Signals: place_found(QRect) with where in the tab a finding was marked; plain_changed(bool)."""

    place_found = Signal(QRect)
    plain_changed = Signal(bool)

    def __init__(self, *, plain: bool = False) -> None:
        super().__init__()
        self._guideline: Guideline | None = None
        self._pieces: list[tuple[int, TextView]] = []
        self._boxes: dict[tuple[str, int], ExampleBox] = {}
        self._wanted: Finding | None = None
        self._todo: deque[tuple[int, Callable[[], None]]] = deque()
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._go_on)
        self.copy_button = tool(self.tr("Copy the content"), "copy", size=14)
        self.plain_button = tool(self.tr("Show as plain text"), "align-left", size=14)
        self.all_button = button("", "link")
        self._why_title = label(self.tr("WHY"), "caption")
        self._why = TextView("secondary", self.tr("Why"))
        self._build(plain)
        self.copy_button.clicked.connect(self.copy)
        self.plain_button.toggled.connect(self._on_plain)
        self.all_button.clicked.connect(self.show_all)

    def _build(self, plain: bool) -> None:
        self.plain_button.setCheckable(True)
        self.plain_button.setChecked(plain)
        show_icon(self.plain_button, "align-left", chosen="accent", size=14)
        self._content, self._good, self._bad = QWidget(), QWidget(), QWidget()
        self._examples = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._examples.setSpacing(8)
        for column in (self._content, self._good, self._bad):
            inner = QVBoxLayout(column)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(0 if column is self._content else 8)
        for column in (self._good, self._bad):
            self._examples.addWidget(column, 1, Qt.AlignmentFlag.AlignTop)
        tools = QVBoxLayout()
        tools.setSpacing(0)
        tools.addWidget(self.copy_button)
        tools.addWidget(self.plain_button)
        tools.addStretch()
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self._content, 1, Qt.AlignmentFlag.AlignTop)
        top.addLayout(tools)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 8, 8)
        layout.setSpacing(12)
        layout.addLayout(top)
        layout.addWidget(self.all_button)
        layout.addLayout(self._examples)
        layout.addWidget(self._why_title)
        layout.addWidget(self._why)
        layout.addStretch()

    def show_guideline(self, guideline: Guideline) -> None:
        """Shows the texts of `guideline`; what it does not have takes no room."""
        self._guideline, self._wanted = guideline, None
        self._todo.clear()
        self._show_content(SHOWN_FIRST)
        self._boxes.clear()
        for column in (self._good, self._bad):
            empty(column)
        self._good.setVisible(bool(guideline.good))
        self._bad.setVisible(bool(guideline.bad))
        self._add_examples("good", 0)
        self._add_examples("bad", 0)
        for widget in (self._why, self._why_title):
            widget.setVisible(bool(guideline.rationale.strip()))
        self._todo.append((len(guideline.rationale), partial(self._show_why, guideline.rationale)))
        self._go_on()

    def _show_content(self, most: int) -> None:
        """Orders the pieces of the first `most` characters."""
        assert self._guideline is not None
        text = self._guideline.content
        for _, view in self._pieces:
            view.hide()
            view.deleteLater()
        self._pieces.clear()
        spans = pieces(text, most)
        for start, end in reversed(spans):  # in front of whatever is ordered already
            in_code = f"\n{text[:start]}".count("\n```") % 2 == 1
            self._todo.appendleft((end - start, partial(self._add_piece, start, end, in_code)))
        left = len(text) - (spans[-1][1] if spans else 0)
        self.all_button.setVisible(left > 0)
        self.all_button.setText(self.tr("Show all {0} characters").format(f"{len(text):,}"))

    def _add_piece(self, start: int, end: int, in_code: bool) -> None:
        assert self._guideline is not None
        view = TextView("body", self.tr("Content"))
        inner = self._content.layout()
        assert inner is not None
        inner.addWidget(view)
        text = self._guideline.content[start:end]
        if self.plain_button.isChecked() or text.count("|") > TABLE_SIGNS_MAX:
            view.show_text(text)
        else:
            view.show_markdown(f"```\n{text}" if in_code else text)
        self._pieces.append((start, view))

    def _add_examples(self, kind: str, start: int) -> None:
        """Orders the next examples of `kind`, and a way to those after them."""
        assert self._guideline is not None
        texts = self._guideline.good if kind == "good" else self._guideline.bad
        for number, text in enumerate(texts[start : start + EXAMPLES_SHOWN], start=start):
            self._todo.append((min(len(text), PIECE), partial(self._add_box, kind, number, text)))
        left = len(texts) - start - EXAMPLES_SHOWN
        if left > 0:
            self._todo.append((0, partial(self._offer_more, kind, start + EXAMPLES_SHOWN, left)))

    def _add_box(self, kind: str, number: int, text: str) -> None:
        column = (self._good if kind == "good" else self._bad).layout()
        assert column is not None
        box = self._boxes[kind, number] = ExampleBox(kind, self.tr("Good") if kind == "good" else self.tr("Bad"), text)
        column.addWidget(box)

    def _offer_more(self, kind: str, start: int, left: int) -> None:
        column = (self._good if kind == "good" else self._bad).layout()
        assert column is not None
        more = button(self.tr("Show more ({0} left)").format(f"{left:,}"), "link")
        column.addWidget(more)

        def add() -> None:
            more.hide()
            more.deleteLater()
            self._add_examples(kind, start)
            self._go_on()

        more.clicked.connect(add)

    def _show_why(self, text: str) -> None:
        self._why.show_markdown(text[:PIECE])

    def _go_on(self) -> None:
        """Lays out what one turn has time for."""
        spent = 0
        while self._todo and (not spent or spent + self._todo[0][0] <= PIECE):
            size, make = self._todo.popleft()
            make()
            spent += size + 200
        if self._todo:
            self._next.start()
            return
        order_tabs(self)
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self._mark(wanted)

    def show_all(self) -> None:
        """Shows the whole content, however long."""
        if self._guideline is not None:
            self._show_content(len(self._guideline.content))
            self._go_on()

    def copy(self) -> None:
        """Copies the content as it is kept, all of it."""
        if self._guideline is not None:
            QGuiApplication.clipboard().setText(self._guideline.content)

    def _on_plain(self, plain: bool) -> None:
        self.plain_changed.emit(plain)
        if self._guideline is not None:
            self._show_content(SHOWN_FIRST)
            self._go_on()

    def show_finding(self, finding: Finding) -> None:
        """Marks the place of `finding`, once everything up to it is laid out."""
        self._wanted = finding
        if finding.field == "content" and self.all_button.isVisible() and finding.end > SHOWN_FIRST:
            self.show_all()
        elif not self._todo:
            self._go_on()

    def _mark(self, finding: Finding) -> None:
        assert self._guideline is not None
        view = self._why if finding.field == "rationale" else None
        if finding.field in ("good", "bad") and (box := self._boxes.get((finding.field, finding.number))):
            view = box.code
            view.mark(finding.start, finding.end)
        elif finding.field == "content" and self._pieces:
            start, view = [piece for piece in self._pieces if piece[0] <= finding.start][-1]
            if self.plain_button.isChecked():
                view.mark(finding.start - start, finding.end - start)
            elif finding.end > finding.start and not view.mark_text(
                self._guideline.content[finding.start : finding.end]
            ):
                self._wanted = finding  # Markdown shows it otherwise: as plain text its place is exact
                self.plain_button.setChecked(True)
                return
        elif view is not None:
            view.mark_text(self._guideline.rationale[finding.start : finding.end])
        if view is not None:
            spot = view.cursorRect()
            self.place_found.emit(QRect(view.mapTo(self, spot.topLeft()), spot.size()))
            view.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= SIDE_BY_SIDE_FROM
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if direction != self._examples.direction():
            self._examples.setDirection(direction)


def pieces(text: str, most: int) -> list[tuple[int, int]]:
    """Spans of at most PIECE characters that make up about the first `most`, cut between paragraphs or lines."""
    spans: list[tuple[int, int]] = []
    start = 0
    while start < len(text) and start < most:
        end = min(start + PIECE, len(text))
        if end < len(text):
            cut = max(text.rfind("\n\n", start + PIECE // 4, end) + 2, 0)
            cut = cut if cut > 1 else text.rfind("\n", start + PIECE // 4, end) + 1
            end = cut or end
        spans.append((start, end))
        start = end
    return spans
