"""Curves over steps, such as the loss of a training: drawn while they grow, read by mouse or by keys."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from lora_studio.gui.theme import colours

Point = tuple[float, float]
LINE, TEXT = 16, 11
DASHES_MOST = 100
"""Points of a dashed curve whose dashes go on from one to the next."""
LEAST_SIZE = QSize(220, 140)


@dataclass(frozen=True, slots=True)
class Look:
    """How one curve is drawn: a colour role of the theme, and whether dashed."""

    role: str
    dashed: bool = False


LOOKS = (Look("accent"), Look("warning", dashed=True), Look("good"), Look("secondary", dashed=True))
"""Those of the first, second … curve that was given none."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the curves lie on the screen, and which values its edges stand for."""

    box: QRectF
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    """Values with a tick, in order; the first and the last are the edges."""

    def place(self, x: float, y: float) -> QPointF:
        """Where a value lies."""
        across = (x - self.xs[0]) / (self.xs[-1] - self.xs[0])
        up = (y - self.ys[0]) / (self.ys[-1] - self.ys[0])
        return QPointF(self.box.left() + across * self.box.width(), self.box.bottom() - up * self.box.height())

    def value_at(self, place: float) -> float:
        """The x value at a place."""
        return self.xs[0] + (place - self.box.left()) / max(self.box.width(), 1) * (self.xs[-1] - self.xs[0])


class Curve(QWidget):
    """Some curves by their names. Arrow keys, Home and End read their values, Escape ends that. Has no signals."""

    def __init__(self, name: str, x_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._x_name = x_name
        self._series: dict[str, list[Point]] = {}
        self._looks: dict[str, Look] = {}
        self._cursor: float | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._describe()

    def show_series(self, series: Mapping[str, Sequence[Point]], looks: Mapping[str, Look] | None = None) -> None:
        """Shows these curves, each in the order of x, in place of what was there."""
        self._series = {name: list(points) for name, points in series.items()}
        self._looks = dict(looks or {})
        self._cursor = None
        self._describe()
        self.update()

    def add_point(self, series: str, x: float, y: float) -> None:
        """Lets the curve `series` grow by one point, right of all others of it; what is no number is left out."""
        if math.isfinite(x) and math.isfinite(y):
            self._series.setdefault(series, []).append((x, y))
            self._describe()
            self.update()

    def reading(self) -> str:
        """The values under the cursor in words; empty while there is none."""
        if self._cursor is None:
            return ""
        at = f"{self._x_name} {figure(self._cursor)}"
        return " · ".join([at, *(f"{name} {figure(y)}" for name, _, y in self._under_cursor())])

    def _under_cursor(self) -> list[tuple[str, float, float]]:
        """By curve: its point nearest to the cursor."""
        if self._cursor is None:
            return []
        return [(name, *_nearest(points, self._cursor)) for name, points in self._series.items() if points]

    def _describe(self) -> None:
        parts = [
            self.tr("{0}: {1} values, first {2}, lowest {3}, last {4}").format(
                name, f"{len(points):,}", figure(points[0][1]), figure(min(y for _, y in points)), figure(points[-1][1])
            )
            for name, points in self._series.items()
            if points
        ]
        self.setAccessibleDescription(self.reading() or "; ".join(parts) or self.tr("no values yet"))

    def sizeHint(self) -> QSize:
        return QSize(320, 180)

    def minimumSizeHint(self) -> QSize:
        return LEAST_SIZE

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame = self._frame()
        if frame is not None:
            self._read_at(_nearest([(x, 0.0) for x in self._xs()], frame.value_at(event.position().x()))[0])

    def leaveEvent(self, event: QEvent) -> None:
        self._read_at(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._read_at(None)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys, xs = Qt.Key, self._xs()
        steps = {keys.Key_Left: -1, keys.Key_Right: 1, keys.Key_Home: -len(xs), keys.Key_End: len(xs),
                 keys.Key_PageUp: -10, keys.Key_PageDown: 10}  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if event.key() == keys.Key_Escape and self._cursor is not None:
            self._read_at(None)
        elif step is None or not xs:
            super().keyPressEvent(event)
        else:
            start = (
                -1
                if self._cursor is None and step > 0
                else bisect_left(xs, xs[-1] if self._cursor is None else self._cursor)
            )
            self._read_at(xs[min(max(start + step, 0), len(xs) - 1)])

    def _read_at(self, x: float | None) -> None:
        if x != self._cursor:
            self._cursor = x
            self._describe()
            self.update()

    def _xs(self) -> list[float]:
        return sorted({x for points in self._series.values() for x, _ in points})

    def _frame(self) -> Frame | None:
        """The frame for what is shown; None for nothing."""
        points = [point for series in self._series.values() for point in series]
        if not points:
            return None
        xs = ticks(min(x for x, _ in points), max(x for x, _ in points), max(2, self.width() // 90))
        ys = ticks(min(y for _, y in points), max(y for _, y in points), max(2, self.height() // 48))
        wide = max(self.fontMetrics().horizontalAdvance(figure(y)) for y in ys)
        box = QRectF(self.rect()).adjusted(wide + 8, LINE + 8, -12, -LINE - 4)
        return Frame(box, xs, ys)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(TEXT)
        painter.setFont(font)
        frame = self._frame()
        if frame is None:
            painter.setPen(QColor(colours().secondary))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("No values yet"))
        else:
            self._paint_axes(painter, frame)
            for place, (name, points) in enumerate(self._series.items()):
                self._paint_curve(painter, frame, points, self._look(name, place))
            self._paint_head(painter)
            self._paint_cursor(painter, frame)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours().accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def _look(self, name: str, place: int) -> Look:
        return self._looks.get(name, LOOKS[place % len(LOOKS)])

    def _paint_axes(self, painter: QPainter, frame: Frame) -> None:
        theme, box = colours(), frame.box
        for y in frame.ys:
            at = frame.place(frame.xs[0], y).y()
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.drawLine(QPointF(box.left(), at), QPointF(box.right(), at))
            painter.setPen(QColor(theme.secondary))
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, at - LINE / 2, box.left() - 6, LINE), side, figure(y))
        for x in frame.xs:
            at = frame.place(x, frame.ys[0]).x()
            text = f"{self._x_name} {figure(x)}" if x == frame.xs[-1] else figure(x)
            wide = painter.fontMetrics().horizontalAdvance(text) + 2
            left = min(max(at - wide / 2, 0), self.width() - wide)
            painter.drawText(QRectF(left, box.bottom() + 4, wide, LINE), Qt.AlignmentFlag.AlignHCenter, text)

    def _paint_curve(self, painter: QPainter, frame: Frame, points: Sequence[Point], look: Look) -> None:
        colour = QColor(getattr(colours(), look.role))
        line = Qt.PenStyle.DashLine if look.dashed else Qt.PenStyle.SolidLine
        cap = Qt.PenCapStyle.FlatCap if look.dashed else Qt.PenCapStyle.RoundCap
        painter.setPen(QPen(colour, 2, line, cap, Qt.PenJoinStyle.RoundJoin))
        step = max(1, math.ceil(len(points) / max(2 * frame.box.width(), 1)))  # two points a pixel show all there is
        shown = [*points[::step], *points[-1:]]
        places = [frame.place(x, y) for x, y in shown]
        if look.dashed and len(places) <= DASHES_MOST:
            painter.drawPolyline(QPolygonF(places))
        else:  # line by line: a jagged polyline is one shape that crosses itself, and takes ten times as long to fill
            painter.drawLines(list(map(QLineF, places, places[1:])))
        if len(points) <= 40:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for x, y in points:
                painter.drawEllipse(frame.place(x, y), 2.5, 2.5)

    def _paint_head(self, painter: QPainter) -> None:
        """Which curve is which, or under the cursor: what they are there."""
        theme = colours()
        values = {name: y for name, _, y in self._under_cursor()}
        left = 4.0
        if self._cursor is not None:
            left = self._paint_word(painter, left, f"{self._x_name} {figure(self._cursor)}", theme.secondary)
        for place, name in enumerate(self._series):
            if not self._series[name]:
                continue
            look = self._look(name, place)
            line = Qt.PenStyle.DashLine if look.dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(getattr(theme, look.role)), 2, line, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(left, 4 + LINE / 2), QPointF(left + 16, 4 + LINE / 2))
            text = f"{name} {figure(values[name])}" if name in values else name
            left = self._paint_word(painter, left + 22, text, theme.text)

    def _paint_word(self, painter: QPainter, left: float, text: str, colour: str) -> float:
        """Draws `text`; gives where the next one begins."""
        painter.setPen(QColor(colour))
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 4, max(self.width() - left - 4, 0), LINE), side, text)
        return left + painter.fontMetrics().horizontalAdvance(text) + 14

    def _paint_cursor(self, painter: QPainter, frame: Frame) -> None:
        if self._cursor is None:
            return
        at = frame.place(self._cursor, frame.ys[0]).x()
        painter.setPen(QPen(QColor(colours().border_strong), 1))
        painter.drawLine(QPointF(at, frame.box.top()), QPointF(at, frame.box.bottom()))
        painter.setBrush(QColor(colours().surface))
        places = {name: place for place, name in enumerate(self._series)}
        for name, x, y in self._under_cursor():
            painter.setPen(QPen(QColor(getattr(colours(), self._look(name, places[name]).role)), 2))
            painter.drawEllipse(frame.place(x, y), 4, 4)


def _nearest(points: Sequence[Point], x: float) -> Point:
    """The point whose x is nearest; of two that are equally near, the left one."""
    place = bisect_left(points, x, key=lambda point: point[0])
    around = points[max(place - 1, 0) : place + 1]
    return min(around, key=lambda point: abs(point[0] - x))


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """At least two round numbers, evenly spaced, that take in `low` and `high`: about `most` of them."""
    span = high - low or abs(high) or 1.0
    raw = span / max(most, 1)
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(scale * factor for factor in (1, 2, 5, 10) if scale * factor >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(number * step for number in range(first, max(last, first + 1) + 1))


def figure(value: float) -> str:
    """A number short enough for an axis."""
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    return f"{value:.4g}"
