"""Starts the window: application, theme, errors, and the smoke test that packages run."""

from __future__ import annotations

import gc
import logging
import sys
from types import TracebackType

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from lora_studio import __version__
from lora_studio.core.errors import StudioError
from lora_studio.core.home import Home
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme, prepare_theme
from lora_studio.gui.worker import cancel_all
from lora_studio.terminal import problem

REFUSED, CANCELLED = 1, 130
COLLECT_EVERY_MS = 1_000
log = logging.getLogger(__name__)


def run_window(home: Home, smoke: str | None) -> int:
    """Opens the window and stays until it is closed. With `smoke`: checks it, saves a picture there unless it is
    empty, and gives 0, or 3 after one sentence on stderr.
    """
    gc.disable()  # nothing that is made while the window opens is garbage; later the Collector looks for it
    try:
        return _open(make_application(), home, smoke)
    finally:
        gc.freeze()  # what is left at the end goes with the process; looking through it would only take time
        gc.enable()


def _open(application: QApplication, home: Home, smoke: str | None) -> int:
    if smoke is not None:
        from lora_studio.gui.smoke import smoke_test

        return smoke_test(application, home, smoke)
    try:
        studio = Studio(home)
    except StudioError as error:
        return _refuse(application, error)
    prepare_theme(application, studio.settings.theme)
    window = MainWindow(studio)
    follow_theme(application, studio)
    sys.excepthook = ErrorHook(window)
    window.show()
    QTimer.singleShot(0, window, window.load)
    Collector(window)
    code = application.exec()
    cancel_all()
    sys.excepthook = sys.__excepthook__
    return code


def make_application() -> QApplication:
    """The one application, with its names set before any window asks for them."""
    QGuiApplication.setDesktopFileName("io.github.lorastudio.LoraStudio")
    found = QApplication.instance()
    application = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("lora-studio")
    application.setApplicationDisplayName("LoRA Studio")
    application.setApplicationVersion(__version__)
    return application


def follow_theme(application: QApplication, studio: Studio) -> None:
    """Applies the theme of the settings, now and whenever it or the system's changes."""

    def apply() -> None:
        apply_theme(application, studio.settings.theme)

    apply()
    studio.settings_changed.connect(apply)
    application.styleHints().colorSchemeChanged.connect(apply)


def _refuse(application: QApplication, error: StudioError) -> int:
    """Says why the window cannot open: in a box, and on stderr where nobody would see one."""
    if QGuiApplication.platformName() == "offscreen":
        problem(f"lora-studio: {error.message}")
        return REFUSED
    from lora_studio.gui.messages import show_error

    apply_theme(application, "system")
    box = show_error(None, error)
    if box is not None:
        application.exec()
    return REFUSED


class Collector(QObject):
    """Looks for garbage once a second, when Python itself would, but on the GUI thread only.

    Python collects in whatever thread it is at the moment; a worker that lets go of a widget ends the program.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=COLLECT_EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collects the oldest generation that has grown beyond its threshold."""
        grown = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [generation for generation, (count, most) in enumerate(grown) if most and count > most]
        if due:
            gc.collect(due[-1])


class ErrorHook:
    """What Python calls for an error that nobody caught: it is logged and shown, and the window stays."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._showing = False

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):  # Ctrl+C at the terminal that the program was started from
            QApplication.exit(CANCELLED)
            return
        if self._showing:  # an error while showing one: the log has to do
            log.error("unexpected error", exc_info=(kind, error, trace))
            return
        from lora_studio.gui.messages import show_error

        self._showing = True
        try:
            show_error(self._window, error)
        finally:
            self._showing = False
