"""The Adapters page: the shelf as a table, details, and folders that mean harm."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import check_model, wait_for
from peft_files import put_adapter
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot
from shelf_page import column, made, said, shown_page, wait_for_count

from lora_studio.core.domain import GuidelineFilter
from lora_studio.gui.adapters.model import ADAPTERS, FOLDER, KIND, LINE, MODEL, NAME, ROWS, SHAPE, STATE
from lora_studio.gui.adapters.page import AdaptersPage
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio


@pytest.fixture
def page(qtbot: QtBot, desk_studio: Studio) -> Iterator[AdaptersPage]:
    with shown_page(qtbot, desk_studio) as page:
        yield page


def test_an_empty_shelf_leads_to_export(qtbot: QtBot, page: AdaptersPage) -> None:
    assert page.count.text() == "0 datasets"
    with qtbot.waitSignal(page.export_asked):
        QTest.mouseClick(page.export_button, Qt.MouseButton.LeftButton)


def test_datasets_and_adapters_of_all_folders_are_one_table(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, tmp_path: Path, qtmodeltester: ModelTester
) -> None:
    one = made(desk_studio)
    other = made(desk_studio, tmp_path / "else" / "where", "big/model")
    sums = [file["sha256"] for file in json.loads(one.config_file.read_text())["files"]]
    put_adapter(one.folder / "lora_output", checksums=sums)
    desk_studio.datasets_changed.emit(str(other.folder))
    wait_for_count(qtbot, page, 3)
    check_model(qtmodeltester, page.model)
    rows = {page.model.index(row, MODEL).data(): row for row in range(3)}
    assert set(rows) == {"acme/tiny", "big/model", "meta-llama/Llama-3.2-1B"}
    shown = [page.model.index(rows["big/model"], place).data() for place in range(page.model.columnCount())]
    assert (shown[KIND], shown[SHAPE], shown[ROWS], shown[STATE]) == ("Dataset", "Chat", "36", "complete")
    assert shown[FOLDER].endswith("where")
    trained = [page.model.index(rows["meta-llama/Llama-3.2-1B"], place).data() for place in range(8)]
    assert (trained[KIND], trained[NAME], trained[SHAPE]) == ("Adapter", "lora/lora_output", "r 8 · α 32")
    assert (trained[ROWS], trained[STATE]) == ("36", "complete")
    assert page.count.text() == "2 datasets, 1 adapter"


def test_details_come_from_the_config(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    wanted = GuidelineFilter(categories=("odd",))
    one = made(desk_studio, filter=wanted, split_by="guideline", seed=7, train_eval_split=0.5)
    page.refresh()
    wait_for_count(qtbot, page, 1)
    qtbot.waitUntil(lambda: "category odd" in said(page))
    config = json.loads(one.config_file.read_text())
    for part in (config["name"], "acme/tiny", one.train_file.name, one.eval_file.name):
        assert part in said(page)
    assert config["files"][0]["sha256"][:16] in said(page)
    assert "50% for training, by guideline" in said(page)
    assert "7" in said(page).split("\n")
    qtbot.waitUntil(lambda: "as exported" in said(page))


def test_details_of_an_adapter(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, tmp_path: Path) -> None:
    one = made(desk_studio)
    sums = [file["sha256"] for file in json.loads(one.config_file.read_text())["files"]]
    put_adapter(one.folder / "lora_output", checksums=sums, use_dora=True)
    page.refresh()
    wait_for_count(qtbot, page, 2)
    page.table.select_paths([one.folder / "lora_output"])
    qtbot.waitUntil(lambda: "TRAINED ON" in said(page))
    for part in ("8, 32", "LORA · DoRA", "q_proj, v_proj", "4 in 2 layers", "256 trained", "meta-llama/Llama-3.2-1B"):
        assert part in said(page)
    assert page.details.curve.isVisible()
    assert "train: 19 values, first 3" in page.details.curve.accessibleDescription()
    link = next(b for b in page.details.findChildren(type(page.folder_button)) if "Show acme" in b.accessibleName())
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.table.selected_paths() == [one.config_file])
    qtbot.waitUntil(lambda: "TRAINED ON IT" in said(page))


def test_words_and_kinds_narrow_the_list(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    made(desk_studio, model="a/alpha")
    made(desk_studio, model="b/beta")
    put_adapter(desk_studio.home.datasets / "tuned", base_model_name_or_path="b/beta")
    page.refresh()
    wait_for_count(qtbot, page, 3)
    page.table.setFocus()
    QTest.keyClicks(page.table, "/")
    assert page.search.hasFocus()
    QTest.keyClicks(page.search, "BETA")
    wait_for_count(qtbot, page, 2, shown="2 of 2 datasets, 1 adapter shown")
    QTest.mouseClick(page.kinds.button(2), Qt.MouseButton.LeftButton)
    assert page.kind() == ADAPTERS
    qtbot.waitUntil(lambda: column(page, NAME) == ["tuned"])
    QTest.keyClicks(page.search, " and more")
    qtbot.waitUntil(lambda: page.clear_button.isVisible())
    QTest.mouseClick(page.clear_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    assert page.table.isVisible()


def test_headers_sort(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    for model in ("b/b", "c/c", "a/a"):
        made(desk_studio, model=model)
    page.refresh()
    wait_for_count(qtbot, page, 3)
    header = page.table.horizontalHeader()
    for wanted in (["a/a", "b/b", "c/c"], ["c/c", "b/b", "a/a"]):
        place = header.sectionViewportPosition(MODEL) + 20
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place, 18))
        qtbot.waitUntil(lambda wanted=wanted: column(page, MODEL) == wanted)  # type: ignore[misc]


def test_a_missing_file_is_seen_after_f5(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    one = made(desk_studio)
    page.refresh()
    wait_for_count(qtbot, page, 1)
    assert column(page, STATE) == ["complete"]
    one.train_file.unlink()
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: column(page, STATE) == ["file missing"])
    assert f"Missing: {one.train_file.name}. Export it again" in said(page)


def test_the_choice_stays_and_the_asked_folder_is_chosen(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, tmp_path: Path
) -> None:
    for model in ("a/a", "b/b", "c/c"):
        made(desk_studio, model=model)
    page.refresh()
    wait_for_count(qtbot, page, 3)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    chosen = page.table.selected_paths()
    other = made(desk_studio, tmp_path / "other", "d/d")
    page.refresh()
    wait_for_count(qtbot, page, 4)
    assert page.table.selected_paths() == chosen
    page.show_folder(str(other.folder))
    qtbot.waitUntil(lambda: page.table.selected_paths() == [other.config_file])


def test_the_script_of_exactly_the_chosen_one(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    one = made(desk_studio)
    newer = made(desk_studio, if_exists="keep_both")
    page.refresh()
    wait_for_count(qtbot, page, 2)
    page.table.select_paths([one.config_file])
    QTest.mouseClick(page.script_button, Qt.MouseButton.LeftButton)
    box = wait_for(qtbot, MessageBox)
    text = (one.folder / "train_chat.py").read_text()
    assert one.train_file.name in text
    assert newer.train_file.name not in text
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
    (put_adapter(folder / "broken") / "adapter_config.json").write_text("{" * 100_000)
    (put_adapter(folder / "cut") / "adapter_model.safetensors").write_bytes(b"\xff" * 100)
    page.refresh()
    wait_for_count(qtbot, page, 8, shown="6 datasets, 2 adapters")  # the good one and g to k
    check_model(qtmodeltester, page.model)
    states = dict(zip(column(page, NAME), column(page, STATE), strict=True))
    assert states[config["name"]] == "complete"
    for name in ("h_chat_2025-01-02", "i_chat_2025-01-02", "j_chat_2025-01-02", "broken", "cut"):
        assert states[name] == "unreadable"
    assert page.warnings.isVisible()
    for row in range(page.model.rowCount()):
        page.table.selectRow(row)
        assert page.details.line == page.model.index(row, 0).data(LINE)
        assert not page.grab().isNull()
    for label in page.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or not label.text()
        assert "<" not in label.toolTip()
