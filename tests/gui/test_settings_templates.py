"""The template editor: switched, edited with a preview, saved, reverted, added, moved, deleted, and hostile texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import open_desk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.templates import all_templates, shipped_templates
from lora_studio.core.domain import OWNER, Draft
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.settings import TemplateSetting, load_settings, save_settings
from lora_studio.gui.settings.page import SettingsPage
from lora_studio.gui.settings.template_list import ID
from lora_studio.gui.settings.templates import TemplatesSection
from lora_studio.gui.studio import Studio

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Studio:
    return open_desk(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, studio: Studio) -> SettingsPage:
    page = SettingsPage(studio)
    qtbot.addWidget(page)
    page.resize(1_200, 900)
    page.show()
    page.show_section("templates")
    return page


@pytest.fixture
def section(qtbot: QtBot, page: SettingsPage) -> TemplatesSection:
    section = page.sections["templates"]
    assert isinstance(section, TemplatesSection)
    qtbot.waitUntil(lambda: bool(section.preview.trial.rows))
    return section


def saved(studio: Studio) -> tuple[TemplateSetting, ...]:
    return load_settings(studio.home.settings).templates


def choose(section: TemplatesSection, template_id: str) -> None:
    view = section.list.view
    item = next(view.item(row) for row in range(view.count()) if view.item(row).data(ID) == template_id)
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualItemRect(item).center())
    assert section.name.text() == template_id


def write(section: TemplatesSection, text: str) -> None:
    section.editor.prompt.setFocus()
    section.editor.prompt.selectAll()
    QTest.keyClicks(section.editor.prompt, text)


def answers(section: TemplatesSection) -> list[tuple[str, str]]:
    return [(row.prompt, row.completion) for row in section.preview.trial.rows]


def test_the_preview_fills_the_template_from_a_guideline(section: TemplatesSection, qtbot: QtBot) -> None:
    assert answers(section) == [('What is the guideline for "Rule 0"?', "Do thing 0 well.")]
    choose(section, "example_good")
    qtbot.waitUntil(lambda: len(section.preview.trial.rows) == 2)
    assert answers(section)[1][0].endswith("fine 0")
    section.preview.search.setFocus()
    QTest.keyClicks(section.preview.search, "Rule 4")
    popup = section.preview.offers
    qtbot.waitUntil(popup.isVisible)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: section.preview.trial.guideline == "Rule 4")
    qtbot.waitUntil(lambda: answers(section)[0][0].endswith("good 4"))


def test_space_switches_a_template_and_undo_switches_it_back(
    page: SettingsPage, section: TemplatesSection, studio: Studio
) -> None:
    choose(section, "rewrite")
    QTest.keyClick(section.list.view, Qt.Key.Key_Space)
    assert saved(studio) == (TemplateSetting(id="rewrite", enabled=True),)
    assert page.notice.text.text() == "rewrite is on."
    QTest.mouseClick(page.notice.offers[0], LEFT)
    assert saved(studio) == ()


def test_an_edit_is_kept_until_it_is_saved(
    page: SettingsPage, section: TemplatesSection, studio: Studio, qtbot: QtBot
) -> None:
    write(section, "Tell me of {{ name }}")
    assert page.unsaved() == "Example templates that are not saved: direct_query."
    choose(section, "rewrite")
    page.show_section("about")
    page.show_section("templates")
    choose(section, "direct_query")
    assert section.editor.prompt.text() == "Tell me of {{ name }}"
    qtbot.waitUntil(lambda: answers(section) == [("Tell me of Rule 0", "Do thing 0 well.")])
    assert saved(studio) == ()
    QTest.keyClick(section.editor.prompt, Qt.Key.Key_S, CONTROL)
    assert saved(studio) == (TemplateSetting(id="direct_query", prompt="Tell me of {{ name }}"),)
    assert page.unsaved() == ""
    assert "changed" in section.list.view.item(0).text()
    QTest.mouseClick(section.reset_button, LEFT)
    QTest.mouseClick(section.save_button, LEFT)
    assert saved(studio) == ()


def test_revert_gives_the_saved_text_back_and_can_be_undone(page: SettingsPage, section: TemplatesSection) -> None:
    before = section.editor.prompt.text()
    write(section, "Other")
    QTest.mouseClick(section.revert_button, LEFT)
    assert section.editor.prompt.text() == before
    assert page.unsaved() == ""
    QTest.mouseClick(page.notice.offers[0], LEFT)
    assert section.editor.prompt.text() == "Other"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ nam }}", "Line 1: The prompt has an unknown name 'nam'; did you mean 'name'?"),
        ("{{ name", "Line 1: The prompt is not valid"),
        (
            "{% for a in tags %}{% for b in tags %}{% endfor %}{% endfor %}",
            "a loop in a loop, which templates do not have",
        ),
        ("{{ 'x' * 10**9 }}", "arithmetic, which templates do not have"),
        (" ", "The prompt is blank"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_is_not_saved(
    section: TemplatesSection, studio: Studio, qtbot: QtBot, text: str, said: str
) -> None:
    write(section, text)
    qtbot.waitUntil(lambda: said in section.editor.faults["prompt"].text(), timeout=10_000)
    assert section.editor.faults["prompt"].isVisible()
    assert not section.save_button.isEnabled()
    QTest.keyClick(section.editor.prompt, Qt.Key.Key_S, CONTROL)
    assert saved(studio) == ()


def test_names_are_put_in_at_the_cursor(section: TemplatesSection) -> None:
    write(section, "Why ")
    chip = next(one for one in section.editor.findChildren(QPushButton) if one.accessibleName() == "Insert rationale")
    QTest.mouseClick(chip, LEFT)
    assert section.editor.prompt.text() == "Why {{ rationale }}"
    section.editor.completion.setFocus()
    section.editor.completion.moveCursor(section.editor.completion.textCursor().MoveOperation.End)
    QTest.mouseClick(chip, LEFT)
    assert section.editor.completion.text() == "{{ content }}{{ rationale }}"


def test_own_templates_are_added_copied_moved_and_deleted(
    page: SettingsPage, section: TemplatesSection, studio: Studio
) -> None:
    QTest.mouseClick(section.list.add_button, LEFT)
    QTest.mouseClick(section.save_button, LEFT)
    QTest.mouseClick(section.list.copy_button, LEFT)
    assert page.unsaved() == "Example templates that are not saved: own_3."
    QTest.mouseClick(section.save_button, LEFT)
    assert [one.id for one in saved(studio)] == ["own_2", "own_3"]
    QTest.mouseClick(section.list.up_button, LEFT)
    assert [one.id for one in saved(studio)] == ["own_3", "own_2"]
    assert not section.list.up_button.isEnabled()
    assert [one.id for one in all_templates(saved(studio))][-2:] == ["own_3", "own_2"]
    QTest.mouseClick(section.list.delete_button, LEFT)
    assert [one.id for one in saved(studio)] == ["own_2"]
    QTest.mouseClick(page.notice.offers[0], LEFT)
    assert [one.id for one in saved(studio)] == ["own_3", "own_2"]
    choose(section, shipped_templates()[0].id)
    assert not section.list.delete_button.isEnabled()


def test_a_chat_marker_is_shown_harmless(section: TemplatesSection, studio: Studio, qtbot: QtBot) -> None:
    write(section, "<|user|> {{ name }}")
    qtbot.waitUntil(lambda: "<|user|>" in section.preview.note.text())
    assert answers(section)[0][0] == "< |user|> Rule 0"


def test_an_empty_answer_is_warned_of(section: TemplatesSection, qtbot: QtBot) -> None:
    write(section, "{{ rationale }}")
    qtbot.waitUntil(lambda: "comes out empty" in section.preview.note.text())


def test_an_empty_library_says_what_to_do(qtbot: QtBot, tmp_path: Path) -> None:
    studio = open_desk(tmp_path, count=0)
    page = SettingsPage(studio)
    qtbot.addWidget(page)
    page.show()
    page.show_section("templates")
    section = page.sections["templates"]
    assert isinstance(section, TemplatesSection)
    qtbot.waitUntil(lambda: section.preview.note.text().startswith("Write a guideline first"))
    add_guidelines(studio.library, [Draft(name="First", content="Do.")], OWNER)
    studio.guidelines_changed.emit()
    qtbot.waitUntil(lambda: section.preview.trial.guideline == "First")


def test_a_wrong_template_in_the_file_is_shown_to_be_mended(qtbot: QtBot, studio: Studio) -> None:
    save_settings(studio.home.settings, load_settings(studio.home.settings))
    studio.home.settings.write_text('[[templates]]\nid = "mine"\nsource = "bad"\nprompt = "{{ exmple }}"\n')
    page = SettingsPage(studio)
    qtbot.addWidget(page)
    page.show()
    page.look()
    page.show_section("templates")
    section = page.sections["templates"]
    assert isinstance(section, TemplatesSection)
    choose(section, "mine")
    qtbot.waitUntil(lambda: section.editor.faults["type"].isVisible())
    assert "did you mean 'example'" in section.editor.faults["prompt"].text()
    assert section.editor.faults["completion"].isVisible()
