"""The window that asks an adapter, by keys and mouse, with a stand-in for the child that answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from answering import answering
from desk import open_desk, seen
from peft_files import put_adapter
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, ExportOptions
from lora_studio.core.training.adapters import find_dataset
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.runs import RunPlan, prepare_run
from lora_studio.gui.adapters.page import AdaptersPage
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme
from lora_studio.gui.training.page import TrainingPage
from lora_studio.gui.trying.asker import ANSWERING, IDLE, LOADING, NO_PYTHON, READY
from lora_studio.gui.trying.dialog import TryDialog, try_adapter
from lora_studio.gui.worker import cancel_all

PATIENCE_MS = 20_000


@pytest.fixture
def studio(tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Six rules, an adapter that was trained on them, and a Python that answers; no other is on the way."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    studio = open_desk(tmp_path)
    options = ExportOptions(target_model="m", format="chat", train_eval_split=1)
    export_dataset(studio.library, studio.settings, options, studio.home.datasets, OWNER)
    dataset = find_dataset(studio.home.datasets, "m", "chat")
    assert dataset
    put_adapter(adapter(studio), checksums=[dataset.train.sha256])
    answering(studio.home.path / ".venv-training")
    return studio


def adapter(studio: Studio) -> Path:
    return studio.home.datasets / "run" / "lora_output"


@pytest.fixture(autouse=True)
def nothing_looks_on() -> Iterator[None]:
    """A look for Pythons may still run after the window has gone."""
    yield
    cancel_all()


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    page = QWidget()
    qtbot.addWidget(page)
    page.show()
    return page


@pytest.fixture
def dialog(qtbot: QtBot, studio: Studio, page: QWidget) -> Iterator[TryDialog]:
    dialog = try_adapter(studio, page, adapter(studio))
    yield dialog
    dialog.reject()


def reach(qtbot: QtBot, dialog: TryDialog, state: str) -> None:
    qtbot.waitUntil(lambda: dialog.asker.state == state, timeout=PATIENCE_MS)


def ask(dialog: TryDialog, question: str) -> None:
    dialog.question.selectAll()
    QTest.keyClicks(dialog.question, question)
    QTest.keyClick(dialog.question, Qt.Key.Key_Return)


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_enter_asks_and_both_answers_and_the_rule_appear(qtbot: QtBot, studio: Studio, dialog: TryDialog) -> None:
    assert "lora_output" in dialog.title.text()
    ask(dialog, 'What is the guideline for "Rule 3"?')  # it waits until the models are loaded
    reach(qtbot, dialog, ANSWERING)
    reach(qtbot, dialog, READY)
    end = f'What is the guideline for "Rule 3"? | {studio.settings.system_prompt} | 256'
    assert dialog.base.text.toPlainText() == f"base <b>says</b> {end}"
    assert dialog.tuned.text.toPlainText() == f"tuned <b>says</b> {end}"
    assert dialog.tuned.figures.text() == "0.5 s"
    qtbot.waitUntil(dialog.meant.name_button.isVisible, timeout=PATIENCE_MS)
    assert dialog.meant.name_button.text() == "Rule 3"
    assert dialog.meant.text.toPlainText() == "Do thing 3 well."
    with qtbot.waitSignal(studio.guideline_wanted):
        click(dialog.meant.name_button)


def test_the_next_question_goes_to_the_same_child(qtbot: QtBot, dialog: TryDialog) -> None:
    ask(dialog, "zebra")
    reach(qtbot, dialog, ANSWERING)
    reach(qtbot, dialog, READY)
    child = dialog.asker.child
    qtbot.waitUntil(lambda: "No rule of the library fits" in dialog.meant.title.text(), timeout=PATIENCE_MS)
    dialog.question.setFocus()
    QTest.keyClicks(dialog.question, "s")
    QTest.keyClick(dialog.question, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(dialog.question, "two lines")
    click(dialog.ask_button)
    reach(qtbot, dialog, ANSWERING)
    reach(qtbot, dialog, READY)
    assert "two lines" in dialog.base.text.toPlainText()
    assert dialog.asker.child is child


def test_words_appear_as_they_come_and_stop_leaves_the_child_warm(qtbot: QtBot, dialog: TryDialog) -> None:
    ask(dialog, "long")
    qtbot.waitUntil(lambda: "...." in dialog.tuned.text.toPlainText(), timeout=PATIENCE_MS)
    assert (dialog.ask_button.isEnabled(), dialog.stop_button.isEnabled()) == (False, True)
    assert dialog.state.text().startswith("Answering…  0:")
    assert dialog.bar.isVisible()
    child = dialog.asker.child
    click(dialog.stop_button)
    reach(qtbot, dialog, READY)
    ask(dialog, "And now?")
    reach(qtbot, dialog, ANSWERING)
    reach(qtbot, dialog, READY)
    assert "And now?" in dialog.base.text.toPlainText()
    assert dialog.asker.child is child


def test_a_refused_question_and_a_child_that_died_are_sentences(qtbot: QtBot, dialog: TryDialog) -> None:
    ask(dialog, "refuse")
    qtbot.waitUntil(dialog.notice.isVisible, timeout=PATIENCE_MS)
    assert "too long for this model" in dialog.notice.text.text()
    assert dialog.asker.state == READY
    ask(dialog, "die")
    qtbot.waitUntil(dialog.notice.isVisible, timeout=PATIENCE_MS)
    assert "Killed by the system" in dialog.notice.text.text()
    assert dialog.asker.state == IDLE
    ask(dialog, "Once more")  # and a new one is started
    qtbot.waitUntil(lambda: "Once more" in dialog.base.text.toPlainText(), timeout=PATIENCE_MS)
    assert not dialog.notice.isVisible()


def test_models_that_cannot_be_loaded(qtbot: QtBot, studio: Studio, page: QWidget) -> None:
    (studio.home.path / ".venv-training" / "fails").touch()
    dialog = try_adapter(studio, page, adapter(studio), question="Why?")
    qtbot.waitUntil(dialog.notice.isVisible, timeout=PATIENCE_MS)
    assert dialog.notice.text.text() == "The model tiny cannot be loaded: there is no such folder."
    assert dialog.ask_button.isEnabled()
    dialog.reject()


def test_without_a_python_it_says_how_to_get_one(qtbot: QtBot, studio: Studio, page: QWidget) -> None:
    own = studio.home.path / ".venv-training"
    away = own.rename(studio.home.path / "away")
    dialog = try_adapter(studio, page, adapter(studio))
    reach(qtbot, dialog, NO_PYTHON)
    assert dialog.no_python.isVisible()
    click(dialog.no_python.copy_button)
    assert ".venv-training" in QGuiApplication.clipboard().text()
    assert not dialog.ask_button.isEnabled()
    away.rename(own)
    click(dialog.no_python.again_button)
    reach(qtbot, dialog, READY)
    assert not dialog.no_python.isVisible()
    dialog.reject()


def test_an_adapter_that_cannot_be_asked_says_why(qtbot: QtBot, studio: Studio, page: QWidget) -> None:
    (adapter(studio) / "adapter_model.safetensors").unlink()
    dialog = try_adapter(studio, page, adapter(studio))
    qtbot.waitUntil(dialog.notice.isVisible, timeout=PATIENCE_MS)
    assert "adapter_model.safetensors is gone" in dialog.notice.text.text()
    dialog.reject()


def test_escape_ends_the_child(qtbot: QtBot, dialog: TryDialog) -> None:
    ask(dialog, "long")
    reach(qtbot, dialog, ANSWERING)
    child = dialog.asker.child
    assert child
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert child.poll() is not None
    qtbot.waitUntil(lambda: not seen(TryDialog))


def test_closing_while_it_looks_leaves_nothing(qtbot: QtBot, studio: Studio, page: QWidget) -> None:
    dialog = try_adapter(studio, page, adapter(studio))
    assert dialog.asker.state not in (READY, LOADING)
    with qtbot.waitSignal(dialog.destroyed, timeout=PATIENCE_MS):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_the_open_window_takes_the_next_question_and_the_next_adapter(
    qtbot: QtBot, studio: Studio, page: QWidget, dialog: TryDialog
) -> None:
    reach(qtbot, dialog, READY)
    first = dialog.asker.child
    assert first
    assert try_adapter(studio, page, adapter(studio), question="First line\nsecond line") is dialog
    assert dialog.question.toPlainText() == "First line\nsecond line"
    assert dialog.asker.child is first
    other = put_adapter(studio.home.path / "<b>other</b>")
    assert try_adapter(studio, page, other) is dialog
    assert first.poll() is not None
    reach(qtbot, dialog, READY)
    assert dialog.title.text().endswith("<b>other</b>  ·  on meta-llama/Llama-3.2-1B")
    assert dialog.title.textFormat() == Qt.TextFormat.PlainText


def test_the_main_window_ends_it_and_asks_nothing(qtbot: QtBot, studio: Studio) -> None:
    window = MainWindow(studio)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: not window.guidelines.is_busy())
    dialog = try_adapter(studio, window.guidelines, adapter(studio))
    ask(dialog, "long")
    reach(qtbot, dialog, ANSWERING)
    child = dialog.asker.child
    assert child
    assert window.close()
    assert child.poll() is not None
    assert not seen(TryDialog)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_names_and_order_for_those_who_see_or_point_not(
    qtbot: QtBot, qapp: QApplication, dialog: TryDialog, theme: str
) -> None:
    apply_theme(qapp, theme)
    ask(dialog, 'What is "Rule 3"?')
    qtbot.waitUntil(dialog.meant.name_button.isVisible, timeout=PATIENCE_MS)
    reach(qtbot, dialog, READY)
    focus = [
        one for one in dialog.findChildren(QWidget) if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(focus) >= 6
    assert all(one.accessibleName() or one.focusProxy() for one in focus if not one.objectName().startswith("qt_"))
    dialog.question.setFocus()
    QTest.keyClick(dialog.question, Qt.Key.Key_Tab)
    assert dialog.ask_button.hasFocus()
    assert not dialog.grab().isNull()


def test_from_the_shelf(qtbot: QtBot, studio: Studio) -> None:
    page = AdaptersPage(studio)
    qtbot.addWidget(page, before_close_func=cancel_all)
    page.show()
    qtbot.waitUntil(lambda: page.model.rowCount() == 2, timeout=PATIENCE_MS)
    for line in page.model.lines:
        page.table.select_paths([line.item.path])
        assert page.try_button.isVisible() is page.try_action.isEnabled() is line.item.is_adapter
    page.table.select_paths([adapter(studio)])
    click(page.try_button)
    (dialog,) = seen(TryDialog)
    assert dialog.asker.adapter == adapter(studio)
    dialog.reject()


def test_from_the_training_page_with_its_keys(qtbot: QtBot, studio: Studio) -> None:
    (config,) = studio.home.datasets.glob("*_config_*.json")
    python = studio.home.path / ".venv-training" / "bin" / "python"
    plan = RunPlan(dataset=config, base_model="acme/own", python=python, lora=LoraOptions(), training=TrainingOptions())
    run = prepare_run(studio.library, plan)
    put_adapter(run.output)
    page = TrainingPage(studio)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.runs.panel.run is not None and not page.is_busy(), timeout=PATIENCE_MS)
    page.activateWindow()
    QTest.keyClick(page, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    (dialog,) = seen(TryDialog)
    assert (dialog.asker.adapter, dialog.asker.model) == (run.output, "acme/own")
    page.runs.exam.try_wanted.emit("How?")
    assert seen(TryDialog) == [dialog]
    assert dialog.question.toPlainText() == "How?"
    dialog.reject()
