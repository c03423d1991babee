"""The Training page in the real window with the real libraries: train, see the adapter on the shelf, take the exam."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from driver import KEY
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from twenty import RULES
from workshop import Workshop

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions
from lora_studio.core.home import Home
from lora_studio.core.library.access import set_admin_key
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.gui.adapters.page import AdaptersPage
from lora_studio.gui.main_window import ADAPTERS, TRAINING, MainWindow
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme
from lora_studio.gui.training.page import TrainingPage
from lora_studio.gui.training.run_panel import RunPanel

pytestmark = pytest.mark.training

PATIENCE_MS = 240_000
FEW = RULES[:5]
TRAINING_VALUES = TrainingOptions(
    epochs=80, learning_rate=5e-3, batch_size=15, gradient_accumulation=1, max_length=256, replay=0
)


@pytest.fixture
def studio(qapp: QApplication, tmp_path: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Five guidelines, a chat dataset of them, and the Python with the libraries picked in the settings."""
    for name, value in workshop.trainer.environment().items():
        monkeypatch.setenv(name, value)
    apply_theme(qapp, "light")
    home = Home(tmp_path / "home")
    home.path.mkdir()
    home.settings.write_text(f'training_python = "{workshop.trainer.python}"\n')
    studio = Studio(home)
    drafts = [Draft(name=rule["name"], content=rule["content"]) for rule in FEW]
    add_guidelines(studio.library, drafts, OWNER, ids=[rule["id"] for rule in FEW])
    set_admin_key(studio.library, KEY)
    studio.unlock(KEY)
    options = ExportOptions(
        target_model=str(workshop.base), format="chat", train_eval_split=0.8, include_examples=False
    )
    export_dataset(studio.library, studio.settings, options, home.datasets, OWNER)
    return studio


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def links(shelf: AdaptersPage) -> list[str]:
    """What the details lead to; an adapter to its dataset, found by its checksum."""
    return [made.accessibleName() for made in shelf.details.findChildren(QPushButton)]


def drawn_steps(panel: RunPanel) -> int:
    """How many losses the curve shows."""
    drawn = re.search(r"train: (\d+) values", panel.curve.accessibleDescription())
    return int(drawn[1]) if drawn else 0


def test_from_the_button_to_the_heat_map(qtbot: QtBot, studio: Studio, workshop: Workshop) -> None:
    window = MainWindow(studio)
    qtbot.addWidget(window)
    window.show()
    window.load()
    window.show_page(TRAINING)
    page = window.page(TRAINING)
    assert isinstance(page, TrainingPage)
    page.setup.cpu.setChecked(True)
    page.setup.values.show_values(LoraOptions(r=16, alpha=32, dropout=0.0), TRAINING_VALUES)
    qtbot.waitUntil(lambda: not page.is_busy() and page.train_button.isEnabled(), timeout=PATIENCE_MS)
    python = page.setup.python.chosen()
    assert python
    assert python.path == workshop.trainer.python
    assert page.setup.model.target() == str(workshop.base)
    click(page.train_button)
    panel = page.runs.panel
    ends = ("Done", "Failed", "Ended, and saved")
    qtbot.waitUntil(lambda: panel.state.text() in ends, timeout=PATIENCE_MS)
    assert panel.state.text() != "Failed", panel.log.toPlainText()[-2_000:]
    assert 40 <= drawn_steps(panel) <= 80  # it may end after the second of four looks at held-out rows
    assert "eval: " in panel.curve.accessibleDescription()

    click(panel.shelf_button)
    shelf = window.page(ADAPTERS)
    assert isinstance(shelf, AdaptersPage)
    run = panel.run
    assert run
    qtbot.waitUntil(lambda: [line.item.path for line in shelf.table.selected()] == [run.output], timeout=PATIENCE_MS)
    dataset = Path(run.dataset).stem.replace("_config_", "_")
    qtbot.waitUntil(lambda: f"Show {dataset}" in links(shelf), timeout=PATIENCE_MS)

    window.show_page(TRAINING)
    click(panel.exam_button)
    exam = page.runs.exam
    qtbot.waitUntil(lambda: exam.model.rowCount() > 0 or exam.notice.isVisible(), timeout=PATIENCE_MS)
    assert not exam.notice.isVisible(), exam.notice.text.text()
    names = {exam.model.guideline(row).name for row in range(exam.model.rowCount())}
    assert names == {rule["name"] for rule in FEW}
    assert "of 5 rules known" in exam.totals.text()
    qtbot.waitUntil(lambda: not page.is_busy() and not window.guidelines.is_busy())
    window.close()
