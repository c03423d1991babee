"""The exam on the Training page: its states, the heat map's filters and order, answers, and the way to a guideline."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from desk import check_model, open_desk, wait_for
from environments import GOOD, environment_with
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, ExportOptions
from lora_studio.core.training.children import start_child
from lora_studio.core.training.exam_reading import RESULT
from lora_studio.core.training.exam_records import (
    RESULTS,
    Asked,
    Declines,
    Exam,
    Examined,
    General,
    Kind,
    Passed,
    ResultName,
    Sample,
    Source,
    Subject,
    Totals,
    Verdicts,
)
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.runs import Run, RunPlan, prepare_run
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio
from lora_studio.gui.training.exam_panel import ExamPanel
from lora_studio.gui.training.page import TrainingPage
from lora_studio.gui.training.session import Session

PATIENCE_MS = 20_000


def examined(number: int, result: ResultName = "knows", tuned: float = 0.9, missing: tuple[str, ...] = ()) -> Examined:
    passed = {"recites": result != "not_learnt", "understands": result in ("knows", "judges_wrong")}
    asked = [
        Asked(
            kind=kind, question=f"{kind} {number}?", in_train=kind == "recites", base=0.1, tuned=tuned, missing=missing,
            passed=passed[kind], base_answer="before", tuned_answer=f"<b>now</b> {number}",
        )
        for kind in ("recites", "understands")
    ]  # fmt: skip
    kinds = {one.kind: Passed(tuned, 0.6, one.passed, 0.1) for one in asked}
    return Examined(
        id=f"id-{number}", name=f"Rule {number:05}", version=1, result=result, kinds=kinds, questions=tuple(asked)
    )


def exam_of(guidelines: Sequence[Examined], **more: Any) -> Exam:
    count = {result: sum(one.result == result for one in guidelines) for result in RESULTS}
    kind = Kind(questions=2, passed=1, guidelines=2, guidelines_passed=1, base=0.1, tuned=0.9)
    totals = Totals(guidelines=len(guidelines), **count, kinds={"recites": kind})
    return Exam(
        schema_version=2, created_at="2026-01-15T09:30:00Z", measure={}, model=Subject(), adapter=Subject(),
        dataset=Source("c", "t", "e"), guidelines=tuple(guidelines), totals=totals, **more,
    )  # fmt: skip


FEW = exam_of(
    [
        examined(2, tuned=1.0),
        examined(1, "not_learnt", tuned=0.2, missing=("250 ms", "never")),
        examined(3, "recites_only", tuned=0.7),
    ],
    findings=("The adapter answers Yes to 12 of 12 verdicts",),
    advice=("Add pairs.",),
    general=General(asked=32, kept=29, changed=3, leaks=1),
    declines=Declines(asked=8, declined=7),
    verdicts=Verdicts(asked=12, yes=12, right=6, pairs=6),
    sample=Sample(3, 9),
)


@pytest.fixture
def panel(qtbot: QtBot) -> ExamPanel:
    panel = ExamPanel()
    qtbot.addWidget(panel)
    panel.resize(640, 560)
    panel.show()
    panel.activateWindow()
    return panel


def names(panel: ExamPanel) -> list[str]:
    return [str(panel.model.index(row, 0).data()) for row in range(panel.model.rowCount())]


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def segment(panel: ExamPanel, result: str) -> QWidget:
    return next(one for one in panel.segments.buttons() if one.property("result") == result)


def test_not_taken_says_what_it_is(qtbot: QtBot, panel: ExamPanel) -> None:
    panel.show_exam(None)
    assert "asks the base model and the adapter about every rule" in panel.said.text()
    assert not panel.table.isVisible()
    with qtbot.waitSignal(panel.take_wanted):
        click(panel.take_button)


def test_a_result_in_figures_and_cells(panel: ExamPanel, qtmodeltester: ModelTester) -> None:
    panel.show_exam(FEW)
    assert panel.totals.text() == "1 of 3 rules known  ·  1 by title only  ·  1 not learnt"
    assert panel.found.text().splitlines() == [
        "A sample: 3 of 9 rules were asked about.",
        "The adapter answers Yes to 12 of 12 verdicts.",
        "29 of 32 general answers are as the base model's, 7 of 8 invented titles declined.",
    ]
    assert panel.found.toolTip() == "Add pairs."
    assert panel.table.isVisible()
    assert [panel.model.index(0, column).data() for column in (1, 2)] == ["not learnt", "failed, 20%"]
    assert panel.model.index(2, 3).data() == "passed, 100%"
    assert panel.model.index(0, 5).data() == ""  # no verdict was asked
    assert not panel.table.grab().isNull()
    check_model(qtmodeltester, panel.model)


def test_filters_and_order(panel: ExamPanel) -> None:
    panel.show_exam(FEW)
    assert names(panel) == ["Rule 00001", "Rule 00003", "Rule 00002"]  # the worst first
    for result, shown in (
        ("recites_only", ["Rule 00003"]), ("not_learnt", ["Rule 00001"]), ("knows", ["Rule 00002"]),
        ("judges_wrong", []),
    ):  # fmt: skip
        click(segment(panel, result))
        assert names(panel) == shown
    click(segment(panel, ""))
    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert names(panel) == ["Rule 00003", "Rule 00002", "Rule 00001"]
    panel.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert [panel.model.index(row, 1).data() for row in range(3)] == ["knows", "by title only", "not learnt"]


def test_a_filter_with_nothing_shows_no_answers(panel: ExamPanel) -> None:
    panel.show_exam(exam_of([examined(1)]))
    assert panel.answers.toPlainText().startswith("Rule 00001")
    click(segment(panel, "judges_wrong"))
    assert panel.answers.toPlainText() == ""


def test_answers_are_plain_text_and_keys_lead_to_the_guideline(qtbot: QtBot, panel: ExamPanel) -> None:
    panel.show_exam(FEW)
    panel.table.setFocus()
    assert panel.answers.toPlainText().startswith(
        "Rule 00001\n\nrecites 1?  (stood in the training data)\nBase (10%): before\nTuned (20%): <b>now</b> 1\n"
        "Does not agree: 250 ms, never\n\nunderstands 1?\nBase"
    )
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert panel.answers.toPlainText().startswith("Rule 00003")
    with qtbot.waitSignal(panel.guideline_wanted) as wanted:
        QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert wanted.args == ["id-3"]


def test_trying_a_rule_begins_with_its_first_question(qtbot: QtBot, panel: ExamPanel) -> None:
    panel.show_exam(FEW)
    with qtbot.waitSignal(panel.try_wanted) as wanted:
        click(panel.try_button)
    assert wanted.args == [panel.model.guideline(0).questions[0].question]


def test_ten_thousand_guidelines_are_quick(panel: ExamPanel) -> None:
    exam = exam_of([examined(n, RESULTS[n % 4], tuned=n % 100 / 100) for n in range(10_000)])
    acts: tuple[Callable[[], object], ...] = (
        lambda: panel.show_exam(exam),
        lambda: click(segment(panel, "not_learnt")),
        lambda: click(segment(panel, "")),
        lambda: panel.table.sortByColumn(3, Qt.SortOrder.DescendingOrder),
    )
    for act in acts:
        act()
    assert panel.model.rowCount() == 10_000


def test_asking_shows_how_far_it_is(qtbot: QtBot, panel: ExamPanel, tmp_path: Path) -> None:
    line = "@lora " + json.dumps({"event": "step", "step": 3, "of": 9})
    command = [sys.executable, "-c", f"print({line!r}, flush=True); import time; time.sleep(60)"]
    session = Session(tmp_path / "exam.log", start_child(command, tmp_path / "exam.log"), panel)
    panel.show_session(session)
    assert panel.said.text() == "Loading the models…"
    qtbot.waitUntil(lambda: session.progress.step == 3, timeout=PATIENCE_MS)
    panel.show_session(session)
    assert panel.said.text() == "Answer 3 of 9"
    assert (panel.bar.value(), panel.bar.maximum(), panel.take_button.isVisible()) == (3, 9, False)
    with qtbot.waitSignal(panel.stop_wanted):
        click(panel.stop_button)
    with qtbot.waitSignal(session.ended, timeout=PATIENCE_MS):
        session.end()


@pytest.fixture
def studio(tmp_path: Path, qapp: QApplication) -> Studio:
    studio = open_desk(tmp_path)
    environment_with(studio.home.path / ".venv-training", GOOD)
    return studio


def shown_page(qtbot: QtBot, studio: Studio, **change: Any) -> tuple[TrainingPage, Run]:
    """The page with one run, whose exam tab is open."""
    options = ExportOptions(target_model="tiny/base", format="chat")
    config = export_dataset(studio.library, studio.settings, options, studio.home.datasets, OWNER).config_file
    python = studio.home.path / ".venv-training" / "bin" / "python"
    plan = RunPlan(dataset=config, base_model="", python=python, lora=LoraOptions(), training=TrainingOptions())
    run = prepare_run(studio.library, plan)
    run.output.mkdir()
    for name, text in change.items():
        (run.output / name.replace("_", ".")).write_text(text)
    page = TrainingPage(studio)
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    qtbot.waitUntil(lambda: page.runs.panel.run is not None and not page.is_busy(), timeout=PATIENCE_MS)
    click(page.runs.exam_tab)
    return page, run


def test_a_broken_exam_is_one_sentence_and_can_be_taken_again(qtbot: QtBot, studio: Studio) -> None:
    page, _ = shown_page(qtbot, studio, exam_json='{"schemaVersion": 9}')
    exam = page.runs.exam
    assert exam.notice.isVisible()
    assert exam.notice.text.text().endswith("is not an exam of this version; take the exam again")
    assert exam.take_button.isVisible()


def test_a_result_on_the_disk_is_shown_and_enter_shows_the_guideline(qtbot: QtBot, studio: Studio) -> None:
    text = msgspec.json.encode(FEW).decode()
    page, run = shown_page(qtbot, studio, exam_json=text)
    assert (run.output / RESULT).exists()
    qtbot.waitUntil(lambda: page.runs.exam.model.rowCount() == 3, timeout=PATIENCE_MS)
    page.activateWindow()
    page.runs.exam.table.setFocus()
    with qtbot.waitSignal(studio.guideline_wanted) as wanted:
        QTest.keyClick(page.runs.exam.table, Qt.Key.Key_Return)
    assert wanted.args == ["id-1"]


def test_an_exam_that_fails_says_why(qtbot: QtBot, studio: Studio) -> None:
    """The Python has no libraries in truth, so the script ends with its own sentence."""
    page, _ = shown_page(qtbot, studio)
    exam = page.runs.exam
    click(exam.take_button)
    qtbot.waitUntil(exam.notice.isVisible, timeout=PATIENCE_MS)
    assert "There is no adapter in" in exam.notice.text.text()
    qtbot.waitUntil(lambda: not page.is_busy() and exam.take_button.isVisible(), timeout=PATIENCE_MS)


def test_the_exam_of_a_run_from_elsewhere_starts_nothing(qtbot: QtBot, studio: Studio, tmp_path: Path) -> None:
    _, run = shown_page(qtbot, studio)
    record = json.loads((run.folder / "run.json").read_text())
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    evil.chmod(0o755)
    (run.folder / "run.json").write_text(json.dumps({**record, "python": str(evil)}))
    other = TrainingPage(studio)
    qtbot.addWidget(other)
    other.show()
    qtbot.waitUntil(lambda: other.runs.panel.run is not None and not other.is_busy(), timeout=PATIENCE_MS)
    for act in (other.runs.take_exam, other.runs.resume):
        act()
        box = wait_for(qtbot, MessageBox)
        assert "was not made by this library" in box.sentence.text()
        box.accept()
    assert not (tmp_path / "ran").exists()
