"""The preview's rows: looked through by side, type and guideline; markers and the trained part told apart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import open_desk, wait_for
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QTextCharFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.pages import PreviewRow
from lora_studio.core.domain import OWNER, Draft, GuidelineFilter
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.gui.export.guideline_finder import GuidelineFinder
from lora_studio.gui.export.page import ExportPage
from lora_studio.gui.export.rows import ROW
from lora_studio.gui.worker import cancel_all


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> Iterator[ExportPage]:
    page = ExportPage(open_desk(tmp_path, count=30))
    qtbot.addWidget(page)
    page.controls.variety.box.setChecked(False)
    page.resize(1200, 800)
    page.show()
    qtbot.waitUntil(lambda: page.panel.counts["rows"].text() == "180", timeout=5_000)
    yield page
    cancel_all(page)


def shown(page: ExportPage) -> list[PreviewRow]:
    model = page.panel.rows.rows
    return [model.index(row, 0).data(ROW) for row in range(model.rowCount())]


def test_rows_of_one_side_and_type_are_shown(qtbot: QtBot, page: ExportPage) -> None:
    bar = page.panel.bar
    assert {row.side for row in shown(page)} == {"train", "eval"}
    QTest.mouseClick(bar.sides["eval"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: {row.side for row in shown(page)} == {"eval"})
    assert len(shown(page)) == 18
    bar.types.setFocus()
    QTest.keyClick(bar.types, Qt.Key.Key_Down)
    assert bar.types.currentText() == "Direct query (30)"
    qtbot.waitUntil(lambda: {row.example.type for row in shown(page)} == {"direct_query"})
    page.controls.formats.choose("dpo")  # which asks no such question: all are shown again
    qtbot.waitUntil(lambda: {row.example.type for row in shown(page)} <= {"verdict", "demonstration"})
    qtbot.waitUntil(lambda: bool(shown(page)))
    assert bar.types.currentText() == "All questions"


def test_a_page_without_such_rows_says_so(qtbot: QtBot, page: ExportPage) -> None:
    page.controls.split.slider.setValue(100)
    page.panel.bar.sides["eval"].click()
    qtbot.waitUntil(lambda: page.panel.note.text() == "No further rows of this kind. Go back, or show all.")
    page.panel.bar.sides[""].click()
    qtbot.waitUntil(page.panel.rows.isVisible)


def test_the_way_goes_forth_and_back_by_keys(qtbot: QtBot, page: ExportPage) -> None:
    bar = page.panel.bar
    first = shown(page)
    assert bar.where.text() == "Guidelines 1–10 of 30"
    assert not bar.back.isEnabled()
    page.panel.rows.setFocus()
    QTest.keyClick(page.panel.rows, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: bar.where.text() == "Guidelines 11–20 of 30")
    assert not {row.line for row in first} & {row.line for row in shown(page)}
    QTest.mouseClick(bar.forth, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bar.where.text() == "Guidelines 21–30 of 30")
    assert not bar.forth.isEnabled()
    for _ in range(2):
        QTest.keyClick(page.panel.rows, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shown(page) == first)
    assert not bar.back.isEnabled()


def test_one_guideline_is_found_by_its_name(qtbot: QtBot, page: ExportPage) -> None:
    page.panel.rows.setFocus()
    QTest.keyClick(page.panel.rows, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    finder = wait_for(qtbot, GuidelineFinder)
    qtbot.waitUntil(lambda: finder.list.count() == 30)
    QTest.keyClicks(finder.line, "rule 2")
    qtbot.waitUntil(lambda: finder.list.count() == 11)
    QTest.keyClick(finder.line, Qt.Key.Key_Down)
    assert finder.list.currentItem().text() == "Rule 20"
    QTest.keyClick(finder.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(page)[0].example.source.name == "Rule 20")
    assert page.panel.bar.where.text().startswith("Guidelines 21–")
    QTest.mouseClick(page.panel.bar.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown(page)[0].example.source.name == "Rule 0")


def test_a_name_that_nobody_has_is_said(qtbot: QtBot, page: ExportPage) -> None:
    page.find_guideline()
    finder = wait_for(qtbot, GuidelineFinder)
    QTest.keyClicks(finder.line, "%_")
    qtbot.waitUntil(finder.nothing.isVisible)
    QTest.keyClick(finder.line, Qt.Key.Key_Return)
    assert finder.isVisible()
    QTest.keyClick(finder.line, Qt.Key.Key_Escape)


def test_markers_and_the_trained_part_differ_in_more_than_colour(qtbot: QtBot, page: ExportPage) -> None:
    add_guidelines(page._studio.library, [Draft(name="𝒜 rule", content="𝒜nswer")], OWNER)
    page._studio.guidelines_changed.emit()
    page.controls.formats.choose("huggingface")
    qtbot.waitUntil(lambda: shown(page)[0].line.startswith('{"text"') and page.panel.bar.where.text().endswith("31"))
    page.panel.bar.go_to(30)
    qtbot.waitUntil(lambda: shown(page)[0].example.source.name == "𝒜 rule")
    assert page.panel.marker.isVisible()
    assert page.panel.trained.isVisible()
    delegate, index = page.panel.rows.delegate, page.panel.rows.rows.index(0, 0)
    text = delegate._line_text(index, 2_000)
    units = text.text().encode("utf-16-le")
    spans = text.formats()
    seen = {
        units[2 * one.start : 2 * (one.start + one.length)].decode("utf-16-le"): QTextCharFormat(one.format)
        for one in spans
    }
    assert {"<|user|>", "<|assistant|>", "<|end|>", "𝒜nswer"} == set(seen)
    assert seen["𝒜nswer"].fontUnderline()
    assert {seen[mark].fontWeight() for mark in ("<|user|>", "<|end|>")} == {QFont.Weight.DemiBold}
    (_, question), (_, answer) = delegate._turn_texts(index, 2_000)
    assert question.text().startswith("<|user|>What is")
    assert answer.text() == "<|assistant|>𝒜nswer<|end|>"
    assert len(answer.formats()) == 2


def test_preferences_show_both_answers(qtbot: QtBot, page: ExportPage) -> None:
    page.controls.formats.choose("dpo")
    qtbot.waitUntil(lambda: any('"chosen"' in row.line for row in shown(page)))
    assert page.controls.more.include.isHidden()
    row, index = shown(page)[0], page.panel.rows.rows.index(0, 0)
    roles = {role: text.text() for role, text in page.panel.rows.delegate._turn_texts(index, 2_000)}
    assert roles["bot"] == row.example.completion
    assert roles["rejected"] == row.rejected
    page.controls.formats.choose("kto")
    qtbot.waitUntil(lambda: any('"label"' in row.line for row in shown(page)))
    unwanted = next(n for n, one in enumerate(shown(page)) if not one.wanted)
    said = page.panel.rows.rows.index(unwanted, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "unwanted" in said
    assert not page.panel.rows.grab().isNull()


def test_charts_are_read_by_keys_and_pointer(qtbot: QtBot, page: ExportPage) -> None:
    figures = page.panel.figures
    assert "even: 90 rows, 50 %" in figures.coverage.accessibleDescription()
    assert sum(bar.value for bar in figures.lengths.bars) == 180
    assert sum(bar.second for bar in figures.lengths.bars) == 18
    figures.coverage.setFocus()
    QTest.keyClick(figures.coverage, Qt.Key.Key_Right)
    assert QToolTip.text() == "even: 90 rows, 50 %"
    QTest.keyClick(figures.coverage, Qt.Key.Key_Right)
    QTest.keyClick(figures.coverage, Qt.Key.Key_Right)
    assert QToolTip.text() == "odd: 90 rows, 50 %"
    QTest.mouseMove(figures.lengths, QPoint(4, 4))
    assert not figures.grab().isNull()
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_the_meters_say_what_eval_shares_with_train(qtbot: QtBot, page: ExportPage) -> None:
    figures = page.panel.figures
    assert (figures.wordings.count.text(), figures.answers.count.text()) == ("0 of 18", "18 of 18")
    assert "means it so" in figures.answers.toolTip()
    page.controls.split.modes["guideline"].click()
    qtbot.waitUntil(lambda: figures.answers.count.text().startswith("0 of"))
    assert "Split by guideline" in figures.answers.accessibleDescription()
    assert figures.answers.count.property("tone") == "good"


def test_long_texts_do_not_hold_the_window_up(qtbot: QtBot, page: ExportPage) -> None:
    long = [Draft(name=f"Long {n}", content="word " * 10_000, category="long") for n in range(30)]
    add_guidelines(page._studio.library, long, OWNER)
    page._studio.choose(GuidelineFilter(categories=("long",)), "", ())
    qtbot.waitUntil(lambda: page.panel.counts["rows"].text() == "90", timeout=20_000)
    started = time.process_time()
    assert page._preview is not None
    page.panel.rows.show_preview(page._preview)
    page.panel.rows.doItemsLayout()
    assert time.process_time() - started < 0.5  # 0.06 on a quiet machine; ten times that when all is laid out
    index = page.panel.rows.rows.index(0, 0)
    (_, _), (_, answer) = page.panel.rows.delegate._turn_texts(index, 700)
    assert answer.text().endswith("…")
