"""The window that asks an adapter: base and adapter answer side by side, below the rule that was meant."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from lora_studio.core.training.ask import Subject
from lora_studio.core.training.pythons import install_command
from lora_studio.gui.commands import command, runs
from lora_studio.gui.export.pace import clock
from lora_studio.gui.latest import Latest, delete_when_idle
from lora_studio.gui.studio import Studio
from lora_studio.gui.trying.asker import ANSWERING, IDLE, LOADING, LOOKING, NO_PYTHON, READY, Asker
from lora_studio.gui.trying.parts import AnswerView, MeantView, NoPython, QuestionField
from lora_studio.gui.trying.work import find_meant
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.widgets.parts import button, keep_room, label, short

TICK_MS = 1_000


class TryDialog(QDialog):
    """Stays open beside the main window; its child lives as long as it is open. Signals: QDialog's own."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        self.asker = Asker(studio, self)
        self._meant = Latest(self, pause_ms=0)
        self._ticks = QTimer(self, interval=TICK_MS)
        self.title = label("", "secondary")
        self.question = QuestionField()
        self.ask_button = button(self.tr("Ask"), "primary", "message-square-text")
        self.stop_button = button(self.tr("Stop"), "", "square")
        self.state = label("", "small")
        self.bar = QProgressBar()
        self.notice = Notice()
        self.no_python = NoPython()
        self.base = AnswerView(self.tr("Base model"))
        self.tuned = AnswerView(self.tr("Adapter"))
        self.meant = MeantView()
        self.close_button = button(self.tr("Close"))
        self._build()
        self._connect()
        self._show_state()

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Try the adapter"))
        self.setMinimumSize(560, 440)
        self.resize(880, 640)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setFixedWidth(120)
        self.bar.setAccessibleName(self.tr("The models are busy"))
        keep_room(self.bar)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        asking = QHBoxLayout()
        asking.setSpacing(8)
        asking.addWidget(self.question, 1)
        for made in (self.ask_button, self.stop_button):
            asking.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        answers = QSplitter(Qt.Orientation.Horizontal)
        answers.addWidget(self.base)
        answers.addWidget(self.tuned)
        answers.setChildrenCollapsible(False)
        answers.setHandleWidth(12)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.state)
        foot.addWidget(self.bar)
        foot.addStretch()
        foot.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label(self.tr("Try the adapter"), "title"))
        layout.addWidget(self.title)
        layout.addLayout(asking)
        layout.addWidget(self.notice)
        layout.addWidget(self.no_python)
        layout.addWidget(answers, 3)
        layout.addWidget(self.meant, 1)
        layout.addLayout(foot)
        self._ask = command(self, self.tr("Ask"), self.ask, "Ctrl+Return", "message-square-text")
        self._stop = command(self, self.tr("Stop the answer"), self.asker.stop, "Ctrl+.", "square")
        runs(self.ask_button, self._ask)
        runs(self.stop_button, self._stop)

    def _connect(self) -> None:
        self.question.entered.connect(self._ask.trigger)
        self.question.textChanged.connect(self._show_state)
        self.close_button.clicked.connect(self.reject)
        self.no_python.again_wanted.connect(self.asker.begin)
        self.meant.guideline_wanted.connect(self._studio.guideline_wanted)
        self.asker.changed.connect(self._show_state)
        self.asker.asked.connect(self._on_asked)
        self.asker.heard.connect(lambda side, text: self._side(side).grow(text))
        self.asker.answered.connect(lambda side, text, seconds: self._side(side).show_whole(text, seconds))
        self.asker.failed.connect(partial(self.notice.say, look="bad"))
        self._meant.succeeded.connect(self.meant.show_meant)
        self._meant.failed.connect(lambda error: self.meant.show_nothing(str(error)))
        self._ticks.timeout.connect(self._show_state)

    def show_adapter(self, adapter: Path, model: str = "", question: str = "") -> None:
        """Asks this adapter from now on; a `question` stands in the field, ready to be asked."""
        if (adapter, model) != (self.asker.adapter, self.asker.model):
            for part in (self.base, self.tuned):
                part.clear()
            self.meant.show_nothing("")
        self.notice.hide()
        if question:
            self.question.setPlainText(question)
        self.question.selectAll()
        self.question.setFocus()
        self.asker.choose(adapter, model)

    def ask(self) -> None:
        """Asks what stands in the field."""
        self.notice.hide()
        self.asker.ask(self.question.question())

    def _on_asked(self, question: str) -> None:
        for part in (self.base, self.tuned):
            part.clear()
        self.meant.show_nothing(self.tr("Looking for the rule that is meant…"))
        subject = self.asker.subject
        assert isinstance(subject, Subject)
        self._meant.ask(partial(find_meant, self._studio.library, subject, question))

    def _side(self, side: str) -> AnswerView:
        return self.base if side == "base" else self.tuned

    def _show_state(self) -> None:
        state, subject = self.asker.state, self.asker.subject
        name = short(str(self.asker.adapter), 120)
        self.title.setText(self.tr("{0}  ·  on {1}").format(name, short(subject.model, 120)) if subject else name)
        busy = self.asker.is_busy()
        self.no_python.setVisible(state == NO_PYTHON)
        if state == NO_PYTHON and not self.no_python.command.toPlainText():
            self.no_python.command.show_text(install_command(self._studio.home.path))
        self.bar.setVisible(busy)
        said = {
            IDLE: "",
            LOOKING: self.tr("Looking for a Python that can answer…"),
            NO_PYTHON: "",
            LOADING: self.tr("Loading the models…  {0}"),
            READY: self.tr("Ready"),
            ANSWERING: self.tr("Answering…  {0}"),
        }[state]
        self.state.setText(said.format(clock(self.asker.seconds())))
        self._ask.setEnabled(state not in (ANSWERING, NO_PYTHON) and bool(self.question.question()))
        self._stop.setEnabled(busy)
        if busy != self._ticks.isActive():
            self._ticks.start() if busy else self._ticks.stop()

    def done(self, result: int) -> None:
        """Ends the child, and goes once nothing runs any more."""
        self.end_child()
        super().done(result)
        delete_when_idle(self)

    def running(self) -> str:
        """Nothing that anybody would miss."""
        return ""

    def end_child(self) -> None:
        """Ends the child, as the main window does when it closes."""
        self._meant.drop()
        self.asker.end()


def try_adapter(studio: Studio, page: QWidget, adapter: Path, model: str = "", question: str = "") -> TryDialog:
    """Shows the window that asks `adapter`: the one that is open already, with its warm child, or a new one."""
    shown = [one for one in page.window().findChildren(TryDialog) if one.isVisible()]
    dialog = shown[0] if shown else TryDialog(studio, page.window())
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    dialog.show_adapter(adapter, model, question)
    return dialog
