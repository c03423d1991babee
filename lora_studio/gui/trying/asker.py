"""The child that answers, as a window has it: looked for, loaded, asked, stopped, ended."""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from lora_studio.core.errors import StudioError
from lora_studio.core.training.ask import Asking, Subject, ask, end_asking, start_asking, stop_answer
from lora_studio.core.training.children import Child
from lora_studio.core.training.progress import Event, Follower
from lora_studio.core.training.pythons import known_pythons
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.trying.work import Ready, look

IDLE, LOOKING, NO_PYTHON, LOADING, READY, ANSWERING = "idle", "looking", "no_python", "loading", "ready", "answering"
LOOK_EVERY_MS = 50
_LAST_LINES = 3


class Asker(QObject):
    """One adapter, asked by one child, which stays warm between questions.

    Signals: changed() when the state changed; asked(question) when the child gets a question; heard(side, text) with
    the next words of an answer; answered(side, text, seconds) with the whole of one; failed(sentence).
    """

    changed = Signal()
    asked = Signal(str)
    heard = Signal(str, str)
    answered = Signal(str, str, float)
    failed = Signal(str)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self.adapter, self.model = Path(), ""
        self.state = IDLE
        self.subject: Subject | None = None
        self._asking: Asking | None = None
        self._waiting = ""
        self._since = 0.0
        self._looking = Latest(self, pause_ms=0)
        self._looking.succeeded.connect(self._on_ready)
        self._looking.failed.connect(self._on_failure)
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def choose(self, adapter: Path, model: str = "") -> None:
        """Asks `adapter` from now on, on the base `model` or the one that it names; the child of another ends."""
        if (adapter, model) != (self.adapter, self.model):
            self.end()
            self.adapter, self.model, self.subject = adapter, model, None
        if self.state in (IDLE, NO_PYTHON):
            self.begin()

    def begin(self) -> None:
        """Looks for a Python and loads the models, unless that is being done."""
        if self.state not in (IDLE, NO_PYTHON):
            return
        studio = self._studio
        known = tuple(known_pythons(studio.home.path, studio.settings.training_python))
        self._looking.ask(partial(look, studio.library, studio.settings, known, self.adapter, self.model))
        self._become(LOOKING)

    def ask(self, question: str) -> None:
        """Asks as soon as the models are loaded; nothing while an answer grows."""
        if self.state == ANSWERING or not question.strip():
            return
        self._waiting = question
        self.begin()
        if self.state == READY:
            self._send()

    def stop(self) -> None:
        """Ends the present answer; where the models are still loading, ends that."""
        if self.state == ANSWERING and self._asking is not None:
            try:
                stop_answer(self._asking)
            except StudioError as error:
                self._fail(str(error))
        else:
            self.end()

    def end(self) -> None:
        """Ends the child at once."""
        self._waiting = ""
        self._looking.drop()
        self._timer.stop()
        asking, self._asking = self._asking, None
        if asking is not None:
            end_asking(asking)
        self._become(IDLE)

    @property
    def child(self) -> Child | None:
        """The child that answers, while there is one."""
        return self._asking.child if self._asking is not None else None

    def is_busy(self) -> bool:
        """Whether something is awaited that goes on by itself."""
        return self.state in (LOOKING, LOADING, ANSWERING)

    def seconds(self) -> float:
        """How long the present state has lasted."""
        return time.monotonic() - self._since

    def _become(self, state: str) -> None:
        if state != self.state:
            self.state, self._since = state, time.monotonic()
            self.changed.emit()

    def _on_ready(self, ready: Ready) -> None:
        if self.state != LOOKING:
            return  # it was ended meanwhile
        self.subject = ready.subject
        if ready.python is None:
            self._become(NO_PYTHON)
            return
        try:
            self._asking = start_asking(ready.subject, ready.python.path)
        except StudioError as error:
            self._fail(str(error))
            return
        self._follower = Follower(self._asking.log)
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._timer.start()
        self._become(LOADING)

    def _on_failure(self, error: Exception) -> None:
        if self.state == LOOKING:
            self._fail(str(error))

    def _send(self) -> None:
        question, self._waiting = self._waiting, ""
        assert self._asking is not None
        assert self.subject is not None
        try:
            ask(self._asking, self.subject, question)
        except StudioError as error:
            self.failed.emit(str(error))
            return
        self._become(ANSWERING)
        self.asked.emit(question)

    def look(self) -> None:
        """Reads what the child has said."""
        if self._asking is None:
            return
        has_ended = self._asking.child.poll() is not None  # before the look, so that nothing comes after the last one
        try:
            events, lines = self._follower.read()
        except OSError as error:
            self._fail(str(error))
            return
        self._lines.extend(line.strip() for line in lines if line.strip())
        for event in events:
            if self._asking is not None:  # what it said before may have ended it
                self._hear(event)
        if has_ended and not events and not lines and self._asking is not None:
            code = self._asking.child.returncode
            self._fail(self.tr("The child that answers has ended: {0}").format(" ".join(self._lines) or code))

    def _hear(self, event: Event) -> None:
        side, text = event.side or "", event.text or ""
        if event.event == "token":
            self.heard.emit(side, text)
        elif event.event == "answer":
            self.answered.emit(side, text, event.seconds or 0.0)
        elif event.event == "error" and self.state == LOADING:
            self._fail(event.message or "")
        elif event.event == "error":
            self.failed.emit(event.message or "")
            self._become(READY)
        elif event.event in ("ready", "answered"):
            self._become(READY)
            if self._waiting:
                self._send()

    def _fail(self, sentence: str) -> None:
        self.end()
        self.failed.emit(sentence)
