"""Takes the exam of a run's adapter as a child process, and reads what it found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from lora_studio.core.domain import OWNER
from lora_studio.core.errors import Invalid, StudioError
from lora_studio.core.library.access import check_owner
from lora_studio.core.library.audit import recorded
from lora_studio.core.library.store import Library
from lora_studio.core.settings import Settings
from lora_studio.core.training.adapters import dataset_of, read_adapter
from lora_studio.core.training.children import Child, start_child
from lora_studio.core.training.exam import ExamFiles, write_exam
from lora_studio.core.training.exam_reading import read_exam
from lora_studio.core.training.exam_records import Exam
from lora_studio.core.training.runs import Run, check_made_here
from lora_studio.gui.export.scripting import ask_key
from lora_studio.gui.latest import Latest
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.training.session import Session
from lora_studio.gui.worker import in_background

LOG = "exam.log"
Tell = Callable[[int, int], None]


class ExamTaker(QObject):
    """One exam at a time.

    Signals: asking(Session) whenever there is news of it; read(Exam or None) when a result was looked for;
    refused(text) when the exam failed.
    """

    asking = Signal(object)
    read = Signal(object)
    refused = Signal(str)

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._window = window
        self._run: Run | None = None
        self.session: Session | None = None
        self._reading = Latest(self, pause_ms=0)
        self._reading.succeeded.connect(self.read)
        self._reading.failed.connect(lambda error: self.refused.emit(str(error)))

    def look(self, run: Run) -> None:
        """Reads the exam of `run`; `read` follows."""
        self._run = run
        self._reading.ask(partial(_read, run.output))

    def is_live(self) -> bool:
        """Whether an exam is being taken."""
        return self.session is not None and self.session.is_live

    def is_busy(self) -> bool:
        """Whether a result is still being read."""
        return self._reading.is_busy()

    def take(self) -> None:
        """Writes the questions and has them asked; asks for the admin key first where it is not known yet."""
        if self._run is not None and not self.is_live():
            ask_key(self._studio, self._window, self._write, lambda: None)

    def _write(self) -> None:
        assert self._run is not None
        studio, self._taken = self._studio, self._run
        work = partial(_write_exam, studio.library, studio.settings, self._taken, studio.admin_key)
        in_background(self, work, self._start, self._on_failure)

    def _on_failure(self, error: Exception) -> None:
        show_error(self._window, error)

    def _start(self, files: ExamFiles) -> None:
        run = self._taken
        command = [run.python, str(files.script), *run.arguments]
        try:
            child: Child = start_child(command, run.folder / LOG)
        except StudioError as error:
            show_error(self._window, error)
            return
        session = self.session = Session(run.folder / LOG, child, self)
        session.advanced.connect(lambda: self.asking.emit(session))
        session.ended.connect(partial(self._on_end, session))
        self.asking.emit(session)

    def _on_end(self, session: Session) -> None:
        if session.has_failed:
            self.refused.emit(session.reason())
        if self._run is not None:
            self.look(self._run)

    def end(self) -> None:
        """Ends the exam at once; an exam that was there before stays."""
        if self.session is not None:
            self.session.end()


def _read(folder: Path, tell: Tell) -> Exam | None:
    return read_exam(folder)


def _write_exam(library: Library, settings: Settings, run: Run, key: str, tell: Tell) -> ExamFiles:
    detail = {"run": run.folder.name}
    with recorded(library, OWNER, "exam", detail):
        check_owner(library, key, detail)
        check_made_here(library, run)  # its Python will be started
        adapter, _ = read_adapter(Path(run.dataset))
        dataset = dataset_of(adapter)
        if dataset is None:
            raise Invalid(f"{adapter.name} names no usable files; export the dataset again")
        return write_exam(library, settings, dataset, run.base_model, run.output, progress=tell)
