"""The exam as a table: a guideline a line, its scores by kind of question as a heat map, base against tuned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lora_studio.core.training.exam import Exam, Examined
from lora_studio.gui.theme import colours
from lora_studio.gui.widgets.parts import short

Index = QModelIndex | QPersistentModelIndex
KINDS = ("direct", "unseen", "spot")
NAME, RESULT, FIRST_SCORE = 0, 1, 2
SCORES = Qt.ItemDataRole.UserRole
"""Two scores from 0 to 1, base and tuned; None where that kind was not asked."""


class ExamModel(QAbstractTableModel):
    """Has no signals beyond Qt's."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: Sequence[Examined] = ()
        self._shown: list[Examined] = []
        self._wanted = ""
        self._order: tuple[int, bool] = (FIRST_SCORE, False)
        self._results = {"learnt": self.tr("learnt"), "not_learnt": self.tr("not learnt"), "worse": self.tr("worse")}
        kinds = (self.tr("Trained"), self.tr("New words"), self.tr("Verdict"))
        self._titles = (self.tr("Guideline"), self.tr("Result"), *kinds)

    def show_exam(self, exam: Exam | None) -> None:
        """Shows another exam."""
        self._all = exam.guidelines if exam else ()
        self._arrange()

    def show_only(self, result: str) -> None:
        """Shows the guidelines with this result; all for an empty one."""
        self._wanted = result
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order == Qt.SortOrder.DescendingOrder)
        self._arrange()

    def _arrange(self) -> None:
        column, descending = self._order
        self.beginResetModel()
        shown = [one for one in self._all if not self._wanted or one.result == self._wanted]
        self._shown = sorted(shown, key=self._key(column), reverse=descending)
        self.endResetModel()

    def _key(self, column: int) -> Callable[[Examined], Any]:
        if column == NAME:
            return lambda one: one.name.casefold()
        if column == RESULT:
            return lambda one: one.result
        return lambda one: (0.0, -1.0) if (scores := _scores(one, column)) is None else scores[::-1]

    def guideline(self, row: int) -> Examined:
        """The guideline of a line."""
        return self._shown[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section < FIRST_SCORE:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and section >= FIRST_SCORE:
            return self.tr("The base model on the left, the tuned one on the right")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one, column = self._shown[index.row()], index.column()
        if role == SCORES and column >= FIRST_SCORE:
            return _scores(one, column)
        if role == Qt.ItemDataRole.ToolTipRole and column == NAME:
            return one.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._titles[column]}: {self._text(one, column)}"
        return self._text(one, column) if role == Qt.ItemDataRole.DisplayRole else None

    def _text(self, one: Examined, column: int) -> str:
        if column == NAME:
            return short(one.name, 200)
        if column == RESULT:
            return self._results[one.result]
        scores = _scores(one, column)
        return "" if scores is None else self.tr("{0} before, {1} now").format(*(f"{score:.0%}" for score in scores))


def _scores(one: Examined, column: int) -> tuple[float, float] | None:
    """The mean scores of one kind of question, of the base model and of the tuned one."""
    asked = [each for each in one.questions if each.kind == KINDS[column - FIRST_SCORE]]
    if not asked:
        return None
    return sum(each.base for each in asked) / len(asked), sum(each.tuned for each in asked) / len(asked)


class HeatCell(QStyledItemDelegate):
    """Paints the scores of base and tuned model side by side, each on a ground as strong as it. Has no signals."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        whole = QRectF(option.rect).adjusted(2, 3, -2, -3)
        half = whole.width() / 2
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, score in enumerate(index.data(SCORES) or ()):
            box = QRectF(whole.left() + place * half, whole.top(), half - 1, whole.height())
            ground = QColor(colours().accent)
            ground.setAlphaF(0.08 + 0.42 * score)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(QColor(colours().text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{score:.0%}")
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours().accent), 1))
            painter.drawRoundedRect(whole, 4, 4)
        painter.restore()
