"""An export from the button to its end: look at the folder, ask what must be asked, run, say what was done."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from lora_studio.gui.export.ask_existing import AskExisting
from lora_studio.gui.export.progress import ExportProgressDialog
from lora_studio.gui.export.scripting import ask_key
from lora_studio.gui.export.work import Order, existing_dataset
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import in_background


class ExportFlow(QObject):
    """One export at a time.

    Signals: began(); ended() when it is over, however it ended; adapters_asked(folder) when the person
    wants to see the result, train_wanted(config path) when they want to train on it.
    """

    began = Signal()
    ended = Signal()
    adapters_asked = Signal(str)
    train_wanted = Signal(str)

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._window = window
        self.can_train = False
        """Whether somebody can train on the result."""

    def start(self, order: Order) -> None:
        """Exports `order`; where its folder holds such a dataset, the person decides first what becomes of that."""
        self.began.emit()
        self._order = replace(order, options=replace(order.options, if_exists="fail"))
        work = partial(existing_dataset, order.folder, order.options)
        in_background(self, work, self._on_looked, self._on_failure)

    def _on_looked(self, existing: str) -> None:
        if not existing:
            self._ask_key()
            return
        question = AskExisting(existing, self._window)
        question.chosen.connect(self._on_answer)
        question.rejected.connect(self.ended)
        question.open()

    def _on_answer(self, if_exists: str) -> None:
        self._order = replace(self._order, options=replace(self._order.options, if_exists=if_exists))
        self._ask_key()

    def _ask_key(self) -> None:
        ask_key(self._studio, self._window, self._run, self.ended.emit)

    def _run(self) -> None:
        dialog = ExportProgressDialog(self._studio, self._order, self._window)
        dialog.adapters_asked.connect(self.adapters_asked)
        dialog.train_wanted.connect(self.train_wanted)
        dialog.finished.connect(self.ended)
        dialog.again_wanted.connect(lambda: self.start(self._order))
        dialog.can_train = self.can_train
        dialog.start()

    def _on_failure(self, error: Exception) -> None:
        show_error(self._window, error)
        self.ended.emit()
