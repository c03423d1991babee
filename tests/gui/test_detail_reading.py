"""The right side of the Guidelines page by mouse and keys: content, versions with their changes, findings, states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from listing import click_row, close, opened, settle, view
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import OWNER, Draft, Guideline, GuidelineFilter
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, get_guideline, guideline_history
from lora_studio.core.library.guidelines import list_guidelines as listed
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import cancel_all

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> Iterator[GuidelinesPage]:
    page = opened(qtbot, studio, 1024, 640)
    yield page
    close(qtbot, page)


def by_name(studio: Studio, name: str) -> Guideline:
    return next(one for one in listed(studio.library, GuidelineFilter(active=None)) if one.name == name)


@pytest.fixture
def history(studio: Studio) -> Guideline:
    """The first guideline of the list, changed twice."""
    old = by_name(studio, "Never log secrets")
    change_guidelines(studio.library, [old.id], lambda one: replace(one, content="Log only the key's name."), "agent-7")
    return change_guidelines(studio.library, [old.id], lambda one: replace(one, tags=("a", "b")), OWNER, "more tags")[0]


def test_a_version_is_compared_and_restored(
    history: Guideline, page: GuidelinesPage, qtbot: QtBot, studio: Studio
) -> None:
    studio.guidelines_changed.emit()
    settle(qtbot, page)
    click_row(qtbot, page, 0)
    view(page).tabs.setCurrentIndex(2)
    settle(qtbot, page)
    tab = view(page).versions
    assert tab.diff.toPlainText() == "Tags\n− logging\n+ a\n+ b"
    assert not tab.restore_button.isEnabled()
    tab.list.setFocus()
    QTest.keyClick(tab.list, Qt.Key.Key_Down)
    settle(qtbot, page)
    assert tab.diff.toPlainText() == "Content\n− Log the key's name.\n+ Log only the key's name."
    QTest.mouseClick(tab.present_button, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert tab.diff.toPlainText() == "Tags\n− logging\n+ a\n+ b"
    QTest.keyClick(tab.list, Qt.Key.Key_Down)
    QTest.mouseClick(tab.restore_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: get_guideline(studio.library, history.id).version == 4)
    settle(qtbot, page)
    newest = guideline_history(studio.library, history.id)[0]
    assert (newest.content, newest.tags, newest.reason) == ("Log the key's name.", ("logging",), "Version 1 restored")
    qtbot.waitUntil(lambda: tab.list.model_.rowCount() == 4)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: get_guideline(studio.library, history.id).tags == ("a", "b"))
    settle(qtbot, page)


def test_five_hundred_versions_are_there_at_once(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    made = add_guidelines(studio.library, [Draft(name="Busy", content="x" * 5_000, priority=100)], OWNER)[0]
    with studio.library.writing():
        for number in range(499):
            change_guidelines(studio.library, [made.id], lambda one, n=number: replace(one, tags=(str(n),)), OWNER)  # type: ignore[misc]
    studio.guidelines_changed.emit()
    settle(qtbot, page)
    click_row(qtbot, page, 0)
    view(page).tabs.setCurrentIndex(2)
    settle(qtbot, page)
    assert view(page).versions.list.model_.rowCount() == 500
    assert view(page).tabs.tabText(2) == "Versions  500"


def test_findings_lead_to_their_place(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    token = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    content = (
        "Some *emphasis* here.\n\n" + "A paragraph of words.\n\n" * 250 + f"Use {token} or **ask jane.x@contoso.com**."
    )
    add_guidelines(studio.library, [Draft(name="A", content=content, priority=100, good=("a",), bad=("b",))], OWNER)
    studio.guidelines_changed.emit()
    settle(qtbot, page)
    click_row(qtbot, page, 0)
    shown = view(page)
    assert shown.tabs.tabText(3) == "Findings  2"
    shown.tabs.setCurrentIndex(3)
    jumps = [one for one in shown.findings_tab.findChildren(QPushButton) if one.text() == "Show the place"]
    QTest.mouseClick(jumps[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.tabs.currentIndex() == 0)
    qtbot.waitUntil(lambda: any(piece.textCursor().selectedText() == token for _, piece in shown.content._pieces))
    marked = next(piece for _, piece in shown.content._pieces if piece.textCursor().hasSelection())
    assert marked.visibleRegion().boundingRect().height() > 0


def test_a_place_that_markdown_hides_is_shown_in_plain_text(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    content = "𝒜 is one.\n\nSee [it](https://app:kV9x2Lm8Q@db7.corp-net.io/x)."
    add_guidelines(studio.library, [Draft(name="A", content=content, priority=100, good=("a",), bad=("b",))], OWNER)
    studio.guidelines_changed.emit()
    settle(qtbot, page)
    click_row(qtbot, page, 0)
    assert view(page).findings is not None
    view(page).show_finding(view(page).findings[0])  # type: ignore[index]
    assert view(page).content.plain_button.isChecked()
    _, piece = view(page).content._pieces[0]
    assert piece.textCursor().selectedText() == "kV9x2Lm8Q"


def test_plain_text_is_remembered(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    click_row(qtbot, page, 0)
    QTest.mouseClick(view(page).content.plain_button, Qt.MouseButton.LeftButton)
    other = opened(qtbot, studio)
    click_row(qtbot, other, 0)
    assert view(other).content.plain_button.isChecked()
    QTest.mouseClick(view(other).content.copy_button, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == "Log the key's name."
    cancel_all(other)


def test_a_very_long_content_is_shown_in_pieces(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    content = "\n\n".join(f"Paragraph {number} of many." for number in range(5_000))[:100_000]
    add_guidelines(studio.library, [Draft(name="Long", content=content, priority=100)], OWNER)
    studio.guidelines_changed.emit()
    settle(qtbot, page)
    click_row(qtbot, page, 0)
    tab = view(page).content
    qtbot.waitUntil(lambda: not tab._todo)
    assert tab.all_button.text() == "Show all 100,000 characters"
    QTest.mouseClick(tab.all_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not tab._todo)
    assert not tab.all_button.isVisible()
    assert "\n".join(piece.toPlainText() for _, piece in tab._pieces).split() == content.split()


def test_a_deleted_or_locked_guideline_cannot_be_edited(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    click_row(qtbot, page, 0)
    shown = view(page)
    assert not studio.library.is_read_only()
    assert shown.reading is not None
    assert not shown.state.isVisible()
    shown.show_reading(replace(shown.reading, writable=False))
    assert "read-only" in shown.state.text.text()
    assert not shown.edit_button.isEnabled()
    shown.show_reading(replace(shown.reading, writable=True, guideline=replace(shown.reading.guideline, deleted=True)))
    assert "was deleted" in shown.state.text.text()
    assert not shown.edit_button.isEnabled()
    settle(qtbot, page)


def test_what_cannot_be_read_is_said_in_its_place(page: GuidelinesPage, qtbot: QtBot) -> None:
    page.detail.show_row(999)
    settle(qtbot, page)
    assert page.detail.trouble.isVisible()
    assert page.detail.trouble.words.text() == "This guideline is not in the library; look at the list again"
    page.detail._row = 1
    QTest.mouseClick(page.detail.trouble.again_button, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert view(page).isVisible()
