"""What can be done with the lines of the shelf: the bin and back, compare, watch, export again, train."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from desk import open_desk, wait_for
from peft_files import put_adapter
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot
from shelf_page import column, made, shown_page, wait_for_count

from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.library.audit import entries
from lora_studio.gui.adapters.compare import CompareDialog
from lora_studio.gui.adapters.model import NAME, STATE
from lora_studio.gui.adapters.page import AdaptersPage
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio


@pytest.fixture
def desk_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    (tmp_path / "share").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))  # where the bin is
    return open_desk(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, desk_studio: Studio) -> Iterator[AdaptersPage]:
    with shown_page(qtbot, desk_studio) as page:
        yield page


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def offer(page: AdaptersPage, text: str) -> None:
    """Clicks on what the notice offers."""
    button = next(made for made in page.notice.offers if made.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_dataset_goes_to_the_bin_and_comes_back(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    one = made(desk_studio, model="a/a")
    made(desk_studio, model="b/b")
    wait_for_count(qtbot, page, 2)
    before = files(desk_studio.home.datasets)
    page.table.select_paths([one.config_file])
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    for path in (one.train_file, one.eval_file, one.config_file):
        assert path.name in page.notice.text.text()
    assert files(desk_studio.home.datasets) == before  # only asked so far
    offer(page, "Keep")
    assert not page.notice.isVisible()
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    offer(page, "Move to the bin")
    wait_for_count(qtbot, page, 1)
    gone = {one.train_file.name, one.eval_file.name, one.config_file.name}
    assert set(before) - set(files(desk_studio.home.datasets)) == gone
    assert "to the bin" in page.notice.text.text()
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_for_count(qtbot, page, 2)
    assert files(desk_studio.home.datasets) == before
    actions = [entry.action for entry in entries(desk_studio.library)]
    assert actions[:2] == ["adapters restore", "adapters delete"]


def test_an_adapter_folder_goes_to_the_bin_as_it_is(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    folder = put_adapter(desk_studio.home.datasets / "tuned")
    (folder / "link").symlink_to(desk_studio.home.path)
    before = files(desk_studio.home.path)
    wait_for_count(qtbot, page, 1)
    QTest.mouseClick(page.delete_button, Qt.MouseButton.LeftButton)
    assert str(folder) in page.notice.text.text()
    offer(page, "Move to the bin")
    qtbot.waitUntil(lambda: not folder.exists())
    assert (desk_studio.home.path / "library.db").exists()
    qtbot.waitUntil(lambda: any(made.text() == "Undo" for made in page.notice.offers))
    offer(page, "Undo")
    qtbot.waitUntil(folder.exists)
    assert set(files(desk_studio.home.path)) >= set(before) - {"library.db-wal", "library.db-shm"}


def test_a_taken_place_is_not_overwritten_by_undo(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    one = made(desk_studio)
    wait_for_count(qtbot, page, 1)
    page.delete_action.trigger()
    offer(page, "Move to the bin")
    qtbot.waitUntil(lambda: any(made.text() == "Undo" for made in page.notice.offers))
    one.train_file.write_text("mine")
    offer(page, "Undo")
    box = wait_for(qtbot, MessageBox)
    assert "is there again" in box.sentence.text()
    QTest.mouseClick(box.close_button, Qt.MouseButton.LeftButton)
    assert one.train_file.read_text() == "mine"
    assert not one.config_file.exists()


def test_two_are_compared(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    one = made(desk_studio, model="a/a")
    other = made(desk_studio, model="b/b", filter=GuidelineFilter(categories=("odd",)), seed=5)
    wait_for_count(qtbot, page, 2)
    page.table.selectAll()
    assert page.compare_action.isEnabled()
    assert not page.delete_action.isEnabled()
    assert not page.details.isVisible()
    QTest.mouseClick(page.compare_button, Qt.MouseButton.LeftButton)
    dialog = wait_for(qtbot, CompareDialog)
    said = [label.text().replace("\u200b", "") for label in dialog.findChildren(QLabel)]
    for text in (
        "a/a",
        "b/b",
        "36",
        "18",
        "category odd",
        "In both: 3",
        "Only in the first: 0",
        "Only in the second: 3",
    ):
        assert text in said, text
    assert not dialog.curve.isVisible()
    QTest.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert one.config_file.exists()
    assert other.config_file.exists()


def test_two_loss_curves_lie_over_each_other(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio) -> None:
    for name in ("one", "two"):
        put_adapter(desk_studio.home.datasets / name)
    wait_for_count(qtbot, page, 2)
    page.table.selectAll()
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    dialog = wait_for(qtbot, CompareDialog)
    for name in ("one train", "one eval", "two train", "two eval"):
        assert f"{name}:" in dialog.curve.accessibleDescription()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_dropped_folder_is_watched_and_undo_ends_that(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, tmp_path: Path
) -> None:
    folder = put_adapter(tmp_path / "far away" / "tuned").parent
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    drag = QDragEnterEvent(
        page.rect().center(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(page, drag)
    assert drag.isAccepted()
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(page, drop)
    wait_for_count(qtbot, page, 1)
    assert column(page, NAME) == ["tuned"]
    assert list(desk_studio.settings.watched_folders) == [str(folder)]
    assert page.unwatch_action.isEnabled()
    offer(page, "Undo")
    qtbot.waitUntil(lambda: page.model.rowCount() == 0)
    assert not desk_studio.settings.watched_folders


def test_a_dropped_file_is_left_to_the_window(page: AdaptersPage, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("# Rules")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "rules.md"))])
    drag = QDragEnterEvent(
        page.rect().center(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(page, drag)
    assert not drag.isAccepted()


def test_the_menu_stops_watching(qtbot: QtBot, page: AdaptersPage, desk_studio: Studio, tmp_path: Path) -> None:
    put_adapter(tmp_path / "far" / "tuned")
    desk_studio.change_settings(replace(desk_studio.settings, watched_folders=(str(tmp_path / "far"),)))
    wait_for_count(qtbot, page, 1)
    menu = page.table.offer(page.menu_actions, page.table.rect().center())
    assert isinstance(menu, QMenu)
    assert page.unwatch_action in menu.actions()
    assert page.train_action not in menu.actions()  # nobody listens
    menu.close()
    page.unwatch_action.trigger()
    qtbot.waitUntil(lambda: page.model.rowCount() == 0)
    assert (tmp_path / "far" / "tuned" / "adapter_config.json").exists()


def test_export_again_tells_the_config_and_train_the_path(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio
) -> None:
    one = made(desk_studio, seed=3)
    wait_for_count(qtbot, page, 1)
    with qtbot.waitSignal(page.reexport_wanted) as wanted:
        QTest.mouseClick(page.reexport_button, Qt.MouseButton.LeftButton)
    assert wanted.args == [json.loads(one.config_file.read_text())]
    assert not page.train_button.isVisible()
    told: list[str] = []
    page.train_wanted.connect(told.append)
    page.hide()
    page.show()
    qtbot.waitUntil(page.train_button.isVisible)
    QTest.mouseClick(page.train_button, Qt.MouseButton.LeftButton)
    assert told == [str(one.config_file)]


def test_a_small_window_shows_what_matters_and_never_scrolls_sideways(
    qtbot: QtBot, page: AdaptersPage, desk_studio: Studio
) -> None:
    made(desk_studio, model="m" * 200)
    put_adapter(desk_studio.home.datasets / ("n" * 200))
    wait_for_count(qtbot, page, 2)
    for width in (1_400, 968, 824):
        page.resize(width, 560)
        qtbot.waitUntil(lambda width=width: page.width() == width)  # type: ignore[misc]
        assert page.minimumSizeHint().width() <= width
        qtbot.waitUntil(lambda: page.table.horizontalScrollBar().maximum() == 0)
        assert not page.table.isColumnHidden(NAME)
        assert not page.table.isColumnHidden(STATE)
        assert not page.grab().isNull()
    for widget in (*page.findChildren(type(page.search)), page.table, page.details.curve):
        assert widget.accessibleName()
