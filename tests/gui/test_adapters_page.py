"""The Adapters page: the shelf as a table, details, and folders that mean harm."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import check_model, open_desk, wait_for
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.domain import OWNER, ExportOptions, GuidelineFilter
from lora_studio.gui.adapters.model import ENTRY
from lora_studio.gui.adapters.page import AdaptersPage
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import cancel_all

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # which only the offscreen platform lacks


@pytest.fixture
def desk_studio(tmp_path: Path) -> Studio:
    return open_desk(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, desk_studio: Studio) -> Iterator[AdaptersPage]:
    page = AdaptersPage(desk_studio)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    qtbot.waitUntil(lambda: page.count.text() != "")
    yield page
    cancel_all(page)


def made(studio: Studio, folder: Path | None = None, model: str = "acme/tiny", **more: object) -> Exported:
    options = ExportOptions(target_model=model, format="chat", **more)  # type: ignore[arg-type]
    return export_dataset(studio.library, studio.settings, options, folder or studio.home.datasets, OWNER)


def wait_for_count(qtbot: QtBot, page: AdaptersPage, count: int) -> None:
    qtbot.waitUntil(lambda: page.model.rowCount() == count and page.count.text().startswith(str(count)))


def texts(page: AdaptersPage) -> str:
    said = (label.text() for label in page.details.findChildren(QLabel) if label.isVisibleTo(page.details))
    return "\n".join(said).replace("\u200b", "")


def test_an_empty_shelf_leads_to_export(qtbot: QtBot, page: AdaptersPage) -> None:
    assert page.count.text() == "0 datasets"
    with qtbot.waitSignal(page.export_asked):
        QTest.mouseClick(page.export_button, Qt.MouseButton.LeftButton)


def test_datasets_of_all_folders_are_one_table(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, tmp_path: Path, qtmodeltester: ModelTester
) -> None:
    made(desk_studio)
    other = made(desk_studio, tmp_path / "else" / "where", "big/model")
    desk_studio.datasets_changed.emit(str(other.folder))
    wait_for_count(qtbot, page, 2)
    check_model(qtmodeltester, page.model)
    check_model(qtmodeltester, page.table.model())
    rows = {page.model.index(row, 1).data(): row for row in range(2)}
    assert set(rows) == {"acme/tiny", "big/model"}
    shown = [page.model.index(rows["big/model"], column).data() for column in range(page.model.columnCount())]
    assert (shown[2], shown[3], shown[6]) == ("Chat", "36", "complete")
    assert shown[5].endswith("where")


def test_details_come_from_the_config(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    wanted = GuidelineFilter(categories=("odd",))
    one = made(desk_studio, filter=wanted, split_by="guideline", seed=7, train_eval_split=0.5)
    page.refresh()
    wait_for_count(qtbot, page, 1)
    said = texts(page)
    config = json.loads(one.config_file.read_text())
    for part in (config["name"], "acme/tiny", one.train_file.name, one.eval_file.name, "category: odd"):
        assert part in said
    assert config["files"][0]["sha256"][:16] in said
    assert "0.5 for train, by guideline" in said
    assert "7" in said.split("\n")


def test_a_missing_file_is_seen_after_f5(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    one = made(desk_studio)
    page.refresh()
    wait_for_count(qtbot, page, 1)
    assert page.model.index(0, 6).data() == "complete"
    one.train_file.unlink()
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: page.model.index(0, 6).data() == "file missing")
    assert "Export it again" in texts(page)


def test_the_choice_stays_and_the_asked_folder_is_chosen(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, tmp_path: Path
) -> None:
    for model in ("a/a", "b/b", "c/c"):
        made(desk_studio, model=model)
    page.refresh()
    wait_for_count(qtbot, page, 3)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    chosen = page.details.entry
    assert chosen is not None
    other = made(desk_studio, tmp_path / "other", "d/d")
    page.refresh()
    wait_for_count(qtbot, page, 4)
    assert page.details.entry is not None
    assert page.details.entry.adapter == chosen.adapter
    page.show_folder(str(other.folder))
    qtbot.waitUntil(lambda: page.details.entry is not None and page.details.entry.adapter.target_model == "d/d")


def test_the_script_of_the_chosen_one(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    one = made(desk_studio)
    page.refresh()
    wait_for_count(qtbot, page, 1)
    QTest.mouseClick(page.details.script_button, Qt.MouseButton.LeftButton)
    box = wait_for(qtbot, MessageBox)
    assert (one.folder / "train_chat.py").exists()
    QTest.mouseClick(box.close_button, Qt.MouseButton.LeftButton)


def test_a_hostile_folder_breaks_nothing(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, qtmodeltester: ModelTester
) -> None:
    good = made(desk_studio)
    folder = good.folder
    config = json.loads(good.config_file.read_text())
    (folder / "a_chat_config_2025-01-01.json").write_text("{" * 100_000)
    (folder / "b_chat_config_2025-01-01.json").write_bytes(b"\xff\xfe\x00")
    (folder / "c_chat_config_2025-01-01.json").symlink_to("/etc/passwd")
    os.mkfifo(folder / "d_chat_config_2025-01-01.json")
    (folder / "e_chat_config_2025-01-01.json").mkdir()
    (folder / "f_chat_config_2025-01-01.json").write_text(" " * (2 << 20))
    html = {"targetModel": "<img src='http://x/y'><b>bold</b>", "format": "<i>"}
    odd = {
        "g": {**config, **html},
        "h": {**config, "files": [{"name": "../../etc/passwd", "rows": 1, "bytes": 1, "sha256": "0" * 64}] * 2},
        "i": {**config, "files": [{"name": "x.jsonl", "rows": -1, "bytes": 2**70, "sha256": "no"}] * 2},
        "j": {**config, "files": "none", "options": [1], "split": None, "filter": {"k\n<b>": ["v\n" * 500] * 500}},
        "k": {**config, "createdAt": "yesterday", "guidelines": {"count": {"deep": [[[[]]]]}}},
        "l": {**config, "exampleCount": -5},
    }
    for name, data in odd.items():
        (folder / f"{name}_chat_config_2025-01-02.json").write_text(json.dumps(data))
    page.refresh()
    wait_for_count(qtbot, page, 6)  # the good one and g to k
    check_model(qtmodeltester, page.model)
    states = {page.model.index(row, 0).data(): page.model.index(row, 6).data() for row in range(6)}
    assert states[config["name"]] == "complete"
    assert states["h_chat_2025-01-02"] == states["i_chat_2025-01-02"] == states["j_chat_2025-01-02"] == "unreadable"
    assert page.warnings.isVisible()
    for row in range(page.table.model().rowCount()):
        page.table.selectRow(row)
        assert page.details.entry == page.table.model().index(row, 0).data(ENTRY)
        assert not page.grab().isNull()
    for label in page.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or not label.text()
        assert "<" not in label.toolTip()
