"""What is exported, in words, and the ways to change that."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.core.dataset.again import Again
from lora_studio.core.domain import GuidelineFilter
from lora_studio.gui.export.summary import breakable
from lora_studio.gui.export.work import Choice
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label


class Subject(QWidget):
    """The guidelines that an export means: what the Guidelines page shows, or those of an earlier dataset.

    Signals: change_wanted() when the person wants others; changed() when it means others.
    """

    change_wanted = Signal()
    changed = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._again: Again | None = None
        self._count: int | None = None
        self.text = label(kind="secondary", wrap=True)
        self.change_button = button(self.tr("change"), "link")
        self.change_button.setAccessibleName(self.tr("Change what is exported"))
        self.back_button = button(self.tr("back to the current list"), "link")
        self.back_button.setAccessibleName(self.tr("Export what the Guidelines page shows again"))
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.text, 1)
        line.addWidget(self.change_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(0)
        layout.addLayout(line)
        layout.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.change_button.clicked.connect(self.change_wanted)
        self.back_button.clicked.connect(self.go_back)
        studio.choice_changed.connect(self.go_back)
        self.show_count(None)

    def choice(self) -> Choice:
        """Which guidelines are meant."""
        if self._again is not None:
            return Choice(self._again.options.filter)
        return Choice(self._studio.wanted, self._studio.search, self._studio.selected)

    @property
    def is_all(self) -> bool:
        """Whether all guidelines of the library are meant."""
        return self.choice() == Choice(GuidelineFilter())

    def take_over(self, again: Again) -> None:
        """Means the guidelines of an earlier dataset from now on."""
        self._again = again
        self.show_count(None)
        self.changed.emit()

    def go_back(self) -> None:
        """Means what the Guidelines page shows."""
        self._again = None
        self.show_count(None)
        self.changed.emit()

    def show_count(self, count: int | None) -> None:
        """Says how many they are; None while nobody knows."""
        self.back_button.setVisible(self._again is not None)
        if count == 0 and self.is_all:
            self.text.setText(self.tr("No guidelines yet"))
            return
        words = self._words(count == 1) if self._again is None else self._same_words(self._again, count)
        self.text.setText(words.format("…" if count is None else f"{count:,}"))

    def _words(self, one: bool) -> str:
        studio = self._studio
        if studio.selected:
            return self.tr("{0} selected guideline") if one else self.tr("{0} selected guidelines")
        if studio.search.strip():
            return self.tr("{0} guideline from the search") if one else self.tr("{0} guidelines from the search")
        if studio.wanted == GuidelineFilter():
            return self.tr("{0} guideline, all there is") if one else self.tr("All {0} guidelines")
        return (
            self.tr("{0} guideline from the current filter")
            if one
            else self.tr("{0} guidelines from the current filter")
        )

    def _same_words(self, again: Again, count: int | None) -> str:
        name = breakable(again.name).replace("{", "{{").replace("}", "}}")
        if count == again.count or (again.is_list and count is None):
            return self.tr("The same {0} guidelines as %1").replace("%1", name)
        then = self.tr("{0} guidelines: those of %1, which had %2")
        return then.replace("%1", name).replace("%2", f"{again.count:,}")
