"""A studio with a few guidelines, the studio's look, and a check that a test leaves nothing running or open."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import open_desk
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from rules import DRAFTS
from shiboken6 import isValid

from lora_studio.core.domain import OWNER
from lora_studio.core.home import Home
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme
from lora_studio.gui.worker import Worker

GRACE_MS = 300


@pytest.fixture
def studio(qapp: QApplication, tmp_path: Path) -> Studio:
    """Six guidelines, one of them inactive, in three scopes."""
    made = Studio(Home(tmp_path / "home"))
    add_guidelines(made.library, DRAFTS, OWNER, "first")
    return made


@pytest.fixture
def empty_studio(qapp: QApplication, tmp_path: Path) -> Studio:
    return Studio(Home(tmp_path / "home"))


@pytest.fixture
def desk_studio(qapp: QApplication, tmp_path: Path) -> Studio:
    """What `desk.open_desk` makes: six guidelines, and an admin key that was given."""
    return open_desk(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, studio: Studio) -> Iterator[MainWindow]:
    """The main window, shown, active and filled."""
    window = MainWindow(studio)
    qtbot.addWidget(window)
    window.show()
    window.load()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.isActiveWindow() and not window.guidelines.is_busy())
    qtbot.waitUntil(window.status.lock.isVisible)
    yield window
    window.close()


@pytest.fixture(autouse=True)
def studio_look(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, "light")
    yield
    apply_theme(qapp, "light")


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a running worker or an open window."""
    yield
    alive = [one for one in gc.get_objects() if isinstance(one, Worker) and isValid(one)]
    workers = [one for one in alive if not one.wait(GRACE_MS)]  # one that has just said its end is not at its end yet
    for worker in workers:
        worker.wait()
    windows = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    for window in windows:
        window.close()
    assert not workers, "a worker is still running"
    assert not windows, f"still open: {windows}"
