"""The table's model: Qt's own tests of it, what every cell says, and how much it keeps."""

from __future__ import annotations

from array import array

import pytest
from desk import check_model
from PySide6.QtCore import QObject, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot
from rules import DRAFTS

from lora_studio.core.domain import OWNER, Draft, GuidelineFilter, Scope
from lora_studio.core.errors import StorageError
from lora_studio.core.library.browse import ordered_rows
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.gui.guidelines.model import COLUMNS, PAGE_ROWS, PAGES_KEPT, GuidelineModel
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import colours

EVERYTHING = GuidelineFilter(active=None)


@pytest.fixture
def model(studio: Studio) -> GuidelineModel:
    model = GuidelineModel(studio.library, studio)
    model.set_rows(ordered_rows(studio.library, EVERYTHING, "priority", True))
    return model


def cells(model: GuidelineModel) -> list[list[str]]:
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def test_qt_finds_no_fault(model: GuidelineModel, qtmodeltester: ModelTester) -> None:
    check_model(qtmodeltester, model)


def test_qt_finds_no_fault_in_an_empty_one(studio: Studio, qtmodeltester: ModelTester) -> None:
    check_model(qtmodeltester, GuidelineModel(studio.library, studio))


def test_what_the_cells_say(model: GuidelineModel) -> None:
    shown = [row[:5] for row in cells(model)]
    assert shown == [
        ["Never log secrets", "security", "100", "logging", "global"],
        ["Validate input at the boundary", "security", "95", "python, api", "global"],
        ["Names say what", "style", "70", "python", "global"],
        ["Small pull requests", "git", "60", "", "acme · org"],
        ["Prefer pathlib", "style", "50", "python", "webapp · project"],
        ["Old rule  (inactive)", "style", "10", "", "global"],
    ]
    assert all(len(row[5]) == len("2025-12-24 10:30") for row in cells(model))


def test_headers(model: GuidelineModel) -> None:
    titles = [model.headerData(section, Qt.Orientation.Horizontal) for section in range(len(COLUMNS))]
    assert titles == ["Name", "Category", "Priority", "Tags", "Scope", "Changed"]
    first = model.headerData(2, Qt.Orientation.Horizontal, Qt.ItemDataRole.InitialSortOrderRole)
    assert first == Qt.SortOrder.DescendingOrder


def test_an_inactive_name_is_grey(model: GuidelineModel) -> None:
    role = Qt.ItemDataRole.ForegroundRole
    assert model.index(0, 0).data(role) == colours().text
    assert model.index(5, 0).data(role) == colours().secondary


def test_sorting_is_asked_for_by_name(model: GuidelineModel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(model.sort_wanted) as asked:
        model.sort(1, Qt.SortOrder.DescendingOrder)
    assert asked.args == ["category", True]


def test_places_of_rows(model: GuidelineModel) -> None:
    assert model.places_of([2, 99, 1]) == [0, 1]


def test_only_some_pages_are_kept(empty_studio: Studio) -> None:
    count = PAGE_ROWS * (PAGES_KEPT + 3)
    drafts = [Draft(name=f"Rule {number:05}", content="x", scope=Scope("org", "o")) for number in range(count)]
    add_guidelines(empty_studio.library, drafts, OWNER)
    model = GuidelineModel(empty_studio.library, empty_studio)
    model.set_rows(ordered_rows(empty_studio.library, EVERYTHING, "name", False))
    shown = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert shown == [draft.name for draft in drafts]
    assert len(model._pages) == PAGES_KEPT
    assert model.index(0, 0).data() == "Rule 00000"  # read again


def test_a_row_that_cannot_be_read_is_blank_and_told_once_a_page(studio: Studio, qtbot: QtBot) -> None:
    parent = QObject()
    model = GuidelineModel(studio.library, parent)
    studio.library.path.write_bytes(b"not a database" * 1_000)
    for end in ("-wal", "-shm"):
        studio.library.path.with_name(studio.library.path.name + end).unlink(missing_ok=True)
    errors: list[Exception] = []
    model.failed.connect(errors.append)
    model.set_rows(array("q", [1, 2]))
    assert cells(model) == [[None] * len(COLUMNS)] * 2
    assert [type(error) for error in errors] == [StorageError]


def test_the_drafts_of_these_tests_are_what_is_shown(model: GuidelineModel) -> None:
    assert sorted(model.rows) == list(range(1, len(DRAFTS) + 1))
