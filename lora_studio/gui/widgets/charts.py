"""Small pictures of counts: bars to look at, to read one by one with the arrow keys, and as one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from lora_studio.gui.theme import SIZES, TEXT_FONT, colours

_HEIGHT, _GAP = 40, 16
_SLIP_WIDTH = 92
_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its length, how much of that is of the second kind (striped), its name, and both in words."""

    value: float
    second: float
    name: str
    words: str


class Columns(QWidget):
    """Upright bars, side by side. The pointer and the arrow keys show the words of each. Has no signals."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.bars: tuple[Bar, ...] = ()
        self.read = -1
        """Which bar the keys are at; -1 for none."""

    def show_bars(self, bars: Sequence[Bar], words: str) -> None:
        """Shows `bars`; `words` is what they say together."""
        self.bars = tuple(bars)
        self.read = -1
        self.setAccessibleDescription(words)
        self.update()

    def places(self) -> list[QRect]:
        """Where each bar that has room is, with the ground on which the pointer finds it."""
        step = self.width() / max(1, len(self.bars))
        return [QRect(round(n * step), 0, round(step), self.height()) for n in range(len(self.bars))]

    def sizeHint(self) -> QSize:
        return QSize(160, _HEIGHT)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            under = [n for n, place in enumerate(self.places()) if place.contains(event.pos())]
            said = self.bars[under[0]].words if under else self.accessibleDescription()
            QToolTip.showText(event.globalPos(), said, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(event.key())
        places = self.places()
        if step is None or not places:
            super().keyPressEvent(event)
            return
        self.read = max(0, min(self.read + step, len(places) - 1))
        QToolTip.showText(self.mapToGlobal(places[self.read].bottomLeft()), self.bars[self.read].words, self)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.read = -1
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = max((bar.value for bar in self.bars), default=0) or 1
        for number, (bar, place) in enumerate(zip(self.bars, self.places(), strict=False)):
            ground = QRectF(place).adjusted(1, 2, -1, -3)
            tall = max(2.0, ground.height() * bar.value / most) if bar.value else 0.0
            whole = QRectF(ground.left(), ground.bottom() - tall, ground.width(), tall)
            top = tall * bar.second / bar.value if bar.value else 0.0
            _fill(painter, whole, QRectF(whole.left(), whole.top(), whole.width(), top), is_read=number == self.read)
        painter.setPen(QPen(QColor(colours().border_strong), 1))
        painter.drawLine(0, self.height() - 2, self.width(), self.height() - 2)
        _paint_focus(painter, self)
        painter.end()


class Slips(Columns):
    """Slim lying bars, each with its name above it, as many as have room."""

    def places(self) -> list[QRect]:
        count = max(1, min(len(self.bars), (self.width() + _GAP) // (_SLIP_WIDTH + _GAP)))
        width = (self.width() - (count - 1) * _GAP) // count
        return [QRect(n * (width + _GAP), 0, width, self.height()) for n in range(min(count, len(self.bars)))]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(TEXT_FONT)
        font.setPixelSize(SIZES[1])
        painter.setFont(font)
        letters = QFontMetrics(font)
        most = max((bar.value for bar in self.bars), default=0) or 1
        for number, (bar, place) in enumerate(zip(self.bars, self.places(), strict=False)):
            line = place.adjusted(0, 4, 0, -14)
            count = f"{bar.value:,.0f}"
            room = line.width() - letters.horizontalAdvance(count) - 8
            painter.setPen(QColor(colours().secondary))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
            painter.setPen(QColor(colours().text))
            name = letters.elidedText(bar.name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            track = QRectF(place.left(), place.bottom() - 9, place.width(), 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours().border))
            painter.drawRoundedRect(track, 2, 2)
            filled = QRectF(track.topLeft(), track.bottomRight())
            filled.setWidth(max(4.0, track.width() * bar.value / most))
            _fill(painter, filled, QRectF(), is_read=number == self.read)
        _paint_focus(painter, self)
        painter.end()


class Meter(QWidget):
    """A slim bar that says how much of a whole is bad, or meant. Has no signals."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(4)
        self.setMinimumWidth(24)
        self._share = 0.0
        self._role = "accent"

    def show_share(self, share: float, role: str) -> None:
        """Fills `share` (0 to 1) of the bar in the colour of `role`."""
        self._share, self._role = share, role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().border))
        painter.drawRoundedRect(self.rect(), 2, 2)
        if self._share:
            painter.setBrush(QColor(getattr(colours(), self._role)))
            painter.drawRoundedRect(QRectF(0, 0, max(4.0, self.width() * self._share), self.height()), 2, 2)
        painter.end()


def _fill(painter: QPainter, whole: QRectF, second: QRectF, *, is_read: bool) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours().accent_hover if is_read else colours().accent))
    painter.drawRoundedRect(whole, 1.5, 1.5)
    if second.height() > 0:  # pale and outlined, so that it is told apart without its colour
        painter.setBrush(QColor(colours().chosen))
        painter.setPen(QPen(QColor(colours().accent), 1))
        painter.drawRect(second.adjusted(0.5, 0.5, -0.5, -0.5))


def _paint_focus(painter: QPainter, widget: QWidget) -> None:
    if widget.hasFocus():
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours().accent), 1))
        painter.drawRoundedRect(QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
