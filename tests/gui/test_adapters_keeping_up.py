"""The Adapters page keeps up: with its folders, with the library, with the disk, and with a large shelf."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from desk import open_desk
from peft_files import put_adapter
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from shelf_page import column, made, said, shown_page, wait_for_count

from lora_studio.core.domain import OWNER, GuidelineFilter
from lora_studio.core.library.guidelines import change_guidelines, list_guidelines
from lora_studio.gui.adapters.model import NAME, STATE
from lora_studio.gui.adapters.page import AdaptersPage
from lora_studio.gui.studio import Studio


@pytest.fixture
def page(qtbot: QtBot, desk_studio: Studio) -> Iterator[AdaptersPage]:
    with shown_page(qtbot, desk_studio) as page:
        yield page


def test_what_others_write_and_delete_is_seen_without_a_word(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio
) -> None:
    made(desk_studio, model="a/a")
    wait_for_count(qtbot, page, 1)
    page.table.selectRow(0)
    chosen = page.table.selected_paths()
    tuned = put_adapter(desk_studio.home.datasets / "tuned")
    other = made(desk_studio, model="b/b")
    wait_for_count(qtbot, page, 3)
    assert page.table.selected_paths() == chosen
    for path in tuned.iterdir():
        path.unlink()
    tuned.rmdir()
    other.config_file.unlink()
    wait_for_count(qtbot, page, 1)
    assert page.table.selected_paths() == chosen


def test_a_watched_folder_goes_and_comes_back(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, tmp_path: Path
) -> None:
    watched = tmp_path / "watched"
    put_adapter(watched / "tuned")
    desk_studio.change_settings(replace(desk_studio.settings, watched_folders=(str(watched),)))
    wait_for_count(qtbot, page, 1)
    watched.rename(tmp_path / "away")
    qtbot.waitUntil(lambda: page.warnings.isVisible() and "is not there now" in page.warnings.text(), timeout=10_000)
    assert page.model.rowCount() == 0
    (tmp_path / "away").rename(watched)
    wait_for_count(qtbot, page, 1)
    assert not page.warnings.isVisible()


def test_a_changed_rule_makes_it_stale_within_two_seconds_and_leads_to_the_rule(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio
) -> None:
    made(desk_studio)
    wait_for_count(qtbot, page, 1)
    qtbot.waitUntil(lambda: "as exported" in said(page))
    hashed = dict(page.reader.hashes)
    rule = list_guidelines(desk_studio.library, GuidelineFilter())[0]
    change_guidelines(desk_studio.library, [rule.id], lambda old: replace(old, content="Other."), OWNER)
    start = time.monotonic()
    desk_studio.guidelines_changed.emit()
    qtbot.waitUntil(lambda: column(page, STATE) == ["stale: 1 rule"])
    qtbot.waitUntil(lambda: rule.name in said(page))
    assert time.monotonic() - start < 2
    assert "1 rule changed since it was made. Export it again" in said(page)
    assert page.reader.hashes == hashed
    link = next(b for b in page.details.findChildren(QPushButton) if b.accessibleName().endswith(rule.name))
    with qtbot.waitSignal(desk_studio.guideline_wanted) as wanted:
        QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    assert wanted.args == [rule.id]


def test_changed_bytes_are_seen_although_the_size_is_the_same(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio
) -> None:
    one = made(desk_studio)
    wait_for_count(qtbot, page, 1)
    qtbot.waitUntil(lambda: "as exported" in said(page))
    one.train_file.write_bytes(one.train_file.read_bytes().replace(b"thing", b"thong"))
    qtbot.waitUntil(lambda: column(page, STATE) == ["hash differs"], timeout=10_000)
    assert f"Not what was exported any more: {one.train_file.name}" in said(page)


def test_a_dataset_of_somebody_else_says_so(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, tmp_path: Path
) -> None:
    other = open_desk(tmp_path / "other", count=3)
    made(other, desk_studio.home.datasets, "b/b")
    wait_for_count(qtbot, page, 1)
    assert column(page, STATE) == ["complete"]
    qtbot.waitUntil(lambda: "Made elsewhere: whether its rules have changed since cannot be told." in said(page))


def test_a_hidden_page_does_nothing_and_is_fresh_when_it_is_shown(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio
) -> None:
    page.hide()
    made(desk_studio)
    desk_studio.guidelines_changed.emit()
    desk_studio.datasets_changed.emit("")
    qtbot.wait(400)
    assert page.model.rowCount() == 0
    page.show()
    wait_for_count(qtbot, page, 1)


def test_ten_thousand_datasets_are_found_searched_and_read_again(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio
) -> None:
    one = made(desk_studio)
    config = json.loads(one.config_file.read_text())
    folder = desk_studio.home.datasets
    for number in range(10_000):
        config["files"] = [{"name": f"{number}.jsonl", "rows": 1, "bytes": 0, "sha256": "0" * 64}]
        (folder / f"m_chat_config_2025-01-01_{number + 1}.json").write_text(json.dumps(config))
    page.refresh()
    qtbot.waitUntil(lambda: page.model.rowCount() == 10_000, timeout=60_000)
    QTest.keyClicks(page.search, "2025-01-01_77")
    qtbot.waitUntil(lambda: 0 < page.model.rowCount() < 200, timeout=10_000)
    assert all("_77" in name for name in column(page, NAME))
    page.search.clear()
    qtbot.waitUntil(lambda: page.model.rowCount() == 10_000, timeout=10_000)
    page.table.selectRow(5_000)
    page.refresh()
    qtbot.wait(500)
    assert len(page.table.selected()) == 1
