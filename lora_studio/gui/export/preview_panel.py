"""The right column of the Export page: counts, warnings and rows of what would be written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lora_studio.core.dataset.cautions import Caution
from lora_studio.core.dataset.preview import Preview
from lora_studio.gui.export.caution_list import CautionList
from lora_studio.gui.export.figures import Figures
from lora_studio.gui.export.row_bar import RowBar
from lora_studio.gui.export.rows_view import RowsView
from lora_studio.gui.widgets.parts import label

_LASTS_MS = 1_200
"""After so long a look through all texts is worth a word."""


class PreviewPanel(QWidget):
    """What would be written. Has no signals of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pretty = self._segment(self.tr("Pretty"))
        self.raw = self._segment(self.tr("Raw JSON"))
        self.pretty.setChecked(True)
        self._group = QButtonGroup(self)
        self._group.addButton(self.pretty)
        self._group.addButton(self.raw)
        self.trained = _sample(self.tr("trained"), "trained", self.tr("A model is trained on this part of a row alone"))
        self.marker = _sample(self.tr("chat marker"), "marker", self.tr("Tells a model who speaks"))
        self.figures = Figures()
        self.counts = self.figures.counts
        self.cautions = CautionList()
        self.bar = RowBar()
        self.rows = RowsView()
        self.note = label(kind="secondary", wrap=True)
        self.looking = label(self.tr("Looking through the texts for secrets and personal data…"), "small")
        self.looking.hide()
        self._lasts = QTimer(self, singleShot=True, interval=_LASTS_MS)
        self._lasts.timeout.connect(self.looking.show)
        self.is_complete = False
        """Whether everything that there is to know is shown."""
        self.raw.toggled.connect(self.rows.show_raw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._head())
        for part in (self.figures, self.cautions, self.looking, self.bar, self.note):
            layout.addWidget(part)
        layout.addWidget(self.rows, 1)
        self.foot = QWidget()
        layout.addWidget(self.foot, 1)
        self.say(self.tr("Counting…"))

    def show_preview(self, preview: Preview, nothing: str) -> None:
        """Shows the counts, warnings and rows of `preview`, or the sentence `nothing` where it has no rows."""
        self.figures.show_preview(preview)
        self.bar.show_preview(preview)
        self.bar.setVisible(preview.total > 0)
        self.marker.setVisible(preview.options.format == "huggingface")
        self.rows.show_preview(preview)
        self.say(nothing if not preview.total else "" if preview.rows else self._none_here(preview))

    def show_cautions(self, cautions: Sequence[Caution], *, is_all: bool = True) -> None:
        """Shows what is worth knowing before an export; `is_all` says that all texts have been looked through."""
        self.is_complete = is_all
        if is_all:
            self._lasts.stop()
            self.looking.hide()
        elif self.looking.isHidden():
            self._lasts.start()
        self.cautions.show_cautions(cautions)

    def show_counting(self) -> None:
        """Takes away the numbers, which may not be right any more."""
        self.figures.show_counting()

    def flip(self) -> None:
        """From questions and answers to lines of JSON, or back."""
        (self.pretty if self.raw.isChecked() else self.raw).setChecked(True)

    def say(self, sentence: str) -> None:
        """Shows `sentence` in place of the rows; an empty one shows the rows again."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))
        self.rows.setVisible(not sentence)
        self.foot.setVisible(bool(sentence))

    def _none_here(self, preview: Preview) -> str:
        if preview.page.end < preview.census.guidelines:
            return self.tr("None of these guidelines has such a row; go on to the next.")
        return self.tr("No further rows of this kind. Go back, or show all.")

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
        line.addWidget(self.marker, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.trained, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addSpacing(8)
        line.addWidget(self.pretty)
        line.addWidget(self.raw)
        self.marker.hide()
        return line


def _sample(text: str, look: str, tip: str) -> QWidget:
    """An entry of the legend, drawn as the rows draw it."""
    made = label(text)
    made.setProperty("legend", look)
    made.setToolTip(tip)
    made.setAccessibleDescription(tip)
    return made
