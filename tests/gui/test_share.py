"""Share in the window: what the list shows becomes an agent's rule files, and nothing that somebody edited is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.importing.plan import plan_import
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.sharing.dialog import ShareDialog
from lora_studio.gui.studio import Studio


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def opened(
    qtbot: QtBot, studio: Studio, parent: QWidget, folder: Path | None = None, name: str = "agents"
) -> ShareDialog:
    dialog = ShareDialog(studio, parent)
    dialog.format.setCurrentIndex(dialog.format.findData(name))
    if folder is not None:
        dialog.folder.show_folder(folder)
    dialog.open()
    qtbot.waitUntil(lambda: not dialog.looking.is_busy())
    return dialog


def listed(dialog: ShareDialog) -> list[str]:
    return [one.text() for one in dialog.files.findChildren(QLabel)]


def test_the_active_rules_of_the_list_are_written(
    qtbot: QtBot, studio: Studio, parent: QWidget, tmp_path: Path
) -> None:
    dialog = opened(qtbot, studio, parent)
    assert listed(dialog) == ["AGENTS.md  ·  new"]
    assert dialog.said.text().startswith("5 guidelines, about ")
    assert not dialog.write_button.isEnabled()  # nobody said where
    dialog.folder.show_folder(tmp_path / "project")
    qtbot.waitUntil(lambda: not dialog.looking.is_busy() and dialog.write_button.isEnabled())
    assert dialog.write_button.text() == "Write 1 file"
    dialog.write_button.click()
    qtbot.waitUntil(dialog.open_button.isVisible)
    assert dialog.title.text() == "1 file was written"
    plan = plan_import(studio.library, [tmp_path / "project"])
    assert [entry.state for entry in plan.entries] == ["same"] * 5
    dialog.cancel_button.click()
    again = opened(qtbot, studio, parent, tmp_path / "project")
    assert listed(again) == ["All of it stands there already."]
    again.close()


def test_an_edit_by_hand_is_said_before_anything_is_written(
    qtbot: QtBot, studio: Studio, parent: QWidget, tmp_path: Path
) -> None:
    path = tmp_path / "AGENTS.md"
    dialog = opened(qtbot, studio, parent, tmp_path)
    dialog.write_button.click()
    qtbot.waitUntil(dialog.open_button.isVisible)
    dialog.close()
    first = plan_import(studio.library, [path]).entries[0].draft
    path.write_text(path.read_text().replace(first.content, f"{first.content} Mostly."))
    dialog = opened(qtbot, studio, parent, tmp_path)
    assert "was edited in the file since it was written" in dialog.error.text()
    assert not dialog.write_button.isEnabled()
    dialog.folder.line.setText("bad\0path")
    assert dialog.error.isVisible()
    dialog.close()


def test_a_file_of_data_holds_the_inactive_ones_too(
    qtbot: QtBot, studio: Studio, parent: QWidget, tmp_path: Path
) -> None:
    studio.choose(GuidelineFilter(active=None), "", ())
    dialog = opened(qtbot, studio, parent, tmp_path, "json")
    assert dialog.said.text().startswith("6 guidelines, about ")
    dialog.write_button.click()
    qtbot.waitUntil(dialog.open_button.isVisible)
    (made,) = tmp_path.glob("guidelines_*.json")
    assert made.read_text().startswith('{"guidelines": [')
    dialog.close()


def test_what_the_disk_refuses_is_said(
    qtbot: QtBot, studio: Studio, parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = opened(qtbot, studio, parent, tmp_path, "cline")
    (tmp_path / ".clinerules").write_text("one file")
    dialog.write_button.click()
    qtbot.waitUntil(lambda: bool(dialog.findChildren(MessageBox)))
    (box,) = dialog.findChildren(MessageBox)
    box.close()
    assert (tmp_path / ".clinerules").read_text() == "one file"
    qtbot.waitUntil(lambda: not dialog.looking.is_busy())
    dialog.close()


def test_the_page_offers_it(qtbot: QtBot, window: MainWindow) -> None:
    window.guidelines.list.share_button.click()
    (dialog,) = window.guidelines.findChildren(ShareDialog)
    qtbot.waitUntil(lambda: not dialog.looking.is_busy())
    assert dialog.isVisible()
    dialog.close()
