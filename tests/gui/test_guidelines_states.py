"""The Guidelines page without guidelines, and with a library that cannot be read or written."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import pytest
from listing import BY_PRIORITY, bulk, click_row, close, names, offer, opened, press, settle, writing
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from rules import DRAFTS

from lora_studio.core.domain import OWNER, GuidelineFilter
from lora_studio.core.library.guidelines import (
    add_guidelines,
    count_guidelines,
)
from lora_studio.gui.guidelines.list_pane import ListPane
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.studio import Studio


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> Iterator[GuidelinesPage]:
    page = opened(qtbot, studio)
    yield page
    close(qtbot, page)


def test_an_empty_library_offers_the_ways_in(qtbot: QtBot, empty_studio: Studio) -> None:
    page = opened(qtbot, empty_studio)
    assert page.empty is not None
    assert page.empty.isVisible()
    QTest.mouseClick(page.empty.starter_button, Qt.MouseButton.LeftButton)
    assert not page.empty.starter_button.isEnabled()
    qtbot.waitUntil(lambda: page.list.model.rowCount() > 40, timeout=10_000)
    settle(qtbot, page)
    assert page.total == count_guidelines(empty_studio.library, GuidelineFilter())
    assert not page.empty.isVisible()
    close(qtbot, page)


def test_the_first_one_can_be_written(qtbot: QtBot, empty_studio: Studio) -> None:
    page = opened(qtbot, empty_studio)
    assert page.empty is not None
    QTest.mouseClick(page.empty.new_button, Qt.MouseButton.LeftButton)
    dialog = writing(page)
    QTest.keyClicks(dialog.form.name, "First")
    QTest.keyClicks(dialog.form.content, "Rule.")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(page) == ["First"])
    settle(qtbot, page)
    assert not page.detail.is_writing()
    close(qtbot, page)


def test_the_starter_set_is_for_a_new_library(qtbot: QtBot, empty_studio: Studio) -> None:
    add_guidelines(empty_studio.library, DRAFTS[:1], OWNER)
    page = opened(qtbot, empty_studio)
    click_row(qtbot, page, 0)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.empty is not None and page.empty.isVisible())
    assert page.notice.isVisible()  # it can be undone here too
    assert page.empty is not None
    QTest.mouseClick(page.empty.starter_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "never had a guideline" in page.notice.text.text())
    settle(qtbot, page)
    close(qtbot, page)


def test_the_empty_page_leads_to_an_import(qtbot: QtBot, empty_studio: Studio) -> None:
    page = opened(qtbot, empty_studio)
    assert page.empty is not None
    with qtbot.waitSignal(page.import_wanted):
        press(page.empty.import_button)
    close(qtbot, page)


def test_the_starter_set_can_be_undone(qtbot: QtBot, empty_studio: Studio) -> None:
    page = opened(qtbot, empty_studio)
    assert page.empty is not None
    press(page.empty.starter_button)
    qtbot.waitUntil(lambda: page.notice.text.text().startswith("Added the starter set"))
    settle(qtbot, page)
    press(offer(page, "Undo"))
    qtbot.waitUntil(lambda: page.empty is not None and page.empty.isVisible())
    settle(qtbot, page)
    assert page.empty.import_button.isEnabled()
    close(qtbot, page)


def test_an_error_of_the_library_is_one_sentence(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    whole = {}
    for end in ("", "-wal", "-shm"):
        path = studio.library.path.with_name(studio.library.path.name + end)
        if path.exists():
            whole[path] = path.read_bytes()
            path.write_bytes(b"no library any more " * 2_000)
    page.reload()
    qtbot.waitUntil(page.list.trouble.isVisible)
    assert "is not an SQLite file, and there is no sound backup beside it" in page.list.trouble.text()
    for path, content in whole.items():
        path.write_bytes(content)
    press(page.list.again_button)
    qtbot.waitUntil(page.table.isVisible)
    settle(qtbot, page)
    assert names(page) == BY_PRIORITY


def test_a_library_that_is_gone_is_told_and_found_again(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    path = studio.library.path
    path.rename(path.with_name("elsewhere"))
    QTest.keyClick(page.table, Qt.Key.Key_F5)
    qtbot.waitUntil(page.list.trouble.isVisible)
    assert page.list.trouble.text().endswith("is gone; put it back, or restart to begin a new one")
    path.with_name("elsewhere").rename(path)
    press(page.list.again_button)
    qtbot.waitUntil(page.table.isVisible)
    settle(qtbot, page)


def test_a_library_that_may_only_be_read_says_so_and_offers_no_change(
    qtbot: QtBot, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(studio.library), "is_read_only", lambda library: True)  # who runs the tests may be root
    page = opened(qtbot, studio)
    assert page.list.read_only.isVisible()
    assert page.list.read_only.text().startswith("This library can only be read")
    click_row(qtbot, page, 0)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    settle(qtbot, page)
    assert not page.detail.is_writing()
    assert names(page) == BY_PRIORITY
    for made in (page.commands.delete, page.commands.edit, page.commands.activate):
        assert not made.isEnabled()
    click_row(qtbot, page, 2, Qt.KeyboardModifier.ShiftModifier)
    assert not bulk(page).delete_button.isEnabled()
    assert bulk(page).export_button.isEnabled()
    assert not page.list.new_button.isEnabled()
    monkeypatch.undo()
    page.reload()
    settle(qtbot, page)
    assert page.list.new_button.isEnabled()
    assert not page.list.read_only.isVisible()
    close(qtbot, page)


def test_a_first_read_that_takes_long_is_told(qtbot: QtBot, studio: Studio) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    pane = ListPane(studio.library, window)
    window.show()
    reading = next(made for made in pane.findChildren(QLabel) if made.text() == "Reading the library…")
    assert not reading.isVisible()
    qtbot.waitUntil(reading.isVisible)
    pane.show_rows(array("q", [1]), 1)
    assert pane.table.isVisible()
