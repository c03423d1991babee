"""One guideline to read: its labels and name, and tabs with its content, the rows it yields, history and findings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, QSettings, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from lora_studio.core.domain import OWNER, Guideline
from lora_studio.core.review.findings import Finding
from lora_studio.gui.commands import command
from lora_studio.gui.guidelines.content_tab import ContentTab
from lora_studio.gui.guidelines.findings_tab import FindingsTab
from lora_studio.gui.guidelines.model import scope_text
from lora_studio.gui.guidelines.read import Reading, read_findings
from lora_studio.gui.guidelines.rows_tab import RowsTab
from lora_studio.gui.guidelines.version_list import local_time
from lora_studio.gui.guidelines.versions_tab import VersionsTab
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, empty, label, short, tag
from lora_studio.gui.widgets.question import Question
from lora_studio.gui.widgets.text_view import TextView

NAME_SHOWN, TAGS_SHOWN = 160, 12
NARROW_BELOW = 400
PLAIN_KEY = "guidelines/plain"
FINDINGS_AFTER_MS = 150
"""A look for findings may take 0.1 s of a processor in a large library: not for each line that arrow keys pass."""


class ReadingView(QWidget):
    """Signals: edit_wanted(Guideline), delete_wanted(), saved(Saved) after a version was restored, failed(error)."""

    edit_wanted = Signal(object)
    delete_wanted = Signal()
    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, studio: Studio, kept: QSettings) -> None:
        super().__init__()
        self._studio, self._kept = studio, kept
        self.reading: Reading | None = None
        self.findings: Sequence[Finding] | None = None
        self._tags = QWidget()
        self._tags_flow = FlowLayout(self._tags)
        self.name = TextView("title", self.tr("Name"))
        self._own_tags, self.changed = label("", "small", wrap=True), label("", "small", wrap=True)
        self.edit_button, self.delete_button = button(self.tr("Edit"), "link"), button(self.tr("Delete"), "link")
        self.state = Question()
        self.content = ContentTab(plain=bool(kept.value(PLAIN_KEY, False, type=bool)))
        self.rows, self.versions, self.findings_tab = RowsTab(), VersionsTab(studio.library), FindingsTab()
        self._scrolls: list[QScrollArea] = []
        self.tabs = self._make_tabs()
        self._look = Latest(self, pause_ms=FINDINGS_AFTER_MS)
        self._build()
        self._add_commands()
        self._connect()

    def _build(self) -> None:
        self.edit_button.setToolTip(self.tr("Edit (F2)"))
        self.delete_button.setToolTip(self.tr("Delete (Del in the list)"))
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self._tags, 1)
        line.addWidget(self.edit_button, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.delete_button, 0, Qt.AlignmentFlag.AlignTop)
        head = QVBoxLayout()
        head.setContentsMargins(0, 0, 8, 0)
        head.setSpacing(8)
        head.addLayout(line)
        head.addWidget(self.name)
        head.addWidget(self._own_tags)
        head.addWidget(self.changed)
        head.addWidget(self.state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.tabs, 1)

    def _make_tabs(self) -> QTabWidget:
        tabs = QTabWidget()
        for one in (tabs, tabs.tabBar()):
            one.setAccessibleName(self.tr("Parts of the guideline"))
        titles = (self.tr("Content"), self.tr("Rows it yields"), self.tr("Versions"), self.tr("Findings"))
        for title, inner in zip(titles, (self.content, self.rows, self.versions, self.findings_tab), strict=True):
            tabs.addTab(inner if inner is self.versions else self._scrolled(inner, title), title)
        return tabs

    def _scrolled(self, inner: QWidget, title: str) -> QScrollArea:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(title)
        inner.setProperty("plain", True)
        scroll.setWidget(inner)
        self._scrolls.append(scroll)
        return scroll

    def _add_commands(self) -> None:
        command(self, self.tr("Copy the content"), self.content.copy, icon="copy")
        command(self, self.tr("Show as Markdown or as plain text"), self.content.plain_button.toggle, icon="align-left")
        for place, title in enumerate((self.tr("content"), self.tr("rows"), self.tr("versions"), self.tr("findings"))):
            command(self, self.tr("Show its {0}").format(title), partial(self.tabs.setCurrentIndex, place))

    def _connect(self) -> None:
        self.edit_button.clicked.connect(self._on_edit)
        self.delete_button.clicked.connect(self.delete_wanted)
        self._look.succeeded.connect(self._on_findings)
        self._look.failed.connect(self.failed)
        self.versions.saved.connect(self.saved)
        self.versions.failed.connect(self.failed)
        self.content.plain_changed.connect(partial(self._kept.setValue, PLAIN_KEY))
        self.content.place_found.connect(self._on_place)
        self.findings_tab.place_wanted.connect(self.show_finding)
        self.findings_tab.other_wanted.connect(self._studio.guideline_wanted)

    def show_reading(self, reading: Reading) -> None:
        """Shows what was read; another guideline than before from its top."""
        before, guideline = self.reading, reading.guideline
        moved_on = before is None or before.guideline.id != guideline.id
        self.reading = reading
        self._show_labels(guideline)
        self._show_state(reading)
        if moved_on or before is None or before.guideline != guideline:
            self.content.show_guideline(guideline)
        self.rows.show_examples(reading.examples)
        self.versions.show_guideline(guideline, writable=reading.writable)
        if moved_on:
            self._on_findings(None)
        self._show_counts()
        self._look.ask(partial(read_findings, self._studio.library, guideline, self._studio.settings.watch_names))
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

    def _show_state(self, reading: Reading) -> None:
        """Who changed it last and when, and why it cannot be changed now, if so."""
        who = self.tr("you") if reading.by == OWNER else short(reading.by, 60)
        when = local_time(reading.guideline.updated_at)
        said = self.tr("Changed by {0}, {1}") if reading.guideline.version > 1 else self.tr("Added by {0}, {1}")
        self.changed.setText(said.format(who, when))
        gone, locked = reading.guideline.deleted, not reading.writable
        self.state.setVisible(gone or locked)
        if locked:
            self.state.say(
                self.tr("This library is read-only: its file may not be written, so nothing can be changed.")
            )
        elif gone:
            self.state.say(self.tr("This guideline was deleted. It can be restored from its versions."), "warning")
        for one in (self.edit_button, self.delete_button):
            one.setEnabled(not (gone or locked))

    def _on_findings(self, found: Sequence[Finding] | None) -> None:
        self.findings = found
        self.findings_tab.show_findings(found)
        self._show_counts()

    def _show_counts(self) -> None:
        if self.reading is None:
            return
        narrow = self.width() < NARROW_BELOW
        rows = self.tr("Rows  {0}") if narrow else self.tr("Rows it yields  {0}")
        self.tabs.setTabText(1, rows.format(len(self.reading.examples)))
        self.tabs.setTabText(2, self.tr("Versions  {0}").format(f"{self.reading.guideline.version:,}"))
        found = "" if self.findings is None else f"  {len(self.findings)}"
        self.tabs.setTabText(3, self.tr("Findings{0}").format(found))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_counts()

    def is_busy(self) -> bool:
        """Whether anything of the guideline is still being read."""
        return self._look.is_busy() or self.versions.is_busy()

    def show_finding(self, finding: Finding) -> None:
        """Goes to the place of `finding` and marks it."""
        if finding.field == "name":
            self.name.mark(finding.start, finding.end)
            self.name.setFocus()
        else:
            self.tabs.setCurrentIndex(0)
            self.content.show_finding(finding)

    def _on_place(self, spot: QRect) -> None:
        self._scrolls[0].ensureVisible(spot.center().x(), spot.center().y(), 0, 60)

    def _on_edit(self) -> None:
        if self.reading is not None:
            self.edit_wanted.emit(self.reading.guideline)


def _unbroken(tag: str) -> str:
    """A tag for the line under the name, with nothing in it at which the line could end."""
    return f"#{short(tag, 40)}".replace(" ", "\u00a0").replace("-", "\u2011")
