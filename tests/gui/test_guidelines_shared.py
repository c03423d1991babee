"""One library, several at work on it: each sees what the others change, and loses nothing of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from listing import BY_PRIORITY, by_name, click_row, close, names, opened, press, settle, writing
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import OWNER, Draft, Scope
from lora_studio.core.library.access import grant
from lora_studio.core.library.changes import Edit
from lora_studio.core.library.guidelines import add_guidelines, guideline_history
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.guidelines.table import LINE_HEIGHT
from lora_studio.gui.guidelines.watch import Watch
from lora_studio.gui.studio import Studio


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> Iterator[GuidelinesPage]:
    page = opened(qtbot, studio)
    yield page
    close(qtbot, page)


@pytest.fixture
def watched(page: GuidelinesPage, studio: Studio) -> Iterator[GuidelinesPage]:
    """The page of a window that looks at what others do, as the main window has it look."""
    watch = Watch(studio, page)
    watch.start()
    yield page
    watch.stop()


def agent(studio: Studio, **request: Any) -> dict[str, Any]:
    """What another process says to a request at the JSON door."""
    grant(studio.library, "agent", "write", Scope("all"))
    done = subprocess.run(
        [sys.executable, "-m", "lora_studio", "--home", str(studio.home.path), "call", "-"],
        input=json.dumps({"tool": "memory_guideline", "agentId": "agent", **request}),
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["success"], answer
    return answer


def test_another_process_is_seen_within_two_seconds(watched: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    agent(studio, action="add", guideline={"name": "From outside", "content": "x"})
    qtbot.waitUntil(lambda: "From outside" in names(watched), timeout=2_000)
    settle(qtbot, watched)


def test_selection_and_place_survive_what_others_change(watched: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    page = watched
    add_guidelines(studio.library, [Draft(name=f"Rule {n:03}", content="c", priority=40) for n in range(300)], OWNER)
    studio.guidelines_changed.emit()
    settle(qtbot, page)
    click_row(qtbot, page, 2)
    click_row(qtbot, page, 4, Qt.KeyboardModifier.ShiftModifier)
    bar = page.table.verticalScrollBar()
    bar.setValue(3_003)
    top = names(page)[page.table.rowAt(0)]
    chosen = studio.selected
    agent(studio, action="add", guideline={"name": "Above all", "content": "x", "priority": 100})
    qtbot.waitUntil(lambda: "Above all" in names(page), timeout=3_000)
    settle(qtbot, page)
    assert names(page)[page.table.rowAt(0)] == top
    assert bar.value() == 3_003 + LINE_HEIGHT
    assert studio.selected == chosen
    assert page.table.selected_count() == 3


def test_what_is_being_written_survives_what_others_change(
    watched: GuidelinesPage, qtbot: QtBot, studio: Studio
) -> None:
    page = watched
    click_row(qtbot, page, 1)
    QTest.keyClick(page.table, Qt.Key.Key_F2)
    form = writing(page).form
    form.content.selectAll()
    QTest.keyClicks(form.content, "Mine, half wr")
    agent(studio, action="add", guideline={"name": "From outside", "content": "x"})
    qtbot.waitUntil(lambda: "From outside" in names(page), timeout=3_000)
    QTest.keyClicks(form.content, "itten")
    assert writing(page).form.content.text() == "Mine, half written"
    press(writing(page).save_button)
    qtbot.waitUntil(lambda: by_name(studio)[BY_PRIORITY[1]].content == "Mine, half written")
    settle(qtbot, page)


def test_the_same_guideline_changed_by_both_loses_neither(
    watched: GuidelinesPage, qtbot: QtBot, studio: Studio
) -> None:
    page = watched
    click_row(qtbot, page, 0)
    QTest.keyClick(page.table, Qt.Key.Key_F2)
    form = writing(page).form
    form.content.selectAll()
    QTest.keyClicks(form.content, "Mine.")
    one = by_name(studio)[BY_PRIORITY[0]]
    agent(studio, action="update", id=one.id, changes={"content": "Theirs."})
    press(writing(page).save_button)
    qtbot.waitUntil(lambda: not writing(page).is_busy() and writing(page).question.isVisible())
    assert form.content.text() == "Mine."
    said = [version.content for version in guideline_history(studio.library, one.id)]
    assert said == ["Theirs.", "Log the key's name."]


def test_two_windows_see_each_other(qtbot: QtBot, watched: GuidelinesPage, studio: Studio) -> None:
    other = Studio(studio.home)
    second = opened(qtbot, other)
    watch = Watch(other, second)
    watch.start()
    click_row(qtbot, watched, 0)
    watched.delete_selected()
    qtbot.waitUntil(lambda: BY_PRIORITY[0] not in names(second), timeout=2_500)
    settle(qtbot, second)
    click_row(qtbot, second, 0)
    second.change_selected(Edit(active=False))
    qtbot.waitUntil(lambda: BY_PRIORITY[1] not in names(watched), timeout=2_500)
    settle(qtbot, watched)
    watched.history.undo()  # its own change, not the other window's
    qtbot.waitUntil(lambda: names(second) == [BY_PRIORITY[0], *BY_PRIORITY[2:]], timeout=2_500)
    settle(qtbot, watched)
    watch.stop()
    close(qtbot, second)


def test_own_changes_are_told_once(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    watch = Watch(studio, page)
    watch.start()
    heard: list[None] = []
    studio.guidelines_changed.connect(lambda: heard.append(None))
    add_guidelines(studio.library, [Draft(name="Mine", content="x")], OWNER)
    studio.guidelines_changed.emit()
    watch.look()
    settle(qtbot, page)
    watch.stop()
    assert len(heard) == 1
