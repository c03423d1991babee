"""Keeps the preview in step with what is chosen, in the background: who is meant, what they hold, what comes of it."""

from __future__ import annotations

from array import array
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from lora_studio.core.dataset.cautions import Caution, in_order
from lora_studio.core.dataset.census import Census
from lora_studio.core.dataset.pages import Look
from lora_studio.core.dataset.preview import Preview
from lora_studio.core.domain import ExportOptions
from lora_studio.gui.export.work import Choice, count, find_rows, look_ahead, look_closer
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import Worker, in_background

LATE_MS = 120
"""A number that is not renewed for so long is taken off the screen."""
CALM_MS = 400
"""The look into all texts waits until nothing was chosen for so long: it is the slowest."""


class Forecast(QObject):
    """The preview of the newest choice and options. What the options leave as it was is not read again.

    Signals: outdated() when the numbers on the screen are not right any more; found(count) with the number of
    guidelines, as soon as it is known; counted(preview); cautioned(cautions) with what else there is to know about
    the guidelines, once all texts were looked through; failed(error).
    """

    outdated = Signal()
    found = Signal(int)
    counted = Signal(object)
    cautioned = Signal(object)
    failed = Signal(object)

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._choice: Choice | None = None
        self._wanted: tuple[ExportOptions, Look] | None = None
        self._rows: array[int] | None = None
        self._census: Census | None = None
        self._seen: Preview | None = None
        self._more: tuple[Caution, ...] | None = None
        self._counting: tuple[ExportOptions, Look] | None = None
        self._finder, self._taker, self._reader = Latest(self), Latest(self, pause_ms=0), Latest(self, pause_ms=0)
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self._read)
        self._late = QTimer(self, singleShot=True, interval=LATE_MS)
        self._late.timeout.connect(self.outdated)
        self._finder.succeeded.connect(self._on_found)
        self._taker.succeeded.connect(self._on_census)
        self._reader.succeeded.connect(self._on_read)
        for latest in (self._finder, self._taker, self._reader):
            latest.failed.connect(self._on_failure)

    @property
    def census(self) -> Census | None:
        """What is known of the guidelines that are chosen now; None while they are counted."""
        return self._census

    @property
    def is_complete(self) -> bool:
        """Whether all texts of the guidelines that are chosen now were looked through."""
        return self._more is not None or (self._census is not None and not self._census.guidelines)

    def choose(self, choice: Choice) -> None:
        """Begins anew: other guidelines are meant, or the same ones may hold something else."""
        self._choice, self._rows, self._census, self._seen, self._more = choice, None, None, None, None
        self._calm.stop()
        _cancel(self)
        self._late.start()
        self._finder.ask(partial(find_rows, self._studio.library, choice))

    def stop(self) -> bool:
        """Stops what runs, for a page that nobody sees; whether something was left undone."""
        undone = self._choice is not None and self._more is None
        if undone:
            self._choice, self._rows, self._census = None, None, None
            self._late.stop()
            self._calm.stop()
            _cancel(self)
        return undone

    def ask(self, options: ExportOptions, look: Look) -> None:
        """Orders the preview with `options`; it comes once the guidelines are counted."""
        self._wanted = (options, look)
        self._calm.stop()  # the slow look gives way, and begins again when this is counted
        _cancel(self._reader)
        if not self._late.isActive():
            self._late.start()
        self._count()

    def _count(self) -> None:
        """Counts for the newest order; while a slider is dragged, one count after another, each for the newest."""
        if self._census is None or self._wanted is None or self._counting is not None:
            return
        studio, order = self._studio, self._wanted
        self._counting = order
        work = partial(look_ahead, studio.library, studio.settings, *order, self._census, self._seen)
        in_background(self, work, self._on_counted, self._on_failure, self._on_stopped)

    def _on_stopped(self) -> None:
        self._counting = None
        self._count()

    def _on_found(self, rows: array[int]) -> None:
        if self._choice is None:
            return
        self._rows = rows
        self.found.emit(len(rows))
        self._taker.ask(partial(count, self._studio.library, self._studio.settings, rows))

    def _on_census(self, census: Census) -> None:
        if census.rows is self._rows:
            self._census = census
            self._count()

    def _on_counted(self, preview: Preview) -> None:
        counted, self._counting = self._counting, None
        if preview.census is not self._census:  # of a choice that is not any more
            self._count()
            return
        self._seen = preview
        self.counted.emit(preview)
        if counted != self._wanted:
            self._count()
            return
        self._late.stop()
        if self._more is None:
            self._calm.start()

    def _read(self) -> None:
        if self._choice is not None and self._census is not None:
            studio = self._studio
            self._reader.ask(partial(look_closer, studio.library, studio.settings, self._choice, self._census))

    def _on_read(self, read: tuple[Census, tuple[Caution, ...]]) -> None:
        census, more = read
        if census is self._census:
            self._more = more
            if self._seen is not None:
                self.cautioned.emit(self.cautions(self._seen))

    def cautions(self, preview: Preview) -> tuple[Caution, ...]:
        """What is known by now that is worth knowing before the export that `preview` shows."""
        return in_order((*preview.cautions, *(self._more or ())))

    def _on_failure(self, error: Exception) -> None:
        self._counting = None
        self._late.stop()
        self.failed.emit(error)


def _cancel(owner: QObject) -> None:
    for worker in owner.findChildren(Worker):
        worker.cancel()
