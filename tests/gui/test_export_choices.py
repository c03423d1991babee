"""What the Export page takes over: an earlier dataset, dropped folders, the way to a guideline in question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import wait_for
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.cautions import Caution
from lora_studio.core.dataset.export import export_dataset
from lora_studio.core.domain import OWNER, Draft, ExportOptions, GuidelineFilter
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.gui.export.caution_list import SHOWN, CautionList
from lora_studio.gui.export.page import ExportPage
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import cancel_all


@pytest.fixture
def page(qtbot: QtBot, desk_studio: Studio) -> Iterator[ExportPage]:
    page = ExportPage(desk_studio)
    qtbot.addWidget(page)
    page.controls.variety.box.setChecked(False)
    page.resize(1200, 800)
    page.show()
    qtbot.waitUntil(page.export_button.isEnabled, timeout=5_000)
    yield page
    cancel_all(page)


def exported(studio: Studio, folder: Path, options: ExportOptions) -> dict[str, Any]:
    made = export_dataset(studio.library, studio.settings, options, folder, OWNER)
    config: dict[str, Any] = json.loads(made.config_file.read_text())
    return config


def test_an_earlier_dataset_sets_every_control(
    qtbot: QtBot, page: ExportPage, desk_studio: Studio, tmp_path: Path
) -> None:
    options = ExportOptions(
        target_model="acme/huge", format="anthropic", include_examples=False, examples_per_guideline=5, seed=9,
        train_eval_split=0.655, filter=GuidelineFilter(categories=("odd",)), split_by="guideline", strict=True,
    )  # fmt: skip
    config = exported(desk_studio, tmp_path / "earlier", options)
    page.take_over(config)
    qtbot.waitUntil(lambda: page.subject.text.text().startswith("The same 3 guidelines as"))
    name = config["name"]
    assert page.subject.text.text().replace("\u200b", "").endswith(name)
    chosen = page.controls.checked()
    assert chosen is not None
    assert (chosen[0].seed, chosen[0].train_eval_split, chosen[0].strict) == (9, 0.655, True)
    assert chosen == (ExportOptions(**{**_fields(options), "filter": GuidelineFilter()}), tmp_path / "earlier")
    qtbot.waitUntil(lambda: page.export_button.text() == "Export 9 rows")
    assert page.subject.choice().wanted == options.filter
    assert page.subject.back_button.isVisible()
    QTest.mouseClick(page.subject.back_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.subject.text.text() == "All 6 guidelines")
    assert not page.subject.back_button.isVisible()


def _fields(options: ExportOptions) -> dict[str, Any]:
    return {name: getattr(options, name) for name in options.__dataclass_fields__}


def test_what_was_added_since_is_said(qtbot: QtBot, page: ExportPage, desk_studio: Studio, tmp_path: Path) -> None:
    config = exported(desk_studio, tmp_path / "earlier", ExportOptions(target_model="m"))
    page.take_over(config)
    qtbot.waitUntil(lambda: page.subject.text.text().startswith("The same 6 guidelines as"))
    add_guidelines(desk_studio.library, [Draft(name="New", content="New.")], OWNER)
    desk_studio.guidelines_changed.emit()
    qtbot.waitUntil(lambda: page.subject.text.text().startswith("7 guidelines: those of"))
    assert page.subject.text.text().endswith("which had 6")
    desk_studio.choose(GuidelineFilter(categories=("odd",)), "", ())  # the person chose anew: that counts
    qtbot.waitUntil(lambda: page.subject.text.text() == "3 guidelines from the current filter")


def test_a_dataset_that_cannot_be_made_again_changes_nothing(
    qtbot: QtBot, page: ExportPage, desk_studio: Studio, tmp_path: Path
) -> None:
    config = exported(desk_studio, tmp_path / "earlier", ExportOptions(target_model="m"))
    before = page.controls.checked()
    page.take_over({**config, "format": "unheard_of"})
    box = wait_for(qtbot, MessageBox)
    assert "by hand" in box.sentence.text()
    QTest.mouseClick(box.close_button, Qt.MouseButton.LeftButton)
    assert page.controls.checked() == before
    assert page.subject.text.text() == "All 6 guidelines"


def drop(line: QLineEdit, *paths: Path) -> bool:
    """Drops `paths` on `line`, if it takes them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, button, key)
    QApplication.sendEvent(line, enter)
    if enter.isAccepted():
        QApplication.sendEvent(line, QDropEvent(QPointF(5, 5), copy, data, button, key))
    return enter.isAccepted()


def test_folders_are_dropped_where_they_belong(page: ExportPage, tmp_path: Path) -> None:
    model, empty, file = tmp_path / "my {model} %1", tmp_path / "empty", tmp_path / "file"
    model.mkdir()
    empty.mkdir()
    (model / "config.json").write_text("{}")
    file.write_text("")
    assert drop(page.controls.folder.line, empty)
    assert page.controls.folder.path() == empty
    assert not drop(page.controls.folder.line, file)
    assert not drop(page.controls.folder.line, empty, model)
    assert page.controls.folder.path() == empty
    before = page.controls.model.target()
    assert drop(page.controls.model.line, empty)
    assert page.controls.model.target() == before
    assert "holds no config.json" in page.controls.model.line.accessibleDescription()
    assert drop(page.controls.model.line, model)
    assert page.controls.model.target() == str(model)


def test_a_caution_leads_to_its_guideline(qtbot: QtBot, page: ExportPage, desk_studio: Studio) -> None:
    (made,) = add_guidelines(desk_studio.library, [Draft(name="Key", content="aws AKIAIOSFODNN7QRSTUVW")], OWNER)
    desk_studio.guidelines_changed.emit()
    list_ = page.panel.cautions
    qtbot.waitUntil(lambda: "secret" in list_.show_buttons, timeout=10_000)  # found by the look into all texts
    assert list_.text.startswith("1 guideline holds what looks like a key or password")
    with qtbot.waitSignal(desk_studio.guideline_wanted) as asked:
        QTest.mouseClick(list_.show_buttons["secret"], Qt.MouseButton.LeftButton)
    assert asked.args == [made.id]


def test_a_caution_about_several_offers_their_names(qtbot: QtBot, page: ExportPage, desk_studio: Studio) -> None:
    drafts = [Draft(name=f"Bad & <b>worse</b> {n}", content="x y", bad=("b",)) for n in range(23)]
    made = add_guidelines(desk_studio.library, drafts, OWNER)
    desk_studio.guidelines_changed.emit()
    qtbot.waitUntil(lambda: "only_bad" in page.panel.cautions.show_buttons, timeout=10_000)
    QTest.mouseClick(page.panel.cautions.show_buttons["only_bad"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.actions()[0].text() == "Bad && <b>worse</b> 0"
    assert menu.actions()[-1].text() == "and 3 more"
    with qtbot.waitSignal(desk_studio.guideline_wanted) as asked:
        QTest.keyClick(menu, Qt.Key.Key_Return)
    assert asked.args == [made[0].id]


def test_many_cautions_are_folded(qtbot: QtBot) -> None:
    list_ = CautionList()
    qtbot.addWidget(list_)
    list_.resize(600, 700)
    cautions = [Caution(f"kind {n}", f"Sentence {n}.", 1, (f"id {n}",)) for n in range(SHOWN + 3)]
    list_.show_cautions(cautions)
    assert len(list_.show_buttons) == SHOWN
    assert list_.more_button.text() == "3 more"
    QTest.mouseClick(list_.more_button, Qt.MouseButton.LeftButton)
    assert len(list_.show_buttons) == len(cautions)
    assert list_.more_button.text() == "Show fewer"
    kept = list_.show_buttons["kind 0"]
    list_.show_cautions(list(cautions))
    assert list_.show_buttons["kind 0"] is kept  # nothing changed: the focus stays where it is
    list_.show_cautions(cautions[: SHOWN + 1])  # one line more is shown as well as folded away
    assert len(list_.show_buttons) == SHOWN + 1
    assert list_.more_button.isHidden()
    list_.show_cautions([])
    assert list_.isHidden()


def test_leaving_the_page_stops_its_work_and_coming_back_goes_on(
    qtbot: QtBot, page: ExportPage, desk_studio: Studio
) -> None:
    add_guidelines(desk_studio.library, [Draft(name="New", content="New one.")], OWNER)
    desk_studio.guidelines_changed.emit()
    page.hide()
    qtbot.wait(200)
    assert page.export_button.text() == "Export 36 rows"
    page.show()
    qtbot.waitUntil(lambda: page.export_button.text() == "Export 39 rows", timeout=5_000)
