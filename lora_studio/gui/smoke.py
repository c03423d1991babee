"""The smoke test: opens the real window, checks what it stands on, saves a picture."""

from __future__ import annotations

import tomllib

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication

from lora_studio.core.errors import StudioError
from lora_studio.core.home import Home
from lora_studio.core.resources import resource_text, resources_dir
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import TEXT_FONT, apply_theme, icon_pixmap, prepare_theme
from lora_studio.gui.worker import cancel_all
from lora_studio.terminal import problem

FAILED = 3
PATIENCE_MS = 20_000


def smoke_test(application: QApplication, home: Home, picture: str) -> int:
    """Gives 0, or 3 after one sentence on stderr."""
    try:
        studio = Studio(home)
        prepare_theme(application, studio.settings.theme)
        window = MainWindow(studio)
        apply_theme(application, studio.settings.theme)
        fault = _resource_fault() or _window_fault(application, window, picture)
    except (StudioError, OSError) as error:
        fault = str(error)
    if fault:
        problem(f"lora-studio: {fault}")
    return FAILED if fault else 0


def _resource_fault() -> str:
    if QFontInfo(QApplication.font()).family() != TEXT_FONT:
        return f"the font {TEXT_FONT} cannot be loaded; install the program again"
    drawn = icon_pixmap("library").toImage()
    if not any(drawn.pixelColor(x, 9).alpha() for x in range(drawn.width())):
        return "the icons cannot be drawn; install the program again"
    if not tomllib.loads(resource_text("examples/shipped.toml"))["template"]:
        return "the example templates are empty; install the program again"
    wanted = ("starter/security.toml", "scripts/sft.py.j2")
    missing = [name for name in wanted if not (resources_dir() / name).is_file()]
    return f"the resource {missing[0]} is missing; install the program again" if missing else ""


def _window_fault(application: QApplication, window: MainWindow, picture: str) -> str:
    faults = [f"the window showed no guidelines within {PATIENCE_MS // 1_000} seconds; look into the log"]

    def done() -> None:
        faults.clear()
        if picture and not window.grab().save(picture):
            faults.append(f"the picture cannot be saved as {picture}; name a writable .png file")
        application.quit()

    window.guidelines.shown.connect(done)
    window.show()
    QTimer.singleShot(0, window, window.load)
    QTimer.singleShot(PATIENCE_MS, application, application.quit)
    application.exec()
    window.close()
    cancel_all()
    return faults[0] if faults else ""
