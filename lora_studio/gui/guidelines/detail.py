"""The right side of the page: the chosen guideline, or what can be done with several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label, picture

if TYPE_CHECKING:  # the window opens sooner without what it takes to read one
    from lora_studio.gui.guidelines.read import Reading
    from lora_studio.gui.guidelines.reading import ReadingView

Progress = Callable[[int, int], None]


class DetailPanel(QFrame):
    """Shows one guideline, or what to do when several or none are selected.

    Signals: edit_wanted(Guideline), delete_wanted(), export_wanted(), failed(error).
    """

    edit_wanted = Signal(object)
    delete_wanted = Signal()
    export_wanted = Signal()
    failed = Signal(object)

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        self.view: ReadingView | None = None
        self._several: Several | None = None
        self.setProperty("panel", "true")
        self.setMinimumWidth(300)
        self._latest = Latest(self)
        self._latest.succeeded.connect(self._on_read)
        self._latest.failed.connect(self.failed)
        self._pages = QStackedWidget()
        self._nothing = _nothing(self.tr("Choose a guideline to read it"))
        self._pages.addWidget(self._nothing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    @property
    def reading(self) -> Reading | None:
        """What is shown of a guideline; None when none is."""
        return self.view.reading if self.view and self._pages.currentWidget() is self.view else None

    def show_row(self, row: int) -> None:
        """Reads and shows the guideline in `row`; what is shown stays until then."""
        self._latest.ask(_Reader(self._studio, row))

    def show_count(self, count: int) -> None:
        """Shows that nothing is selected (0), or how many are."""
        if self._latest.is_busy():
            self._latest.ask(_nothing_to_read)
        if not count:
            self._pages.setCurrentWidget(self._nothing)
            return
        if self._several is None:
            self._several = Several()
            self._several.export_wanted.connect(self.export_wanted)
            self._several.delete_wanted.connect(self.delete_wanted)
            self._pages.addWidget(self._several)
        self._several.show_count(count)
        self._pages.setCurrentWidget(self._several)

    def is_busy(self) -> bool:
        """Whether a guideline is still being read."""
        return self._latest.is_busy()

    def _on_read(self, reading: Reading | None) -> None:
        if reading is None:
            return
        if self.view is None:
            from lora_studio.gui.guidelines.reading import ReadingView

            self.view = ReadingView()
            self.view.edit_wanted.connect(self.edit_wanted)
            self.view.delete_wanted.connect(self.delete_wanted)
            self._pages.addWidget(self.view)
        self.view.show_reading(reading)
        self._pages.setCurrentWidget(self.view)


class Several(QWidget):
    """How many are selected, and what can be done with all of them. Signals: export_wanted(), delete_wanted()."""

    export_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.count = label("", "lead")
        self.export_button = button(self.tr("Export them"), "", "package")
        self.delete_button = button(self.tr("Delete them"), "danger", "trash-2", role="bad")
        self.export_button.clicked.connect(self.export_wanted)
        self.delete_button.clicked.connect(self.delete_wanted)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addStretch()
        line.addWidget(self.export_button)
        line.addWidget(self.delete_button)
        line.addStretch()
        layout = _centred(self)
        layout.addWidget(self.count, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(line)
        layout.addStretch(3)

    def show_count(self, count: int) -> None:
        """Says how many."""
        self.count.setText(self.tr("{0} guidelines selected").format(f"{count:,}"))


class _Reader:
    """The work of reading one guideline; imports in the thread what only that needs."""

    def __init__(self, studio: Studio, row: int) -> None:
        self._library, self._templates, self._row = studio.library, studio.settings.templates, row

    def __call__(self, progress: Progress) -> Any:
        from lora_studio.gui.guidelines.read import read

        return read(self._library, self._templates, self._row, progress)


def _nothing_to_read(progress: Progress) -> None:
    """Takes the place of a reading that is no longer wanted."""


def _nothing(said: str) -> QWidget:
    page = QWidget()
    layout = _centred(page)
    layout.addWidget(picture("file-text", "faint", 20), 0, Qt.AlignmentFlag.AlignHCenter)
    words = label(said, "secondary", wrap=True)
    words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    layout.addWidget(words)
    layout.addStretch(3)
    return page


def _centred(page: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(page)
    layout.setContentsMargins(24, 24, 24, 24)
    layout.setSpacing(12)
    layout.addStretch(2)
    return layout
