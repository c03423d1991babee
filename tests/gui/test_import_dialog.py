"""The import in the window: read, shown, ticked, done; cancelled at every moment; nothing found; edits kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from desk import check_model
from imports import RULES, project_of
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import OWNER, GuidelineFilter
from lora_studio.core.importing.apply import Imported, apply_import
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.library.guidelines import change_guidelines, list_guidelines
from lora_studio.gui.importing.dialog import ImportDialog, choose_and_import
from lora_studio.gui.importing.model import NAME, PlanModel
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.text_view import TextView


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return project_of(tmp_path)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def opened(qtbot: QtBot, studio: Studio, window: QWidget, *paths: Path) -> ImportDialog:
    dialog = ImportDialog(studio, paths, window)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is not dialog.wait)
    return dialog


def names(studio: Studio) -> set[str]:
    return {one.name for one in list_guidelines(studio.library, GuidelineFilter(active=None), None, 1_000)}


def lines(model: PlanModel) -> list[tuple[str, str]]:
    return [(str(model.index(n, 0).data()), str(model.index(n, 1).data())) for n in range(model.rowCount())]


def group(dialog: ImportDialog, start: str) -> QAbstractButton:
    return next(one for one in dialog.preview.groups.buttons() if one.text().startswith(start))


def shown_texts(dialog: ImportDialog) -> list[str]:
    return [view.toPlainText() for view in dialog.preview.detail.findChildren(TextView)]


def test_a_file_is_shown_ticked_and_imported(qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path) -> None:
    dialog = opened(qtbot, empty_studio, window, rules)
    assert lines(dialog.preview.lines) == [("Errors", "New"), ("Logs", "New"), ("Names", "New")]
    assert dialog.import_button.text() == "Import 3 guidelines"
    assert dialog.preview.table.hasFocus()
    assert shown_texts(dialog) == ["Errors", "Wrap errors."]
    QTest.keyClick(dialog.preview.table, Qt.Key.Key_Down)
    assert shown_texts(dialog) == ["Logs", "No secrets."]
    QTest.keyClick(dialog.preview.table, Qt.Key.Key_Space)
    assert dialog.import_button.text() == "Import 2 guidelines"
    assert names(empty_studio) == set()
    results: list[Imported] = []
    dialog.imported.connect(results.append)
    with qtbot.waitSignals([dialog.imported, empty_studio.guidelines_changed]):
        QTest.keyClick(dialog.preview.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert (len(results[0].change), results[0].counts) == (2, {"new": 2})
    assert names(empty_studio) == {"Errors", "Names"}
    assert dialog.done_page.title.text() == "2 guidelines were imported"
    assert dialog.done_page.said.text() == "New: 2"
    assert dialog.cancel_button.text() == "Close"
    dialog.cancel_button.click()
    assert dialog.isHidden()


def test_a_click_on_a_box_and_all_and_none(
    qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path, qtmodeltester: ModelTester
) -> None:
    dialog = opened(qtbot, empty_studio, window, rules)
    check_model(qtmodeltester, dialog.preview.lines)
    table = dialog.preview.table
    place = table.visualRect(dialog.preview.lines.index(2, NAME))
    place.setWidth(36)
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    assert sorted(dialog.preview.lines.chosen) == [0, 1]
    dialog.preview.none_button.click()
    assert dialog.import_button.text() == "Nothing to import"
    assert not dialog.import_button.isEnabled()
    dialog.preview.all_button.click()
    assert dialog.import_button.text() == "Import 3 guidelines"
    assert dialog.preview.lines.index(0, NAME).data(Qt.ItemDataRole.AccessibleTextRole) == "Errors, New, chosen"
    dialog.close()


def test_groups_changes_and_edits_by_hand(qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path) -> None:
    library = empty_studio.library
    done = apply_import(library, plan_import(library, [rules]), None, OWNER)
    change_guidelines(library, [done.ids[1]], lambda old: replace(old, content="My own."), OWNER)
    rules.write_text(RULES.replace("Wrap", "Never swallow").replace("No secrets.", "No keys."))
    (rules.parent / "bad.md").write_bytes(b"\n\xe9")
    dialog = opened(qtbot, empty_studio, window, rules.parent)
    assert [one.text() for one in dialog.preview.groups.buttons()] == [
        "All  4", "Changed  1", "Edited here  1", "The same  1", "Not readable  1",
    ]  # fmt: skip
    assert dialog.import_button.text() == "Import 1 guideline"
    group(dialog, "Changed").click()
    assert lines(dialog.preview.lines) == [("Errors", "Changed")]
    assert shown_texts(dialog) == ["Errors", "Wrap errors.", "Never swallow errors."]
    group(dialog, "Edited").click()
    assert shown_texts(dialog) == ["Logs", "My own.", "No keys."]
    group(dialog, "Not").click()
    assert shown_texts(dialog) == ["It is not UTF-8 text (line 2); save it as UTF-8"]
    dialog.preview.all_button.click()
    group(dialog, "All").click()
    assert len(dialog.preview.lines.chosen) == 1
    with qtbot.waitSignal(dialog.imported):
        dialog.import_button.click()
    kept = list_guidelines(library, GuidelineFilter(), None, 10)
    assert sorted(one.content for one in kept) == ["My own.", "Never swallow errors.", "Say what it is."]
    dialog.close()


def test_the_scope_is_chosen_before_the_import(
    qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path
) -> None:
    dialog = opened(qtbot, empty_studio, window, rules)
    dialog.scope.kind.setCurrentIndex(2)
    dialog.scope.kind.activated.emit(2)
    assert not dialog.import_button.isEnabled()
    QTest.keyClicks(dialog.scope.id, "web")
    QTest.keyClick(dialog.scope.id, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.preview and dialog.import_button.isEnabled())
    with qtbot.waitSignal(dialog.imported):
        dialog.import_button.click()
    assert {str(one.scope) for one in list_guidelines(empty_studio.library, GuidelineFilter())} == {"project:web"}
    dialog.close()


def test_without_paths_it_says_what_fits_and_takes_drops(
    qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path
) -> None:
    dialog = choose_and_import(empty_studio, window)
    assert dialog.pages.currentWidget() is dialog.nothing
    assert dialog.import_button.isHidden()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(rules))])
    button, no_keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    dialog.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, button, no_keys))
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.preview)
    assert dialog.import_button.text() == "Import 3 guidelines"
    dialog.close()


def test_files_and_folders_are_asked_for(qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path) -> None:
    dialog = choose_and_import(empty_studio, window)
    dialog.nothing.folder_button.click()
    chooser = dialog.findChild(QFileDialog)
    assert chooser is not None
    assert chooser.fileMode() == QFileDialog.FileMode.Directory
    chooser.filesSelected.emit([str(rules.parent)])
    chooser.reject()
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.preview)
    dialog.close()


def test_where_nothing_can_be_read_it_says_why(
    qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path
) -> None:
    rules.write_bytes(b"\xff\xff")
    dialog = opened(qtbot, empty_studio, window, rules)
    assert dialog.title.text() == "Nothing to import in CLAUDE.md"
    assert dialog.nothing.faults.text() == "CLAUDE.md: It is not UTF-8 text (line 1); save it as UTF-8"
    dialog.close()


def test_a_library_that_moved_on_is_told_and_nothing_is_lost(
    qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path
) -> None:
    dialog = opened(qtbot, empty_studio, window, rules)
    apply_import(empty_studio.library, plan_import(empty_studio.library, [rules]), {0}, OWNER)
    dialog.import_button.click()
    qtbot.waitUntil(lambda: bool(dialog.findChildren(MessageBox)))
    box = dialog.findChildren(MessageBox)[0]
    assert box.sentence.text().endswith("make the preview again")
    box.close()
    assert dialog.pages.currentWidget() is dialog.preview
    assert names(empty_studio) == {"Errors"}
    dialog.close()


def test_ten_thousand_rules_and_escape_on_the_way(
    qtbot: QtBot, empty_studio: Studio, window: QWidget, tmp_path: Path
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(f'{{"name": "Rule {n}", "content": "Do {n}."}}\n' for n in range(10_000)))
    dialog = opened(qtbot, empty_studio, window, path)
    assert dialog.import_button.text() == "Import 10,000 guidelines"
    dialog.import_button.click()
    dialog.reject()
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.preview, timeout=10_000)
    assert dialog.said.text() == "Cancelled; nothing was changed."
    assert names(empty_studio) == set()
    dialog.import_button.click()
    with qtbot.waitSignal(dialog.destroyed, timeout=10_000):
        dialog.close()
    assert names(empty_studio) == set()


def test_closing_while_it_reads_leaves_nothing_running(
    qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path
) -> None:
    dialog = ImportDialog(empty_studio, [rules.parent], window)
    dialog.open()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()
