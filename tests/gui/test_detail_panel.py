"""The right side of the Guidelines page by mouse and keys: writing in place, and texts put aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from listing import click_row, close, opened, settle, view, writing
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import Guideline, GuidelineFilter
from lora_studio.core.drafts import load_unsaved
from lora_studio.core.library.guidelines import change_guidelines, get_guideline
from lora_studio.core.library.guidelines import list_guidelines as listed
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.question import Question
from lora_studio.gui.worker import cancel_all

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> Iterator[GuidelinesPage]:
    page = opened(qtbot, studio, 1024, 640)
    yield page
    close(qtbot, page)


def offer(question: Question, text: str) -> QPushButton:
    return next(one for one in question.offers if one.text() == text)


def by_name(studio: Studio, name: str) -> Guideline:
    return next(one for one in listed(studio.library, GuidelineFilter(active=None)) if one.name == name)


def begin(qtbot: QtBot, page: GuidelinesPage, row: int, typed: str) -> None:
    """Chooses a line, opens the form by key, and types at the start of the content."""
    click_row(qtbot, page, row)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is writing(page).form.content
    QTest.keyClicks(writing(page).form.content, typed)


def test_edit_save_and_undo_without_a_mouse(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    begin(qtbot, page, 0, "Always: ")
    QTest.keyClick(writing(page).form.content, Qt.Key.Key_Return, CONTROL)
    QTest.keyRelease(page, Qt.Key.Key_Control)
    qtbot.waitUntil(lambda: not page.detail.is_writing())
    settle(qtbot, page)
    saved = by_name(studio, "Never log secrets")
    assert (saved.content, saved.version) == ("Always: Log the key's name.", 2)
    assert page.detail.reading is not None
    assert page.detail.reading.guideline == saved
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: get_guideline(studio.library, saved.id).version == 3)
    settle(qtbot, page)
    assert get_guideline(studio.library, saved.id).content == "Log the key's name."
    assert load_unsaved(studio.home.path / "drafts.json") == {}


def test_another_line_puts_the_text_aside_and_it_can_be_continued(
    page: GuidelinesPage, qtbot: QtBot, studio: Studio
) -> None:
    begin(qtbot, page, 0, "Half ")
    click_row(qtbot, page, 1)
    assert not page.detail.is_writing()
    assert view(page).name.toPlainText() == "Validate input at the boundary"
    bar = page.detail.drafts
    assert bar.text.text() == "“Never log secrets” is not saved yet."
    QTest.mouseClick(offer(bar, "Continue writing"), Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    assert writing(page).form.content.text() == "Half Log the key's name."
    QTest.mouseClick(writing(page).save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.detail.is_writing())
    settle(qtbot, page)
    assert by_name(studio, "Never log secrets").content == "Half Log the key's name."
    assert not bar.isVisible()
    assert load_unsaved(studio.home.path / "drafts.json") == {}


def test_nothing_written_is_nothing_put_aside(page: GuidelinesPage, qtbot: QtBot) -> None:
    begin(qtbot, page, 0, "")
    click_row(qtbot, page, 2)
    assert not page.detail.is_writing()
    assert not page.detail.drafts.isVisible()
    assert view(page).name.toPlainText() == "Names say what"


def test_what_was_put_aside_is_offered_at_the_next_start(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    QTest.mouseClick(page.list.new_button, Qt.MouseButton.LeftButton)
    QTest.keyClicks(writing(page).form.name, "Half a thought")
    page.close()
    cancel_all(page)
    other = opened(qtbot, studio)
    bar = other.detail.drafts
    assert bar.text.text() == "“Half a thought” is not saved yet."
    QTest.mouseClick(offer(bar, "Discard it"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(offer(bar, "Bring it back"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(offer(bar, "Continue writing"), Qt.MouseButton.LeftButton)
    assert writing(other).form.name.value() == "Half a thought"
    QTest.keyClick(writing(other).form.name, Qt.Key.Key_Escape)
    QTest.mouseClick(offer(writing(other).question, "Discard it"), Qt.MouseButton.LeftButton)
    settle(qtbot, other)
    assert load_unsaved(studio.home.path / "drafts.json") == {}
    cancel_all(other)


def test_writing_goes_on_while_others_write(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    begin(qtbot, page, 0, "Mine: ")
    other = by_name(studio, "Names say what")
    change_guidelines(studio.library, [other.id], lambda one: replace(one, priority=1), "agent")
    studio.guidelines_changed.emit()
    settle(qtbot, page)
    page.list.search.setText("nothing has this")
    settle(qtbot, page)
    assert writing(page).form.content.text() == "Mine: Log the key's name."
    QTest.keyClick(writing(page).form.content, Qt.Key.Key_Escape)
    QTest.mouseClick(offer(writing(page).question, "Discard it"), Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert not page.detail.is_writing()


def test_the_first_guideline_can_be_given_up(qtbot: QtBot, empty_studio: Studio) -> None:
    page = opened(qtbot, empty_studio)
    assert page.empty is not None
    QTest.mouseClick(page.empty.new_button, Qt.MouseButton.LeftButton)
    assert writing(page).isVisible()
    QTest.keyClick(writing(page).form.name, Qt.Key.Key_Escape)
    settle(qtbot, page)
    assert page.empty.isVisible()
    cancel_all(page)
