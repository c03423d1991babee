"""The window: pages, keys, status line, theme, start and end, and the smoke test that packages run."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desk import seen
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.home import Home
from lora_studio.core.library.access import set_admin_key
from lora_studio.core.library.store import open_library
from lora_studio.core.settings import Settings
from lora_studio.gui.app import ErrorHook, follow_theme, run_window
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import DARK, LIGHT, colours
from lora_studio.gui.widgets.rail import NARROW, RailButton
from lora_studio.gui.widgets.shortcuts import ShortcutsDialog
from lora_studio.gui.worker import Worker, in_background

ROOT = Path(__file__).parents[2]
CONTROL = Qt.KeyboardModifier.ControlModifier


def page_of(window: MainWindow) -> str:
    return type(window._stack.currentWidget()).__name__


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = CONTROL) -> None:
    QTest.keyClick(window, key, modifier)


def test_the_page_is_there_and_the_cursor_in_the_search(window: MainWindow) -> None:
    assert page_of(window) == "GuidelinesPage"
    assert window.guidelines.list.search.hasFocus()
    assert window.status.count.text() == "·  6 guidelines"


def test_every_page_by_its_key_made_when_first_shown(window: MainWindow) -> None:
    assert list(window.pages) == ["guidelines"]
    shown = []
    for key in (Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5, Qt.Key.Key_1):
        press(window, key)
        shown.append(page_of(window))
    assert shown == ["ExportPage", "AdaptersPage", "TrainingPage", "SettingsPage", "GuidelinesPage"]
    first = window.pages["export"]
    press(window, Qt.Key.Key_E)
    assert window._stack.currentWidget() is first


def test_the_rail_marks_the_page(window: MainWindow) -> None:
    buttons = {one.accessibleName(): one for one in window.rail.findChildren(RailButton)}
    assert list(buttons) == ["Guidelines", "Export", "Adapters", "Training", "Settings"]
    QTest.mouseClick(buttons["Settings"], Qt.MouseButton.LeftButton)
    assert page_of(window) == "SettingsPage"
    assert [name for name, one in buttons.items() if one.isChecked()] == ["Settings"]
    assert buttons["Settings"].accessibleDescription() == "Ctrl+5"


def test_keys_that_work_everywhere(window: MainWindow, qtbot: QtBot) -> None:
    press(window, Qt.Key.Key_5)
    press(window, Qt.Key.Key_F)
    assert page_of(window) == "GuidelinesPage"
    assert window.guidelines.list.search.hasFocus()
    press(window, Qt.Key.Key_N)
    assert window.guidelines.detail.is_writing()
    assert QApplication.focusWidget() is window.guidelines.detail.editor.form.name  # type: ignore[union-attr]
    press(window, Qt.Key.Key_F1, Qt.KeyboardModifier(0))
    keys = seen(ShortcutsDialog)[0]
    said = [label.text() for label in keys.findChildren(QWidget) if label.property("type") == "key"]  # type: ignore[attr-defined]
    assert {"Ctrl+1", "Ctrl+5", "Ctrl+K", "Ctrl+F", "Ctrl+N", "Ctrl+I", "Ctrl+E", "F1"} <= set(said)
    keys.close()


def test_the_lock_is_said_and_opens_the_dialog(window: MainWindow, studio: Studio, qtbot: QtBot) -> None:
    assert window.status.lock.text() == "no admin key yet"
    set_admin_key(studio.library, "correct horse")
    studio.lock_changed.emit()
    qtbot.waitUntil(lambda: window.status.lock.text() == "exports locked")
    QTest.mouseClick(window.status.lock, Qt.MouseButton.LeftButton)
    seen(AdminKeyDialog)[0].reject()
    studio.unlock("correct horse")
    qtbot.waitUntil(lambda: window.status.lock.text() == "exports unlocked")
    QTest.mouseClick(window.status.lock, Qt.MouseButton.LeftButton)
    assert studio.admin_key == ""
    qtbot.waitUntil(lambda: window.status.lock.text() == "exports locked")


def test_a_running_job_is_said(window: MainWindow, studio: Studio) -> None:
    studio.job_changed.emit("Exporting 84 rows")
    assert window.status.job.text() == "Exporting 84 rows"


def test_a_small_window_makes_room(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1300, 700)
    assert window.guidelines.filter.isVisible()
    window.resize(1000, 640)
    assert window.rail.width() == NARROW
    assert not window.guidelines.filter.isVisible()
    QTest.mouseClick(window.guidelines.list.filter_button, Qt.MouseButton.LeftButton)
    assert window.guidelines.filter.isVisible()
    window.resize(1300, 700)
    assert window.guidelines.filter.isVisible()


def test_geometry_is_remembered(window: MainWindow, studio: Studio, qtbot: QtBot) -> None:
    window.resize(1111, 666)
    window.close()
    again = MainWindow(studio)
    qtbot.addWidget(again)
    assert again.height() == 666  # the offscreen screen is 800 wide, so the width is not kept
    qtbot.waitUntil(lambda: not again.guidelines.is_busy())
    again.close()


def test_closing_stops_what_runs_and_waits(window: MainWindow) -> None:
    ended: list[float] = []

    def work(progress: object) -> None:
        assert callable(progress)
        try:
            while True:
                progress(0, 1)
                time.sleep(0.005)
        finally:
            ended.append(time.monotonic())

    in_background(window.guidelines, work, ended.append, ended.append)  # type: ignore[arg-type]
    window.close()
    assert len(ended) == 1
    assert not any(worker.isRunning() for worker in window.findChildren(Worker))


def test_everything_that_takes_the_focus_has_a_name(window: MainWindow, qtbot: QtBot) -> None:
    window.guidelines.table.selectRow(1)
    qtbot.waitUntil(lambda: window.guidelines.detail.view is not None and not window.guidelines.is_busy())
    for key in (Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5):
        press(window, key)
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and not getattr(widget, "text", str)()
        and not getattr(widget.parentWidget(), "accessibleName", str)()
    ]
    assert nameless == []


def test_the_theme_follows_the_settings(window: MainWindow, studio: Studio, qapp: QApplication) -> None:
    follow_theme(qapp, studio)
    press(window, Qt.Key.Key_5)
    dark = next(one for one in window.findChildren(QPushButton) if one.text() == "Dark")
    QTest.mouseClick(dark, Qt.MouseButton.LeftButton)
    assert colours() == DARK
    assert window.grab().toImage().pixelColor(60, 400).name() == DARK.rail
    studio.change_settings(Settings(theme="light"))
    assert colours() == LIGHT
    assert window.grab().toImage().pixelColor(60, 400).name() == LIGHT.rail


def test_an_unexpected_error_is_logged_and_shown(
    window: MainWindow, caplog: pytest.LogCaptureFixture, qtbot: QtBot
) -> None:
    hook = ErrorHook(window)
    error = ZeroDivisionError("a mistake of ours")
    with caplog.at_level(logging.CRITICAL, logger="lora_studio"):
        hook(ZeroDivisionError, error, None)
    caplog.clear()
    box = seen(MessageBox)[0]
    assert box.windowTitle() == "Unexpected error"
    assert [one.text() for one in box.findChildren(QPushButton)] == ["Close", "Copy details"]
    box.close()


def smoke(home: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lora_studio", "--home", str(home), "--smoke", *more]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "LC_ALL": "C.UTF-8"})


def test_the_smoke_test_of_the_program(tmp_path: Path, studio: Studio) -> None:
    picture = tmp_path / "window.png"
    done = smoke(studio.home.path, str(picture))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    image = QImage(str(picture))
    assert image.width() >= 880
    colour_names = {image.pixelColor(x, 300).name() for x in range(image.width())}
    assert len(colour_names) > 5
    assert smoke(tmp_path / "new").returncode == 0  # a first start


def test_the_smoke_test_says_what_is_wrong(tmp_path: Path, studio: Studio) -> None:
    done = smoke(studio.home.path, str(tmp_path / "nowhere" / "window.png"))
    assert done.returncode == 3
    assert done.stderr.startswith("lora-studio: the picture cannot be saved as")
    other = tmp_path / "other"
    other.mkdir()
    (other / "library.db").write_bytes(b"not a library" * 100)
    done = smoke(other)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "is not an SQLite file" in done.stderr


def test_a_newer_library_is_refused_in_one_sentence(
    tmp_path: Path, qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    open_library(home.library)
    with sqlite3.connect(home.library) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert run_window(home, None) == 1
    assert "was made by a newer LoRA Studio" in capsys.readouterr().err
