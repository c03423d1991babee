"""Somebody else changes or deletes a guideline while it is being written: nobody's text is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from editing import by_name, opened, save, shown_window
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.library.guidelines import (
    change_guidelines,
    get_guideline,
    set_deleted,
)
from lora_studio.gui.guidelines.editor import Editor
from lora_studio.gui.studio import Studio


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    return shown_window(qtbot)


def offer(dialog: Editor, text: str) -> QPushButton:
    return next(one for one in dialog.question.offers if one.text() == text)


@pytest.fixture
def conflict(studio: Studio, window: QWidget, qtbot: QtBot) -> Editor:
    """A dialog whose guideline somebody else changed before it was saved."""
    old = by_name(studio, "Prefer pathlib")
    dialog = opened(studio, window, old)
    dialog.form.priority.setValue(1)
    change_guidelines(studio.library, [old.id], lambda one: replace(one, content="Theirs."), "agent")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.question.isVisible)
    assert (
        dialog.question.text.text()
        == "Someone else changed this guideline while you were writing. Theirs (−) against yours (+):"
    )
    qtbot.waitUntil(dialog.differences.isVisible)
    shown = dialog.differences.toPlainText()
    assert "− Theirs.\n+ Not os.path." in shown
    assert "Priority\n− 50\n+ 1" in shown
    return dialog


def test_a_conflict_can_be_written_over(conflict: Editor, studio: Studio, qtbot: QtBot) -> None:
    with qtbot.waitSignal(conflict.saved):
        QTest.mouseClick(offer(conflict, "Save mine over it"), Qt.MouseButton.LeftButton)
    stored = by_name(studio, "Prefer pathlib")
    assert (stored.content, stored.priority, stored.version) == ("Not os.path.", 1, 3)


def test_theirs_can_be_taken(conflict: Editor, studio: Studio, qtbot: QtBot) -> None:
    QTest.mouseClick(offer(conflict, "Take theirs"), Qt.MouseButton.LeftButton)
    assert conflict.form.content.text() == "Theirs."
    assert conflict.form.priority.value() == 50
    conflict.form.priority.setValue(2)
    save(qtbot, conflict)
    stored = by_name(studio, "Prefer pathlib")
    assert (stored.content, stored.priority, stored.version) == ("Theirs.", 2, 3)


def test_one_deleted_meanwhile_can_be_brought_back(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    old = by_name(studio, "Prefer pathlib")
    dialog = opened(studio, window, old)
    dialog.form.priority.setValue(1)
    set_deleted(studio.library, [old.id], True, "agent")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.question.isVisible)
    assert dialog.question.text.text() == "Someone else deleted this guideline while you were writing."
    with qtbot.waitSignal(dialog.saved):
        QTest.mouseClick(offer(dialog, "Bring it back with my text"), Qt.MouseButton.LeftButton)
    stored = get_guideline(studio.library, old.id)
    assert (stored.priority, stored.version) == (1, 3)
