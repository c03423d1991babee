"""What a person changes on the Guidelines page, one guideline or many, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from listing import (
    BY_PRIORITY,
    by_name,
    click_row,
    close,
    names,
    offer,
    opened,
    press,
    select,
    settle,
    view,
    writing,
)
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import OWNER, GuidelineFilter
from lora_studio.core.library.guidelines import (
    change_guidelines,
    guideline_history,
    list_guidelines,
)
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.studio import Studio


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> Iterator[GuidelinesPage]:
    page = opened(qtbot, studio)
    yield page
    close(qtbot, page)


def test_delete_and_undo(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    click_row(qtbot, page, 1)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(page.notice.isVisible)
    settle(qtbot, page)
    assert page.notice.text.text() == "Deleted 1 guideline"
    assert names(page) == [name for name in BY_PRIORITY if name != "Validate input at the boundary"]
    assert view(page).name.toPlainText() == "Names say what"  # the line that took its place
    QTest.mouseClick(offer(page, "Undo"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(page) == BY_PRIORITY)
    guideline = next(one for one in list_guidelines(studio.library, GuidelineFilter()) if one.name == BY_PRIORITY[1])
    history = [(one.version, one.deleted, one.created_by) for one in guideline_history(studio.library, guideline.id)]
    assert history == [(3, False, OWNER), (2, True, OWNER), (1, False, OWNER)]
    settle(qtbot, page)


def test_undo_by_key_of_several(page: GuidelinesPage, qtbot: QtBot) -> None:
    click_row(qtbot, page, 0)
    click_row(qtbot, page, 4, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(page.notice.isVisible)
    assert page.notice.text.text() == "Deleted 2 guidelines"
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(page) == BY_PRIORITY)
    settle(qtbot, page)


def test_a_new_guideline_is_shown_once_saved(page: GuidelinesPage, qtbot: QtBot) -> None:
    QTest.mouseClick(page.list.new_button, Qt.MouseButton.LeftButton)
    dialog = writing(page)
    assert dialog.form.category.findText("git") >= 0
    QTest.keyClicks(dialog.form.name, "Brand new")
    QTest.keyClicks(dialog.form.content, "Say it.")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Brand new" in names(page))
    settle(qtbot, page)
    assert view(page).name.toPlainText() == "Brand new"
    assert not page.detail.is_writing()


def test_what_the_filter_hides_is_said_and_can_be_shown(page: GuidelinesPage, qtbot: QtBot) -> None:
    QTest.keyClicks(page.list.search, "secrets")
    settle(qtbot, page)
    click_row(qtbot, page, 0)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    dialog = writing(page)
    dialog.form.name.selectAll()
    QTest.keyClicks(dialog.form.name, "Never log keys")
    dialog.form.tags.set_tags([])
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(page) == [])
    qtbot.waitUntil(page.notice.isVisible)
    QTest.mouseClick(offer(page, "Show it"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.table.selected_count() == 1)
    settle(qtbot, page)
    assert view(page).name.toPlainText() == "Never log keys"
    assert not page.detail.is_writing()


def test_every_change_of_the_page_can_be_undone_by_key(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    before = {name: (one.tags, one.priority) for name, one in by_name(studio).items()}
    panel = select(qtbot, page, 0, 4)
    QTest.keyClicks(panel.tags, "new")
    press(panel.tag_button)
    qtbot.waitUntil(lambda: page.notice.text.text() == "Tagged 5 guidelines: new")
    settle(qtbot, page)
    assert page.commands.undo.text() == "Undo: tagged 5 guidelines: new"
    QTest.keyClick(page.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.notice.text.text() == "Undone: tagged 5 guidelines: new")
    settle(qtbot, page)
    assert {name: (one.tags, one.priority) for name, one in by_name(studio).items()} == before
    assert not page.commands.undo.isEnabled()
    assert page.commands.redo.text() == "Redo: tagged 5 guidelines: new"
    QTest.keyClick(page.table, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.notice.text.text() == "Done again: tagged 5 guidelines: new")
    settle(qtbot, page)
    assert all("new" in one.tags for one in by_name(studio).values() if one.active)
    shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(page.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(page.notice.text.text().startswith("Undone")))
    settle(qtbot, page)
    QTest.keyClick(page.table, Qt.Key.Key_Z, shift)
    qtbot.waitUntil(lambda: bool(page.notice.text.text().startswith("Done again")))
    settle(qtbot, page)


def test_a_text_field_keeps_its_own_undo(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    click_row(qtbot, page, 0)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(page.notice.isVisible)
    settle(qtbot, page)
    page.list.search.setFocus()
    QTest.keyClicks(page.list.search, "path")
    QTest.keyClick(page.list.search, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, page)
    assert page.list.search.text() == ""
    assert BY_PRIORITY[0] not in by_name(studio)


def test_a_saved_edit_can_be_undone(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    click_row(qtbot, page, 0)
    QTest.keyClick(page.table, Qt.Key.Key_F2)
    form = writing(page).form
    form.content.selectAll()
    QTest.keyClicks(form.content, "Another text.")
    press(writing(page).save_button)
    qtbot.waitUntil(lambda: by_name(studio)[BY_PRIORITY[0]].content == "Another text.")
    settle(qtbot, page)
    assert page.notice.text.text() == "Changed 1 guideline"
    press(offer(page, "Undo"))
    qtbot.waitUntil(lambda: by_name(studio)[BY_PRIORITY[0]].content == "Log the key's name.")
    settle(qtbot, page)


def test_the_menu_of_the_table_has_what_applies(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    def chosen(text: str) -> list[str]:
        qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        next(action for action in menu.actions() if action.text() == text).trigger()
        menu.close()
        return texts

    click_row(qtbot, page, 1)
    place = page.table.visualRect(page.list.model.index(1, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, page.table.viewport().mapToGlobal(place))
    QApplication.sendEvent(page.table.viewport(), event)
    assert chosen("Deactivate the selected") == [
        "Edit the guideline", "Activate the selected", "Deactivate the selected", "Delete the selected",
        "Select all that match",
    ]  # fmt: skip
    qtbot.waitUntil(lambda: not by_name(studio)[BY_PRIORITY[1]].active)
    settle(qtbot, page)


def test_what_others_changed_is_told_at_undo(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    panel = select(qtbot, page, 0, 4)
    press(panel.deactivate_button)
    qtbot.waitUntil(lambda: page.notice.text.text() == "Deactivated 5 guidelines")
    settle(qtbot, page)
    one = by_name(studio)[BY_PRIORITY[0]]
    change_guidelines(studio.library, [one.id], lambda old: replace(old, content="Theirs."), "agent")
    page.history.undo()
    qtbot.waitUntil(lambda: page.notice.text.text().startswith("Undone"))
    settle(qtbot, page)
    assert page.notice.text.text() == (
        "Undone: deactivated 4 guidelines. 1 guideline was changed by someone else since and stays as it is."
    )
    assert names(page) == BY_PRIORITY[1:]
