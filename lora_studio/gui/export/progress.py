"""The export while it runs and what became of it: progress with a way out, then done, cancelled or failed."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from lora_studio.core.dataset.export import Exported
from lora_studio.core.errors import PermissionDenied, StudioError
from lora_studio.gui.export.folder_field import short as near_home
from lora_studio.gui.export.pace import clock, pace
from lora_studio.gui.export.scripting import ScriptWriter, open_folder
from lora_studio.gui.export.summary import Summary, breakable
from lora_studio.gui.export.work import Order, export
from lora_studio.gui.latest import delete_when_idle
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label
from lora_studio.gui.worker import Worker, cancel_all, in_background

SHOWN_AFTER_MS = 500
_SCALE = 1_000


class ExportProgressDialog(QDialog):
    """Runs one export. Seen after half a second, or at the end where that comes first.

    Signals: adapters_asked(folder) when the person wants to see the dataset on its shelf; train_wanted(config path)
    when they want to train on it; again_wanted() when they want the same export once more.
    """

    adapters_asked = Signal(str)
    train_wanted = Signal(str)
    again_wanted = Signal()

    def __init__(self, studio: Studio, order: Order, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        self._order = order
        self._window = parent
        self._is_running = False
        self._started_at = 0.0
        self._units = (0, 1)
        self._config = ""
        self.can_train = False
        self.setMinimumWidth(600)
        self.title = label(kind="title")
        self.step = label(kind="secondary", wrap=True)
        self.figures = label(kind="small")
        self.bar = QProgressBar()
        self.summary = Summary()
        self.scripts = ScriptWriter(studio, self)
        self.cancel_button = button(self.tr("Cancel"))
        self.folder_button = button(self.tr("Open folder"), icon="folder-open")
        self.script_button = button(self.tr("Generate script"), icon="file-code")
        self.adapters_button = button(self.tr("Show in Adapters"), icon="layers")
        self.again_button = button(self.tr("Export again"), icon="refresh-cw")
        self.train_button = button(self.tr("Train…"), icon="play")
        self.close_button = button(self.tr("Close"), "primary")
        self._tick = QTimer(self, interval=250)
        self._build()
        self._connect()

    def start(self) -> None:
        """Starts the export."""
        self._is_running = True
        self._started_at = time.monotonic()
        rows = self._order.rows
        self._head(self.tr("Exporting {0} rows").format(f"{rows:,}") if rows else self.tr("Exporting"))
        self._show_pace()
        work = partial(export, self._order, self._studio.admin_key)
        worker = in_background(self, work, self._on_success, self._on_failure, self._on_cancelled)
        worker.progressed.connect(self._on_progress)
        self._tick.start()
        QTimer.singleShot(SHOWN_AFTER_MS, self, self._show_if_running)

    def reject(self) -> None:
        """Escape: cancels what runs, or closes."""
        if self._is_running:
            self._cancel()
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window cancels what runs and waits for it."""
        if self._is_running:
            cancel_all(self)
            self.setProperty("closing", True)
        super().reject()
        event.accept()

    def done(self, result: int) -> None:
        super().done(result)
        delete_when_idle(self)

    def _build(self) -> None:
        self.bar.setRange(0, _SCALE)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the export"))
        self.summary.hide()
        ways, buttons = QHBoxLayout(), QHBoxLayout()  # in one line they would be wider than a small screen allows
        for line in (ways, buttons):
            line.setSpacing(8)
        for one in (self.folder_button, self.script_button, self.adapters_button):
            ways.addWidget(one)
        ways.addStretch()
        buttons.addWidget(self.again_button)
        buttons.addStretch()
        for one in (self.train_button, self.close_button):
            buttons.addWidget(one)
        for one in (*self._end_buttons(), self.again_button, self.train_button):
            one.hide()
        buttons.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(8)
        for widget in (self.title, self.step, self.bar, self.figures, self.summary):
            layout.addWidget(widget)
        layout.addLayout(ways)
        layout.addStretch()
        layout.addSpacing(8)
        layout.addLayout(buttons)

    def _end_buttons(self) -> tuple[QPushButton, ...]:
        more = (self.train_button,) if self.can_train else ()
        return (
            self.again_button,
            self.folder_button,
            self.script_button,
            self.adapters_button,
            *more,
            self.close_button,
        )

    def _connect(self) -> None:
        order = self._order
        self._tick.timeout.connect(self._show_pace)
        self.cancel_button.clicked.connect(self.reject)
        self.close_button.clicked.connect(self.accept)
        self.folder_button.clicked.connect(partial(open_folder, order.folder))
        self.script_button.clicked.connect(self._on_script)
        self.adapters_button.clicked.connect(self._on_adapters)
        self.again_button.clicked.connect(self._on_again)
        self.train_button.clicked.connect(self._on_train)

    def _head(self, title: str) -> None:
        self.title.setText(title)
        self.setWindowTitle(title)
        self.setAccessibleName(title)

    def _show_if_running(self) -> None:
        if self._is_running:
            self.open()

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.cancel_button.setText(self.tr("Cancelling…"))
        for worker in self.findChildren(Worker):
            worker.cancel()

    def _on_progress(self, done: int, total: int) -> None:
        self._units = (done, total)
        self._show_pace()

    def _show_pace(self) -> None:
        done, total = self._units
        elapsed = time.monotonic() - self._started_at
        now = pace(done, total, self._order.rows, elapsed)
        unit = self.tr("rows") if self._order.rows else self.tr("guidelines")
        step = self.tr("Making rows") if now.step == 1 else self.tr("Writing files")
        counted = self.tr("{0}: {1} of {2} {3}").format(step, f"{now.done:,}", f"{now.total:,}", unit)
        self.step.setText(self.tr("Step {0} of 2 · {1}").format(now.step, counted))
        left = "–" if now.left_s is None else clock(now.left_s)
        self.figures.setText(
            self.tr("{0} {1} a second · {2} elapsed · {3} left").format(
                f"{round(now.per_second):,}", unit, clock(elapsed), left
            )
        )
        self.bar.setValue(round(_SCALE * done / max(1, total)))
        job = self.tr("Exporting {0} of {1} {2}")
        self._studio.job_changed.emit(job.format(f"{now.done:,}", f"{now.total:,}", unit) if self._is_running else "")

    def _on_success(self, made: Exported) -> None:
        self._config = str(made.config_file)
        self._studio.datasets_changed.emit(str(made.folder))
        rows = made.train_rows + made.eval_rows
        self._head(self.tr("Exported {0} rows").format(f"{rows:,}"))
        self.step.setText(self.tr("In {0}").format(breakable(near_home(made.folder))))
        self.summary.show_export(made, time.monotonic() - self._started_at)
        self._end(self._end_buttons())

    def _on_cancelled(self) -> None:
        self._head(self.tr("Export cancelled"))
        self.step.setText(self.tr("Cancelled; nothing was changed"))
        self._end((self.again_button, self.close_button))

    def _on_failure(self, error: Exception) -> None:
        self._head(self.tr("Export failed"))
        if isinstance(error, PermissionDenied):
            self._studio.unlock("")  # the key was changed elsewhere: ask again next time
        if isinstance(error, StudioError):
            self.step.setText(error.message)
        else:
            self.step.setText(self.tr("Nothing was changed."))
            show_error(self._window, error)
        self._end((self.again_button, self.close_button))

    def _end(self, buttons: tuple[QPushButton, ...]) -> None:
        """Shows how it ended, unless the window was closed meanwhile."""
        self._is_running = False
        self._tick.stop()
        self._studio.job_changed.emit("")
        for widget in (self.bar, self.figures, self.cancel_button):
            widget.hide()
        for one in buttons:
            one.show()
        self.setAccessibleDescription(self.step.text())
        buttons[-1].setDefault(True)
        if self.property("closing"):
            return
        if not self._window.window().isVisible():
            super().reject()
            return
        self.open()
        self.adjustSize()
        buttons[-1].setFocus()

    def _on_script(self) -> None:
        options = self._order.options
        self.scripts.write(self._order.folder, options.target_model, options.format)

    def _on_adapters(self) -> None:
        self.accept()
        self.adapters_asked.emit(str(self._order.folder))

    def _on_again(self) -> None:
        self.accept()
        self.again_wanted.emit()

    def _on_train(self) -> None:
        self.accept()
        self.train_wanted.emit(self._config)
