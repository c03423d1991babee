"""The admin key in the window: set, asked for, changed; wrong ones are said in place and kept in the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import KEY, open_desk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.errors import PermissionDenied
from lora_studio.core.library.access import check_admin_key, has_admin_key
from lora_studio.core.library.audit import entries
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.studio import Studio


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def opened(studio: Studio, window: QWidget, *, change: bool = False) -> AdminKeyDialog:
    dialog = AdminKeyDialog(studio, window, change=change)
    dialog.open()
    return dialog


def log(studio: Studio) -> list[tuple[str, str]]:
    return [(entry.action, entry.outcome) for entry in entries(studio.library)]


def test_the_first_key_is_set_twice_and_unlocks(qtbot: QtBot, window: QWidget, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, key=False)
    dialog = opened(studio, window)
    assert not dialog.ok.isEnabled()
    assert all(field.echoMode() == QLineEdit.EchoMode.Password for field in (dialog.present, dialog.new, dialog.again))
    assert "hash" in dialog.accessibleDescription()
    QTest.mouseClick(dialog.show_button, Qt.MouseButton.LeftButton)
    assert (dialog.new.echoMode(), dialog.show_button.text()) == (QLineEdit.EchoMode.Normal, "Hide")
    QTest.mouseClick(dialog.show_button, Qt.MouseButton.LeftButton)
    assert (dialog.again.echoMode(), dialog.show_button.text()) == (QLineEdit.EchoMode.Password, "Show")
    QTest.keyClicks(dialog.new, KEY)
    QTest.keyClicks(dialog.again, KEY + "x")
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert dialog.error.text() == "The two new keys differ; type the same one twice."
    assert not has_admin_key(studio.library)
    dialog.again.clear()
    QTest.keyClicks(dialog.again, KEY)
    with qtbot.waitSignals([studio.lock_changed, dialog.accepted], timeout=10_000):
        QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    assert studio.admin_key == KEY
    check_admin_key(studio.library, KEY)
    assert log(studio) == [("admin_key set", "done")]
    assert [field.text() for field in (dialog.new, dialog.again)] == ["", ""]


def test_a_short_first_key_is_refused_in_place(qtbot: QtBot, window: QWidget, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, key=False)
    dialog = opened(studio, window)
    dialog.new.setText("short")
    dialog.again.setText("short")
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "8 to 1000 characters" in dialog.error.text())
    assert dialog.new.hasFocus()
    assert dialog.ok.isEnabled()
    assert log(studio) == [("admin_key set", "VALIDATION")]
    dialog.reject()


def test_a_wrong_key_is_said_in_place_and_the_right_one_unlocks(
    qtbot: QtBot, window: QWidget, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    studio = open_desk(tmp_path, unlocked=False)
    dialog = opened(studio, window)
    QTest.keyClicks(dialog.present, "quite wrong")
    QTest.keyClick(dialog.present, Qt.Key.Key_Return)
    assert dialog.ok.text() == "Checking…"
    assert not dialog.present.isEnabled()
    qtbot.waitUntil(lambda: dialog.error.text() == "Permission denied: the admin key is wrong")
    assert dialog.error.isVisible()
    assert dialog.present.accessibleDescription() == dialog.error.text()
    assert studio.admin_key == ""
    dialog.present.clear()
    QTest.keyClicks(dialog.present, KEY)
    with qtbot.waitSignal(dialog.accepted, timeout=10_000):
        QTest.keyClick(dialog.present, Qt.Key.Key_Return)
    assert studio.admin_key == KEY
    assert ("admin_key check", "PERMISSION_DENIED") in log(studio)
    written = "".join(str(entry) for entry in entries(studio.library)) + caplog.text
    assert "quite wrong" not in written
    assert KEY not in written


def test_the_key_is_changed_with_the_present_one(qtbot: QtBot, window: QWidget, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    dialog = opened(studio, window, change=True)
    for field, text in ((dialog.present, "not it"), (dialog.new, "another key"), (dialog.again, "another key")):
        QTest.keyClicks(field, text)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "wrong" in dialog.error.text())
    dialog.present.setText(KEY)
    with qtbot.waitSignal(dialog.accepted, timeout=10_000):
        QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert studio.admin_key == "another key"
    check_admin_key(studio.library, "another key")
    with pytest.raises(PermissionDenied):
        check_admin_key(studio.library, KEY)


def test_closing_while_the_key_is_checked_unlocks_nothing(qtbot: QtBot, window: QWidget, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, unlocked=False)
    dialog = opened(studio, window)
    dialog.present.setText(KEY)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(dialog.destroyed, timeout=10_000):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert studio.admin_key == ""


def test_the_strength_of_a_new_key_is_said_and_it_may_be_pasted(qtbot: QtBot, window: QWidget, tmp_path: Path) -> None:
    dialog = opened(open_desk(tmp_path, key=False), window)
    said = []
    for key in ("short", "aaaaaaaaaa", "correct horse", "Correct horse 7 battery"):
        QApplication.clipboard().setText(key)
        dialog.new.selectAll()
        dialog.new.paste()
        assert dialog.new.text() == key
        said.append(dialog.strength.text().partition(" ")[0])
    assert said == ["At", "Weak:", "Fair.", "Strong."]
    dialog.reject()


def test_after_five_wrong_keys_the_button_counts_the_seconds_and_cancel_gives_up(
    qtbot: QtBot, window: QWidget, tmp_path: Path
) -> None:
    studio = open_desk(tmp_path, unlocked=False)
    with studio.library.writing():
        studio.library.sql("UPDATE admin_key_tries SET failures = 8")  # eight seconds for the next try
    dialog = opened(studio, window)
    QTest.keyClicks(dialog.present, KEY)
    QTest.keyClick(dialog.present, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.ok.text() in ("Checking in 8 s…", "Checking in 7 s…"))
    with qtbot.waitSignal(dialog.destroyed, timeout=3_000):
        dialog.reject()
    assert studio.admin_key == ""
    assert log(studio) == [("admin_key set", "done")]
