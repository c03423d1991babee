"""The Training page with real child processes: train, watch, stop, go on, crash, close."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk import open_desk, seen, wait_for
from environments import GOOD, environment_with
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, ExportOptions
from lora_studio.core.training.children import is_running
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.runs import runs_in
from lora_studio.gui.closing import AskToClose
from lora_studio.gui.main_window import TRAINING, MainWindow
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio
from lora_studio.gui.training.page import TrainingPage

PATIENCE_MS = 20_000
HEAD = """
import json, os, pathlib, sys, time
os.chdir(pathlib.Path(__file__).parent)
def tell(**values):
    print("@lora " + json.dumps(values), flush=True)
tell(event="start", step=0, of=4, rows=9)
"""
TRAINS = """
for step in range(1, 5):
    tell(event="step", step=step, of=4, loss=4.0 / step, secondsLeft=4 - step)
tell(event="eval", step=4, evalLoss=1.5)
print("a line of the log", flush=True)
tell(event="done", step=4, of=4, output="lora_output")
"""
WAITS_FOR_STOP = """
stop = pathlib.Path("lora_output/STOP")
if "--resume" in sys.argv:
    tell(event="done", step=4, of=4)
    sys.exit()
tell(event="step", step=1, of=4, loss=4.0)
while not stop.exists():
    time.sleep(0.02)
stop.unlink()
pathlib.Path("lora_output/checkpoints/checkpoint-1").mkdir(parents=True)
tell(event="stopped", step=1, of=4)
"""


@pytest.fixture
def studio(tmp_path: Path, qapp: QApplication) -> Studio:
    """A studio with a chat dataset, and an environment that seems to have the training libraries."""
    studio = open_desk(tmp_path)
    environment_with(studio.home.path / ".venv-training", GOOD)
    options = ExportOptions(target_model="tiny/base", format="chat")
    export_dataset(studio.library, studio.settings, options, studio.home.datasets, OWNER)
    return studio


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> Iterator[TrainingPage]:
    page = TrainingPage(studio)
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(lambda: not page.is_busy() and page.setup.python.chosen() is not None, timeout=PATIENCE_MS)
    yield page
    page.end_child()


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a script of our own in the place of the one that needs the training libraries."""

    def use(body: str) -> None:
        monkeypatch.setattr("lora_studio.core.training.runs.render_script", lambda *_, **__: f"#\n{HEAD}\n{body}")

    return use


def click(widget: object) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def words(page: TrainingPage) -> str:
    return page.runs.panel.state.text()


def test_it_is_ready_and_says_what_it_will_do(page: TrainingPage) -> None:
    assert page.setup.dataset.currentText().startswith("tiny_base_chat_")
    assert page.setup.model.target() == "tiny/base"
    assert page.setup.facts.text().startswith("Planned: 32 rows, 1")
    assert page.setup.facts.text().endswith(" GB.")
    assert "on this machine" in page.setup.facts.text()
    assert "Ready: torch 2.6.1" in page.setup.python.state.text()
    assert page.setup.command.toPlainText().endswith("train_chat.py")
    assert page.train_button.isEnabled()


def test_a_training_from_the_button_to_its_end(
    page: TrainingPage, scripted: Callable[[str], None], qtbot: QtBot, studio: Studio
) -> None:
    scripted(TRAINS)
    jobs: list[str] = []
    studio.job_changed.connect(jobs.append)
    with qtbot.waitSignal(studio.datasets_changed, timeout=PATIENCE_MS):
        click(page.train_button)
        assert not page.train_button.isEnabled()
    assert words(page) == "Done"
    assert "step 4 of 4" in page.runs.panel.figures.text()
    assert "a line of the log" in page.runs.panel.log.toPlainText()
    assert "train: 4 values" in page.runs.panel.curve.accessibleDescription()
    assert page.runs.panel.shelf_button.isVisible()
    assert jobs == ["Training", ""]
    shown: list[str] = []
    page.adapters_asked.connect(shown.append)
    click(page.runs.panel.shelf_button)
    assert shown[0].endswith("lora_output")
    qtbot.waitUntil(lambda: not page.is_busy(), timeout=PATIENCE_MS)
    assert page.train_button.isEnabled()


def test_stop_then_go_on(page: TrainingPage, scripted: Callable[[str], None], qtbot: QtBot) -> None:
    scripted(WAITS_FOR_STOP)
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: words(page) == "Training", timeout=PATIENCE_MS)
    click(page.runs.panel.stop_button)
    assert words(page) == "Stopping after this step…"
    qtbot.waitUntil(lambda: words(page) == "Stopped, and saved", timeout=PATIENCE_MS)
    assert page.runs.panel.resume_button.isVisible()
    click(page.runs.panel.resume_button)
    qtbot.waitUntil(lambda: words(page) == "Done", timeout=PATIENCE_MS)
    assert page.runs.list.count() == 1


def test_a_crash_is_told_and_the_page_goes_on(
    page: TrainingPage, scripted: Callable[[str], None], qtbot: QtBot
) -> None:
    scripted("import os\nprint('almost there', flush=True)\nos.abort()")
    click(page.train_button)
    qtbot.waitUntil(lambda: words(page) == "Failed", timeout=PATIENCE_MS)
    assert "It ended with code -6. almost there" in page.runs.panel.notice.text.text()
    scripted(TRAINS)
    qtbot.waitUntil(page.train_button.isEnabled, timeout=PATIENCE_MS)
    click(page.train_button)
    qtbot.waitUntil(lambda: words(page) == "Done", timeout=PATIENCE_MS)
    assert page.runs.list.count() == 2
    assert page.runs.panel.notice.isHidden()


def test_a_training_that_taught_nothing_is_not_done(
    page: TrainingPage, scripted: Callable[[str], None], qtbot: QtBot
) -> None:
    scripted("tell(event='done', step=3, of=3, outcome='hardly_moved', message='Hardly anything was learnt.')")
    click(page.train_button)
    qtbot.waitUntil(lambda: words(page) == "Ended, and saved", timeout=PATIENCE_MS)
    said = page.runs.panel.notice.text
    qtbot.waitUntil(lambda: said.text() == "Hardly anything was learnt.", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not page.is_busy(), timeout=PATIENCE_MS)


def test_a_run_that_was_over_before_is_never_called_failed(
    page: TrainingPage, scripted: Callable[[str], None], qtbot: QtBot, studio: Studio
) -> None:
    scripted(TRAINS)
    with qtbot.waitSignal(studio.datasets_changed, timeout=PATIENCE_MS):
        click(page.train_button)
    later = TrainingPage(studio)
    qtbot.addWidget(later)
    later.show()
    qtbot.waitUntil(lambda: later.runs.panel.run is not None, timeout=PATIENCE_MS)
    assert words(later) != "Failed"
    assert later.runs.panel.notice.isHidden()
    qtbot.waitUntil(lambda: words(later) == "Done", timeout=PATIENCE_MS)
    assert later.runs.panel.notice.isHidden()
    qtbot.waitUntil(lambda: not later.is_busy(), timeout=PATIENCE_MS)


def test_end_now(page: TrainingPage, scripted: Callable[[str], None], qtbot: QtBot) -> None:
    scripted("time.sleep(60)")
    click(page.train_button)
    qtbot.waitUntil(lambda: words(page) == "Training", timeout=PATIENCE_MS)
    click(page.runs.panel.end_button)
    qtbot.waitUntil(lambda: words(page) == "Failed", timeout=PATIENCE_MS)


def test_a_run_of_another_window_is_followed(
    page: TrainingPage, scripted: Callable[[str], None], qtbot: QtBot, studio: Studio
) -> None:
    scripted("time.sleep(60)")
    click(page.train_button)
    other = TrainingPage(studio)
    qtbot.addWidget(other)
    other.show()
    qtbot.waitUntil(lambda: words(other) == "Training", timeout=PATIENCE_MS)
    assert not other.runs.panel.end_button.isVisible()
    page.end_child()
    qtbot.waitUntil(lambda: words(other) == "Failed", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not other.is_busy(), timeout=PATIENCE_MS)


def test_values_that_make_no_sense_are_refused_in_place(page: TrainingPage, qtbot: QtBot) -> None:
    click(page.setup.fold)
    rate = page.setup.values.rate
    assert (rate.text(), rate.placeholderText()) == ("", "As planned")
    rate.setText("1e")
    assert page.setup.error.text() == "The learning rate must be a number such as 2e-4, or empty"
    assert not page.train_button.isEnabled()
    rate.clear()
    assert page.train_button.isEnabled()
    QTest.keyClicks(rate, "3e-4")
    assert page.train_button.isEnabled()
    assert page.setup.values.training().learning_rate == 3e-4
    page.setup.values.numbers["steps"].setValue(200)
    page.setup.values.numbers["epochs"].setValue(2)
    assert "exclude each other" in page.setup.error.text()
    assert not page.train_button.isEnabled()
    page.setup.values.numbers["epochs"].setValue(0)
    assert page.train_button.isEnabled()
    qtbot.waitUntil(lambda: not page.is_busy(), timeout=PATIENCE_MS)


def test_what_is_not_chosen_is_as_planned_and_the_plan_is_said(page: TrainingPage, qtbot: QtBot) -> None:
    values = page.setup.values
    assert values.training() == TrainingOptions()
    assert {field.text() for name, field in values.numbers.items() if name not in ("r", "alpha", "seed")} == {
        "As planned"
    }
    assert values.replay.text() == "As planned"
    click(page.setup.fold)
    assert "A learning rate of" in page.setup.reasons.text()
    values.numbers["steps"].setValue(7)
    values.replay.setValue(0)
    qtbot.waitUntil(lambda: "32 rows, 7 steps" in page.setup.facts.text(), timeout=PATIENCE_MS)
    assert "Fewer than 100 steps often teach nothing." in page.setup.reasons.text()
    assert "No general questions are mixed in" in page.setup.reasons.text()
    assert values.training() == TrainingOptions(steps=7, replay=0.0)
    values.show_values(LoraOptions(), TrainingOptions())
    assert values.training() == TrainingOptions()
    qtbot.waitUntil(lambda: not page.is_busy(), timeout=PATIENCE_MS)


def test_without_libraries_it_shows_how_to_get_them(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    page = TrainingPage(studio)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: not page.is_busy(), timeout=PATIENCE_MS)
    assert page.setup.facts.text() == "There is no dataset to train on yet."
    assert page.runs.export_button.isVisible()
    asked: list[bool] = []
    page.export_asked.connect(lambda: asked.append(True))
    click(page.runs.export_button)
    assert asked
    environment_with(tmp_path / "bare", {"torch": "2.13.0"})
    page.setup.python.ask(str(tmp_path / "bare"))
    qtbot.waitUntil(lambda: "missing: transformers" in page.setup.python.state.text(), timeout=PATIENCE_MS)
    click(page.setup.python.copy_button)
    assert "-m venv" in QApplication.clipboard().text()


def test_what_cannot_be_started_is_one_sentence(page: TrainingPage, studio: Studio, qtbot: QtBot) -> None:
    config = page.setup.chosen_config()
    assert config is not None
    config.unlink()
    click(page.train_button)
    box = wait_for(qtbot, MessageBox)
    assert "is no dataset that can be trained on" in box.sentence.text()
    box.accept()
    assert runs_in(studio.home.datasets) == []


@pytest.mark.parametrize("goes_on", [True, False])
def test_closing_the_window_asks_what_becomes_of_it(
    qtbot: QtBot, studio: Studio, scripted: Callable[[str], None], goes_on: bool
) -> None:
    scripted("time.sleep(60)")
    window = MainWindow(studio)
    qtbot.addWidget(window)
    window.show()
    window.load()
    window.show_page(TRAINING)
    page = window.page(TRAINING)
    qtbot.waitUntil(lambda: page.train_button.isEnabled() and not window.guidelines.is_busy(), timeout=PATIENCE_MS)
    click(page.train_button)
    qtbot.waitUntil(lambda: words(page) == "Training", timeout=PATIENCE_MS)
    window.close()
    question = seen(AskToClose)[0]
    click(question.stay_button)
    assert window.isVisible()
    window.close()
    run = page.runs.panel.run
    question = seen(AskToClose)[0]
    click(question.leave_button if goes_on else question.close_button)
    assert not window.isVisible()
    assert is_running(run.log) is goes_on
    page.end_child()
