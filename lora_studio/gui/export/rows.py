"""The rows of the preview as a list: a model over the rows, and a delegate that draws each as a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lora_studio.core.dataset.preview import PreviewRow
from lora_studio.gui.theme import CODE_FONT, SIZES, TEXT_FONT, colours, icon_pixmap

ROW = Qt.ItemDataRole.UserRole
ASKED, ANSWERED, OPEN = 6, 4, 60
"""Most lines of a question, of an answer, and of either in a card that was opened."""
_CLIP = 20_000
_PAD, _GAP, _ICON = 12, 8, 16
_LEFT = _PAD + _ICON + _GAP

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
            return self.tr("{0} Answer: {1}").format(row.example.prompt, row.example.completion)
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
        question, answer = self._turn_texts(index, width)
        return (2.0 * _PAD, question.boundingRect().height(), _GAP, answer.boundingRect().height() + 12)

    def _lines(self, index: Index, usual: int) -> int:
        return OPEN if index.row() in self.opened else usual

    def _turn_texts(self, index: Index, width: float) -> tuple[QTextLayout, QTextLayout]:
        row: PreviewRow = index.data(ROW)
        font = _font(TEXT_FONT, SIZES[2])
        label = _advance(_label(row)) + _GAP
        question = _laid_out(row.example.prompt, font, width - _LEFT - _PAD - label, self._lines(index, ASKED))
        answer = _laid_out(row.example.completion, font, width - _LEFT - _PAD - 20, self._lines(index, ANSWERED))
        return question, answer

    def _paint_turns(self, painter: QPainter, card: QRectF, index: Index) -> None:
        row: PreviewRow = index.data(ROW)
        question, answer = self._turn_texts(index, card.width() + 1)
        top = card.top() + _PAD
        painter.drawPixmap(QPointF(card.left() + _PAD, top), icon_pixmap("user", "secondary", _ICON))
        painter.setPen(QColor(colours().text))
        question.draw(painter, QPointF(card.left() + _LEFT, top))
        self._paint_label(painter, card, _label(row))
        top += question.boundingRect().height() + _GAP
        size = answer.boundingRect()
        bubble = QRectF(card.left() + _LEFT, top, _width(answer) + 20, size.height() + 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().chosen))
        painter.drawRoundedRect(bubble, 6, 6)
        painter.drawPixmap(QPointF(card.left() + _PAD, top + 6), icon_pixmap("bot", "accent", _ICON))
        painter.setPen(QColor(colours().text))
        answer.draw(painter, QPointF(bubble.left() + 10, top + 6))

    def _paint_label(self, painter: QPainter, card: QRectF, text: str) -> None:
        painter.setFont(_font(TEXT_FONT, SIZES[0]))
        painter.setPen(QColor(colours().secondary))
        place = card.adjusted(0, _PAD, -_PAD, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, text)

    def _line_text(self, index: Index, width: float) -> QTextLayout:
        row: PreviewRow = index.data(ROW)
        font = _font(CODE_FONT, SIZES[1])
        start, length = row.trained
        units = [len(row.line[:end].encode("utf-16-le")) // 2 for end in (start, start + length)]
        trained = QTextLayout.FormatRange()
        trained.start, trained.length = units[0], units[1] - units[0]
        trained.format = QTextCharFormat()
        trained.format.setForeground(QColor(colours().accent))
        trained.format.setBackground(QColor(colours().chosen))
        return _laid_out(row.line, font, width - 2 * _PAD, self._lines(index, 2 * ANSWERED), trained)

    def _paint_line(self, painter: QPainter, card: QRectF, index: Index) -> None:
        painter.setPen(QColor(colours().text))
        self._line_text(index, card.width() + 1).draw(painter, card.topLeft() + QPointF(_PAD, _PAD))


def _label(row: PreviewRow) -> str:
    return f"{row.example.type} · {row.side}" if row.side else row.example.type


def _font(family: str, size: int) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    font.setFeature(QFont.Tag("calt"), 0)  # in code -> is two signs, not an arrow
    return font


def _advance(text: str) -> float:
    return QFontMetricsF(_font(TEXT_FONT, SIZES[0])).horizontalAdvance(text)


def _laid_out(
    text: str, font: QFont, width: float, lines: int, trained: QTextLayout.FormatRange | None = None
) -> QTextLayout:
    """`text` broken into at most `lines` lines of `width`, the last one with an ellipsis where more follows."""
    shown = text[:_CLIP].replace("\r\n", "\n").replace("\n", "\u2028").replace("\t", "    ")
    layout = _broken(shown, font, width, lines, trained)
    units = shown.encode("utf-16-le")
    end = _end(layout)
    for dropped in (2, 4, 8, 16):
        if 2 * _end(layout) >= len(layout.text().encode("utf-16-le")):
            break
        kept = units[: 2 * max(0, end - dropped)].decode("utf-16-le", "ignore").rstrip()
        layout = _broken(kept + "…", font, width, lines, trained)
    return layout


def _broken(text: str, font: QFont, width: float, lines: int, trained: QTextLayout.FormatRange | None) -> QTextLayout:
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    if trained:
        layout.setFormats([trained])
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
