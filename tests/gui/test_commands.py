"""Everything that can be done: by keys, by the palette, and nothing that can be pressed without a name."""

from __future__ import annotations

import pytest
from desk import seen
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.gui.commands import command, commands_in, runs
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.widgets.palette import CommandPalette, Entry, matches
from lora_studio.gui.widgets.parts import button

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def place(qtbot: QtBot) -> QWidget:
    """A page with two fields, shown and active."""
    made = QWidget()
    qtbot.addWidget(made)
    layout = QVBoxLayout(made)
    for _ in range(2):
        layout.addWidget(QLineEdit())
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def fields(place: QWidget) -> list[QLineEdit]:
    return place.findChildren(QLineEdit)


def test_bare_keys_work_where_the_focus_is_others_everywhere(place: QWidget) -> None:
    done: list[str] = []
    first, second = fields(place)
    command(first, "Bare", lambda: done.append("bare"), "F2")
    command(first, "Escape", lambda: done.append("escape"), "Esc")
    second.setFocus()
    QTest.keyClick(second, Qt.Key.Key_Escape)
    assert done == []
    QTest.keyClick(second, Qt.Key.Key_F2)
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Escape)
    assert done == ["bare", "escape"]


def test_a_button_follows_its_command(place: QWidget) -> None:
    done: list[str] = []
    made = button("Save")
    action = command(place, "Save", lambda: done.append("saved"), "Ctrl+S")
    action.setEnabled(False)
    runs(made, action)
    assert not made.isEnabled()
    action.setEnabled(True)
    made.click()
    assert done == ["saved"]
    assert made.toolTip() == "Save (Ctrl+S)"


def test_only_what_is_seen_and_enabled_is_offered(place: QWidget) -> None:
    shown, hidden = fields(place)
    command(place, "Of the page", list)
    command(shown, "Of a part", list)
    command(hidden, "Of a hidden part", list)
    command(place, "Not now", list).setEnabled(False)
    hidden.hide()
    assert [one.text() for one in commands_in(place)] == ["Of the page", "Of a part"]


def test_names_that_start_so_come_first(place: QWidget) -> None:
    entries = [Entry(command(place, name, list), "Export") for name in ("Reexport", "Show export", "Export all")]
    assert [one.action.text() for one in matches(entries, "exp")] == ["Export all", "Show export", "Reexport"]
    assert [one.action.text() for one in matches(entries, "ALL exp")] == ["Export all"]
    assert matches(entries, "nothing of the kind") == []


def test_the_palette_by_keys_alone(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    palette = seen(CommandPalette)[0]
    QTest.keyClicks(palette.search, "settin")
    assert palette.list.count() == 1
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.shown_page == "settings" and window.isActiveWindow())
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    again = seen(CommandPalette)[0]
    QTest.keyClick(again.search, Qt.Key.Key_Down)
    assert again.list.currentRow() == 1
    QTest.keyClicks(again.search, "no such thing")
    assert again.nothing.isVisible()
    QTest.keyClick(again.search, Qt.Key.Key_Return)
    assert again.isVisible()
    QTest.keyClick(again.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not seen(CommandPalette))
    assert window.shown_page == "settings"


def test_a_click_in_the_palette(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    palette = seen(CommandPalette)[0]
    QTest.keyClicks(palette.search, "go to export")
    line = palette.list.visualItemRect(palette.list.item(0))
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=line.center())
    qtbot.waitUntil(lambda: window.shown_page == "export")
