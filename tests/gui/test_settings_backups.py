"""Backups in the settings: how many there are, one by hand, the way back and back again, and a look at the library."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import KEY, wait_for
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import Draft, GuidelineFilter
from lora_studio.core.library.access import set_admin_key
from lora_studio.core.library.copies import dated_copies
from lora_studio.core.library.guidelines import add_guidelines, list_guidelines
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.settings.backups import BackupsSection
from lora_studio.gui.settings.page import BACKUPS, SettingsPage
from lora_studio.gui.studio import Studio

PATIENCE_MS = 30_000


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> SettingsPage:
    page = SettingsPage(studio)
    qtbot.addWidget(page)
    page.resize(1_000, 800)
    page.show()
    page.show_section(BACKUPS)
    return page


@pytest.fixture
def section(page: SettingsPage) -> BackupsSection:
    section = page.section(BACKUPS)
    assert isinstance(section, BackupsSection)
    return section


def names(studio: Studio) -> set[str]:
    return {one.name for one in list_guidelines(studio.library, GuidelineFilter(active=None))}


def test_one_by_hand_and_a_look(qtbot: QtBot, studio: Studio, page: SettingsPage, section: BackupsSection) -> None:
    assert (section.state.text(), section.newest.isVisible()) == ("No backup yet", False)
    with qtbot.waitSignal(section.done, timeout=PATIENCE_MS):
        section.now_action.trigger()
    assert section.state.text().startswith("1 backups, ")
    assert (
        section.newest.text() == f"The newest is of {dated_copies(studio.library.path)[0].made[:16].replace('T', ' ')}."
    )
    with studio.library.connection():
        studio.library.sql("INSERT INTO guideline_search (guideline_search) VALUES ('delete-all')")
    with qtbot.waitSignal(section.done, timeout=PATIENCE_MS) as told:
        section.check_action.trigger()
    assert "Made anew: search index" in told.args[0]
    assert section.now_action.isEnabled()


def test_the_way_back_and_back_again(
    qtbot: QtBot, studio: Studio, page: SettingsPage, section: BackupsSection, tmp_path: Path
) -> None:
    before = names(studio)
    with qtbot.waitSignal(section.done, timeout=PATIENCE_MS):
        section.now_action.trigger()
    (made,) = add_guidelines(studio.library, [Draft(name="Later", content="Text.")], "t")
    studio.history.note_saved(None, made)
    with (
        qtbot.waitSignal(studio.guidelines_changed, timeout=PATIENCE_MS),
        qtbot.waitSignal(section.done, timeout=PATIENCE_MS),
    ):
        section.restore_from(dated_copies(studio.library.path)[0].path)
    assert names(studio) == before
    assert studio.history.to_undo is None  # its rows were the other library's
    with qtbot.waitSignal(section.done, timeout=PATIENCE_MS):
        page.undo_action.trigger()
    assert names(studio) == before | {"Later"}


def test_a_set_key_is_asked_for(qtbot: QtBot, studio: Studio, page: SettingsPage, section: BackupsSection) -> None:
    with qtbot.waitSignal(section.done, timeout=PATIENCE_MS):
        section.now_action.trigger()
    set_admin_key(studio.library, KEY)
    section.restore_from(dated_copies(studio.library.path)[0].path)
    dialog = wait_for(qtbot, AdminKeyDialog)
    dialog.present.setText(KEY)
    with qtbot.waitSignal(section.done, timeout=PATIENCE_MS):
        dialog.ok.click()
    assert studio.admin_key == ""


def test_what_is_no_backup_is_refused(
    qtbot: QtBot, studio: Studio, page: SettingsPage, section: BackupsSection, tmp_path: Path
) -> None:
    (tmp_path / "text.db").write_text("no database " * 1_000)
    section.restore_from(tmp_path / "text.db")
    box = wait_for(qtbot, MessageBox)
    assert "cannot be restored" in box.sentence.text()
    box.accept()
    assert section.restore_action.isEnabled()
