"""An export from the window, start to end: done, cancelled, failed; the key and an earlier dataset asked about."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest
from desk import KEY, open_desk, seen, shown_export, wait_for
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import ExportOptions, GuidelineFilter
from lora_studio.core.library.audit import entries
from lora_studio.gui.export.ask_existing import AskExisting
from lora_studio.gui.export.progress import ExportProgressDialog
from lora_studio.gui.export.work import Choice, Order
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import Worker

MANY = 6_000


def press(qtbot: QtBot, button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def finished(qtbot: QtBot) -> ExportProgressDialog:
    """The dialog, once the export has ended."""
    dialog = wait_for(qtbot, ExportProgressDialog)
    qtbot.waitUntil(dialog.close_button.isVisible, timeout=20_000)
    return dialog


def fingerprint(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def run_alone(qtbot: QtBot, studio: Studio, folder: Path, if_exists: str = "fail") -> ExportProgressDialog:
    """The dialog by itself, started."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    options = ExportOptions(target_model="acme/tiny", format="chat", if_exists=if_exists)
    order = Order(
        library=studio.library,
        settings=studio.settings,
        choice=Choice(GuidelineFilter()),
        options=options,
        folder=folder,
        rows=6 * MANY,
    )
    dialog = ExportProgressDialog(studio, order, window)
    dialog.window_kept = window  # type: ignore[attr-defined]
    dialog.start()
    return dialog


def test_an_export_and_its_script_by_mouse_alone(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    folder = tmp_path / "out"
    page = shown_export(qtbot, studio, folder)
    with qtbot.waitSignal(studio.datasets_changed, timeout=10_000) as changed:
        press(qtbot, page.export_button)
        assert not page.export_button.isEnabled()
    assert changed.args == [str(folder)]
    dialog = finished(qtbot)
    assert dialog.title.text() == "Exported 36 rows"
    config = json.loads(next(folder.glob("*_config_*.json")).read_text())
    assert (config["exampleCount"], config["split"]["by"], config["targetModel"]) == (36, "question", "acme/tiny")
    assert dialog.summary.isVisible()
    assert not dialog.cancel_button.isVisible()
    press(qtbot, dialog.script_button)
    box = wait_for(qtbot, MessageBox)
    assert str(folder / "train_chat.py") in box.sentence.text()
    compile((folder / "train_chat.py").read_text(), "train_chat.py", "exec")
    press(qtbot, box.close_button)
    with qtbot.waitSignal(page.adapters_asked) as asked:
        press(qtbot, dialog.adapters_button)
    assert asked.args == [str(folder)]
    assert not dialog.isVisible()
    qtbot.waitUntil(page.export_button.isEnabled)
    log = [(entry.who, entry.action, entry.outcome) for entry in entries(studio.library)][:2]
    assert log == [("desktop", "memory_lora generate_script", "done"), ("desktop", "memory_lora export", "done")]
    assert "configFile" in entries(studio.library)[1].detail
    assert KEY not in "".join(str(entry) for entry in entries(studio.library))


def test_until_a_key_is_set_none_is_asked_for_and_the_log_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, key=False)
    page = shown_export(qtbot, studio, tmp_path / "out")
    press(qtbot, page.export_button)
    dialog = finished(qtbot)
    assert len(list((tmp_path / "out").glob("*.jsonl"))) == 2
    press(qtbot, dialog.script_button)
    press(qtbot, wait_for(qtbot, MessageBox).close_button)
    press(qtbot, dialog.close_button)
    assert not seen(AdminKeyDialog)
    assert [entry.detail["adminKey"] for entry in entries(studio.library)] == ["none is set"] * 2


def test_giving_no_key_exports_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, unlocked=False)
    page = shown_export(qtbot, studio, tmp_path / "out")
    press(qtbot, page.export_button)
    QTest.keyClick(wait_for(qtbot, AdminKeyDialog), Qt.Key.Key_Escape)
    qtbot.waitUntil(page.export_button.isEnabled)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("answer", ["cancel", "keep_both", "replace"])
def test_an_earlier_dataset_is_asked_about_first(qtbot: QtBot, tmp_path: Path, answer: str) -> None:
    studio = open_desk(tmp_path)
    folder = tmp_path / "out"
    page = shown_export(qtbot, studio, folder)
    press(qtbot, page.export_button)
    press(qtbot, finished(qtbot).close_button)
    before = fingerprint(folder)
    page.controls.split.slider.setValue(50)
    press(qtbot, page.export_button)
    question = wait_for(qtbot, AskExisting)
    assert fingerprint(folder) == before
    press(qtbot, getattr(question, answer))
    if answer == "cancel":
        qtbot.waitUntil(page.export_button.isEnabled)
        assert not seen(ExportProgressDialog)
        assert fingerprint(folder) == before
        return
    press(qtbot, finished(qtbot).close_button)
    after = fingerprint(folder)
    assert len(after) == len(before) + (3 if answer == "keep_both" else 0)
    same = [name for name in before if after.get(name) == before[name] and name != "README.md"]
    assert len(same) == (3 if answer == "keep_both" else 0)


def test_a_cancel_in_the_middle_leaves_the_folder_as_it_was(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, count=MANY)
    folder = tmp_path / "out"
    dialog = run_alone(qtbot, studio, folder)
    assert not dialog.isVisible()  # only after half a second, or at the end
    press(qtbot, finished(qtbot).close_button)
    before = fingerprint(folder)
    dialog = run_alone(qtbot, studio, folder, "replace")
    dialog.open()
    worker = dialog.findChild(Worker)
    assert worker is not None
    with qtbot.waitSignal(worker.cancelled, timeout=10_000):
        qtbot.waitUntil(lambda: dialog.bar.value() > 0)
        assert "Step 1 of 2 · Making rows" in dialog.step.text()
        assert "a second" in dialog.figures.text()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert dialog.isVisible()
        assert dialog.cancel_button.text() == "Cancelling…"
    qtbot.waitUntil(dialog.close_button.isVisible)
    assert dialog.title.text() == "Export cancelled"
    assert dialog.step.text() == "Cancelled; nothing was changed"
    assert fingerprint(folder) == before
    assert entries(studio.library)[0].outcome == "CANCELLED"
    with qtbot.waitSignal(dialog.destroyed):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_closing_the_window_cancels_and_waits(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, count=MANY)
    dialog = run_alone(qtbot, studio, tmp_path / "out")
    dialog.open()
    qtbot.waitUntil(lambda: dialog.bar.value() > 0)
    with qtbot.waitSignal(dialog.destroyed, timeout=10_000):
        dialog.close()
        assert not any(worker.isRunning() for worker in dialog.findChildren(Worker))
        assert not dialog.isVisible()
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write into")
def test_a_folder_that_cannot_be_written_is_one_sentence(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    page = shown_export(qtbot, studio, Path("/proc/nobody-writes-here"))
    press(qtbot, page.export_button)
    dialog = finished(qtbot)
    assert dialog.title.text() == "Export failed"
    assert dialog.step.text().startswith("Cannot write into /proc/nobody-writes-here: ")
    assert not dialog.script_button.isVisible()
    press(qtbot, dialog.close_button)
    assert entries(studio.library)[0].outcome == "IO"


@pytest.mark.skipif(sys.platform != "linux", reason="a small disk is simulated by a limit on file sizes")
def test_a_full_disk_is_one_sentence_and_leaves_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    import resource

    studio = open_desk(tmp_path, count=MANY)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, before[1]))
    try:
        run_alone(qtbot, studio, tmp_path / "out")
        dialog = finished(qtbot)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert dialog.step.text().startswith(f"Cannot write into {tmp_path / 'out'}: ")
    assert not (tmp_path / "out").exists()
    press(qtbot, dialog.close_button)


def test_a_key_that_was_changed_elsewhere_is_asked_for_again(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, unlocked=False)
    studio.unlock("yesterday's key")
    page = shown_export(qtbot, studio, tmp_path / "out")
    press(qtbot, page.export_button)
    dialog = finished(qtbot)
    assert dialog.step.text() == "Permission denied: the admin key is wrong"
    assert studio.admin_key == ""
    assert entries(studio.library)[0].outcome == "PERMISSION_DENIED"
    press(qtbot, dialog.close_button)
    press(qtbot, page.export_button)
    QTest.keyClick(wait_for(qtbot, AdminKeyDialog), Qt.Key.Key_Escape)
