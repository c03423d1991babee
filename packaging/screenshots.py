"""Pictures of every page, light and dark, large and small: `python packaging/screenshots.py FOLDER`.

The library is the starter set in a throw-away home, so that the pictures change only when the window does.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["LORA_STUDIO_NOW"] = "2026-01-15T09:30:00Z"

from PySide6.QtTest import QTest

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, ExportOptions
from lora_studio.core.home import Home
from lora_studio.core.library.access import set_admin_key
from lora_studio.core.starter import add_starter_set
from lora_studio.gui.app import make_application
from lora_studio.gui.main_window import ADAPTERS, EXPORT, GUIDELINES, SETTINGS, MainWindow
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme
from lora_studio.gui.worker import Worker, cancel_all

SIZES = {"": (1_440, 900), "-small": (1_024, 640)}
SETTLE_MS = 400


def prepared_studio(folder: Path) -> Studio:
    """A home with the starter set, a key and two datasets."""
    studio = Studio(Home(folder))
    add_starter_set(studio.library)
    set_admin_key(studio.library, "only for pictures")
    for model, name in (("meta-llama/Llama-3.2-1B-Instruct", "chat"), ("Qwen/Qwen3-4B", "alpaca")):
        export_dataset(
            studio.library, studio.settings, ExportOptions(target_model=model, format=name), studio.home.datasets, OWNER
        )
    return studio


def settle(window: MainWindow) -> None:
    """Waits until nothing is being read any more."""
    QTest.qWait(SETTLE_MS)
    while any(worker.isRunning() for worker in window.findChildren(Worker)):
        QTest.qWait(50)
    QTest.qWait(SETTLE_MS)


def choose_first(window: MainWindow) -> None:
    """Chooses the guideline that the README's picture shows."""
    window.guidelines.table.selectRow(3)


PAGES: dict[str, Callable[[MainWindow], None]] = {
    GUIDELINES: choose_first,
    EXPORT: lambda window: None,
    ADAPTERS: lambda window: None,
    SETTINGS: lambda window: None,
}


def main(target: str) -> None:
    folder = Path(target).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        studio = prepared_studio(Path("my-team"))  # relative, so that no machine's path is in the pictures
        for theme in ("light", "dark"):
            apply_theme(application, theme)
            for suffix, (width, height) in SIZES.items():
                window = MainWindow(studio)
                window.resize(width, height)
                window.show()
                window.load()
                for page, prepare in PAGES.items():
                    window.show_page(page)
                    settle(window)
                    prepare(window)
                    settle(window)
                    window.grab().save(str(folder / f"{page}-{theme}{suffix}.png"))
                window.close()
                cancel_all()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "resources/screenshots")
