"""What the import's window shows of all that is not simply taken: probably no rules, not read, not taken, left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import OWNER, Scope
from lora_studio.core.importing import plan as plans
from lora_studio.core.importing.apply import apply_import
from lora_studio.core.importing.reading import read_paths
from lora_studio.core.importing.records import Reading
from lora_studio.gui.importing.dialog import ImportDialog, choose_and_import
from lora_studio.gui.studio import Studio

RULES = "# Web\n\n## About\n\nThis is a shop.\n\n## Errors\n\nWrap errors.\n\n## Logs\n\nNo secrets.\n"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rules, of which the reader finds one to be none, and with a document."""
    path = tmp_path / "project" / "CLAUDE.md"
    path.parent.mkdir()
    path.write_text(f"---\nlicense: MIT\n---\n{RULES}")
    (path.parent / "README.md").write_text("# Us\n")

    def judged(*arguments: Any) -> Reading:
        reading = read_paths(*arguments)
        why = {"About": "It describes the project"}
        sources = tuple(
            replace(one, found=tuple(replace(f, reason=why.get(f.draft.name, "")) for f in one.found))
            for one in reading.sources
        )
        return replace(reading, sources=sources)

    monkeypatch.setattr(plans, "read_paths", judged)
    return path


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def opened(qtbot: QtBot, studio: Studio, window: QWidget, paths: Sequence[Path]) -> ImportDialog:
    dialog = ImportDialog(studio, paths, window)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is not dialog.wait)
    return dialog


def said(dialog: ImportDialog) -> list[str]:
    return [one.text() for one in dialog.preview.detail.findChildren(QLabel)]


def test_what_is_probably_no_rule_stands_below_with_its_reason(
    qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path
) -> None:
    dialog = opened(qtbot, empty_studio, window, [rules.parent])
    model = dialog.preview.lines
    assert [(str(model.index(n, 0).data()), str(model.index(n, 1).data())) for n in range(model.rowCount())] == [
        ("Errors", "New"), ("Logs", "New"), ("About", "Probably not a rule"),
        ("A document about the project by its name, no rules; import it by name if it holds some", "Not read"),
        ("license: Front matter that this program has no field for", "Fields not taken"),
    ]  # fmt: skip
    assert [model.is_ticked(line) for line in range(3)] == [True, True, False]
    assert dialog.import_button.text() == "Import 2 guidelines"
    dialog.preview.table.selectRow(2)
    assert "Probably not a rule: It describes the project" in said(dialog)
    dialog.preview.table.selectRow(4)
    assert "Field: license" in said(dialog)
    dialog.preview.all_button.click()
    assert dialog.import_button.text() == "Import 3 guidelines"
    dialog.close()


def test_ticks_outlive_a_change_of_scope(qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path) -> None:
    dialog = opened(qtbot, empty_studio, window, [rules])
    QTest.keyClick(dialog.preview.table, Qt.Key.Key_Space)
    assert dialog.import_button.text() == "Import 1 guideline"
    dialog.scope.kind.setCurrentIndex(2)
    dialog.scope.kind.activated.emit(2)
    QTest.keyClicks(dialog.scope.id, "web")
    QTest.keyClick(dialog.scope.id, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.preview and dialog.import_button.isEnabled())
    assert dialog.import_button.text() == "Import 1 guideline"
    dialog.close()


def test_the_same_again_says_nothing_new_and_where_it_went(
    qtbot: QtBot, empty_studio: Studio, window: QWidget, rules: Path
) -> None:
    library = empty_studio.library
    plan = plans.plan_import(library, [rules], Scope("project", "web"))
    apply_import(library, plan, range(len(plan.entries)), OWNER)
    dialog = choose_and_import(empty_studio, window)
    dialog.nothing.again_button.click()
    qtbot.waitUntil(lambda: dialog.pages.currentWidget() is dialog.preview)
    assert dialog.said.text() == "Nothing new: 3 rules are as they were when they were imported."
    assert dialog.scope.scope() == Scope("project", "web")
    assert not dialog.import_button.isEnabled()
    dialog.close()


def test_again_with_nothing_before_says_so(qtbot: QtBot, empty_studio: Studio, window: QWidget) -> None:
    dialog = choose_and_import(empty_studio, window)
    dialog.nothing.again_button.click()
    qtbot.waitUntil(lambda: bool(dialog.nothing.faults.text()))
    assert dialog.nothing.faults.text() == "Nothing was imported from a file yet."
    dialog.close()
