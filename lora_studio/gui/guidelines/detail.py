"""The right side of the page: one guideline to read, what it yields, and its history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from lora_studio.core.domain import Example, Guideline, GuidelineVersion
from lora_studio.core.library.browse import guideline_at
from lora_studio.core.library.guidelines import guideline_history
from lora_studio.core.library.store import Library
from lora_studio.core.settings import TemplateSetting
from lora_studio.gui.guidelines.content_tab import ContentTab
from lora_studio.gui.guidelines.model import scope_text
from lora_studio.gui.guidelines.rows_tab import RowsTab
from lora_studio.gui.guidelines.versions_tab import VersionsTab
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, empty, label, picture, short, tag
from lora_studio.gui.widgets.text_view import TextView

EXAMPLES_CAP = 3
"""Good and bad examples that become rows: what an export takes unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that the panel shows of one guideline."""

    guideline: Guideline
    versions: list[GuidelineVersion]
    examples: list[Example]


def read(
    library: Library, templates: tuple[TemplateSetting, ...], row: int, progress: Callable[[int, int], None]
) -> Reading:
    """Reads the guideline in `row`, its history, and the rows that it yields."""
    # Here, because compiling templates takes longer than opening the window.
    from lora_studio.core.dataset.examples import examples_of, recipes, source_row
    from lora_studio.core.dataset.templates import all_templates

    with library.connection():
        guideline = guideline_at(library, row)
        versions = guideline_history(library, guideline.id)
    examples = examples_of(source_row(guideline), recipes(all_templates(templates)), EXAMPLES_CAP)
    return Reading(guideline, versions, examples)


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
        self.reading: Reading | None = None
        self.setProperty("panel", "true")
        self.setMinimumWidth(300)
        self._latest = Latest(self)
        self._latest.succeeded.connect(self.show_reading)
        self._latest.failed.connect(self.failed)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._nothing())
        self._pages.addWidget(self._several())
        self._pages.addWidget(self._one())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def show_row(self, row: int) -> None:
        """Reads and shows the guideline in `row`; what is shown stays until then."""
        self._latest.ask(partial(read, self._studio.library, self._studio.settings.templates, row))

    def show_count(self, count: int) -> None:
        """Shows that nothing is selected (0), or how many are."""
        self._latest.ask(_nothing_to_read)
        self.reading = None
        self._count.setText(self.tr("{0} guidelines selected").format(f"{count:,}"))
        self._pages.setCurrentIndex(1 if count else 0)

    def is_busy(self) -> bool:
        """Whether a guideline is still being read."""
        return self._latest.is_busy()

    def show_reading(self, reading: Reading | None) -> None:
        """Shows what was read."""
        if reading is None:
            return
        moved_on = self.reading is None or self.reading.guideline.id != reading.guideline.id
        self.reading = reading
        guideline = reading.guideline
        self._show_tags(guideline)
        self._name.show_text(" ".join(guideline.name.split()))
        self.content.show_guideline(guideline)
        self.rows.show_examples(reading.examples)
        self.versions.show_versions(reading.versions)
        self.tabs.setTabText(1, self.tr("Rows it yields  {0}").format(len(reading.examples)))
        self.tabs.setTabText(2, self.tr("Versions  {0}").format(len(reading.versions)))
        self._pages.setCurrentIndex(2)
        if moved_on:
            for scroll in self._scrolls:
                scroll.verticalScrollBar().setValue(0)

    def _show_tags(self, guideline: Guideline) -> None:
        empty(self._tags)
        shown = [tag(guideline.category, "accent"), tag(self.tr("priority {0}").format(guideline.priority))]
        shown.append(tag(scope_text(guideline.scope)))
        if not guideline.active:
            shown.append(tag(self.tr("inactive"), "warning"))
        for one in shown:
            self._tags_flow.addWidget(one)
        self._tags.updateGeometry()
        self._own_tags.setText("  ".join(f"#{short(text, 40)}" for text in guideline.tags))
        self._own_tags.setVisible(bool(guideline.tags))

    def _nothing(self) -> QWidget:
        page, layout = _centred()
        layout.addWidget(picture("file-text", "faint", 20), 0, Qt.AlignmentFlag.AlignHCenter)
        words = label(self.tr("Choose a guideline to read it"), "secondary", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(words)
        layout.addStretch(3)
        return page

    def _several(self) -> QWidget:
        page, layout = _centred()
        self._count = label("", "lead")
        layout.addWidget(self._count, 0, Qt.AlignmentFlag.AlignHCenter)
        line = QHBoxLayout()
        line.setSpacing(8)
        export = button(self.tr("Export them"), "", "package")
        export.clicked.connect(self.export_wanted)
        delete = button(self.tr("Delete them"), "danger", "trash-2", role="bad")
        delete.clicked.connect(self.delete_wanted)
        line.addStretch()
        line.addWidget(export)
        line.addWidget(delete)
        line.addStretch()
        layout.addLayout(line)
        layout.addStretch(3)
        return page

    def _one(self) -> QWidget:
        page = QWidget()
        self._tags = QWidget()
        self._tags_flow = FlowLayout(self._tags)
        self._name = TextView("title", self.tr("Name"))
        self._own_tags = label("", "small", wrap=True)
        self.edit_button = button(self.tr("Edit"), "link")
        self.edit_button.setToolTip(self.tr("Edit (Enter)"))
        self.edit_button.clicked.connect(self._on_edit)
        self.delete_button = button(self.tr("Delete"), "link")
        self.delete_button.setToolTip(self.tr("Delete (Del)"))
        self.delete_button.clicked.connect(self.delete_wanted)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._tags, 1)
        head.addWidget(self.delete_button, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.edit_button, 0, Qt.AlignmentFlag.AlignTop)
        self.tabs = self._make_tabs()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(16, 12, 8, 8)
        layout.setSpacing(8)
        for inner in (head, self._name, self._own_tags):
            margins = QHBoxLayout()
            margins.setContentsMargins(0, 0, 8, 0)
            margins.addLayout(inner) if isinstance(inner, QHBoxLayout) else margins.addWidget(inner)
            layout.addLayout(margins)
        layout.addWidget(self.tabs, 1)
        return page

    def _make_tabs(self) -> QTabWidget:
        tabs = QTabWidget()
        tabs.tabBar().setAccessibleName(self.tr("Parts of the guideline"))
        self.content, self.rows, self.versions = ContentTab(), RowsTab(), VersionsTab()
        self._scrolls = []
        titles = (self.tr("Content"), self.tr("Rows it yields"), self.tr("Versions"))
        for title, inner in zip(titles, (self.content, self.rows, self.versions), strict=True):
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setFrameShape(QFrame.Shape.NoFrame)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setAccessibleName(title)
            inner.setProperty("plain", True)
            scroll.setWidget(inner)
            self._scrolls.append(scroll)
            tabs.addTab(scroll, title)
        return tabs

    def _on_edit(self) -> None:
        if self.reading is not None:
            self.edit_wanted.emit(self.reading.guideline)


def _nothing_to_read(progress: Callable[[int, int], None]) -> None:
    """Takes the place of a reading that is no longer wanted."""


def _centred() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(24, 24, 24, 24)
    layout.setSpacing(12)
    layout.addStretch(2)
    return page, layout
