"""What can be done with many selected guidelines at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from listing import (
    BY_PRIORITY,
    bulk,
    by_name,
    close,
    opened,
    press,
    select,
    settle,
)
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import OWNER, Draft, GuidelineFilter
from lora_studio.core.library.guidelines import (
    add_guidelines,
    list_guidelines,
)
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.studio import Studio


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> Iterator[GuidelinesPage]:
    page = opened(qtbot, studio)
    yield page
    close(qtbot, page)


def test_it_says_what_is_selected(page: GuidelinesPage, qtbot: QtBot) -> None:
    panel = select(qtbot, page, 0, 2)
    assert panel.count.text() == "3 guidelines selected"
    assert {key: value.text() for key, value in panel.summary.items()} == {
        "categories": "security 2, style 1",
        "priority": "70 to 100",
        "tags": "python 2, api 1, logging 1",
        "scopes": "global 3",
        "inactive": "none",
    }
    assert panel.all_button.text() == "Select all 5 that match"
    press(panel.all_button)
    settle(qtbot, page)
    assert panel.count.text() == "5 guidelines selected"
    assert not panel.all_button.isVisible()


def test_tagging_says_to_how_many_and_changes_only_those(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    panel = select(qtbot, page, 0, 2)
    assert not panel.tag_button.isEnabled()
    QTest.keyClicks(panel.tags, "python")
    assert (panel.tag_button.text(), panel.untag_button.text()) == ("Tag 1 guideline", "Untag 2 guidelines")
    press(panel.tag_button)
    qtbot.waitUntil(lambda: page.notice.text.text() == "Tagged 1 guideline: python")
    settle(qtbot, page)
    found = by_name(studio)
    assert [found[name].version for name in BY_PRIORITY] == [2, 1, 1, 1, 1]
    assert found[BY_PRIORITY[0]].tags == ("logging", "python")
    assert bulk(page).count.text() == "3 guidelines selected"  # for more to be done with them
    assert not panel.tag_button.isEnabled()


@pytest.mark.parametrize(
    ("field", "typed", "button", "label", "said", "check"),
    [
        (
            "category",
            "git",
            "category",
            "Move 2 guidelines",
            "Moved 2 guidelines to the category git",
            "category",
        ),
        (
            "priority",
            "7",
            "priority",
            "Set for 3 guidelines",
            "Set the priority of 3 guidelines to 7",
            "priority",
        ),
        ("", "", "deactivate", "Deactivate 3 guidelines", "Deactivated 3 guidelines", "active"),
    ],
)
def test_labels_of_many(
    page: GuidelinesPage, qtbot: QtBot, studio: Studio, field: str, typed: str, button: str, label: str, said: str,
    check: str,
) -> None:  # fmt: skip
    panel = select(qtbot, page, 2, 4)
    if field:
        typed_into = getattr(panel, field)
        typed_into.setFocus()
        typed_into.selectAll()
        QTest.keyClicks(typed_into, typed)
    made: QPushButton = getattr(panel, f"{button}_button")
    assert made.text() == label
    press(made)
    qtbot.waitUntil(lambda: page.notice.text.text() == said)
    settle(qtbot, page)
    values = {getattr(by_name(studio)[name], check) for name in BY_PRIORITY[2:]}
    assert values == {{"category": "git", "priority": 7, "active": False}[check]}


def test_moving_to_a_scope(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    panel = select(qtbot, page, 0, 4)
    panel.scope_type.setCurrentText("project")
    assert not panel.scope_button.isEnabled()
    QTest.keyClicks(panel.scope_id, "webapp")
    assert panel.scope_button.text() == "Move 4 guidelines"
    QTest.keyClick(panel.scope_id, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.notice.text.text() == "Moved 4 guidelines to project:webapp")
    settle(qtbot, page)
    assert {str(one.scope) for one in by_name(studio).values() if one.active} == {"project:webapp"}


def test_known_labels_are_offered_while_typing(page: GuidelinesPage, qtbot: QtBot) -> None:
    panel = select(qtbot, page, 0, 2)
    QTest.keyClicks(panel.tags, "x, PYT")
    completer = panel.tags.completer()
    assert completer.currentCompletion() == "x, python"


def test_a_long_change_shows_how_far_it_is_and_can_be_cancelled(
    page: GuidelinesPage, qtbot: QtBot, studio: Studio
) -> None:
    add_guidelines(studio.library, [Draft(name=f"Rule {n}", content="c") for n in range(12_000)], OWNER)
    studio.guidelines_changed.emit()
    settle(qtbot, page)
    QTest.keySequence(page.table, QKeySequence.StandardKey.SelectAll)
    settle(qtbot, page)
    QTest.keyClicks(bulk(page).tags, "slow")
    press(bulk(page).tag_button)
    assert not page.bar.working.isVisible()
    assert not bulk(page).delete_button.isEnabled()
    qtbot.waitUntil(page.bar.working.isVisible, timeout=10_000)
    press(page.bar.cancel_button)
    settle(qtbot, page)
    assert not page.bar.working.isVisible()
    assert not any("slow" in one.tags for one in list_guidelines(studio.library, GuidelineFilter(), limit=20_000))
    assert not page.commands.undo.isEnabled()
