"""The Guidelines page in a window of its own, and ways to look at it and to click in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import Guideline, GuidelineFilter
from lora_studio.core.library.guidelines import list_guidelines
from lora_studio.gui.guidelines.bulk import BulkPanel
from lora_studio.gui.guidelines.editor import Editor
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.guidelines.reading import ReadingView
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import Worker, cancel_all

BY_PRIORITY = [
    "Never log secrets",
    "Validate input at the boundary",
    "Names say what",
    "Small pull requests",
    "Prefer pathlib",
]
NO_KEYS = Qt.KeyboardModifier(0)


def opened(qtbot: QtBot, studio: Studio, width: int = 1200, height: int = 800) -> GuidelinesPage:
    page = GuidelinesPage(studio)
    qtbot.addWidget(page)
    page.resize(width, height)
    page.show()
    page.activateWindow()
    settle(qtbot, page)
    qtbot.waitUntil(page.isActiveWindow)
    return page


def close(qtbot: QtBot, page: GuidelinesPage) -> None:
    """Ends what the page and the history still do."""
    cancel_all(page)
    cancel_all(page.history)
    qtbot.waitUntil(lambda: not page.history.findChildren(Worker))  # their ends have been delivered


def settle(qtbot: QtBot, page: GuidelinesPage) -> None:
    qtbot.waitUntil(lambda: not page.is_busy() and not page.history.is_busy(), timeout=10_000)


def names(page: GuidelinesPage) -> list[str]:
    model = page.list.model
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def view(page: GuidelinesPage) -> ReadingView:
    assert page.detail.view is not None
    return page.detail.view


def writing(page: GuidelinesPage) -> Editor:
    assert page.detail.editor is not None
    assert page.detail.editor.isVisible()
    return page.detail.editor


def bulk(page: GuidelinesPage) -> BulkPanel:
    assert page.detail.several is not None
    assert page.detail.several.isVisible()
    return page.detail.several


def offer(page: GuidelinesPage, text: str) -> QPushButton:
    return next(one for one in page.notice.offers if one.text() == text)


def press(button: QPushButton) -> None:
    """Clicks a button that can be clicked."""
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def click_row(qtbot: QtBot, page: GuidelinesPage, row: int, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
    place = page.table.visualRect(page.list.model.index(row, 0)).center()
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, keys, place)
    settle(qtbot, page)


def select(qtbot: QtBot, page: GuidelinesPage, first: int, last: int) -> BulkPanel:
    click_row(qtbot, page, first)
    click_row(qtbot, page, last, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bulk(page).summary["categories"].text() != "…")
    return bulk(page)


def by_name(studio: Studio) -> dict[str, Guideline]:
    return {one.name: one for one in list_guidelines(studio.library, GuidelineFilter(active=None))}
