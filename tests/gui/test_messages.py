"""Error messages: the sentence as it is, details to copy for what is our mistake, silence for a cancel."""

from __future__ import annotations

import logging

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.errors import Cancelled, StorageError
from lora_studio.gui.messages import show_error


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_an_expected_error_is_its_sentence(qtbot: QtBot, window: QWidget) -> None:
    box = show_error(window, StorageError("Cannot write <b>x</b>: the disk is full; free some space"))
    assert box is not None
    assert box.isVisible()
    assert box.sentence.text() == "Cannot write <b>x</b>: the disk is full; free some space"
    assert box.sentence.textFormat() == Qt.TextFormat.PlainText
    assert box.accessibleName() == "That did not work"
    assert box.accessibleDescription() == box.sentence.text()
    assert [button.text() for button in box.findChildren(QPushButton)] == ["Close"]
    with qtbot.waitSignal(box.finished):
        QTest.keyClick(box, Qt.Key.Key_Return)


def test_our_mistake_is_logged_and_can_be_copied(
    qtbot: QtBot, window: QWidget, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        _fail()
    except ValueError as error:
        box = show_error(window, error)
    assert box is not None
    assert box.windowTitle() == "Unexpected error"
    assert "what we did wrong" not in box.sentence.text()
    copy = next(button for button in box.findChildren(QPushButton) if button.text() == "Copy details")
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert box.isVisible()
    copied = QGuiApplication.clipboard().text()
    assert "_fail()" in copied
    assert "ValueError: what we did wrong" in copied
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert caplog.records[0].exc_info is not None
    caplog.clear()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()


def test_a_cancel_is_silent(window: QWidget) -> None:
    assert show_error(window, Cancelled()) is None


def _fail() -> None:
    raise ValueError("what we did wrong")
