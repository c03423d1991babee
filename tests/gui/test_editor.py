"""The dialog for a guideline: what it refuses and says, what it saves, and what it never changes unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk import seen
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from rules import ACME, DRAFTS
from samples import NASTY

from lora_studio.core.domain import OWNER, Draft, Guideline, GuidelineFilter, Scope
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, get_guideline, guideline_history
from lora_studio.core.library.guidelines import list_guidelines as listed
from lora_studio.gui.guidelines.checks import faults
from lora_studio.gui.guidelines.editor import EditorDialog
from lora_studio.gui.guidelines.form import Known
from lora_studio.gui.studio import Studio

NO_TEXT = "It holds a character that is not text (NUL or half a character); remove it"
KNOWN = Known(("security", "git"), (ACME, Scope("project", "webapp")))


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def opened(studio: Studio, window: QWidget, old: Guideline | None = None) -> EditorDialog:
    dialog = EditorDialog(studio.library, old, KNOWN, window)
    dialog.open()
    dialog.activateWindow()
    return dialog


def by_name(studio: Studio, name: str) -> Guideline:
    return next(one for one in listed(studio.library, GuidelineFilter(active=None)) if one.name == name)


def fault_of(dialog: EditorDialog, field: str) -> str:
    shown = dialog.form._faults[field]
    return shown.text() if shown.isVisible() else ""


def save(qtbot: QtBot, dialog: EditorDialog) -> Guideline:
    with qtbot.waitSignal(dialog.saved, timeout=10_000) as saved:
        QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    assert saved.args is not None
    made: Guideline = saved.args[0]
    return made


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
    qtbot.waitUntil(lambda: not seen(EditorDialog))


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
    dialog.reject()


def test_saving_shows_every_fault_and_goes_to_the_first(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    dialog = opened(studio, window)
    qtbot.waitUntil(dialog.isActiveWindow)
    with qtbot.assertNotEmitted(dialog.saved):
        QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert fault_of(dialog, "name") == "Give it a name"
    assert fault_of(dialog, "content") == "Write what the guideline says"
    assert dialog.form.name.hasFocus()
    assert dialog.form.name.property("invalid") is True
    assert dialog.form.name.accessibleDescription() == "Give it a name"
    dialog.reject()


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name": "x" * 501}, "name", "501 characters are too many; at most 500"),
        ({"content": "x" * 100_001}, "content", "100,001 characters are too many; at most 100,000"),
        ({"content": " \u200b\n"}, "content", "Write what the guideline says"),
        ({"category": "c" * 201}, "category", "201 characters are too many; at most 200"),
        ({"tags": ("t" * 201,)}, "tags", "201 characters are too many; at most 200"),
        ({"tags": tuple(map(str, range(101)))}, "tags", "101 tags are too many; at most 100"),
        ({"rationale": "a\0b"}, "rationale", NO_TEXT),
        ({"good": ("fine", "\ud800")}, "good", NO_TEXT),
        ({"scope": Scope("org", " ")}, "scope", "Say which org it is, by its name or id"),
    ],
)  # fmt: skip
def test_what_is_refused(change: dict[str, object], field: str, said: str) -> None:
    draft = replace(DRAFTS[0], **change)  # type: ignore[arg-type]
    assert faults(draft) == {field: said}


def test_what_is_good_has_no_fault() -> None:
    assert [faults(draft) for draft in DRAFTS] == [{}] * len(DRAFTS)


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
        name=sample["name"] if sample["name"].strip() else "named", content=sample["content"],
        category=sample.get("category", "general"), tags=tuple(sample.get("tags", ())), scope=scope,
        rationale=sample.get("rationale", ""), good=tuple(examples.get("good", ())), bad=tuple(examples.get("bad", ())),
    )  # fmt: skip
    old = add_guidelines(studio.library, [draft], OWNER)[0]
    dialog = opened(studio, window, old)
    dialog.form.priority.setValue(33)
    made = save(qtbot, dialog)
    kept = tuple(text for text in draft.good if text), tuple(text for text in draft.bad if text)
    assert made == replace(old, priority=33, version=2, updated_at=made.updated_at, good=kept[0], bad=kept[1])


def offer(dialog: EditorDialog, text: str) -> QPushButton:
    return next(one for one in dialog.notice.offers if one.text() == text)


@pytest.fixture
def conflict(studio: Studio, window: QWidget, qtbot: QtBot) -> EditorDialog:
    """A dialog whose guideline somebody else changed before it was saved."""
    old = by_name(studio, "Prefer pathlib")
    dialog = opened(studio, window, old)
    dialog.form.priority.setValue(1)
    change_guidelines(studio.library, [old.id], lambda one: replace(one, content="Theirs."), "agent")
    QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.notice.isVisible)
    assert dialog.notice.text.text() == "Someone else changed this guideline while you were writing."
    return dialog


def test_a_conflict_can_be_written_over(conflict: EditorDialog, studio: Studio, qtbot: QtBot) -> None:
    with qtbot.waitSignal(conflict.saved):
        QTest.mouseClick(offer(conflict, "Save mine over it"), Qt.MouseButton.LeftButton)
    stored = by_name(studio, "Prefer pathlib")
    assert (stored.content, stored.priority, stored.version) == ("Not os.path.", 1, 3)


def test_a_conflict_can_be_looked_at(conflict: EditorDialog, studio: Studio, qtbot: QtBot) -> None:
    QTest.mouseClick(offer(conflict, "Show theirs"), Qt.MouseButton.LeftButton)
    assert conflict.form.content.text() == "Theirs."
    assert conflict.form.priority.value() == 50
    conflict.form.priority.setValue(2)
    save(qtbot, conflict)
    stored = by_name(studio, "Prefer pathlib")
    assert (stored.content, stored.priority, stored.version) == ("Theirs.", 2, 3)


def test_what_was_written_is_not_lost_by_escape(studio: Studio, window: QWidget, qtbot: QtBot) -> None:
    dialog = opened(studio, window)
    QTest.keyClicks(dialog.form.name, "Half a thought")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    QTest.mouseClick(offer(dialog, "Keep writing"), Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert not dialog.notice.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    QTest.mouseClick(offer(dialog, "Discard it"), Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()


def test_nothing_written_closes_at_once(studio: Studio, window: QWidget) -> None:
    dialog = opened(studio, window, by_name(studio, "Names say what"))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


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
    dialog.reject()
