"""The Settings page: every change is saved at once, and what cannot be is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import seen
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

from lora_studio.core.library.access import set_admin_key
from lora_studio.core.settings import SYSTEM_PROMPT, Settings, load_settings
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.settings.page import SettingsPage
from lora_studio.gui.studio import Studio

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> SettingsPage:
    page = SettingsPage(studio)
    qtbot.addWidget(page)
    page.resize(900, 800)
    page.show()
    return page


def saved(studio: Studio) -> Settings:
    return load_settings(studio.home.settings)


def test_the_theme(page: SettingsPage, studio: Studio) -> None:
    QTest.mouseClick(page.themes.button(2), LEFT)
    assert saved(studio).theme == "dark"
    QTest.mouseClick(page.themes.button(0), LEFT)
    assert saved(studio) == Settings()


def test_the_system_sentence(page: SettingsPage, studio: Studio, qtbot: QtBot) -> None:
    assert page.sentence.text() == SYSTEM_PROMPT
    assert not page.save_button.isEnabled()
    page.sentence.selectAll()
    QTest.keyClick(page.sentence, Qt.Key.Key_Delete)
    assert page.sentence_fault.text() == "Write one sentence, or go back to the shipped one."
    assert not page.save_button.isEnabled()
    QTest.keyClicks(page.sentence, "Follow our rules.")
    QTest.mouseClick(page.save_button, LEFT)
    assert saved(studio).system_prompt == "Follow our rules."
    assert not page.save_button.isEnabled()
    QTest.mouseClick(page.reset_button, LEFT)
    assert saved(studio).system_prompt == page.sentence.text() == SYSTEM_PROMPT


def test_folders(
    page: SettingsPage, studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))  # the system's own dialog
    QTest.mouseClick(page.folders.add_button, LEFT)
    QTest.mouseClick(page.folders.add_button, LEFT)  # twice is once
    assert saved(studio).allowed_folders == (str(tmp_path),)
    remove = page.folders.findChildren(QToolButton)[-1]
    assert remove.accessibleName() == f"Remove {tmp_path}"
    qtbot.waitUntil(remove.isVisible)
    QTest.mouseClick(remove, LEFT)
    assert saved(studio).allowed_folders == ()


def test_the_admin_key(page: SettingsPage, studio: Studio) -> None:
    assert page.key_button.text() == "Set an admin key…"
    QTest.mouseClick(page.key_button, LEFT)
    seen(AdminKeyDialog)[0].reject()
    set_admin_key(studio.library, "correct horse")
    studio.lock_changed.emit()
    assert page.key_button.text() == "Change the admin key…"


def test_what_cannot_be_saved_is_said(page: SettingsPage, studio: Studio) -> None:
    studio.home.settings.mkdir()
    QTest.mouseClick(page.themes.button(2), LEFT)
    box = seen(MessageBox)[0]
    assert str(studio.home.settings) in box.sentence.text()
    assert page.themes.checkedId() == 0
    box.close()
