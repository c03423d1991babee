"""The Export page: controls on the left, a live preview on the right, and one button that says what it will do."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QMetaMethod, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from lora_studio.core.dataset.again import Again, read_again
from lora_studio.core.dataset.export import Progress
from lora_studio.core.dataset.preview import Preview
from lora_studio.core.library.runs import recent_models
from lora_studio.core.library.store import Library
from lora_studio.gui.commands import command, runs
from lora_studio.gui.export.caution_list import Shower
from lora_studio.gui.export.controls import ExportControls
from lora_studio.gui.export.flow import ExportFlow
from lora_studio.gui.export.forecast import Forecast
from lora_studio.gui.export.guideline_finder import GuidelineFinder
from lora_studio.gui.export.preview_panel import PreviewPanel
from lora_studio.gui.export.scripting import ScriptWriter
from lora_studio.gui.export.subject import Subject
from lora_studio.gui.export.work import Order
from lora_studio.gui.latest import Latest
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label

_LEFT_WIDTH = 380


class ExportPage(QWidget):
    """What is exported, for which model, how, where to.

    Signals: guidelines_asked() when the person wants to change what is exported; adapters_asked(folder) when they
    want to see what was written; train_wanted(config path) when they want to train on it.
    """

    guidelines_asked = Signal()
    adapters_asked = Signal(str)
    train_wanted = Signal(str)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._preview: Preview | None = None
        self._is_stale = True
        self.controls = ExportControls(studio.home.datasets)
        self.panel = PreviewPanel()
        self.subject = Subject(studio)
        self.script_button = button(self.tr("Generate script"), icon="file-code")
        self.export_button = button(self.tr("Export"), "primary", "package")
        self._forecast = Forecast(studio, self)
        self._flow = ExportFlow(studio, self)
        self._scripts = ScriptWriter(studio, self)
        self._shower = Shower(studio, self)
        self._taker = Latest(self, pause_ms=0)
        self._build()
        self._add_commands()
        self._connect()
        self._show_button(None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.controls.model.offer(recent_models(self._studio.library))
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._is_stale |= self._forecast.stop()

    def refresh(self) -> None:
        """Counts the guidelines anew, once the page is seen."""
        self._is_stale = not self.isVisible()
        if not self._is_stale:
            self._forecast.choose(self.subject.choice())
            self._ask()

    def start_export(self) -> None:
        """Exports what the page shows: asks about a dataset that is there, then for the key where none is known."""
        chosen = self.controls.checked()
        if chosen is None:
            return
        options, folder = chosen
        studio, rows = self._studio, self._preview.total if self._preview else 0
        self._flow.can_train = self.isSignalConnected(QMetaMethod.fromSignal(self.train_wanted))
        self._flow.start(
            Order(
                library=studio.library,
                settings=studio.settings,
                choice=self.subject.choice(),
                options=options,
                folder=folder,
                rows=rows,
            )
        )

    def write_script(self) -> None:
        """Writes the training script for the chosen model and format into the chosen folder."""
        chosen = self.controls.checked()
        if chosen is not None:
            options, folder = chosen
            self._scripts.write(folder, options.target_model, options.format)

    def take_over(self, config: dict[str, Any]) -> None:
        """Sets everything as it was for the dataset that `config` describes, its guidelines too."""
        self._taker.ask(partial(_read_again, self._studio.library, config))

    def find_guideline(self) -> None:
        """Lets the person choose the guideline whose rows are shown."""
        if self._forecast.census is not None:
            finder = GuidelineFinder(self._studio.library, self._forecast.census, self)
            finder.place_chosen.connect(self.panel.bar.go_to)
            finder.open()

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.setContentsMargins(0, 0, 8, 0)
        buttons.addStretch()
        buttons.addWidget(self.script_button)
        buttons.addWidget(self.export_button)
        column = QWidget()
        left = QVBoxLayout(column)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(8)
        left.addWidget(label(self.tr("Export"), "page"))
        left.addWidget(self.subject)
        left.addWidget(self.controls, 1)
        left.addLayout(buttons)
        column.setMaximumWidth(_LEFT_WIDTH)
        column.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(24)
        layout.addWidget(column, 4)
        layout.addWidget(self.panel, 5)

    def _add_commands(self) -> None:
        bar = self.panel.bar
        self._export = command(self, self.tr("Export"), self.start_export, "Ctrl+Return", "package")
        runs(self.export_button, self._export)
        script = command(self, self.tr("Generate the training script"), self.write_script, "Ctrl+Shift+G", "file-code")
        runs(self.script_button, script)
        command(self, self.tr("Change what is exported…"), self.guidelines_asked.emit)
        command(self, self.tr("Choose the folder…"), self.controls.folder.pick, "Ctrl+O", "folder-open")
        command(self, self.tr("Show rows as questions and answers, or as JSON"), self.panel.flip, "Ctrl+J")
        self._back = command(self, self.tr("Rows before these"), bar.go_back, "Alt+Left", "chevron-left")
        self._forth = command(self, self.tr("Next rows"), bar.go_on, "Alt+Right", "chevron-right")
        runs(bar.back, self._back)
        runs(bar.forth, self._forth)
        runs(bar.jump, command(self, self.tr("Rows of one guideline…"), self.find_guideline, "Ctrl+G", "search"))

    def _connect(self) -> None:
        studio, forecast, bar = self._studio, self._forecast, self.panel.bar
        self.controls.changed.connect(self._ask)
        bar.changed.connect(self._ask)
        self.subject.changed.connect(self._on_subject)
        self.subject.change_wanted.connect(self.guidelines_asked)
        studio.guidelines_changed.connect(self.refresh)
        studio.settings_changed.connect(self.refresh)
        studio.datasets_changed.connect(self._on_datasets)
        forecast.outdated.connect(self._on_outdated)
        forecast.found.connect(self.subject.show_count)
        forecast.counted.connect(self._on_preview)
        forecast.cautioned.connect(self.panel.show_cautions)
        forecast.failed.connect(self._on_no_preview)
        self.panel.cautions.show_wanted.connect(self._shower.show_guidelines)
        self._taker.succeeded.connect(self._on_again)
        self._taker.failed.connect(partial(show_error, self))
        self._flow.began.connect(partial(self._export.setEnabled, False))
        self._flow.ended.connect(self._on_end)
        self._flow.adapters_asked.connect(self.adapters_asked)
        self._flow.train_wanted.connect(self.train_wanted)

    def _ask(self) -> None:
        self._forecast.ask(self.controls.options(), self.panel.bar.look())

    def _on_subject(self) -> None:
        self.panel.bar.start_over()
        self.refresh()

    def _on_again(self, again: Again) -> None:
        self.controls.take_over(again.options, again.folder)
        self.subject.take_over(again)

    def _on_datasets(self, folder: str) -> None:
        self.controls.model.offer(recent_models(self._studio.library))

    def _on_outdated(self) -> None:
        self.panel.show_counting()
        self.export_button.setText(self.tr("Export"))

    def _on_preview(self, preview: Preview) -> None:
        self._preview = preview
        self.panel.show_preview(preview, self._nothing())
        self.panel.show_cautions(self._forecast.cautions(preview), is_all=self._forecast.is_complete)
        self.subject.show_count(preview.census.guidelines)
        self._show_button(preview)
        self._back.setEnabled(self.panel.bar.has_before)
        self._forth.setEnabled(self.panel.bar.has_more)

    def _on_no_preview(self, error: Exception) -> None:
        self._preview = None
        self._show_button(None)
        self.panel.show_counting()
        self.panel.say(str(error))

    def _nothing(self) -> str:
        """Why there are no rows, and what to do."""
        if self.subject.is_all:
            return self.tr("There are no guidelines yet. Import or write some on the Guidelines page first.")
        return self.tr("Nothing to export: no guideline fits. Change the filter or the search on the Guidelines page.")

    def _show_button(self, preview: Preview | None) -> None:
        rows = preview.total if preview else 0
        about = "" if preview is None or preview.total_is_exact else "≈ "
        text = self.tr("Export {0} rows").format(f"{about}{rows:,}") if rows else self.tr("Export")
        self.export_button.setText(text)
        self.export_button.setAccessibleName(text)
        self._export.setEnabled(rows > 0)

    def _on_end(self) -> None:
        self._show_button(self._preview)
        self.export_button.setFocus()


def _read_again(library: Library, config: dict[str, Any], progress: Progress) -> Again:
    return read_again(library, config)
