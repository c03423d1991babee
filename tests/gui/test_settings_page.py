"""The Settings page: sections, what is saved at once, what is kept until it is saved, and what others change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from desk import seen
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.core.library.access import has_admin_key, set_admin_key
from lora_studio.core.library.audit import entries
from lora_studio.core.settings import SYSTEM_PROMPT, Settings, load_settings, save_settings
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.messages import MessageBox
from lora_studio.gui.settings.appearance import AppearanceSection
from lora_studio.gui.settings.folders import FoldersSection
from lora_studio.gui.settings.key import KeySection
from lora_studio.gui.settings.lost_key import LostKeyDialog
from lora_studio.gui.settings.names import NamesSection
from lora_studio.gui.settings.page import SECTIONS, SettingsPage
from lora_studio.gui.settings.sentence import SentenceSection
from lora_studio.gui.studio import Studio

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> SettingsPage:
    page = SettingsPage(studio)
    qtbot.addWidget(page)
    page.resize(1_000, 800)
    page.show()
    return page


def saved(studio: Studio) -> Settings:
    return load_settings(studio.home.settings)


def opened(page: SettingsPage, key: str) -> QWidget:
    QTest.mouseClick(page.links.button(list(SECTIONS).index(key)), LEFT)
    assert page.shown == key
    return page.sections[key]


def test_every_section_opens_and_what_has_the_focus_has_a_name(page: SettingsPage) -> None:
    for key in SECTIONS:
        section = opened(page, key)
        assert section.isVisible()
        assert section.accessibleName()
        takers = [one for one in section.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
        silent = [one for one in takers if one.isVisible() and not one.accessibleName()]
        assert [(key, one) for one in silent if one.metaObject().className() != "QTextEdit"] == []


def test_commands_of_a_section_that_is_not_shown_cannot_be_done(page: SettingsPage) -> None:
    names = [action.text() for action in page.actions() if action.isEnabled()]
    assert "Settings: Folders" in names
    assert "Theme: Dark" in names
    opened(page, "folders")
    names = [action.text() for action in page.actions() if action.isEnabled()]
    assert "Theme: Dark" not in names
    assert "Allow a folder…" in names


def test_the_theme(page: SettingsPage, studio: Studio) -> None:
    section = page.sections["appearance"]
    assert isinstance(section, AppearanceSection)
    QTest.mouseClick(section.themes.button(2), LEFT)
    assert saved(studio).theme == "dark"
    QTest.mouseClick(section.themes.button(0), LEFT)
    assert saved(studio) == Settings()


def test_the_system_sentence(page: SettingsPage, studio: Studio) -> None:
    section = opened(page, "sentence")
    assert isinstance(section, SentenceSection)
    assert section.sentence.text() == SYSTEM_PROMPT
    assert not section.save_button.isEnabled()
    section.sentence.selectAll()
    QTest.keyClick(section.sentence, Qt.Key.Key_Delete)
    assert section.fault.text() == "Write one sentence, or use the shipped one."
    assert not section.save_button.isEnabled()
    QTest.keyClicks(section.sentence, "Follow our rules.")
    assert section.count.text() == "17 characters"
    assert page.unsaved() == "The system sentence is not saved."
    opened(page, "about")
    opened(page, "sentence")
    assert section.sentence.text() == "Follow our rules."  # it survives a look elsewhere
    QTest.keyClick(section.sentence, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert saved(studio).system_prompt == "Follow our rules."
    assert page.unsaved() == ""
    QTest.mouseClick(page.notice.offers[0], LEFT)
    assert saved(studio).system_prompt == section.sentence.text() == SYSTEM_PROMPT


def test_the_watch_list(page: SettingsPage, studio: Studio) -> None:
    section = opened(page, "names")
    assert isinstance(section, NamesSection)
    QTest.keyClicks(section.names, "Ada")
    QGuiApplication.clipboard().setText("Bo\n\n Ada \nCy  Example\n")
    QTest.mouseClick(section.paste_button, LEFT)
    assert section.count.text() == "3 names"
    assert page.unsaved() == "The watch list of names is not saved."
    QTest.mouseClick(section.save_button, LEFT)
    assert saved(studio).watch_names == ("Ada", "Bo", "Cy Example")
    assert page.unsaved() == ""
    page.setFocus()
    QTest.mouseClick(page.notice.offers[0], LEFT)
    assert saved(studio).watch_names == ()


def test_ten_thousand_names(page: SettingsPage, studio: Studio) -> None:
    names = tuple(f"Person {number}" for number in range(10_000))
    save_settings(studio.home.settings, Settings(watch_names=names))
    page.look()
    section = opened(page, "names")
    assert isinstance(section, NamesSection)
    assert section.count.text() == "10,000 names"
    assert not section.save_button.isEnabled()


def folders(page: SettingsPage) -> FoldersSection:
    section = opened(page, "folders")
    assert isinstance(section, FoldersSection)
    return section


def test_folders_are_added_once_and_removed_with_undo(
    page: SettingsPage, studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))  # the system's own dialog
    section = folders(page)
    QTest.mouseClick(section.allow_button, LEFT)
    QTest.mouseClick(section.allow_button, LEFT)  # twice is once
    QTest.mouseClick(section.watch_button, LEFT)
    assert (saved(studio).allowed_folders, saved(studio).watched_folders) == ((str(tmp_path),), (str(tmp_path),))
    remove = section.allowed.findChildren(QToolButton)[-1]
    assert remove.accessibleName() == f"Remove {tmp_path}"
    qtbot.waitUntil(remove.isVisible)
    QTest.mouseClick(remove, LEFT)
    assert saved(studio).allowed_folders == ()
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert saved(studio).allowed_folders == (str(tmp_path),)


def test_a_folder_is_dropped(page: SettingsPage, studio: Studio, tmp_path: Path) -> None:
    section = folders(page)
    data = QMimeData()
    (tmp_path / "file").touch()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl.fromLocalFile(str(tmp_path / "file"))])
    none = Qt.KeyboardModifier.NoModifier
    section.watched.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, none))
    assert saved(studio).watched_folders == (str(tmp_path),)


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_what_is_wrong_with_a_folder_is_said(page: SettingsPage, tmp_path: Path) -> None:
    section = folders(page)
    section.add("allowed_folders", ["/", str(Path.home()), str(tmp_path / "gone"), str(tmp_path)])
    said = [one.text() for one in section.allowed.findChildren(QLabel) if one.property("type") == "notice"]
    assert [text.partition(":")[0].partition(".")[0] for text in said] == [
        "The whole disk", "Lets agents read and write anywhere in your home", "This folder is not there now",
    ]  # fmt: skip


def test_the_admin_key(page: SettingsPage, studio: Studio) -> None:
    section = opened(page, "key")
    assert isinstance(section, KeySection)
    assert section.set_button.text() == "Set an admin key…"
    assert not section.lock_button.isVisible()
    QTest.mouseClick(section.set_button, LEFT)
    seen(AdminKeyDialog)[0].reject()
    set_admin_key(studio.library, "correct horse")
    studio.unlock("correct horse")
    assert section.set_button.text() == "Change the key…"
    assert "unlocked" in section.lock_state.text()
    QTest.mouseClick(section.lock_button, LEFT)
    assert studio.admin_key == ""
    assert section.lock_button.text() == "Unlock this window…"


def test_a_lost_key_is_done_away_with_by_typing_the_library_s_name(
    page: SettingsPage, studio: Studio, qtbot: QtBot
) -> None:
    set_admin_key(studio.library, "correct horse")
    section = opened(page, "key")
    assert isinstance(section, KeySection)
    QTest.mouseClick(section.lost_button, LEFT)
    dialog = seen(LostKeyDialog)[0]
    assert not dialog.ok.isEnabled()
    QTest.keyClicks(dialog.name, "yes")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "not the library's name" in dialog.error.text())
    assert has_admin_key(studio.library)
    dialog.name.clear()
    QTest.keyClicks(dialog.name, studio.library.path.name)
    with qtbot.waitSignal(dialog.accepted, timeout=10_000):
        QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    assert not has_admin_key(studio.library)
    assert not section.lost_button.isVisible()
    assert [entry.outcome for entry in entries(studio.library)] == ["done", "VALIDATION", "done"]


def test_what_cannot_be_saved_is_said(page: SettingsPage, studio: Studio) -> None:
    studio.home.settings.mkdir()
    section = page.sections["appearance"]
    assert isinstance(section, AppearanceSection)
    QTest.mouseClick(section.themes.button(2), LEFT)
    box = seen(MessageBox)[0]
    assert str(studio.home.settings) in box.sentence.text()
    assert section.themes.checkedId() == 0
    box.close()


def test_settings_that_another_process_wrote_appear(page: SettingsPage, studio: Studio, qtbot: QtBot) -> None:
    section = folders(page)
    save_settings(studio.home.settings, Settings(allowed_folders=("/new",)))
    qtbot.waitUntil(lambda: studio.settings.allowed_folders == ("/new",), timeout=2_000)
    assert "Remove /new" in [one.accessibleName() for one in section.allowed.findChildren(QToolButton)]


def test_a_broken_file_is_named_and_not_written_over(page: SettingsPage, studio: Studio, qtbot: QtBot) -> None:
    studio.home.settings.write_text("theme = dark\n")
    qtbot.waitUntil(page.fault.isVisible, timeout=2_000)
    assert "line 1" in page.fault.text.text()
    section = page.sections["appearance"]
    assert isinstance(section, AppearanceSection)
    QTest.mouseClick(section.themes.button(1), LEFT)
    seen(MessageBox)[0].close()
    assert studio.home.settings.read_text() == "theme = dark\n"
    studio.home.settings.write_text('theme = "light"\n')
    qtbot.waitUntil(lambda: not page.fault.isVisible(), timeout=2_000)
    assert section.themes.checkedId() == 1
