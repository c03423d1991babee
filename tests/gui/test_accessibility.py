"""Every page as somebody without a mouse or without eyes meets it: names, reachability, the order of Tab."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import open_desk
from environments import GOOD, environment_with
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, ExportOptions
from lora_studio.gui.commands import commands_in
from lora_studio.gui.main_window import ADAPTERS, EXPORT, GUIDELINES, SETTINGS, TRAINING, MainWindow
from lora_studio.gui.worker import Worker

PAGES = (GUIDELINES, EXPORT, ADAPTERS, TRAINING, SETTINGS)
SIZES = ((1_440, 900), (1_024, 640))
PATIENCE_MS = 20_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, qapp: QApplication) -> Iterator[MainWindow]:
    """A window over a library with guidelines, a dataset and a Python that seems to be able to train."""
    studio = open_desk(tmp_path)
    environment_with(studio.home.path / ".venv-training", GOOD)
    options = ExportOptions(target_model="tiny/base", format="chat")
    export_dataset(studio.library, studio.settings, options, studio.home.datasets, OWNER)
    window = MainWindow(studio)
    qtbot.addWidget(window)
    window.show()
    window.load()
    qtbot.waitUntil(lambda: not window.guidelines.is_busy())
    yield window
    window.close()


def show(qtbot: QtBot, window: MainWindow, page: str, size: tuple[int, int]) -> QWidget:
    """The page, shown in that size with something chosen, once it has read what it shows."""
    window.resize(*size)
    window.show_page(page)
    window.guidelines.table.selectRow(0)
    shown: QWidget = window.page(page)

    def is_at_rest() -> bool:
        return not any(worker.isRunning() for worker in window.findChildren(Worker))

    qtbot.wait(100)
    qtbot.waitUntil(is_at_rest, timeout=PATIENCE_MS)
    qtbot.wait(100)
    qtbot.waitUntil(is_at_rest, timeout=PATIENCE_MS)
    return shown


def focusable(page: QWidget) -> list[QWidget]:
    """What Tab comes to on the page, in its order."""
    found = []
    widget = page.nextInFocusChain()
    while widget is not None and widget is not page:
        takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
        if takes_tab and page.isAncestorOf(widget) and widget.isEnabled() and not widget.visibleRegion().isEmpty():
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def place(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())


def shown_as(widget: QWidget) -> str:
    name = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    return f"{type(widget).__name__} {widget.objectName()} {name!r} at {place(widget).getRect()}"


@pytest.mark.parametrize("page", PAGES)
def test_everything_that_takes_the_focus_has_a_name(qtbot: QtBot, window: MainWindow, page: str) -> None:
    shown = show(qtbot, window, page, SIZES[0])
    widgets = [one for one in shown.findChildren(QWidget) if one.focusPolicy() and one.focusProxy() is None]
    nameless = [
        shown_as(one)
        for one in widgets
        if one.isVisible() and not QAccessible.queryAccessibleInterface(one).text(QAccessible.Text.Name).strip()
    ]
    assert not nameless


@pytest.mark.parametrize("page", PAGES)
def test_every_button_can_be_reached_by_tab(qtbot: QtBot, window: MainWindow, page: str) -> None:
    shown = show(qtbot, window, page, SIZES[0])
    reached = set(focusable(shown))
    assert len(reached) > 3
    groups = {one.group() for one in reached if isinstance(one, QAbstractButton) and one.group()}
    missed = [
        shown_as(one)
        for one in shown.findChildren(QAbstractButton)
        if one.isEnabled() and not one.visibleRegion().isEmpty() and one.focusPolicy() != Qt.FocusPolicy.NoFocus
        if one not in reached and (one.group() is None or one.group() not in groups)
    ]
    assert not missed


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("page", PAGES)
def test_tab_follows_the_reading_order(qtbot: QtBot, window: MainWindow, page: str, size: tuple[int, int]) -> None:
    """From one stop to the next it goes up only by going right, and left only by going down."""
    stops = focusable(show(qtbot, window, page, size))
    wrong = []
    for before, after in itertools.pairwise(stops):
        a, b = place(before), place(after)
        goes_up, goes_right = b.bottom() < a.top(), b.left() >= a.right() - 8
        goes_left, goes_down = b.right() <= a.left(), b.top() > a.top() + 4
        if (goes_up and not goes_right) or (goes_left and not goes_down):
            wrong.append(f"{shown_as(before)} -> {shown_as(after)}")
    assert not wrong


@pytest.mark.parametrize("page", PAGES)
def test_the_page_offers_its_commands(qtbot: QtBot, window: MainWindow, page: str) -> None:
    commands = commands_in(show(qtbot, window, page, SIZES[0]))
    names = [one.text() for one in commands]
    assert len(names) >= 3
    assert all(name.strip() for name in names)
    assert len(set(names)) == len(names)
    keys = [one.shortcut().toString() for one in (*commands, *window.actions()) if not one.shortcut().isEmpty()]
    assert len(set(keys)) == len(keys), "two commands answer the same keys"
