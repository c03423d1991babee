"""The Export page: what it says, what its controls change, and how soon."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import check_model, seen
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QScrollArea, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import OWNER, Draft, GuidelineFilter
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.gui.export.page import ExportPage
from lora_studio.gui.export.progress import ExportProgressDialog
from lora_studio.gui.export.rows import ROW
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import cancel_all


@pytest.fixture
def page(qtbot: QtBot, desk_studio: Studio) -> Iterator[ExportPage]:
    page = ExportPage(desk_studio)
    qtbot.addWidget(page)
    page.controls.variety.box.setChecked(False)
    page.resize(1200, 800)
    page.show()
    wait_for_rows(qtbot, page, "36")
    yield page
    cancel_all(page)


def wait_for_rows(qtbot: QtBot, page: ExportPage, text: str) -> None:
    qtbot.waitUntil(lambda: page.panel.counts["rows"].text() == text, timeout=5_000)


def first_line(page: ExportPage) -> dict[str, object]:
    line: dict[str, object] = json.loads(page.panel.rows.rows.index(0, 0).data(ROW).line)
    return line


def test_it_says_what_will_be_exported(page: ExportPage) -> None:
    assert page.subject.text.text() == "All 6 guidelines"
    assert page.export_button.text() == "Export 36 rows"
    assert page.export_button.isEnabled()
    counts = {name: label.text() for name, label in page.panel.counts.items()}
    assert counts["sides"] == "32 / 4"
    assert counts["leak"] == "0 of 4"
    assert counts["tokens"].startswith("≈ ")
    assert "Fewer than 100 rows" in page.panel.cautions.text
    assert set(first_line(page)) == {"prompt", "completion", "metadata"}


def test_the_preview_follows_every_control_at_once(qtbot: QtBot, page: ExportPage) -> None:
    started = time.monotonic()
    for _ in range(3):
        QTest.keyClick(page.controls.split.slider, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: page.panel.counts["sides"].text() == "21 / 15")
    assert time.monotonic() - started < 0.5  # three keys, each 30 ms apart at least; 150 ms on a quiet machine
    QTest.mouseClick(page.controls.split.modes["guideline"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.panel.counts["sides"].text() != "21 / 15")
    QTest.mouseClick(page.controls.more.toggle, Qt.MouseButton.LeftButton)
    page.controls.more.count.setFocus()
    QTest.keyClick(page.controls.more.count, Qt.Key.Key_Down)
    QTest.keyClick(page.controls.more.count, Qt.Key.Key_Down)
    wait_for_rows(qtbot, page, "30")
    QTest.mouseClick(
        page.controls.more.include, Qt.MouseButton.LeftButton, pos=QPoint(8, page.controls.more.include.height() // 2)
    )
    wait_for_rows(qtbot, page, "18")
    assert not page.controls.more.count.isEnabled()
    assert page.export_button.text() == "Export 18 rows"


def test_format_cards_are_chosen_by_mouse_and_keys(qtbot: QtBot, page: ExportPage) -> None:
    cards = page.controls.formats.cards
    assert next(iter(cards)) == "chat"
    assert "recommended" in cards["chat"].accessibleName()
    QTest.mouseClick(cards["alpaca"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "instruction" in first_line(page))
    assert not page.controls.notice.isVisible()
    cards["alpaca"].setFocus()
    QTest.keyClick(cards["alpaca"], Qt.Key.Key_Down)
    assert page.controls.formats.chosen() == "openai"
    qtbot.waitUntil(lambda: "messages" in first_line(page))
    assert "2027-01-06" in page.controls.notice.text()
    assert "2027-01-06" in cards["openai"].accessibleDescription()


def test_the_strict_form_goes_with_claude_only(qtbot: QtBot, page: ExportPage) -> None:
    QTest.mouseClick(page.controls.more.toggle, Qt.MouseButton.LeftButton)
    assert not page.controls.more.strict.isVisible()
    page.controls.formats.choose("anthropic")
    assert page.controls.more.strict.isVisible()
    page.controls.more.strict.setChecked(True)
    qtbot.waitUntil(lambda: set(first_line(page)) == {"system", "messages"})
    page.controls.formats.choose("gemini")
    assert not page.controls.options().strict


def test_exactly_what_is_shown_is_exported(qtbot: QtBot, page: ExportPage, desk_studio: Studio) -> None:
    desk_studio.choose(GuidelineFilter(categories=("odd",)), "", ())
    wait_for_rows(qtbot, page, "18")
    assert page.subject.text.text() == "3 guidelines from the current filter"
    desk_studio.choose(GuidelineFilter(categories=("odd",)), "thing 3", ())
    wait_for_rows(qtbot, page, "6")
    assert page.subject.text.text() == "1 guideline from the search"
    ids = tuple(page.panel.rows.rows.index(row, 0).data(ROW).example.source.id for row in (0,))
    desk_studio.choose(GuidelineFilter(), "", ids)
    qtbot.waitUntil(lambda: page.subject.text.text() == "1 selected guideline")
    desk_studio.choose(GuidelineFilter(), "no such words", ())
    wait_for_rows(qtbot, page, "0")
    assert not page.export_button.isEnabled()
    assert page.panel.note.isVisible()
    with qtbot.waitSignal(page.guidelines_asked):
        QTest.mouseClick(page.subject.change_button, Qt.MouseButton.LeftButton)


def test_a_changed_library_is_counted_anew(qtbot: QtBot, page: ExportPage, desk_studio: Studio) -> None:
    add_guidelines(desk_studio.library, [Draft(name="<b>New</b>", content="New one.")], OWNER)
    desk_studio.guidelines_changed.emit()
    wait_for_rows(qtbot, page, "39")
    assert page.subject.text.text() == "All 7 guidelines"


def test_a_page_that_nobody_sees_counts_nothing(qtbot: QtBot, desk_studio: Studio) -> None:
    page = ExportPage(desk_studio)
    qtbot.addWidget(page)
    page.controls.variety.box.setChecked(False)
    desk_studio.guidelines_changed.emit()
    qtbot.wait(100)
    assert page.panel.counts["rows"].text() == "…"
    page.show()
    wait_for_rows(qtbot, page, "36")


def test_faults_are_said_beside_their_fields(qtbot: QtBot, page: ExportPage, tmp_path: Path) -> None:
    line = page.controls.model.line
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    assert line.accessibleDescription() == "Name the model to train, or choose its folder"
    assert line.hasFocus()
    QTest.keyClicks(line, "m" * 201)
    QTest.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    assert "at most 200 characters" in line.accessibleDescription()
    line.setText("acme/tiny")
    assert line.accessibleDescription() == ""
    (tmp_path / "file").write_text("")
    page.controls.folder.line.setText(str(tmp_path / "file" / "below"))
    QTest.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    assert "is a file" in page.controls.folder.line.accessibleDescription()
    assert page.controls.folder.line.hasFocus()
    assert not seen(ExportProgressDialog)


def test_a_folder_of_a_model_can_be_picked(qtbot: QtBot, page: ExportPage, tmp_path: Path) -> None:
    model = page.controls.model
    before = model.target()
    model.setFocus()
    model.setCurrentIndex(model.count() - 1)
    model.activated.emit(model.count() - 1)
    assert model.target() == before
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path))
    assert "holds no config.json" in model.line.accessibleDescription()
    assert model.target() == before
    (tmp_path / "config.json").write_text("{}")
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert model.target() == str(tmp_path)
    assert model.line.accessibleDescription() == ""
    with qtbot.waitSignal(dialog.destroyed):
        pass


def test_rows_are_read_copied_and_opened_by_keys(qtbot: QtBot, page: ExportPage, qtmodeltester: ModelTester) -> None:
    rows = page.panel.rows
    check_model(qtmodeltester, rows.rows)
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Down)
    row = rows.currentIndex().data(ROW)
    QTest.keyClick(rows, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == row.line
    assert row.example.prompt in rows.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert rows.delegate.opened == {rows.currentIndex().row()}
    QTest.mouseClick(page.panel.raw, Qt.MouseButton.LeftButton)
    assert rows.delegate.raw
    assert not page.grab().isNull()
    QTest.mouseClick(page.panel.pretty, Qt.MouseButton.LeftButton)
    assert not rows.delegate.raw


def test_strange_texts_are_drawn(qtbot: QtBot, page: ExportPage, desk_studio: Studio) -> None:
    strange = [
        Draft(name="<img src=x>", content="long " * 20_000, good=("\t\r\n" * 50, "𝒜" * 3_000)),
        Draft(name="‮rtl", content="\u2028\u2029\x00".replace("\x00", "\x01"), bad=("x" * 5_000,)),
    ]
    add_guidelines(desk_studio.library, strange, OWNER)
    desk_studio.choose(GuidelineFilter(), "", ())
    desk_studio.guidelines_changed.emit()
    wait_for_rows(qtbot, page, "44")
    for raw in (False, True):
        page.panel.raw.setChecked(raw)
        for row in range(page.panel.rows.rows.rowCount()):
            page.panel.rows.scrollTo(page.panel.rows.rows.index(row, 0))
            page.panel.rows.grab()


def test_everything_can_be_reached_and_has_a_name(page: ExportPage) -> None:
    page.controls.more.toggle.click()
    nameless = [
        widget
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and not isinstance(widget, QScrollArea)
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []
    first = page.subject.change_button
    first.setFocus()
    reached = set()
    for _ in range(60):
        reached.add(QApplication.focusWidget())
        page.focusNextChild()
    assert {page.script_button, page.export_button, page.panel.rows, page.controls.folder.line} <= reached
    assert {page.controls.split.slider, page.controls.more.toggle, page.controls.more.seed} <= reached
