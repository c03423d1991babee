"""The choice of variety: offered for local training, remembered, followed by the preview and taken over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from desk import open_desk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.dataset.variety import RICH_TYPES
from lora_studio.core.domain import OWNER, ExportOptions
from lora_studio.gui.export.page import ExportPage
from lora_studio.gui.export.rows import ROW
from lora_studio.gui.export.variety import OFFERED
from lora_studio.gui.export.words import type_name
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import cancel_all

PATIENCE_MS = 20_000


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return open_desk(tmp_path, count=4)


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> ExportPage:
    page = ExportPage(studio)
    qtbot.addWidget(page, before_close_func=cancel_all)
    page.resize(1200, 900)
    page.show()
    qtbot.waitUntil(lambda: rows(page) > 100, timeout=PATIENCE_MS)
    return page


def rows(page: ExportPage) -> int:
    return int(page.panel.counts["rows"].text().replace(",", "").replace("…", "0").lstrip("≈ "))


def types(page: ExportPage) -> dict[str, str]:
    box = page.panel.bar.types
    return {box.itemData(number): box.itemText(number) for number in range(1, box.count())}


def test_local_training_is_rich_until_somebody_says_otherwise(qtbot: QtBot, page: ExportPage) -> None:
    variety = page.controls.variety
    assert variety.box.isVisible()
    assert "without the title" in variety.box.accessibleDescription()
    assert page.controls.options().variety == "rich"
    assert set(RICH_TYPES) <= set(types(page)) | {"rationale_query"}
    many = rows(page)
    counted = [int(text.rsplit("(", 1)[1].rstrip(")")) for text in types(page).values()]
    assert sum(counted) == many
    assert types(page)["untitled_query"].startswith("Without title (")
    QTest.mouseClick(variety.box, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: rows(page) == 24, timeout=PATIENCE_MS)
    assert page.controls.options().variety == "documented"
    assert not set(types(page)) & set(RICH_TYPES)
    variety.box.setFocus()
    QTest.keyClick(variety.box, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: rows(page) == many, timeout=PATIENCE_MS)


def test_it_is_offered_for_local_formats_alone_and_remembered(page: ExportPage) -> None:
    controls = page.controls
    for name in (*FORMATS, *PREFERENCES):
        controls.formats.choose(name)
        is_local = name in OFFERED
        assert controls.variety.isVisible() == is_local
        assert controls.options().variety == ("rich" if is_local else "documented")
    controls.formats.choose("alpaca")
    controls.variety.box.setChecked(False)
    controls.formats.choose("openai")
    controls.formats.choose("sharegpt")
    assert controls.variety.isVisible()
    assert controls.options().variety == "documented"


def test_rows_of_one_rich_type_are_shown(qtbot: QtBot, page: ExportPage) -> None:
    box = page.panel.bar.types
    box.setCurrentIndex(box.findData("decline"))
    model = page.panel.rows.rows

    def seen() -> set[str]:
        return {model.index(row, 0).data(ROW).example.type for row in range(model.rowCount())}

    qtbot.waitUntil(lambda: seen() == {"decline"}, timeout=PATIENCE_MS)
    label = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert label.startswith("no such rule · ")
    QTest.mouseClick(page.controls.variety.box, Qt.MouseButton.LeftButton)  # there are none then: all are shown again
    qtbot.waitUntil(lambda: "direct_query" in seen(), timeout=PATIENCE_MS)
    assert not page.grab().isNull()


def test_every_rich_type_has_words_of_its_own() -> None:
    names = [type_name(kind) for kind in RICH_TYPES]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "_" in name]
    assert type_name("my_own_type") == "My own type"


@pytest.mark.parametrize(
    ("format_name", "variety", "is_seen"),
    [("chat", "rich", True), ("chat", "documented", True), ("openai", "documented", False), ("openai", "rich", True)],
)
def test_an_earlier_dataset_keeps_its_variety(
    qtbot: QtBot, page: ExportPage, studio: Studio, tmp_path: Path, format_name: str, variety: str, is_seen: bool
) -> None:
    options = ExportOptions(target_model="acme/earlier", format=format_name, variety=variety)
    made = export_dataset(studio.library, studio.settings, options, tmp_path / "earlier", OWNER)
    config: dict[str, Any] = json.loads(made.config_file.read_text())
    page.controls.variety.box.setChecked(variety == "documented")
    page.take_over(config)
    qtbot.waitUntil(lambda: page.controls.model.target() == "acme/earlier", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: rows(page) == made.train_rows + made.eval_rows, timeout=PATIENCE_MS)
    chosen = page.controls.checked()
    assert chosen is not None
    assert (chosen[0].format, chosen[0].variety) == (format_name, variety)
    assert page.controls.variety.isVisible() == is_seen
    page.controls.formats.choose("gemini")
    assert page.controls.options().variety == "documented"
    assert not page.controls.variety.isVisible()
