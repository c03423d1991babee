"""The list of rows: opened, copied and told apart by keyboard as by mouse."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from lora_studio.core.dataset.preview import Preview
from lora_studio.gui.export.rows import ROW, RowDelegate, RowsModel


class RowsView(QListView):
    """The rows as cards; Return opens a long one, Ctrl+C copies its line. Has no signals of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("plain", True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Rows of the dataset"))
        self.setAccessibleDescription(self.tr("Return shows all of a row, Ctrl+C copies its line"))
        self.setToolTip(self.tr("Return or a double click shows all of a row, Ctrl+C copies its line of JSON"))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.rows = RowsModel(self)
        self.setModel(self.rows)
        self.delegate = RowDelegate(self)
        self.setItemDelegate(self.delegate)
        self._place = 0
        self.activated.connect(self._open)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._copy)

    def show_preview(self, preview: Preview) -> None:
        """Shows the rows of `preview`; the person stays where they were, unless these are of other guidelines."""
        stays = preview.page.place == self._place
        place, row = (self.verticalScrollBar().value(), self.currentIndex().row()) if stays else (0, 0)
        self._place = preview.page.place
        self.delegate.opened.clear()
        self.rows.show(preview.rows)
        self.selectionModel().setCurrentIndex(
            self.rows.index(max(row, 0), 0), QItemSelectionModel.SelectionFlag.NoUpdate
        )
        self.verticalScrollBar().setValue(place)

    def show_raw(self, raw: bool) -> None:
        """Shows lines of JSON, or questions and answers."""
        self.delegate.raw = raw
        self.scheduleDelayedItemsLayout()
        self.viewport().update()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def _open(self, index: QModelIndex) -> None:
        self.delegate.opened ^= {index.row()}
        self.delegate.sizeHintChanged.emit(index)

    def _copy(self) -> None:
        if self.currentIndex().isValid():
            QGuiApplication.clipboard().setText(self.currentIndex().data(ROW).line)
