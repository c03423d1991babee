"""A person at the real window: clicks that hit what is seen, keys that go where the focus is, texts that are read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from desk import seen
from PySide6.QtCore import QAbstractItemModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from lora_studio.core.home import Home
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme
from lora_studio.gui.widgets.palette import CommandPalette

LEFT = Qt.MouseButton.LeftButton
LONG_MS = 30_000


@dataclass(frozen=True)
class Hand:
    """What a person can do with `window`, and see of it."""

    qtbot: QtBot
    window: MainWindow

    def until(self, holds: Callable[[], bool], timeout: int = LONG_MS) -> None:
        self.qtbot.waitUntil(holds, timeout=timeout)

    def press(self, keys: str) -> None:
        """Presses keys such as "Ctrl+Return", wherever the focus is."""
        *modifiers, key = keys.split("+")
        held = Qt.KeyboardModifier.NoModifier
        for name in modifiers:
            held |= {"Ctrl": Qt.KeyboardModifier.ControlModifier, "Shift": Qt.KeyboardModifier.ShiftModifier}[name]
        QTest.keyClick(self._focused(), Qt.Key[f"Key_{key}"], held)

    def type(self, text: str) -> None:
        """Types into whatever has the focus."""
        QTest.keyClicks(self._focused(), text)

    def write(self, field: QWidget, text: str) -> None:
        """Clicks into `field` and types `text` in place of what stood there."""
        self.click(field)
        self.press("Ctrl+A")
        self.type(text)

    def click(self, target: QWidget) -> None:
        """Waits until `target` can be clicked, scrolls to it, and clicks at its place in its window."""
        self.until(lambda: target.isVisible() and target.isEnabled())
        QApplication.processEvents()  # what was shown just now finds its place first
        _scroll_to(target)
        QApplication.processEvents()
        self._click_at(target, target.rect().center())

    def click_line(self, view: QAbstractItemView, row: int, column: int = 1) -> None:
        """Clicks one line of a table."""
        index = view.model().index(row, column)
        view.scrollTo(index)
        self._click_at(view.viewport(), view.visualRect(index).center())

    def run(self, name: str) -> None:
        """Finds a command in the palette by its name, and runs it."""
        self.press("Ctrl+K")
        self.until(lambda: bool(seen(CommandPalette)) and seen(CommandPalette)[0].search.hasFocus())
        self.type(name)
        palette = seen(CommandPalette)[0]
        assert palette.list.count(), f"no command is called {name!r}"
        self.press("Return")
        self.until(lambda: (not seen(CommandPalette) and QApplication.activeModalWidget() is None) or bool(modal()))

    def button(self, place: QWidget, text: str) -> QAbstractButton:
        """The button of `place` that starts with `text`, as it is to be seen."""
        buttons = place.findChildren(QAbstractButton)
        return next(one for one in buttons if one.isVisible() and one.text().replace("&&", "&").startswith(text))

    def _focused(self) -> QWidget:
        if QApplication.activeWindow() is None:  # a window manager goes back to what lies under a closed window
            self._activate((*modal(), self.window)[0])
        focused = QApplication.focusWidget() or QApplication.activeWindow()
        assert focused is not None, "nothing has the focus"
        return focused

    def _activate(self, window: QWidget) -> None:
        if not window.isActiveWindow():
            window.activateWindow()
            self.until(window.isActiveWindow)

    def _click_at(self, target: QWidget, place: QPoint) -> None:
        window = target.window()
        hit = window.childAt(target.mapTo(window, place))
        assert hit is not None, f"{target} is not where it could be hit"
        assert hit is target or target.isAncestorOf(hit), f"{hit} lies over {target}"
        self._activate(window)  # a click does that, where there is a window manager
        QTest.mouseClick(window.windowHandle(), LEFT, Qt.KeyboardModifier.NoModifier, target.mapTo(window, place))


def _scroll_to(target: QWidget) -> None:
    above = target.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(target)
        above = above.parentWidget()


def modal() -> list[QWidget]:
    """The dialogs that hold the window up."""
    return [one for one in QApplication.topLevelWidgets() if one.isVisible() and one.isModal()]


def said(place: QWidget) -> str:
    """All the text that can be seen in `place`."""
    words = []
    for one in place.findChildren(QWidget):
        if not one.isVisible():
            continue
        if isinstance(one, QLabel | QAbstractButton):
            words.append(one.text())
        elif isinstance(one, QTextEdit | QPlainTextEdit):
            words.append(one.toPlainText())
    return "\n".join(words).replace("\u200b", "")


def column(model: QAbstractItemModel, number: int) -> list[str]:
    """What a table shows in one column."""
    return [str(model.index(row, number).data()) for row in range(model.rowCount())]


@contextlib.contextmanager
def at_work(qtbot: QtBot, home: Path) -> Iterator[Hand]:
    """The program as it starts over `home`, closed at the end."""
    hand = started(qtbot, home)
    page = hand.window.guidelines
    hand.until(lambda: not page.is_busy() and hand.window.status.lock.isVisible())
    yield hand
    hand.window.close()


def started(qtbot: QtBot, home: Path) -> Hand:
    """The window as the program opens it, nothing read yet."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, "light")
    window = MainWindow(Studio(Home(home)))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    window.load()
    qtbot.waitUntil(window.isActiveWindow)
    return Hand(qtbot, window)
