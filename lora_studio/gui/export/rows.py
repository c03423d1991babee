"""The rows of the preview as a list: a model over the rows, and a delegate that draws each as a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lora_studio.core.dataset.formats import ASSISTANT_MARK, END_MARK, USER_MARK
from lora_studio.core.dataset.pages import PreviewRow
from lora_studio.gui.export.words import type_name
from lora_studio.gui.theme import CODE_FONT, SIZES, TEXT_FONT, colours, icon_pixmap

ROW = Qt.ItemDataRole.UserRole
ASKED, ANSWERED, OPEN = 6, 4, 60
"""Most lines of a question, of an answer, and of either in a card that was opened."""
_CLIP = 20_000
_NARROWEST = 2
"""Pixels of a narrow letter."""
_PAD, _GAP, _ICON = 12, 8, 16
_LEFT = _PAD + _ICON + _GAP
_TAGGED = '{"text":'
"""How a line begins that holds chat markers."""

Turns = list[tuple[str, QTextLayout]]
"""What a card shows, in order: the role ("user", "bot" or "rejected") and the text laid out."""

Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractListModel):
    """The rows of a preview. Has no signals beside those of a model."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[PreviewRow, ...] = ()

    def show(self, rows: Sequence[PreviewRow]) -> None:
        """Puts `rows` in place of what was there."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            said = self.tr("{0}: {1} Answer: {2}")
            return said.format(_label(row), row.example.prompt, row.example.completion)
        return None


class RowDelegate(QStyledItemDelegate):
    """Draws a row as question and answer, or as the line of JSON that it becomes; the trained part is coloured."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self.raw = False
        self.opened: set[int] = set()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        return QSize(width, round(sum(self._heights(index, width))) + _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRectF = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = rect.adjusted(0.5, 0.5, -0.5, -_GAP - 0.5)
        painter.setPen(QPen(QColor(colours().accent if focused else colours().border), 1))
        painter.setBrush(QColor(colours().surface))
        painter.drawRoundedRect(card, 8, 8)
        if self.raw:
            self._paint_line(painter, card, index)
        else:
            self._paint_turns(painter, card, index)
        painter.restore()

    def _heights(self, index: Index, width: float) -> tuple[float, ...]:
        if self.raw:
            return (2.0 * _PAD, self._line_text(index, width).boundingRect().height())
        turns = self._turn_texts(index, width)
        bubbles = len(turns) - 1
        return (2.0 * _PAD, bubbles * (_GAP + 12.0), sum(text.boundingRect().height() for _, text in turns))

    def _lines(self, index: Index, usual: int) -> int:
        return OPEN if index.row() in self.opened else usual

    def _turn_texts(self, index: Index, width: float) -> Turns:
        row: PreviewRow = index.data(ROW)
        font = _font(TEXT_FONT, SIZES[2])
        start, middle, end = (USER_MARK, ASSISTANT_MARK, END_MARK) if row.line.startswith(_TAGGED) else ("", "", "")
        asked = start + _plain(row.example.prompt)
        room = width - _LEFT - _PAD - _advance(_label(row)) - _GAP
        turns = [("user", _laid_out(asked, font, room, self._lines(index, ASKED), [_span(asked, 0, len(start), True)]))]
        answers = [("bot", row.example.completion), ("rejected", row.rejected)]
        for role, text in answers[: 2 if row.rejected else 1]:
            said = middle + _plain(text) + end
            spans = [_span(said, 0, len(middle), True), _span(said, len(said) - len(end), len(end), True)]
            laid = _laid_out(said, font, width - _LEFT - _PAD - 20, self._lines(index, ANSWERED), spans)
            turns.append((role if row.wanted else "rejected", laid))
        return turns

    def _paint_turns(self, painter: QPainter, card: QRectF, index: Index) -> None:
        row: PreviewRow = index.data(ROW)
        (_, question), *answers = self._turn_texts(index, card.width() + 1)
        top = card.top() + _PAD
        painter.drawPixmap(QPointF(card.left() + _PAD, top), icon_pixmap("user", "secondary", _ICON))
        painter.setPen(QColor(colours().text))
        question.draw(painter, QPointF(card.left() + _LEFT, top))
        self._paint_label(painter, card, _label(row))
        top += question.boundingRect().height()
        for role, answer in answers:
            top = self._paint_answer(painter, QPointF(card.left(), top + _GAP), role, answer)

    def _paint_answer(self, painter: QPainter, place: QPointF, role: str, answer: QTextLayout) -> float:
        """Paints one answer at `place`, and gives where it ends."""
        is_good = role == "bot"
        bubble = QRectF(place.x() + _LEFT, place.y(), _width(answer) + 20, answer.boundingRect().height() + 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().chosen if is_good else colours().bad_soft))
        painter.drawRoundedRect(bubble, 6, 6)
        sign = icon_pixmap("bot", "accent", _ICON) if is_good else icon_pixmap("x", "bad", _ICON)
        painter.drawPixmap(QPointF(place.x() + _PAD, place.y() + 6), sign)
        painter.setPen(QColor(colours().text))
        answer.draw(painter, bubble.topLeft() + QPointF(10, 6))
        return bubble.bottom()

    def _paint_label(self, painter: QPainter, card: QRectF, text: str) -> None:
        painter.setFont(_font(TEXT_FONT, SIZES[0]))
        painter.setPen(QColor(colours().secondary))
        place = card.adjusted(0, _PAD, -_PAD, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, text)

    def _line_text(self, index: Index, width: float) -> QTextLayout:
        row: PreviewRow = index.data(ROW)
        spans = [_span(row.line, *row.trained, False)]
        if row.line.startswith(_TAGGED):
            spans += [_span(row.line, row.line.find(mark), len(mark), True) for mark in (USER_MARK, ASSISTANT_MARK)]
            spans.append(_span(row.line, sum(row.trained), len(END_MARK), True))
        font = _font(CODE_FONT, SIZES[1])
        return _laid_out(row.line, font, width - 2 * _PAD, self._lines(index, 2 * ANSWERED), spans)

    def _paint_line(self, painter: QPainter, card: QRectF, index: Index) -> None:
        painter.setPen(QColor(colours().text))
        self._line_text(index, card.width() + 1).draw(painter, card.topLeft() + QPointF(_PAD, _PAD))


def _label(row: PreviewRow) -> str:
    """Its type of question and its side, and for preferences whether the answer is wanted."""
    parts = [type_name(row.example.type).lower(), row.side, "" if row.wanted else "unwanted"]
    return " · ".join(filter(None, parts))


def _plain(text: str) -> str:
    """`text` as a card shows it: cut, on lines that Qt breaks, tabs as spaces."""
    return text[:_CLIP].replace("\r\n", "\n").replace("\n", "\u2028").replace("\t", "    ")


def _span(text: str, start: int, length: int, is_marker: bool) -> QTextLayout.FormatRange:
    """The look of a part of `text`: a marker is bold and pale, the trained part underlined on a coloured ground."""
    units = [len(text[:end].encode("utf-16-le", "surrogatepass")) // 2 for end in (start, start + length)]
    made = QTextLayout.FormatRange()
    made.start, made.length = units[0], units[1] - units[0]
    made.format = QTextCharFormat()
    if is_marker:
        made.format.setForeground(QColor(colours().secondary))
        made.format.setBackground(QColor(colours().hover))
        made.format.setFontWeight(QFont.Weight.DemiBold)
    else:
        made.format.setForeground(QColor(colours().accent))
        made.format.setBackground(QColor(colours().chosen))
        made.format.setFontUnderline(True)
    return made


def _font(family: str, size: int) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    font.setFeature(QFont.Tag("calt"), 0)  # in code -> is two signs, not an arrow
    return font


def _advance(text: str) -> float:
    return QFontMetricsF(_font(TEXT_FONT, SIZES[0])).horizontalAdvance(text)


def _laid_out(text: str, font: QFont, width: float, lines: int, spans: list[QTextLayout.FormatRange]) -> QTextLayout:
    """`text` broken into at most `lines` lines of `width`, the last one with an ellipsis where more follows."""
    room = 100 + round(lines * max(width, 100) / _NARROWEST)  # laying out what nobody sees would hold the window up
    shown = text if len(text) <= room else text[:room] + "…"
    layout = _broken(shown, font, width, lines, spans)
    units = shown.encode("utf-16-le")
    end = _end(layout)
    for dropped in (2, 4, 8, 16):
        if 2 * _end(layout) >= len(layout.text().encode("utf-16-le")):
            break
        kept = units[: 2 * max(0, end - dropped)].decode("utf-16-le", "ignore").rstrip()
        layout = _broken(kept + "…", font, width, lines, spans)
    return layout


def _broken(text: str, font: QFont, width: float, lines: int, spans: list[QTextLayout.FormatRange]) -> QTextLayout:
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setFormats([span for span in spans if span.length])
    layout.beginLayout()
    top = 0.0
    for _ in range(lines):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(max(40.0, width))
        line.setPosition(QPointF(0, top))
        top += line.height()
    layout.endLayout()
    return layout


def _end(layout: QTextLayout) -> int:
    """Where the last line that fits ends, in UTF-16 units."""
    last = layout.lineAt(layout.lineCount() - 1)
    return int(last.textStart() + last.textLength())


def _width(layout: QTextLayout) -> float:
    return max((layout.lineAt(number).naturalTextWidth() for number in range(layout.lineCount())), default=0.0)
