"""A guideline's history: every version, what it changed, and the way back to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QSplitter, QVBoxLayout, QWidget

from lora_studio.core.domain import Guideline, GuidelineVersion
from lora_studio.core.library.store import Library
from lora_studio.core.review.diff import FieldDiff, changed_fields
from lora_studio.gui.commands import command, runs
from lora_studio.gui.guidelines.diff import DiffView
from lora_studio.gui.guidelines.read import Saved, compare, read_history, restore_version
from lora_studio.gui.guidelines.version_list import VersionList
from lora_studio.gui.latest import Latest
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button
from lora_studio.gui.worker import in_background


class VersionsTab(QWidget):
    """Reads the history when it is first looked at. Signals: saved(Saved) after a restoration; failed(error)."""

    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._now: Guideline | None = None
        self._shown = ("", 0)
        self._writable = True
        self.list = VersionList()
        self.diff = DiffView(self.tr("What this version changed"))
        self.before_button = button(self.tr("What it changed"), "segment")
        self.present_button = button(self.tr("Against the present"), "segment")
        self.restore_button = button(self.tr("Restore this version"), "", "rotate-ccw")
        self.restore_action = command(self, self.tr("Restore the chosen version"), self.restore, icon="rotate-ccw")
        self._history, self._comparison = Latest(self, pause_ms=0), Latest(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._switch = QButtonGroup(self)
        for one in (self.before_button, self.present_button):
            one.setCheckable(True)
            self._switch.addButton(one)
        self.before_button.setChecked(True)
        tools = QWidget()
        line = FlowLayout(tools)
        for one in (self.before_button, self.present_button, self.restore_button):
            line.addWidget(one)
        low = QWidget()
        below = QVBoxLayout(low)
        below.setContentsMargins(0, 8, 0, 0)
        below.setSpacing(8)
        below.addWidget(tools)
        below.addWidget(self.diff, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(low)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        self.list.setMinimumHeight(96)
        low.setMinimumHeight(140)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 8, 8)
        layout.addWidget(split)

    def _connect(self) -> None:
        runs(self.restore_button, self.restore_action)
        self._history.succeeded.connect(self._on_history)
        self._comparison.succeeded.connect(self._on_compared)
        self._history.failed.connect(self.failed)
        self._comparison.failed.connect(self.failed)
        self.list.chosen.connect(self._compare)
        self._switch.buttonClicked.connect(lambda _: self._compare(self.list.currentIndex().row()))

    def show_guideline(self, guideline: Guideline, *, writable: bool) -> None:
        """Will show the history of `guideline`, at once if it is being looked at."""
        if self._now is None or self._now.id != guideline.id:
            self.list.model_.show_versions(())
            self.diff.show_changes(())
        self._now, self._writable = guideline, writable
        self.restore_action.setEnabled(False)
        if self.isVisible():
            self._read()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()

    def is_busy(self) -> bool:
        """Whether the history or a comparison is still being made."""
        return self._history.is_busy() or self._comparison.is_busy()

    def _read(self) -> None:
        if self._now is not None and self._shown != (self._now.id, self._now.version):
            self._history.ask(partial(read_history, self._library, self._now.id))

    def _on_history(self, versions: Sequence[GuidelineVersion]) -> None:
        if self._now is None:
            return
        self._shown = (self._now.id, self._now.version)
        self.list.model_.show_versions(versions)
        self.list.setCurrentIndex(self.list.model_.index(0))

    def _compare(self, row: int) -> None:
        versions = self.list.model_.versions
        if not 0 <= row < len(versions):
            return
        chosen = versions[row]
        to_present = self.present_button.isChecked()
        older = chosen if to_present else versions[row + 1] if row + 1 < len(versions) else _nothing(chosen)
        newer = versions[0] if to_present else chosen
        self._comparison.ask(partial(compare, older, newer))
        self._set_restorable(row)

    def _set_restorable(self, row: int) -> None:
        versions = self.list.model_.versions
        differs = row > 0 and bool(set(changed_fields(versions[row], versions[0])) - {"deleted"})
        self.restore_action.setEnabled(differs and self._writable)

    def _on_compared(self, changes: Sequence[FieldDiff]) -> None:
        self.diff.show_changes(changes)

    def restore(self) -> None:
        """Gives the guideline the text of the chosen version again, as a new version."""
        row = self.list.currentIndex().row()
        if self._now is not None and row > 0:
            self.restore_action.setEnabled(False)
            work = partial(restore_version, self._library, self._now, self.list.model_.versions[row])
            in_background(self, work, self._on_saved, self._on_refused)

    def _on_saved(self, saved: Saved) -> None:
        self.saved.emit(saved)

    def _on_refused(self, error: Exception) -> None:
        self._set_restorable(self.list.currentIndex().row())
        self.failed.emit(error)


def _nothing(first: GuidelineVersion) -> GuidelineVersion:
    """What was before the first version: nothing written yet."""
    return GuidelineVersion(
        name="", content="", category=first.category, priority=first.priority, scope=first.scope, active=first.active,
        version=0, created_at="", created_by="", reason="",
    )  # fmt: skip
