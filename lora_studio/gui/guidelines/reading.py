"""One guideline to read: its labels and name, and tabs with its content, the rows it yields, and its history."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from lora_studio.core.domain import Guideline
from lora_studio.gui.guidelines.content_tab import ContentTab
from lora_studio.gui.guidelines.model import scope_text
from lora_studio.gui.guidelines.read import Reading
from lora_studio.gui.guidelines.rows_tab import RowsTab
from lora_studio.gui.guidelines.versions_tab import VersionsTab
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, empty, label, short, tag
from lora_studio.gui.widgets.text_view import TextView

NAME_SHOWN, TAGS_SHOWN = 160, 12


class ReadingView(QWidget):
    """Signals: edit_wanted(Guideline), delete_wanted()."""

    edit_wanted = Signal(object)
    delete_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.reading: Reading | None = None
        self._tags = QWidget()
        self._tags_flow = FlowLayout(self._tags)
        self.name = TextView("title", self.tr("Name"))
        self._own_tags = label("", "small", wrap=True)
        self.edit_button = button(self.tr("Edit"), "link")
        self.delete_button = button(self.tr("Delete"), "link")
        self.content, self.rows, self.versions = ContentTab(), RowsTab(), VersionsTab()
        self._scrolls: list[QScrollArea] = []
        self.tabs = self._make_tabs()
        self._build()
        self.edit_button.clicked.connect(self._on_edit)
        self.delete_button.clicked.connect(self.delete_wanted)

    def _build(self) -> None:
        self.edit_button.setToolTip(self.tr("Edit (Enter)"))
        self.delete_button.setToolTip(self.tr("Delete (Del)"))
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self._tags, 1)
        line.addWidget(self.delete_button, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.edit_button, 0, Qt.AlignmentFlag.AlignTop)
        head = QVBoxLayout()
        head.setContentsMargins(0, 0, 8, 0)
        head.setSpacing(8)
        head.addLayout(line)
        head.addWidget(self.name)
        head.addWidget(self._own_tags)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.tabs, 1)

    def _make_tabs(self) -> QTabWidget:
        tabs = QTabWidget()
        for one in (tabs, tabs.tabBar()):
            one.setAccessibleName(self.tr("Parts of the guideline"))
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

    def show_reading(self, reading: Reading) -> None:
        """Shows what was read; another guideline than before from its top."""
        moved_on = self.reading is None or self.reading.guideline.id != reading.guideline.id
        self.reading = reading
        self._show_labels(reading.guideline)
        self.content.show_guideline(reading.guideline)
        self.rows.show_examples(reading.examples)
        self.versions.show_versions(reading.versions)
        self.tabs.setTabText(1, self.tr("Rows it yields  {0}").format(len(reading.examples)))
        self.tabs.setTabText(2, self.tr("Versions  {0}").format(len(reading.versions)))
        for scroll in self._scrolls if moved_on else ():
            scroll.verticalScrollBar().setValue(0)

    def _show_labels(self, guideline: Guideline) -> None:
        empty(self._tags)
        shown = [tag(guideline.category, "accent"), tag(self.tr("priority {0}").format(guideline.priority))]
        shown.append(tag(scope_text(guideline.scope)))
        if not guideline.active:
            shown.append(tag(self.tr("inactive"), "warning"))
        for one in shown:
            self._tags_flow.addWidget(one)
        self._tags.updateGeometry()
        self.name.show_text(short(guideline.name, NAME_SHOWN) or self.tr("(blank)"))
        hidden = len(guideline.tags) - TAGS_SHOWN
        more = [self.tr("+{0}").format(hidden)] if hidden > 0 else []
        self._own_tags.setText("  ".join([_unbroken(text) for text in guideline.tags[:TAGS_SHOWN]] + more))
        self._own_tags.setToolTip(", ".join(guideline.tags) if hidden > 0 else "")
        self._own_tags.setVisible(bool(guideline.tags))

    def _on_edit(self) -> None:
        if self.reading is not None:
            self.edit_wanted.emit(self.reading.guideline)


def _unbroken(tag: str) -> str:
    """A tag for the line under the name, with nothing in it at which the line could end."""
    return f"#{short(tag, 40)}".replace(" ", "\u00a0").replace("-", "\u2011")
