"""What an export says while it runs and offers at its end; and that nothing is done before the person has answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import open_desk, shown_export, wait_for
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from lora_studio.core.library.audit import entries
from lora_studio.gui.export.ask_existing import AskExisting
from lora_studio.gui.export.progress import ExportProgressDialog


def finished(qtbot: QtBot) -> ExportProgressDialog:
    dialog = wait_for(qtbot, ExportProgressDialog)
    qtbot.waitUntil(dialog.close_button.isVisible, timeout=20_000)
    return dialog


def test_the_status_line_hears_of_the_job_until_its_end(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    page = shown_export(qtbot, studio, tmp_path / "out")
    said: list[str] = []
    studio.job_changed.connect(said.append)
    page.export_button.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    dialog = finished(qtbot)
    assert said[0] == "Exporting 0 of 36 rows"
    assert said[-1] == ""
    QTest.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert said[-1] == ""


def test_training_is_offered_where_somebody_can_train(qtbot: QtBot, tmp_path: Path) -> None:
    page = shown_export(qtbot, open_desk(tmp_path), tmp_path / "out")
    page.start_export()
    dialog = finished(qtbot)
    assert not dialog.train_button.isVisible()
    wanted: list[str] = []
    page.train_wanted.connect(wanted.append)
    QTest.mouseClick(dialog.again_button, Qt.MouseButton.LeftButton)
    assert not page.export_button.isEnabled()
    QTest.mouseClick(wait_for(qtbot, AskExisting).replace, Qt.MouseButton.LeftButton)
    dialog = finished(qtbot)
    QTest.mouseClick(dialog.train_button, Qt.MouseButton.LeftButton)
    assert wanted == [str(next((tmp_path / "out").glob("*_config_*.json")))]
    qtbot.waitUntil(page.export_button.isEnabled)


def test_nothing_is_read_or_written_before_the_answer(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = open_desk(tmp_path)
    folder = tmp_path / "out"
    page = shown_export(qtbot, studio, folder)
    page.start_export()
    QTest.mouseClick(finished(qtbot).close_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.panel.is_complete, timeout=10_000)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    noted = entries(studio.library)
    statements: list[str] = []
    run = studio.library.db.execute_sql

    def noted_run(sql: str, *more: object) -> object:
        statements.append(sql)
        return run(sql, *more)

    monkeypatch.setattr(studio.library.db, "execute_sql", noted_run)
    page.start_export()
    question = wait_for(qtbot, AskExisting)
    qtbot.wait(100)
    assert statements == []
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    QTest.keyClick(question, Qt.Key.Key_Escape)
    qtbot.waitUntil(page.export_button.isEnabled)
    assert statements == []
    monkeypatch.undo()
    assert entries(studio.library) == noted


def test_a_preference_dataset_goes_to_its_own_tool(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    page = shown_export(qtbot, studio, tmp_path / "out")
    page.controls.formats.choose("dpo")
    qtbot.waitUntil(lambda: page.export_button.text() == "Export 24 rows")
    page.start_export()
    dialog = finished(qtbot)
    assert dialog.title.text() == "Exported 24 rows"
    assert entries(studio.library)[0].action == "memory_rl export"
    QTest.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
