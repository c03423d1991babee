"""The versions of a guideline as a list, newest first: number, when, what changed, who and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimeZone,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lora_studio.core.domain import OWNER, GuidelineVersion
from lora_studio.core.review.diff import changed_fields
from lora_studio.gui.theme import colours
from lora_studio.gui.widgets.parts import short

LINE_HEIGHT = 44
Index = QModelIndex | QPersistentModelIndex


class VersionModel(QAbstractListModel):
    """Has no signals of its own. UserRole gives (title, when, said)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.versions: Sequence[GuidelineVersion] = ()
        self._words = {
            "name": self.tr("name"), "content": self.tr("content"), "category": self.tr("category"),
            "priority": self.tr("priority"), "tags": self.tr("tags"), "scope": self.tr("scope"),
            "rationale": self.tr("why"), "good": self.tr("good examples"), "bad": self.tr("bad examples"),
            "active": self.tr("active"), "deleted": self.tr("deleted"),
        }  # fmt: skip

    def show_versions(self, versions: Sequence[GuidelineVersion]) -> None:
        """Shows these, newest first."""
        self.beginResetModel()
        self.versions = versions
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.versions)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.UserRole,
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        version = self.versions[index.row()]
        title = self.tr("Version {0}").format(version.version)
        if index.row() == 0:
            title = self.tr("{0}, present").format(title)
        said = f"{self._what(index.row())}  ·  {self._who(version)}"
        parts = (title, local_time(version.created_at), said)
        return parts if role == Qt.ItemDataRole.UserRole else ". ".join(parts)

    def _who(self, version: GuidelineVersion) -> str:
        who = self.tr("you") if version.created_by == OWNER else short(version.created_by, 60)
        reason = short(version.reason, 200)
        return self.tr("by {0}").format(who) + (f"  ·  {reason}" if reason else "")

    def _what(self, row: int) -> str:
        version = self.versions[row]
        if row + 1 == len(self.versions):
            return self.tr("Added")
        changed = changed_fields(self.versions[row + 1], version)
        if "deleted" in changed:
            return self.tr("Deleted") if version.deleted else self.tr("Restored")
        if changed == ("active",):
            return self.tr("Activated") if version.active else self.tr("Deactivated")
        return self.tr("Changed: {0}").format(", ".join(self._words[name] for name in changed))


class VersionList(QListView):
    """Signals: chosen(row) when another line became the current one."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.model_ = VersionModel(self)
        self.setModel(self.model_)
        self.setItemDelegate(_Line(self))
        self.setUniformItemSizes(True)
        self.setAccessibleName(self.tr("Versions, newest first"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self.chosen.emit(current.row())


class _Line(QStyledItemDelegate):
    """Two lines of text: number and time, then what and who."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, LINE_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        title, when, said = index.data(Qt.ItemDataRole.UserRole)
        widget = option.widget
        widget.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, widget)
        area: QRect = option.rect.adjusted(10, 5, -10, -5)
        top, low = QRect(area), QRect(area)
        top.setHeight(area.height() // 2)
        low.setTop(top.bottom() + 1)
        painter.save()
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter
        small = QFont(painter.font())
        small.setPixelSize(12)
        strong = QFont(painter.font())
        strong.setPixelSize(13)
        strong.setWeight(QFont.Weight.DemiBold)
        painter.setFont(small)
        painter.setPen(QColor(colours().secondary))
        painter.drawText(top, right | middle, when)
        said = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, low.width())
        painter.drawText(low, left | middle, said)
        painter.setFont(strong)
        painter.setPen(QColor(colours().text))
        painter.drawText(top, left | middle, title)
        painter.restore()


def local_time(iso: str) -> str:
    """A UTC time of the library in the person's own zone and way of writing."""
    moment = QDateTime.fromString(iso, Qt.DateFormat.ISODateWithMs)
    moment.setTimeZone(QTimeZone.utc())
    return QLocale().toString(moment.toLocalTime(), QLocale.FormatType.ShortFormat)
