"""The exam as a table: a guideline a line, what the adapter makes of it, and each kind of question as a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lora_studio.core.training.exam_records import KINDS, RESULTS, Exam, Examined, Passed
from lora_studio.gui.theme import colours
from lora_studio.gui.widgets.parts import short

Index = QModelIndex | QPersistentModelIndex
NAME, RESULT, FIRST_KIND = 0, 1, 2
PASSED = Qt.ItemDataRole.UserRole
"""How a kind of question went, as a Passed; None where that kind was not asked."""


class ExamModel(QAbstractTableModel):
    """Has no signals beyond Qt's."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: Sequence[Examined] = ()
        self._shown: list[Examined] = []
        self._wanted = ""
        self._order: tuple[int, bool] = (RESULT, True)
        self._results = {
            "knows": self.tr("knows"), "judges_wrong": self.tr("judges wrongly"),
            "recites_only": self.tr("by title only"), "not_learnt": self.tr("not learnt"),
        }  # fmt: skip
        kinds = (self.tr("Recites"), self.tr("Understands"), self.tr("Names"), self.tr("Judges"))
        self._titles = (self.tr("Guideline"), self.tr("Result"), *kinds)
        tips = {
            "recites": self.tr("Asked for by its title"),
            "understands": self.tr("Asked without its title, in words that were not trained on"),
            "names": self.tr("Shown a passage or an example, asked for the title"),
            "judges": self.tr("Shown the good and the bad example of a pair: both verdicts must be right"),
        }
        self._tips = tuple(tips[kind] for kind in KINDS)

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
            return lambda one: RESULTS.index(one.result)
        return lambda one: (-1, -1.0) if (went := _went(one, column)) is None else (went.passed, went.score)

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
        if role == Qt.ItemDataRole.TextAlignmentRole and section < FIRST_KIND:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and section >= FIRST_KIND:
            return self._tips[section - FIRST_KIND]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one, column = self._shown[index.row()], index.column()
        if role == PASSED and column >= FIRST_KIND:
            return _went(one, column)
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
        went = _went(one, column)
        if went is None:
            return ""
        said = self.tr("passed, {0}") if went.passed else self.tr("failed, {0}")
        return said.format(f"{went.score:.0%}")


def _went(one: Examined, column: int) -> Passed | None:
    return one.kinds.get(KINDS[column - FIRST_KIND])


class KindCell(QStyledItemDelegate):
    """Paints how a kind of question went: a tick or a cross and the score, a passed one on a coloured ground.

    Has no signals.
    """

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box = QRectF(option.rect).adjusted(2, 3, -2, -3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        went = index.data(PASSED)
        if went is not None:
            ground = QColor(colours().accent)
            ground.setAlphaF(0.32 if went.passed else 0.06)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(QColor(colours().text))
            sign = "\N{CHECK MARK}" if went.passed else "\N{MULTIPLICATION SIGN}"
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{sign} {went.score:.0%}")
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours().accent), 1))
            painter.drawRoundedRect(box, 4, 4)
        painter.restore()
