"""The Guidelines page by keyboard and mouse, over a real library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from listing import BY_PRIORITY, bulk, click_row, close, names, opened, press, settle, view
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.library.guidelines import (
    change_guidelines,
    list_guidelines,
)
from lora_studio.gui.guidelines.facet_list import FacetLine
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.text_view import SHOWN_MAX, TextView, hard_breaks


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> Iterator[GuidelinesPage]:
    page = opened(qtbot, studio)
    yield page
    close(qtbot, page)


def texts(widget: QWidget) -> list[str]:
    return [text.toPlainText() for text in widget.findChildren(TextView)]


def test_it_shows_what_is_active_most_important_first(page: GuidelinesPage) -> None:
    assert names(page) == BY_PRIORITY
    assert page.list.count.text() == "5 of 6 match"


def test_every_key_narrows_the_list(page: GuidelinesPage, qtbot: QtBot) -> None:
    page.list.go_to_search()
    for typed, found in (("p", 5), ("pa", 2), ("pat", 1), ("path", 1)):
        QTest.keyClicks(page.list.search, typed[-1])
        qtbot.waitUntil(lambda found=found: page.list.model.rowCount() == found)  # type: ignore[misc]
    assert names(page) == ["Prefer pathlib"]
    assert page.list.count.text() == "1 of 6 match"
    QTest.keyClick(page.list.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: names(page) == BY_PRIORITY)


def test_only_the_newest_of_fast_keys_is_shown(page: GuidelinesPage, qtbot: QtBot) -> None:
    shown: list[list[str]] = []
    page.shown.connect(lambda: shown.append(names(page)))
    QTest.keyClicks(page.list.search, "secrets")
    settle(qtbot, page)
    assert shown[-1] == ["Never log secrets"]


def test_nothing_found_says_so_and_offers_the_way_back(page: GuidelinesPage, qtbot: QtBot) -> None:
    QTest.keyClicks(page.list.search, "zzzz")
    qtbot.waitUntil(page.list.show_all_button.isVisible)
    assert page.list.count.text() == "0 of 6 match"
    QTest.mouseClick(page.list.show_all_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(page) == BY_PRIORITY)
    assert page.list.search.text() == ""


def test_the_filter_panel_filters_and_counts(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    git = next(line for line in page.filter.categories.findChildren(FacetLine) if line.box.text() == "git")
    QTest.mouseClick(git.box, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(page) == ["Small pull requests"])
    settle(qtbot, page)
    counts = {line.box.text(): line.count.text() for line in page.filter.scopes.findChildren(FacetLine)}
    assert counts == {"Global": "0", "Organisations": "1", "acme": "1", "Projects": "0", "webapp": "0"}
    assert studio.wanted == GuidelineFilter(categories=("git",))


def test_a_click_on_a_header_sorts(page: GuidelinesPage, qtbot: QtBot) -> None:
    header = page.table.horizontalHeader()

    def click(column: int) -> None:
        place = QPoint(header.sectionViewportPosition(column) + 20, header.height() // 2)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        settle(qtbot, page)

    click(0)
    assert names(page) == sorted(BY_PRIORITY)
    click(0)
    assert names(page) == sorted(BY_PRIORITY, reverse=True)
    click(2)
    assert names(page) == BY_PRIORITY  # the highest priority first, at the first click
    assert page.table.selected_count() == 0


def test_a_chosen_guideline_can_be_read(page: GuidelinesPage, qtbot: QtBot) -> None:
    click_row(qtbot, page, 1)
    shown = view(page)
    assert shown.name.toPlainText() == "Validate input at the boundary"
    assert texts(shown.content) == [
        "Parse every value that comes from outside.",
        "Order.parse(request.json)",
        'int(request.json["qty"])',
        "One place to refuse.",
    ]
    assert [shown.tabs.tabText(number) for number in range(3)] == ["Content", "Rows  5", "Versions  1"]
    shown.tabs.setCurrentIndex(1)
    assert texts(shown.rows)[:4] == [
        'What is the guideline for "Validate input at the boundary"?',
        "Parse every value that comes from outside.",
        "I need guidance on Validate input at the boundary. What should I know?",
        "Here's the guideline: Parse every value that comes from outside.",
    ]
    assert texts(shown.rows)[-1] == "No, this violates the guideline. Parse every value that comes from outside."


def test_the_history_says_what_changed(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    guideline = next(one for one in list_guidelines(studio.library, GuidelineFilter()) if one.name == BY_PRIORITY[0])
    change_guidelines(
        studio.library, [guideline.id], lambda one: replace(one, priority=99, tags=()), "agent-7", "too high"
    )
    studio.guidelines_changed.emit()
    settle(qtbot, page)
    click_row(qtbot, page, 0)
    view(page).tabs.setCurrentIndex(2)
    settle(qtbot, page)
    model = view(page).versions.list.model_
    said = [model.index(row).data(Qt.ItemDataRole.UserRole)[2] for row in range(model.rowCount())]
    assert said == ["Changed: priority, tags  ·  by agent-7  ·  too high", "Added  ·  by you  ·  first"]


def test_from_the_search_into_the_table_and_on(page: GuidelinesPage, qtbot: QtBot) -> None:
    page.list.go_to_search()
    QTest.keyClick(page.list.search, Qt.Key.Key_Down)
    assert page.table.hasFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    settle(qtbot, page)
    assert view(page).name.toPlainText() == BY_PRIORITY[1]


def test_one_chosen_line_is_only_being_read(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    click_row(qtbot, page, 0)
    assert studio.selected == ()
    click_row(qtbot, page, 2, Qt.KeyboardModifier.ShiftModifier)
    chosen = {one.name for one in list_guidelines(studio.library, GuidelineFilter(ids=studio.selected))}
    assert chosen == set(BY_PRIORITY[:3])
    assert bulk(page).export_button.text() == "Export 3 guidelines"
    with qtbot.waitSignal(page.export_wanted):
        press(bulk(page).export_button)


def test_select_all_by_key(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    page.table.setFocus()
    QTest.keySequence(page.table, QKeySequence.StandardKey.SelectAll)
    settle(qtbot, page)
    assert len(studio.selected) == 5


def test_the_selection_lasts_over_a_search_as_far_as_it_is_found(page: GuidelinesPage, qtbot: QtBot) -> None:
    click_row(qtbot, page, 1)
    QTest.keyClicks(page.list.search, "input")
    settle(qtbot, page)
    assert page.table.selected_count() == 1
    assert view(page).name.toPlainText() == BY_PRIORITY[1]
    page.list.search.setText("pathlib")
    settle(qtbot, page)
    assert page.table.selected_count() == 0
    assert page.detail.reading is None


def test_columns_splitter_and_filter_are_remembered(
    page: GuidelinesPage, qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    kept = QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)
    page.table.setColumnWidth(1, 177)
    page.table.setColumnHidden(4, False)
    page.table.columns_menu().actions()[3].trigger()
    page.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    page.splitter.setSizes([500, 600])
    QTest.mouseClick(page.list.filter_button, Qt.MouseButton.LeftButton)
    sizes = page.splitter.sizes()
    page.save_view(kept)
    other = GuidelinesPage(studio)
    qtbot.addWidget(other)
    other.resize(1200, 800)
    other.restore_view(kept)
    other.show()
    settle(qtbot, other)
    assert other.table.columnWidth(1) == 177
    assert [other.table.isColumnHidden(column) for column in range(6)] == [False, False, False, True, False, True]
    shares = [parts[0] / sum(parts) for parts in (sizes, other.splitter.sizes())]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    assert not other.filter.isVisible()
    assert names(other) == sorted(BY_PRIORITY, reverse=True)


def test_foreign_text_is_shown_not_obeyed(qtbot: QtBot) -> None:
    text = TextView("body", "Content")
    qtbot.addWidget(text)
    text.show_markdown("one\ntwo <b>three</b>\n\n![x](file:///etc/passwd)\n\n```\na = 1\nb = 2\n```")
    assert text.toPlainText().startswith("one\ntwo <b>three</b>\n")
    assert "a = 1" in text.toPlainText()
    text.show_text("x" * (SHOWN_MAX + 1_500))
    assert text.toPlainText().endswith("… and 1,500 more characters")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb", "a\u2028b"),
        ("- a\n  b\n- c", "- a\u2028  b\n- c"),
        ("# t\na\nb\n\nc", "# t\na\u2028b\n\nc"),
        ("a\n===\n1. b", "a\n===\n1. b"),
        ("```\na\nb\n```\nc\nd", "```\na\nb\n```\nc\u2028d"),
        ("", ""),
    ],
)
def test_line_ends_of_a_guideline_stay(text: str, expected: str) -> None:
    assert hard_breaks(text) == expected


def test_an_inactive_one_is_seen_as_such(page: GuidelinesPage, qtbot: QtBot) -> None:
    press_state = page.filter.states.button(1)
    QTest.mouseClick(press_state, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    index = page.list.model.index(0, 0)
    assert index.data() == "Old rule  (inactive)"
    assert index.data(Qt.ItemDataRole.DecorationRole) is not None  # a long name cannot hide it
    QTest.mouseClick(page.filter.states.button(0), Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert page.list.model.index(0, 0).data(Qt.ItemDataRole.DecorationRole) is None
