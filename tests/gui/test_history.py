"""Undo and redo of what a person changes, over a real library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot
from rules import DRAFTS

from lora_studio.core.domain import OWNER, Draft, GuidelineFilter
from lora_studio.core.library.browse import browse
from lora_studio.core.library.changes import Change, Edit, change_rows
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, count_guidelines, list_guidelines
from lora_studio.gui.guidelines.words import told
from lora_studio.gui.history import UNDO_DEPTH, Done, History
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import Worker, cancel_all

EVERYTHING = GuidelineFilter(active=None)


@pytest.fixture
def history(studio: Studio, qtbot: QtBot) -> Iterator[History]:
    yield studio.history
    cancel_all(studio)
    qtbot.waitUntil(lambda: not studio.history.findChildren(Worker))  # each one's end has been delivered


def edit(studio: Studio, what: Edit) -> Callable[[Callable[[int, int], None]], Change]:
    rows = browse(studio.library, EVERYTHING, "")
    return lambda progress: change_rows(studio.library, rows, what, OWNER, progress=progress)


def step(qtbot: QtBot, history: History, act: Callable[[], None]) -> Done:
    with qtbot.waitSignal(history.happened, timeout=10_000) as told_of:
        act()
    assert not history.is_busy()
    done = told_of.args[0] if told_of.args else None
    assert isinstance(done, Done)
    return done


def test_every_step_can_be_undone_and_redone(qtbot: QtBot, studio: Studio, history: History) -> None:
    states = [texts(studio)]
    for what in (Edit(priority=3), Edit(tag=("new",)), Edit(active=False), Edit(deleted=True)):
        done = step(qtbot, history, lambda what=what: history.do(edit(studio, what)))  # type: ignore[misc]
        assert (done.how, done.skipped) == ("done", 0)
        states.append(texts(studio))
    for state in reversed(states[:-1]):
        assert step(qtbot, history, history.undo).how == "undone"
        assert texts(studio) == state
    assert history.to_undo is None
    for state in states[1:]:
        assert step(qtbot, history, history.redo).how == "redone"
        assert texts(studio) == state
    assert history.to_redo is None


def texts(studio: Studio) -> list[tuple[object, ...]]:
    every = [
        one
        for deleted in (False, True)
        for one in list_guidelines(studio.library, replace(EVERYTHING, deleted=deleted))
    ]
    return sorted((one.name, one.priority, one.tags, one.active, one.deleted) for one in every)


def test_a_new_change_ends_what_could_be_redone(qtbot: QtBot, studio: Studio, history: History) -> None:
    step(qtbot, history, lambda: history.do(edit(studio, Edit(priority=3))))
    step(qtbot, history, history.undo)
    assert history.to_redo is not None
    step(qtbot, history, lambda: history.do(edit(studio, Edit(priority=4))))
    assert history.to_redo is None


def test_a_saved_guideline_is_a_step_and_one_that_stayed_the_same_is_none(
    qtbot: QtBot, studio: Studio, history: History
) -> None:
    new = add_guidelines(studio.library, [Draft(name="n", content="c")], OWNER)[0]
    history.note_saved(None, new)
    edited = change_guidelines(studio.library, [new.id], lambda one: replace(one, content="d"), OWNER)[0]
    history.note_saved(new, edited)
    history.note_saved(edited, edited)
    step(qtbot, history, history.undo)
    assert next(one for one in list_guidelines(studio.library, EVERYTHING) if one.id == new.id).content == "c"
    step(qtbot, history, history.undo)
    assert count_guidelines(studio.library, EVERYTHING) == len(DRAFTS)
    assert history.to_undo is None


def test_what_others_changed_is_left_alone_and_counted(qtbot: QtBot, studio: Studio, history: History) -> None:
    step(qtbot, history, lambda: history.do(edit(studio, Edit(priority=3))))
    one = list_guidelines(studio.library, GuidelineFilter())[0]
    change_guidelines(studio.library, [one.id], lambda old: replace(old, content="Theirs."), "agent")
    done = step(qtbot, history, history.undo)
    assert (len(done.change), done.skipped) == (len(DRAFTS) - 1, 1)


def test_a_refused_undo_changes_nothing_and_can_be_tried_again(qtbot: QtBot, studio: Studio, history: History) -> None:
    step(qtbot, history, lambda: history.do(edit(studio, Edit(deleted=True))))
    taken = add_guidelines(studio.library, [DRAFTS[1]], "agent")[0]
    with qtbot.waitSignal(history.failed) as failed:
        history.undo()
    assert "has another guideline named 'Never log secrets' by now" in str((failed.args or [""])[0])
    assert count_guidelines(studio.library, EVERYTHING) == 1
    change_guidelines(studio.library, [taken.id], lambda old: replace(old, name="theirs"), "agent")
    step(qtbot, history, history.undo)
    assert count_guidelines(studio.library, EVERYTHING) == len(DRAFTS) + 1


def test_cancel_leaves_everything_as_it_was(qtbot: QtBot, studio: Studio, history: History) -> None:
    add_guidelines(studio.library, [Draft(name=f"Rule {n}", content="c") for n in range(3_000)], OWNER)
    before = texts(studio)
    history.progressed.connect(history.cancel)
    with qtbot.waitSignal(history.ended, timeout=10_000):
        history.do(edit(studio, Edit(tag=("x",))))
    assert not history.is_busy()
    assert (history.to_undo, texts(studio)) == (None, before)


def test_one_change_at_a_time(qtbot: QtBot, studio: Studio, history: History) -> None:
    heard: list[Done] = []
    history.happened.connect(heard.append)
    with qtbot.waitSignal(history.ended, timeout=10_000):
        history.do(edit(studio, Edit(priority=3)))
        history.do(edit(studio, Edit(priority=4)))
    qtbot.waitUntil(lambda: len(heard) == 1)
    assert {one.priority for one in list_guidelines(studio.library, EVERYTHING)} == {3}


def test_the_oldest_steps_are_forgotten(qtbot: QtBot, studio: Studio, history: History) -> None:
    one = list_guidelines(studio.library, EVERYTHING)[0]
    for number in range(UNDO_DEPTH + 5):
        new = change_guidelines(studio.library, [one.id], lambda old, n=number: replace(old, content=f"{n}"), OWNER)[0]  # type: ignore[misc]
        history.note_saved(one, new)
        one = new
    assert len(history._past) == UNDO_DEPTH


@pytest.mark.parametrize(
    ("what", "value", "count", "words"),
    [
        ("deleted", "True", 1, "Deleted 1 guideline"),
        ("deleted", "False", 3, "Restored 3 guidelines"),
        ("tag", "a, {b}", 1_204, "Tagged 1,204 guidelines: a, {b}"),
        ("priority", "90", 2, "Set the priority of 2 guidelines to 90"),
        ("scope", "org:" + "x" * 60, 2, "Moved 2 guidelines to org:" + "x" * 35 + "…"),
        ("active", "False", 2, "Deactivated 2 guidelines"),
        ("edit", "", 1, "Changed 1 guideline"),
    ],
)
def test_changes_in_words(what: str, value: str, count: int, words: str) -> None:
    from array import array

    none = array("q", [0] * count)
    assert told(Change(none, none, none, what, value)) == words


def test_a_change_noted_while_another_is_taken_back_keeps_its_place(
    qtbot: QtBot, studio: Studio, history: History
) -> None:
    first = step(qtbot, history, lambda: history.do(edit(studio, Edit(priority=3)))).change
    saved = change_rows(studio.library, [first.rows[0]], Edit(category="mine"), OWNER)
    with qtbot.waitSignals([history.ended, history.happened, history.happened], timeout=10_000):
        history.undo()
        history.note(saved)
    assert history.to_undo is saved
    with qtbot.waitSignals([history.ended, history.happened, history.happened], timeout=10_000):
        history.redo()
        history.note(saved)
    assert history.to_redo is None
    assert history.to_undo is not None
    assert history.to_undo.value == "3"
