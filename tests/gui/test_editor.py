"""The form for a guideline: what it refuses and says, what it saves, and what it never changes unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from editing import by_name, fault_of, opened, save, shown_window
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from rules import ACME
from samples import NASTY

from lora_studio.core.domain import OWNER, Draft, Scope
from lora_studio.core.library.guidelines import (
    add_guidelines,
    get_guideline,
    guideline_history,
)
from lora_studio.gui.guidelines.editor import Editor
from lora_studio.gui.studio import Studio


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    return shown_window(qtbot)


def test_a_new_guideline_as_it_was_typed(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    dialog = opened(studio, window)
    form = dialog.form
    QTest.keyClicks(form.name, "Fail loudly")
    QTest.keyClicks(form.content, "Say what to do.")
    form.category.setFocus()
    QTest.keySequence(form.category, QKeySequence.StandardKey.SelectAll)
    QTest.keyClicks(form.category, "errors ")
    QTest.keyClicks(form.tags.line, "python,ux")
    QTest.keyClick(form.tags.line, Qt.Key.Key_Return)
    QTest.keyClicks(form.tags.line, "typed only")
    form.slider.setValue(80)
    form.scope_type.setCurrentText("org")
    form.scope_id.setCurrentText("acme")
    QTest.keyClicks(form.rationale, "Silence costs more.")
    QTest.mouseClick(form.good.add_button, Qt.MouseButton.LeftButton)
    QTest.keyClicks(form.good.fields[0], "raise Refused()")
    QTest.mouseClick(form.bad.add_button, Qt.MouseButton.LeftButton)
    QTest.keyClicks(dialog.reason, "learnt today")
    made = save(qtbot, dialog)
    expected = Draft(
        name="Fail loudly", content="Say what to do.", category="errors", priority=80,
        tags=("python", "ux", "typed only"), scope=ACME, rationale="Silence costs more.", good=("raise Refused()",),
    )  # fmt: skip
    stored = get_guideline(studio.library, made.id)
    assert {name: getattr(stored, name) for name in Draft.__slots__} == {
        name: getattr(expected, name) for name in Draft.__slots__
    }
    history = guideline_history(studio.library, made.id)
    assert [(one.version, one.created_by, one.reason) for one in history] == [(1, OWNER, "learnt today")]


def test_faults_are_said_while_typing_but_not_before(studio: Studio, window: QWidget) -> None:
    dialog = opened(studio, window)
    assert fault_of(dialog, "name") == ""
    QTest.keyClicks(dialog.form.name, "x")
    assert fault_of(dialog, "content") == ""  # nobody has come to it yet
    dialog.form.name.clear()
    QTest.keyClicks(dialog.form.content, "y")
    dialog.form.content.selectAll()
    QTest.keyClick(dialog.form.content, Qt.Key.Key_Delete)
    dialog.form.category.setEditText("")
    assert fault_of(dialog, "category") == "Name a category, such as “general”"
    dialog.form.scope_type.setCurrentText("project")
    assert fault_of(dialog, "scope") == "Say which project it is, by its name or id"
    dialog.form.scope_id.setEditText("webapp")
    assert fault_of(dialog, "scope") == ""
    dialog.form.show_draft(Draft(name="", content=""))
    dialog._start = dialog.form.draft()


def test_saving_shows_every_fault_and_goes_to_the_first(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    dialog = opened(studio, window)
    with qtbot.assertNotEmitted(dialog.saved):
        QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert fault_of(dialog, "name") == "Give it a name"
    assert fault_of(dialog, "content") == "Write what the guideline says"
    assert dialog.form.name.hasFocus()
    assert dialog.form.name.property("invalid") is True
    assert dialog.form.name.accessibleDescription() == "Give it a name"


def test_a_taken_name_is_said_under_the_name(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    dialog = opened(studio, window)
    QTest.keyClicks(dialog.form.name, "Never log secrets")
    QTest.keyClicks(dialog.form.content, "x")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "already has a guideline named" in fault_of(dialog, "name"))
    assert dialog.form.isEnabled()
    QTest.keyClicks(dialog.form.name, " twice")
    assert fault_of(dialog, "name") == ""
    assert save(qtbot, dialog).name == "Never log secrets twice"


def test_a_change_makes_a_version(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    old = by_name(studio, "Small pull requests")
    dialog = opened(studio, window, old)
    dialog.form.priority.setValue(61)
    dialog.form.active.setChecked(False)
    made = save(qtbot, dialog)
    assert made == replace(old, priority=61, active=False, version=2, updated_at=made.updated_at)
    assert get_guideline(studio.library, old.id) == made


def test_saving_without_a_change_makes_none(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    old = by_name(studio, "Small pull requests")
    assert save(qtbot, opened(studio, window, old)) == old
    assert len(guideline_history(studio.library, old.id)) == 1


@pytest.mark.parametrize("number", range(len(NASTY)))
def test_what_nobody_edited_stays_as_it_was(studio: Studio, window: QWidget, qtbot: QtBot, number: int) -> None:
    sample = NASTY[number]
    scope = Scope(sample.get("scopeType", "global"), sample.get("scopeId", ""))
    examples = sample.get("examples", {})
    draft = Draft(
        name=sample["name"], content=sample["content"],
        category=sample.get("category", "general"), tags=tuple(sample.get("tags", ())), scope=scope,
        rationale=sample.get("rationale", ""), good=tuple(examples.get("good", ())), bad=tuple(examples.get("bad", ())),
    )  # fmt: skip
    old = add_guidelines(studio.library, [draft], OWNER)[0]
    dialog = opened(studio, window, old)
    dialog.form.priority.setValue(33)
    made = save(qtbot, dialog)
    assert made == replace(old, priority=33, version=2, updated_at=made.updated_at)


def offer(dialog: Editor, text: str) -> QPushButton:
    return next(one for one in dialog.question.offers if one.text() == text)


def test_what_was_written_is_not_lost_by_escape(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    dialog = opened(studio, window)
    QTest.keyClicks(dialog.form.name, "Half a thought")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert offer(dialog, "Keep writing").hasFocus()
    QTest.keyClick(offer(dialog, "Keep writing"), Qt.Key.Key_Space)
    assert not dialog.question.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    with qtbot.waitSignal(dialog.closed):
        QTest.mouseClick(offer(dialog, "Discard it"), Qt.MouseButton.LeftButton)


def test_nothing_written_closes_at_once(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    dialog = opened(studio, window, by_name(studio, "Names say what"))
    with qtbot.waitSignal(dialog.closed):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_examples_can_be_moved_and_brought_back(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    old = add_guidelines(studio.library, [Draft(name="N", content="c", good=("one", "", "three"))], OWNER)[0]
    dialog = opened(studio, window, old)
    good = dialog.form.good
    assert [line.up_button.isEnabled() for line in good._lines] == [False, True, True]
    QTest.mouseClick(good._lines[2].up_button, Qt.MouseButton.LeftButton)
    assert good.texts() == ("one", "three", "")
    QTest.mouseClick(good._lines[0].remove_button, Qt.MouseButton.LeftButton)
    assert good.texts() == ("three", "")
    QTest.mouseClick(good.back_button, Qt.MouseButton.LeftButton)
    assert save(qtbot, dialog).good == ("three", "", "one")


def test_many_examples_are_kept_without_a_field_each(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    texts = tuple(f"example {number}" for number in range(500))
    old = add_guidelines(studio.library, [Draft(name="Many", content="c", good=texts)], OWNER)[0]
    dialog = opened(studio, window, old)
    assert len(dialog.form.good.fields) == 20
    dialog.form.priority.setValue(1)
    assert save(qtbot, dialog).good == texts


def test_a_tag_can_be_completed(studio: Studio, window: QWidget) -> None:
    dialog = opened(studio, window)
    line = dialog.form.tags.line
    line.setFocus()
    QTest.keyClicks(line, "pyt")
    completer = line.completer()
    assert completer is not None
    assert completer.currentCompletion() == "python"
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert dialog.form.category.currentText() == "general"


def test_tags_and_examples_can_be_taken_away(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    dialog = opened(studio, window, by_name(studio, "Validate input at the boundary"))
    python = next(one for one in dialog.form.tags.findChildren(QPushButton) if one.text() == "python")
    assert python.accessibleName() == "Remove the tag python"
    QTest.mouseClick(python, Qt.MouseButton.LeftButton)
    dialog.form.bad.fields[0].selectAll()
    QTest.keyClick(dialog.form.bad.fields[0], Qt.Key.Key_Delete)
    made = save(qtbot, dialog)
    assert (made.tags, made.bad) == (("api",), ())


def test_everything_that_takes_the_focus_has_a_name(studio: Studio, window: QWidget) -> None:
    dialog = opened(studio, window, by_name(studio, "Validate input at the boundary"))
    nameless = [
        widget
        for widget in dialog.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and not widget.accessibleName()
        and not getattr(widget, "text", str)()
        and not getattr(widget.parentWidget(), "accessibleName", str)()
    ]
    assert nameless == []
