"""The right side of the Training page: which run is shown, its training, and its exam."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.core.errors import StudioError
from lora_studio.core.training.children import Child
from lora_studio.core.training.exam_records import Exam
from lora_studio.core.training.runs import RESUME, Run, ask_to_stop, start_run
from lora_studio.gui.export.scripting import open_folder
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.training.exam import ExamTaker
from lora_studio.gui.training.exam_panel import ExamPanel
from lora_studio.gui.training.run_panel import RunPanel
from lora_studio.gui.training.session import Session
from lora_studio.gui.training.work import checked
from lora_studio.gui.widgets.parts import button, label, picture
from lora_studio.gui.worker import in_background


class RunsView(QWidget):
    """Signals: changed() when a run began or ended; export_asked(); adapters_asked(folder)."""

    changed = Signal()
    export_asked = Signal()
    adapters_asked = Signal(str)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._runs: tuple[Run, ...] = ()
        self.sessions: dict[Path, Session] = {}
        self.list = QComboBox()
        self.panel = RunPanel()
        self.exam = ExamPanel()
        self.taker = ExamTaker(studio, self)
        self.training_tab = button(self.tr("Training"), "segment")
        self.exam_tab = button(self.tr("Exam"), "segment")
        self.export_button = button(self.tr("Export a dataset"), "", "package")
        self._build()
        self._connect()

    def _build(self) -> None:
        self.list.setAccessibleName(self.tr("Runs"))
        self.list.view().setAccessibleName(self.tr("Runs"))
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setMinimumContentsLength(16)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Runs"), "lead"))
        head.addWidget(self.list, 1)
        for tab in (self.training_tab, self.exam_tab):
            tab.setCheckable(True)
            tab.setAutoExclusive(True)
            head.addWidget(tab)
        self.training_tab.setChecked(True)
        self._parts = QStackedWidget()
        self._parts.addWidget(self.panel)
        self._parts.addWidget(self.exam)
        shown = QWidget()
        run = QVBoxLayout(shown)
        run.setContentsMargins(0, 0, 0, 0)
        run.setSpacing(12)
        run.addLayout(head)
        run.addWidget(self._parts, 1)
        self._state = QStackedWidget()
        self._state.addWidget(self._nothing_yet())
        self._state.addWidget(shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._state)

    def _nothing_yet(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setSpacing(8)
        layout.addStretch(2)
        said = self.tr("The loss curve, the log and then the exam appear here.")
        for part in (
            picture("activity", "faint", 28),
            label(self.tr("Nothing has been trained yet"), "lead"),
            label(said, "secondary"),
            self.export_button,
        ):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        return page

    def _connect(self) -> None:
        self.list.activated.connect(lambda place: self.show_run(self._runs[place]))
        self.export_button.clicked.connect(self.export_asked)
        self.training_tab.toggled.connect(self._on_tab)
        self.panel.stop_wanted.connect(self.stop)
        self.panel.end_wanted.connect(self._end)
        self.panel.resume_wanted.connect(self.resume)
        self.panel.folder_wanted.connect(self.open_folder)
        self.panel.shelf_wanted.connect(self._show_on_shelf)
        self.panel.exam_wanted.connect(self.take_exam)
        self.exam.take_wanted.connect(self.take_exam)
        self.exam.stop_wanted.connect(self.taker.end)
        self.exam.guideline_wanted.connect(self._studio.guideline_wanted)
        self.exam.try_wanted.connect(self.try_adapter)
        self.taker.asking.connect(self._on_asking)
        self.taker.read.connect(self._on_exam)
        self.taker.refused.connect(partial(self.exam.notice.say, look="bad"))

    def show_runs(self, runs: tuple[Run, ...], *, can_train: bool) -> None:
        """Lists `runs` and those begun here; the shown one stays, or else the newest is shown."""
        found = {run.folder for run in runs}
        begun = (run for run in self._runs if run.folder in self.sessions and run.folder not in found)
        # One may have begun while all were being looked for.
        self._runs = (*(run for run in begun if run.folder.is_dir()), *runs)
        self.list.clear()
        for run in self._runs:
            self.list.addItem(run.folder.name, str(run.folder))
        if self.panel.run is not None:
            self.list.setCurrentIndex(self.list.findData(str(self.panel.run.folder)))
        elif self._runs:
            self.show_run(self._runs[0])
        self.export_button.setVisible(not can_train)

    def show_run(self, run: Run, child: Child | None = None) -> None:
        """Shows `run`, which `child` may just have begun."""
        if run.folder not in self.sessions or child is not None:
            session = self.sessions[run.folder] = Session(run.log, child, self)
            session.advanced.connect(partial(self.panel.add_lines, session))
            session.begun.connect(partial(self._on_begin, run, session))
            session.ended.connect(partial(self._on_end, run))
        self.panel.show_session(run, self.sessions[run.folder])
        self.exam.notice.hide()
        self.taker.look(run)
        self.list.setCurrentIndex(self.list.findData(str(run.folder)))
        self._state.setCurrentIndex(1)
        self.changed.emit()

    def start(self, run: Run, *flags: str) -> None:
        """Starts `run` and shows it. Raises Conflict, StorageError."""
        child = start_run(run, flags)
        if run not in self._runs:
            self._runs = (run, *self._runs)
            self.list.insertItem(0, run.folder.name, str(run.folder))
        self.training_tab.setChecked(True)
        self.show_run(run, child)
        self._studio.job_changed.emit(self.tr("Training"))

    def is_training(self) -> bool:
        """Whether a training runs, of this window or of another."""
        return any(session.is_live for session in self.sessions.values())

    def resume(self) -> None:
        """Goes on with the shown run from its last checkpoint."""
        run, session = self.panel.run, self.panel.session
        if run is not None and session is not None and not session.is_live:
            in_background(self, partial(checked, self._studio.library, run), self._go_on, self._on_failure)

    def _go_on(self, run: Run) -> None:
        self._attempt(lambda: self.start(run, RESUME))

    def _on_failure(self, error: Exception) -> None:
        show_error(self, error)

    def _on_begin(self, run: Run, session: Session) -> None:
        if session.is_stopping:  # the script forgets what was asked before it began
            self._attempt(lambda: ask_to_stop(run))

    def stop(self) -> None:
        """Asks the shown run to stop after its present step, and to save."""
        run, session = self.panel.run, self.panel.session
        if run is not None and session is not None and session.is_live:
            self._attempt(lambda: ask_to_stop(run))
            session.is_stopping = True
            self.panel.show_progress()

    def take_exam(self) -> None:
        """Has the adapter of the shown run examined."""
        self.exam_tab.setChecked(True)
        self.exam.notice.hide()
        self.taker.take()

    def try_adapter(self, question: str = "") -> None:
        """Opens the window that asks the adapter of the shown run; the `question` stands there, ready to be asked."""
        from lora_studio.gui.trying.dialog import try_adapter

        if self.panel.run is not None:
            try_adapter(self._studio, self, self.panel.run.output, self.panel.run.base_model, question)

    def open_folder(self) -> None:
        """Opens the folder of the shown run in the system's file manager."""
        if self.panel.run is not None:
            open_folder(self.panel.run.folder)

    def _attempt(self, act: Callable[[], None]) -> None:
        try:
            act()
        except StudioError as error:
            show_error(self, error)

    def _end(self) -> None:
        if self.panel.session is not None:
            self.panel.session.end()

    def _show_on_shelf(self) -> None:
        if self.panel.run is not None:
            self.adapters_asked.emit(str(self.panel.run.output))

    def _on_tab(self, is_training: bool) -> None:
        self._parts.setCurrentIndex(0 if is_training else 1)

    def _on_end(self, run: Run) -> None:
        self.panel.show_progress()
        self.changed.emit()
        self._studio.job_changed.emit("")
        self._studio.datasets_changed.emit(str(run.folder))

    def _on_asking(self, session: Session) -> None:
        self.exam.show_session(session)
        self._studio.job_changed.emit(self.tr("Exam: question {0}").format(f"{session.progress.step:,}"))

    def _on_exam(self, exam: Exam | None) -> None:
        if not self.taker.is_live():
            self.exam.show_exam(exam)
            if not self.is_training():
                self._studio.job_changed.emit("")

    def running(self) -> str:
        """What runs as this window's child, in a sentence; empty for nothing."""
        live = [folder for folder, one in self.sessions.items() if one.is_live and one.is_ours]
        if live:
            return self.tr("A training is running: {0}.").format(live[0].name)
        return self.tr("An exam is running.") if self.taker.is_live() else ""

    def end_child(self) -> None:
        """Ends what runs as this window's child."""
        self.taker.end()
        for session in self.sessions.values():
            session.end()
