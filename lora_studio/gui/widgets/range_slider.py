"""A slider with two handles: from where to where."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from lora_studio.gui.theme import colours

HANDLE = 14


class RangeSlider(QWidget):
    """Two handles from `least` to `most`. Tab goes to the second handle before it leaves; arrows move it.

    Signals: changed(low, high) when a person moved a handle.
    """

    changed = Signal(int, int)

    def __init__(self, least: int, most: int, name: str) -> None:
        super().__init__()
        self._least, self._most = least, most
        self.low, self.high = least, most
        self._on_high = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self._describe()

    def set_range(self, low: int, high: int) -> None:
        """Moves both handles, without a signal."""
        self.low, self.high = low, high
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 20)

    def focusNextPrevChild(self, forward: bool) -> bool:
        if self._on_high != forward:
            self._on_high = forward
            self.update()
            return True
        return super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = Qt.FocusReason
        if event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason):
            self._on_high = event.reason() == reasons.BacktabFocusReason
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        steps = {
            keys.Key_Left: -1, keys.Key_Down: -1, keys.Key_Right: 1, keys.Key_Up: 1, keys.Key_PageDown: -10,
            keys.Key_PageUp: 10, keys.Key_Home: -10_000, keys.Key_End: 10_000,
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._move((self.high if self._on_high else self.low) + step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        value = self._value_at(event.position().toPoint())
        to_low, to_high = abs(value - self.low), abs(value - self.high)
        self._on_high = to_high < to_low or (to_high == to_low and value >= self.high)
        self._move(value)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move(self._value_at(event.position().toPoint()))

    def _move(self, value: int) -> None:
        before = (self.low, self.high)
        if self._on_high:
            self.high = max(self.low, min(self._most, value))
        else:
            self.low = min(self.high, max(self._least, value))
        if (self.low, self.high) != before:
            self._describe()
            self.changed.emit(self.low, self.high)
        self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(self.tr("from {0} to {1}").format(self.low, self.high))

    def _value_at(self, point: QPoint) -> int:
        share = (point.x() - HANDLE / 2) / max(self.width() - HANDLE, 1)
        return round(self._least + share * (self._most - self._least))

    def _place_of(self, value: int) -> float:
        return HANDLE / 2 + (value - self._least) / (self._most - self._least) * (self.width() - HANDLE)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, middle = colours(), self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(QRectF(HANDLE / 2, middle - 2, self.width() - HANDLE, 4), 2, 2)
        low, high = self._place_of(self.low), self._place_of(self.high)
        painter.setBrush(QColor(theme.accent))
        painter.drawRoundedRect(QRectF(low, middle - 2, high - low, 4), 2, 2)
        for place, is_high in ((low, False), (high, True)):
            focused = self.hasFocus() and self._on_high == is_high
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(QColor(theme.accent if focused else theme.surface))
            painter.drawEllipse(QRectF(place - 5.5, middle - 5.5, 11, 11))
        painter.end()
