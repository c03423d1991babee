"""The audit log to read, to search and to take away as CSV."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QWidget,
)

from lora_studio.core.library.audit import write_csv
from lora_studio.gui.commands import runs
from lora_studio.gui.messages import show_error
from lora_studio.gui.settings.audit_model import DETAIL, OUTCOME, WHAT, WHEN, WHO, AuditModel
from lora_studio.gui.settings.section import Section
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.parts import button, label
from lora_studio.gui.worker import Worker, in_background

PAUSE_MS = 200
_WIDTHS = {WHEN: 172, WHO: 112, WHAT: 168, OUTCOME: 150}


class AuditSection(Section):
    """Signals: Section's."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner, fills=True)
        why = self.tr(
            "Every export, script, key change, grant and refusal. It only grows: nothing here can be changed."
        )
        self.head(self.tr("Audit log"), why)
        self.model = AuditModel(studio.library, self)
        self.search = QLineEdit()
        self.search.setAccessibleName(self.tr("Search the audit log"))
        self.search.setPlaceholderText(self.tr("Agent, action, outcome …"))
        self.search.setClearButtonEnabled(True)
        self.count = label("", "small")
        self.table = self._make_table()
        self.save_button = button(self.tr("Save as CSV…"), "", "download")
        self.save_action = self.command(self.tr("Save the audit log as CSV…"), self._on_save)
        self.stop_button = button(self.tr("Stop"))
        self.stop_button.hide()
        self._writer: Worker | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._build()
        self._pause.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda: self._pause.start())
        self.model.shown.connect(self._show_count)
        self.model.failed.connect(partial(show_error, self))
        self.stop_button.clicked.connect(self._on_stop)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setAccessibleName(self.tr("Audit log"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(32)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        for column, width in _WIDTHS.items():
            table.setColumnWidth(column, width)
        head.setSectionResizeMode(DETAIL, QHeaderView.ResizeMode.Stretch)
        return table

    def _build(self) -> None:
        glass = QAction(self)
        show_icon(glass, "search", size=14)
        self.search.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        runs(self.save_button, self.save_action)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.search, 1)
        line.addWidget(self.count)
        line.addWidget(self.save_button)
        line.addWidget(self.stop_button)
        self.body.addLayout(line)
        self.body.addWidget(self.table, 1)

    def refresh(self) -> None:
        if self.table.verticalScrollBar().value() == 0 or self.search.text() != self.model.text:
            self.model.find(self.search.text())

    def _show_count(self) -> None:
        shown = len(self.model.entries)
        more = self.tr("{0} rows").format(f"{shown:,}")
        self.count.setText(more if self.model.is_whole else self.tr("the newest {0} rows").format(f"{shown:,}"))

    def _on_save(self) -> None:
        title = self.tr("Save the audit log")
        path, _ = QFileDialog.getSaveFileName(self, title, str(Path.home() / "audit-log.csv"), "CSV (*.csv)")
        if path:
            self.save_to(Path(path))

    def save_to(self, path: Path) -> None:
        """Writes what the search finds to `path`, in the worker."""
        self._set_busy(True)
        work = partial(write_csv, self.studio.library, path, self.search.text())
        self._writer = in_background(self, work, self._on_saved, self._on_fault, self._on_stopped)
        self._writer.progressed.connect(self._on_progress)

    def _set_busy(self, busy: bool) -> None:
        self.save_action.setEnabled(not busy)
        self.stop_button.setVisible(busy)
        if not busy:
            self._writer = None
            self._show_count()

    def _on_progress(self, done: int, total: int) -> None:
        if self._writer is not None:
            self.count.setText(self.tr("saving, {0} %").format(100 * done // max(total, 1)))

    def _on_stop(self) -> None:
        if self._writer is not None:
            self._writer.cancel()

    def _on_saved(self, count: int) -> None:
        self._set_busy(False)
        self.done.emit(self.tr("{0} rows are saved.").format(f"{count:,}"), None)

    def _on_fault(self, error: Exception) -> None:
        self._set_busy(False)
        show_error(self, error)

    def _on_stopped(self) -> None:
        self._set_busy(False)
