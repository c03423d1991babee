"""The Training page: what is trained on the left, how it goes and what was learnt on the right."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from lora_studio.core.errors import StudioError
from lora_studio.core.training.runs import Run, RunPlan, prepare_run
from lora_studio.gui.commands import command, runs
from lora_studio.gui.latest import Latest
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.training.runs_view import RunsView
from lora_studio.gui.training.setup import Setup
from lora_studio.gui.training.work import Found, find
from lora_studio.gui.widgets.parts import button, label

LEFT_WIDTH = 400


class TrainingPage(QWidget):
    """Signals: export_asked() when there is nothing to train on; adapters_asked(folder) to see what was trained."""

    export_asked = Signal()
    adapters_asked = Signal(str)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._wanted: Path | None = None
        self._prepared: tuple[RunPlan, Run] | None = None
        self._is_stale = True
        self.setup = Setup(studio.home.path, studio.settings.training_python)
        self.runs = RunsView(studio)
        self.check_button = button(self.tr("Check"), "", "list-checks")
        self.train_button = button(self.tr("Train"), "primary", "activity")
        self._latest = Latest(self, pause_ms=0)
        self._build()
        self._add_commands()
        self._connect()

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 0, 12, 0)
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(self.check_button)
        buttons.addWidget(self.train_button)
        column = QWidget()
        left = QVBoxLayout(column)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(8)
        left.addWidget(label(self.tr("Training"), "page"))
        left.addWidget(self.setup, 1)
        left.addLayout(buttons)
        column.setMaximumWidth(LEFT_WIDTH)
        column.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(16)
        layout.addWidget(column, 1)
        layout.addWidget(self.runs, 2)

    def _add_commands(self) -> None:
        self._train = command(self, self.tr("Train"), self.train, "Ctrl+Return", "activity")
        self._check = command(self, self.tr("Check without training"), self.check, "Ctrl+Shift+Return", "list-checks")
        self._shown = [
            command(self, self.tr("Stop the training and save"), self.runs.stop),
            command(self, self.tr("Go on from the checkpoint"), self.runs.resume),
            command(self, self.tr("Run the exam"), self.runs.take_exam),
            command(self, self.tr("Try the adapter"), self._try, "Ctrl+Shift+T", "message-square-text"),
            command(self, self.tr("Show the training"), partial(self.runs.training_tab.setChecked, True)),
            command(self, self.tr("Show the exam"), partial(self.runs.exam_tab.setChecked, True)),
            command(self, self.tr("Open the folder of the run"), self.runs.open_folder),
        ]
        command(self, self.tr("Look for Pythons again"), self.setup.python.look_again, "F5")
        runs(self.train_button, self._train)
        runs(self.check_button, self._check)

    def _connect(self) -> None:
        self._latest.succeeded.connect(self._on_found)
        self._latest.failed.connect(partial(show_error, self))
        self._studio.datasets_changed.connect(self._on_datasets)
        self.setup.changed.connect(self._show_buttons)
        self.setup.python.picked.connect(self._on_python)
        self.runs.changed.connect(self._show_buttons)
        self.runs.export_asked.connect(self.export_asked)
        self.runs.adapters_asked.connect(self.adapters_asked)
        self._show_buttons()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.setup.python.is_known():
            self.setup.python.look_again()
        if self._is_stale:
            self.refresh()

    def refresh(self) -> None:
        """Reads datasets and runs anew, once the page is seen."""
        self._is_stale = not self.isVisible()
        if self.isVisible():
            watched = tuple(map(Path, self._studio.settings.watched_folders))
            self._latest.ask(partial(find, self._studio.library, (self._studio.home.datasets, *watched)))

    def show_dataset(self, dataset: str) -> None:
        """Chooses the dataset whose config file is `dataset`."""
        self._wanted = Path(dataset)
        self.refresh()

    def is_busy(self) -> bool:
        """Whether anything is still being looked for."""
        parts = (self._latest, self.setup, self.setup.python, self.runs.taker)
        return any(part.is_busy() for part in parts)

    def _on_datasets(self, folder: str) -> None:
        self.refresh()

    def _on_python(self, path: str) -> None:
        try:
            self._studio.change_settings(replace(self._studio.settings, training_python=path))
        except StudioError as error:
            show_error(self, error)

    def _on_found(self, found: Found) -> None:
        self.setup.show_datasets(found.datasets, self._wanted)
        self._wanted = None
        self.setup.show_adapters(found.trained)
        self.runs.show_runs(found.runs, can_train=bool(found.datasets))

    def train(self) -> None:
        """Begins a training with what is chosen."""
        self._begin()

    def check(self) -> None:
        """Lets the script look whether all is ready, without training."""
        self._begin("--check")

    def _try(self) -> None:
        self.runs.try_adapter(self.runs.exam.question())

    def _begin(self, *flags: str) -> None:
        try:
            plan = self.setup.plan()
            if self._prepared is None or self._prepared[0] != plan:
                self._prepared = (plan, prepare_run(self._studio.library, plan))
            self.runs.start(self._prepared[1], *flags)
        except StudioError as error:
            show_error(self, error)
            return
        if not flags:
            self._prepared = None  # the next training gets a folder of its own

    def _show_buttons(self) -> None:
        try:
            self.setup.plan()
            ready = not self.runs.is_training()
        except StudioError:
            ready = False
        self._train.setEnabled(ready)
        self._check.setEnabled(ready)
        for action in self._shown:
            action.setEnabled(self.runs.panel.run is not None)

    def running(self) -> str:
        """What runs as this window's child, in a sentence; empty for nothing."""
        return self.runs.running()

    def end_child(self) -> None:
        """Ends what runs as this window's child."""
        self.runs.end_child()
