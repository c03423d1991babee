"""The Guidelines page by keyboard and mouse, over a real library."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from desk import seen
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from rules import DRAFTS

from lora_studio.core.domain import OWNER, Draft, GuidelineFilter
from lora_studio.core.library.guidelines import (
    add_guidelines,
    change_guidelines,
    count_guidelines,
    guideline_history,
    list_guidelines,
)
from lora_studio.gui.guidelines.editor import EditorDialog
from lora_studio.gui.guidelines.facet_list import FacetLine
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.guidelines.reading import ReadingView
from lora_studio.gui.guidelines.watch import Watch
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.text_view import SHOWN_MAX, TextView, hard_breaks
from lora_studio.gui.worker import cancel_all

BY_PRIORITY = [
    "Never log secrets",
    "Validate input at the boundary",
    "Names say what",
    "Small pull requests",
    "Prefer pathlib",
]


def opened(qtbot: QtBot, studio: Studio) -> GuidelinesPage:
    page = GuidelinesPage(studio)
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    page.activateWindow()
    settle(qtbot, page)
    return page


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> Iterator[GuidelinesPage]:
    page = opened(qtbot, studio)
    qtbot.waitUntil(page.isActiveWindow)
    yield page
    cancel_all(page)


def settle(qtbot: QtBot, page: GuidelinesPage) -> None:
    qtbot.waitUntil(lambda: not page.is_busy(), timeout=10_000)


def names(page: GuidelinesPage) -> list[str]:
    model = page.list.model
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def view(page: GuidelinesPage) -> ReadingView:
    assert page.detail.view is not None
    return page.detail.view


def click_row(qtbot: QtBot, page: GuidelinesPage, row: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier(0)) -> None:  # noqa: B008
    place = page.table.visualRect(page.list.model.index(row, 0)).center()
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, keys, place)
    settle(qtbot, page)


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
    assert counts == {"Global": "0", "acme · org": "1", "webapp · project": "0"}
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
    assert [shown.tabs.tabText(number) for number in range(3)] == ["Content", "Rows it yields  5", "Versions  1"]
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
    said = [label.text() for label in view(page).versions.findChildren(QWidget, "") if hasattr(label, "text")]
    assert "Changed: priority, tags" in said
    assert "by agent-7  ·  too high" in said
    assert "by you  ·  first" in said
    assert "Added" in said


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
    several = page.detail._several
    assert several is not None
    assert several.count.text() == "3 guidelines selected"
    with qtbot.waitSignal(page.export_wanted):
        QTest.mouseClick(several.export_button, Qt.MouseButton.LeftButton)


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


def offer(page: GuidelinesPage, text: str) -> QPushButton:
    return next(one for one in page.notice.offers if one.text() == text)


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
    dialog = seen(EditorDialog)[0]
    assert dialog.form.category.findText("git") >= 0
    QTest.keyClicks(dialog.form.name, "Brand new")
    QTest.keyClicks(dialog.form.content, "Say it.")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Brand new" in names(page))
    settle(qtbot, page)
    assert view(page).name.toPlainText() == "Brand new"
    qtbot.waitUntil(lambda: not seen(EditorDialog))


def test_what_the_filter_hides_is_said_and_can_be_shown(page: GuidelinesPage, qtbot: QtBot) -> None:
    QTest.keyClicks(page.list.search, "secrets")
    settle(qtbot, page)
    click_row(qtbot, page, 0)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    dialog = seen(EditorDialog)[0]
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
    qtbot.waitUntil(lambda: not seen(EditorDialog))


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
    cancel_all(page)


def test_the_first_one_can_be_written(qtbot: QtBot, empty_studio: Studio) -> None:
    page = opened(qtbot, empty_studio)
    assert page.empty is not None
    QTest.mouseClick(page.empty.new_button, Qt.MouseButton.LeftButton)
    dialog = seen(EditorDialog)[0]
    QTest.keyClicks(dialog.form.name, "First")
    QTest.keyClicks(dialog.form.content, "Rule.")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(page) == ["First"])
    settle(qtbot, page)
    qtbot.waitUntil(lambda: not seen(EditorDialog))


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


def test_another_process_is_noticed(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    watch = Watch(studio, page)
    watch.start()
    script = (
        "import sys; from pathlib import Path; from lora_studio.core.domain import Draft;"
        "from lora_studio.core.library.guidelines import add_guidelines;"
        "from lora_studio.core.library.store import open_library;"
        "add_guidelines(open_library(Path(sys.argv[1])), [Draft(name='From outside', content='x')], 'agent')"
    )
    subprocess.run([sys.executable, "-c", script, str(studio.library.path)], check=True, cwd=Path(__file__).parents[2])
    with qtbot.waitSignal(studio.guidelines_changed, timeout=3_000):
        pass
    qtbot.waitUntil(lambda: "From outside" in names(page))
    settle(qtbot, page)
    watch.stop()


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


def test_columns_splitter_and_filter_are_remembered(
    page: GuidelinesPage, qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    kept = QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)
    page.table.setColumnWidth(1, 177)
    page.table.setColumnHidden(4, False)
    page.table.columns_menu().actions()[3].trigger()
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
    assert names(other) == BY_PRIORITY


def test_an_error_of_the_library_is_one_sentence(page: GuidelinesPage, qtbot: QtBot, studio: Studio) -> None:
    for end in ("", "-wal", "-shm"):
        path = studio.library.path.with_name(studio.library.path.name + end)
        if path.exists():
            path.write_bytes(b"no library any more " * 2_000)
    page.reload()
    qtbot.waitUntil(lambda: bool(seen(MessageBox)))
    box = seen(MessageBox)[0]
    assert "is not an SQLite file; move it away" in box.sentence.text()
    box.close()
    settle(qtbot, page)
    for more in seen(MessageBox):
        more.close()


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
        ("a\nb", "a  \nb  "),
        ("# t\na", "# t\na  "),
        ("```\na\nb\n```\nc", "```\na\nb\n```\nc  "),
        ("", ""),
    ],
)
def test_line_ends_of_a_guideline_stay(text: str, expected: str) -> None:
    assert hard_breaks(text) == expected
