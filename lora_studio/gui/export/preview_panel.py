"""The right column of the Export page: counts, warnings and the first rows of what would be written."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lora_studio.core.dataset.preview import Preview
from lora_studio.gui.export.rows import ROW, RowDelegate, RowsModel
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import label, picture


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
        self.activated.connect(self._open)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._copy)

    def show_preview(self, preview: Preview) -> None:
        """Shows the rows of `preview` and stays at the place where the person was."""
        place, row = self.verticalScrollBar().value(), self.currentIndex().row()
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


class PreviewPanel(QWidget):
    """What would be written. Has no signals of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RowsView()
        self.pretty = self._segment(self.tr("Pretty"))
        self.raw = self._segment(self.tr("Raw JSON"))
        self.pretty.setChecked(True)
        self._group = QButtonGroup(self)
        self._group.addButton(self.pretty)
        self._group.addButton(self.raw)
        self.raw.toggled.connect(self.rows.show_raw)
        self.counts: dict[str, QLabel] = {}
        self.warnings = label(wrap=True)
        self.note = label(kind="secondary", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._head())
        layout.addWidget(self._figures())
        layout.addWidget(self._warning_panel())
        layout.addWidget(self.note)
        layout.addWidget(self.rows, 1)
        self.note.hide()

    def show_preview(self, preview: Preview, nothing: str) -> None:
        """Shows the counts, warnings and rows of `preview`, or the sentence `nothing` where it has no rows."""
        about = "" if preview.split_is_exact else "≈ "
        self._count("rows", f"{preview.total:,}")
        self._count("sides", f"{about}{preview.train:,} / {preview.eval:,}")
        self._count("tokens", f"≈ {_rounded(preview.tokens):,}")
        shared = preview.shared_wordings
        leak = self.tr("{0} of {1}").format(f"{shared:,}", f"{preview.eval:,}") if shared is not None else "–"
        self._count("leak", leak, "" if shared is None or not preview.eval else "bad" if shared else "good")
        self.warnings.setText("\n".join(preview.warnings))
        self._panel.setVisible(bool(preview.warnings))
        self.rows.show_preview(preview)
        self.say("" if preview.total else nothing)

    def say(self, sentence: str) -> None:
        """Shows `sentence` in place of the rows; an empty one shows the rows again."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))
        self.rows.setVisible(not sentence)

    def _segment(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", "segment")
        button.setCheckable(True)
        button.setAccessibleName(self.tr("Show rows: {0}").format(text))
        return button

    def _head(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(label(self.tr("Preview of your rows"), "lead"), 1)
        line.addWidget(self.pretty)
        line.addWidget(self.raw)
        return line

    def _figures(self) -> QFrame:
        panel = QFrame()
        panel.setProperty("panel", True)
        line = QHBoxLayout(panel)
        line.setContentsMargins(16, 10, 16, 10)
        line.setSpacing(32)
        names = {
            "rows": self.tr("rows"),
            "sides": self.tr("train / eval"),
            "tokens": self.tr("tokens (estimate)"),
            "leak": self.tr("eval wordings in train"),
        }
        for key, name in names.items():
            figure = label("–", "figure")
            figure.setAccessibleName(name)
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(figure)
            column.addWidget(label(name, "small"))
            line.addLayout(column)
            self.counts[key] = figure
        line.addStretch()
        self.counts["leak"].setToolTip(
            self.tr("Questions of eval that train asks word for word; counted up to 1,000 guidelines")
        )
        return panel

    def _warning_panel(self) -> QFrame:
        self._panel = QFrame()
        self._panel.setProperty("panel", "warning")
        self.warnings.setAccessibleName(self.tr("Warnings"))
        line = QHBoxLayout(self._panel)
        line.setContentsMargins(12, 8, 12, 8)
        line.setSpacing(8)
        line.addWidget(picture("triangle-alert", "warning"), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.warnings, 1)
        self._panel.hide()
        return self._panel

    def _count(self, key: str, text: str, state: str = "") -> None:
        figure = self.counts[key]
        figure.setText(text)
        figure.setAccessibleDescription(text)
        restyle(figure, "state", state)


def _rounded(count: int) -> int:
    """To three figures: it is an estimate."""
    step: int = 10 ** max(0, len(str(count)) - 3)
    return round(count / step) * step
