"""Tab goes as the layouts read, and looking at them leaves nothing behind."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget, QWidgetItem
from pytestqt.qtbot import QtBot

from lora_studio.gui.widgets.tab_order import order_tabs


def columns(qtbot: QtBot) -> tuple[QWidget, list[QPushButton]]:
    """Two columns of buttons, made from the last one to the first."""
    window = QWidget()
    qtbot.addWidget(window)
    made = [QPushButton(str(number)) for number in reversed(range(6))][::-1]
    line = QHBoxLayout(window)
    for part in (made[:3], made[3:]):
        column = QVBoxLayout()
        line.addLayout(column)
        for button in part:
            column.addWidget(button)
    return window, made


def test_tab_goes_as_the_layouts_read(qtbot: QtBot) -> None:
    window, made = columns(qtbot)
    order_tabs(window)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    made[0].setFocus()
    for expected in made[1:]:
        QTest.keyClick(QWidget.focusWidget(window) or window, Qt.Key.Key_Tab)
        assert expected.hasFocus()


def test_no_layout_item_is_kept_beyond_its_widget(qtbot: QtBot) -> None:
    """Python would go on using the memory of one that is gone, which Qt has given to something else."""
    window, made = columns(qtbot)
    before = items()
    order_tabs(window)
    for button in made:
        button.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert items() <= before


def items() -> int:
    return sum(isinstance(one, QWidgetItem) for one in shiboken6.getAllValidWrappers())
