"""Agents and the audit log in the window: granted, revoked, taken back, with the key; read page by page."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from desk import KEY, open_desk, wait_for
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import Scope
from lora_studio.core.library.access import ALL_SCOPES, Grant, grant, grants, has_admin_key, revoke, set_admin_key
from lora_studio.core.library.audit import entries, record
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.settings.agents import AgentsSection
from lora_studio.gui.settings.audit import AuditSection
from lora_studio.gui.settings.page import SettingsPage
from lora_studio.gui.settings.rights import rights_words
from lora_studio.gui.studio import Studio

LEFT = Qt.MouseButton.LeftButton
WEB = Scope("project", "webapp")


def shown(qtbot: QtBot, studio: Studio, key: str) -> SettingsPage:
    page = SettingsPage(studio)
    qtbot.addWidget(page)
    page.resize(1_000, 800)
    page.show()
    page.show_section(key)
    return page


def agents(qtbot: QtBot, studio: Studio) -> tuple[SettingsPage, AgentsSection]:
    page = shown(qtbot, studio, "agents")
    section = page.sections["agents"]
    assert isinstance(section, AgentsSection)
    qtbot.waitUntil(lambda: bool(section.rights.scopes))
    return page, section


def give(section: AgentsSection, agent: str, scope: str) -> None:
    section.form.agent.setFocus()
    QTest.keyClicks(section.form.agent, agent)
    section.form.scope.setFocus()
    QTest.keyClicks(section.form.scope, scope)
    QTest.keyClick(section.form.scope, Qt.Key.Key_Return)


def test_a_right_is_granted_said_in_words_and_taken_back(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    page, section = agents(qtbot, studio)
    assert section.none.isVisible()
    section.form.permission.setCurrentIndex(1)
    give(section, "webbot", "project:webapp")
    qtbot.waitUntil(lambda: section.table.rowCount() == 1)
    assert grants(studio.library) == [Grant("webbot", "write", WEB)]
    assert page.notice.text.text() == "webbot may read and write project webapp."
    QTest.mouseClick(page.notice.offers[0], LEFT)
    qtbot.waitUntil(lambda: section.table.rowCount() == 0)
    assert grants(studio.library) == []


def test_revoking_is_undone_with_all_that_it_took(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    for permission in ("read", "write"):
        grant(studio.library, "bot", permission, WEB)
    page, section = agents(qtbot, studio)
    qtbot.waitUntil(lambda: section.table.rowCount() == 2)
    section.table.selectRow(0)
    QTest.mouseClick(section.revoke_button, LEFT)
    qtbot.waitUntil(lambda: section.table.rowCount() == 0)
    assert page.notice.text.text() == "bot may do nothing."
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: section.table.rowCount() == 2)
    assert len(grants(studio.library)) == 2


def test_a_locked_window_asks_for_the_key_in_place(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, unlocked=False)
    _, section = agents(qtbot, studio)
    give(section, "bot", "all")
    dialog = wait_for(qtbot, AdminKeyDialog)
    QTest.keyClicks(dialog.present, KEY)
    QTest.keyClick(dialog.present, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: section.table.rowCount() == 1, timeout=10_000)
    assert grants(studio.library) == [Grant("bot", "read", ALL_SCOPES)]


def test_a_key_is_offered_where_agents_are_granted(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, key=False)
    _, section = agents(qtbot, studio)
    assert "agents cannot export" in section.no_key.text.text()
    give(section, "bot", "all")
    qtbot.waitUntil(lambda: section.table.rowCount() == 1)
    QTest.mouseClick(section.no_key.offers[0], LEFT)
    dialog = wait_for(qtbot, AdminKeyDialog)
    QTest.keyClicks(dialog.new, KEY)
    QTest.keyClicks(dialog.again, KEY)
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    qtbot.waitUntil(section.no_key.isHidden, timeout=10_000)
    assert has_admin_key(studio.library)


def test_a_key_that_changed_meanwhile_is_asked_for_again(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    _, section = agents(qtbot, studio)
    set_admin_key(studio.library, "another key", KEY)
    give(section, "bot", "global")
    wait_for(qtbot, AdminKeyDialog).reject()
    assert grants(studio.library) == []
    assert studio.admin_key == ""
    assert ("grant", "PERMISSION_DENIED") in [(entry.action, entry.outcome) for entry in entries(studio.library)]


@pytest.mark.parametrize(
    ("agent", "scope", "said"),
    [("", "all", "Write the agent's name"), ("bot", "team:x", "is not a scope"), ("desktop", "all", "owner")],
)
def test_a_wrong_grant_is_said_in_place(qtbot: QtBot, tmp_path: Path, agent: str, scope: str, said: str) -> None:
    studio = open_desk(tmp_path)
    _, section = agents(qtbot, studio)
    give(section, agent, scope)
    qtbot.waitUntil(lambda: said in section.form.fault.text())
    assert section.form.fault.isVisible()
    assert grants(studio.library) == []


def test_what_other_processes_grant_appears_and_refused_agents_have_a_short_way(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    _, section = agents(qtbot, studio)
    grant(studio.library, "bot", "read", Scope())
    qtbot.waitUntil(lambda: section.table.rowCount() == 1, timeout=3_000)
    record(studio.library, "newbot", "memory_query search", "PERMISSION_DENIED", {"error": "Permission denied: no"})
    qtbot.waitUntil(section.refused.isVisible, timeout=3_000)
    short = section.refused.findChildren(QPushButton)[0]
    assert short.accessibleName() == "Grant a right to newbot"
    QTest.mouseClick(short, LEFT)
    assert section.form.agent.currentText() == "newbot"
    revoke(studio.library, "bot", "read", Scope())
    qtbot.waitUntil(lambda: section.table.rowCount() == 0, timeout=3_000)
    assert section.form.agent.currentText() == "newbot"  # what was typed stays


def test_rights_in_words(qtbot: QtBot) -> None:
    read, write = Grant("a", "read", Scope()), Grant("a", "write", WEB)
    assert rights_words("a", [read]) == "a may read global."
    assert rights_words("a", [read, Grant("a", "read", WEB)]) == "a may read global and project webapp."
    assert rights_words("a", [read, write]) == "a may read global, and read and write project webapp."
    assert rights_words("a", [Grant("a", "write", ALL_SCOPES), read]) == "a may read and write everything."
    assert rights_words("b", [read]) == "b may do nothing."


def audit_log(qtbot: QtBot, studio: Studio) -> AuditSection:
    section = shown(qtbot, studio, "audit").sections["audit"]
    assert isinstance(section, AuditSection)
    qtbot.waitUntil(lambda: bool(section.model.entries))
    return section


def test_the_audit_log_reads_on_searches_and_is_saved(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    with studio.library.writing():
        for number in range(450):
            record(studio.library, f"bot{number}", "memory_query search", "done", {"number": str(number)})
    section = audit_log(qtbot, studio)
    assert section.model.data(section.model.index(0, 1)) == "bot449"
    assert section.count.text() == "the newest 200 rows"
    section.table.scrollToBottom()
    qtbot.waitUntil(lambda: len(section.model.entries) == 400)
    section.table.scrollToBottom()
    qtbot.waitUntil(lambda: section.model.is_whole)
    assert [entry.row for entry in section.model.entries] == list(range(451, 0, -1))
    QTest.keyClicks(section.search, "bot44")
    qtbot.waitUntil(lambda: section.count.text() == "11 rows")
    section.save_to(tmp_path / "log.csv")
    qtbot.waitUntil(lambda: section.save_button.isEnabled())
    with (tmp_path / "log.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 12


def test_new_rows_come_to_the_top(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path)
    section = audit_log(qtbot, studio)
    record(studio.library, "newbot", "x", "CONFLICT", {"error": "It moved on"})
    qtbot.waitUntil(lambda: section.model.entries[0].who == "newbot", timeout=3_000)
    assert section.model.data(section.model.index(0, 3)) == "conflict"
    assert section.model.data(section.model.index(0, 4)) == "It moved on"
