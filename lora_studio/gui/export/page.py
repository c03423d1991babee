"""The Export page: controls on the left, a live preview on the right, and one button that says what it will do."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from lora_studio.core.dataset.preview import Census, Preview
from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.library.runs import recent_models
from lora_studio.gui.export.controls import ExportControls
from lora_studio.gui.export.flow import ExportFlow
from lora_studio.gui.export.preview_panel import PreviewPanel
from lora_studio.gui.export.scripting import ScriptWriter
from lora_studio.gui.export.work import Choice, Order, look_ahead
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label

_LEFT_WIDTH = 380


class ExportPage(QWidget):
    """What is exported, for which model, how, where to.

    Signals: guidelines_asked() when the person wants to change what is exported; adapters_asked(folder) when they
    want to see what was written.
    """

    guidelines_asked = Signal()
    adapters_asked = Signal(str)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._census: Census | None = None
        self._preview: Preview | None = None
        self._is_stale = True
        self.controls = ExportControls(studio.home.datasets)
        self.panel = PreviewPanel()
        self.subject = label(kind="secondary")
        self.change_button = button(self.tr("change"), "link")
        self.script_button = button(self.tr("Generate script"), icon="file-code")
        self.export_button = button(self.tr("Export"), "primary", "package")
        self._latest = Latest(self)
        self._flow = ExportFlow(studio, self)
        self._scripts = ScriptWriter(studio, self)
        self._build()
        self._connect()
        self._show_choice()
        self._show_button(None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.controls.model.offer(recent_models(self._studio.library))
            self.refresh()

    def refresh(self) -> None:
        """Makes the preview anew, once the page is seen."""
        self._is_stale = True
        if not self.isVisible():
            return
        self._is_stale = False
        options = self.controls.options()
        studio = self._studio
        work = partial(look_ahead, studio.library, studio.settings, self._choice(), options, self._census)
        self._latest.ask(work)

    def start_export(self) -> None:
        """Exports what the page shows: asks about a dataset that is there, then for the key where none is known."""
        chosen = self.controls.checked()
        if chosen is None:
            return
        options, folder = chosen
        self.export_button.setEnabled(False)
        self._flow.start(
            Order(
                library=self._studio.library,
                settings=self._studio.settings,
                choice=self._choice(),
                options=options,
                folder=folder,
                rows=self._preview.total if self._preview else 0,
            )
        )

    def _build(self) -> None:
        self.change_button.setAccessibleName(self.tr("Change what is exported"))
        what = QHBoxLayout()
        what.setSpacing(4)
        what.addWidget(self.subject)
        what.addWidget(label("·", "secondary"))
        what.addWidget(self.change_button)
        what.addStretch()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.setContentsMargins(0, 0, 8, 0)
        buttons.addStretch()
        buttons.addWidget(self.script_button)
        buttons.addWidget(self.export_button)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(label(self.tr("Export"), "page"))
        left.addLayout(what)
        left.addWidget(self.controls, 1)
        left.addLayout(buttons)
        column = QWidget()
        column.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        column.setMaximumWidth(_LEFT_WIDTH)
        column.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(24)
        layout.addWidget(column, 4)
        layout.addWidget(self.panel, 5)

    def _connect(self) -> None:
        studio = self._studio
        self.controls.changed.connect(self.refresh)
        studio.choice_changed.connect(self._on_choice)
        studio.guidelines_changed.connect(self._forget_counts)
        studio.settings_changed.connect(self._forget_counts)
        studio.datasets_changed.connect(self._on_datasets)
        self.change_button.clicked.connect(self.guidelines_asked)
        self.export_button.clicked.connect(self.start_export)
        self.script_button.clicked.connect(self._on_script)
        self._latest.succeeded.connect(self._on_preview)
        self._latest.failed.connect(self._on_no_preview)
        self._flow.ended.connect(self._on_end)
        self._flow.adapters_asked.connect(self.adapters_asked)

    def _choice(self) -> Choice:
        return Choice(self._studio.wanted, self._studio.search, self._studio.selected)

    def _on_choice(self) -> None:
        self._show_choice()
        self._forget_counts()

    def _forget_counts(self) -> None:
        self._census = None
        self.refresh()

    def _on_datasets(self, folder: str) -> None:
        self.controls.model.offer(recent_models(self._studio.library))

    def _on_preview(self, preview: Preview) -> None:
        self._census, self._preview = preview.census, preview
        self.panel.show_preview(preview, self._nothing())
        self._show_choice(preview.census.guidelines)
        self._show_button(preview)

    def _on_no_preview(self, error: Exception) -> None:
        self._preview = None
        self._show_button(None)
        self.panel.say(str(error))

    def _show_choice(self, count: int | None = None) -> None:
        """What is exported, in words."""
        studio, one = self._studio, count == 1
        number = "…" if count is None else f"{count:,}"
        if studio.selected:
            words = self.tr("{0} selected guideline") if one else self.tr("{0} selected guidelines")
        elif studio.search.strip():
            words = self.tr("{0} guideline from the search") if one else self.tr("{0} guidelines from the search")
        elif studio.wanted == GuidelineFilter():
            words = self.tr("{0} guideline, all there is") if one else self.tr("All {0} guidelines")
        elif one:
            words = self.tr("{0} guideline from the current filter")
        else:
            words = self.tr("{0} guidelines from the current filter")
        self.subject.setText(words.format(number))

    def _nothing(self) -> str:
        """Why there are no rows, and what to do."""
        if self._choice() == Choice(GuidelineFilter()):
            return self.tr("There are no guidelines yet. Import or write some on the Guidelines page first.")
        return self.tr("Nothing to export: no guideline fits. Change the filter or the search on the Guidelines page.")

    def _show_button(self, preview: Preview | None) -> None:
        rows = preview.total if preview else 0
        text = self.tr("Export {0} rows").format(f"{rows:,}") if rows else self.tr("Export")
        self.export_button.setText(text)
        self.export_button.setAccessibleName(text)
        self.export_button.setEnabled(rows > 0)

    def _on_end(self) -> None:
        self._show_button(self._preview)
        self.export_button.setFocus()

    def _on_script(self) -> None:
        chosen = self.controls.checked()
        if chosen is not None:
            options, folder = chosen
            self._scripts.write(folder, options.target_model, options.format)
