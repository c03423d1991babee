"""The filter panel: live counts, choices by mouse and keyboard, and back again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from rules import ACME, WEBAPP

from lora_studio.core.domain import GLOBAL, GuidelineFilter, Scope
from lora_studio.core.library.facets import Facets, facets
from lora_studio.gui.guidelines.facet_list import MORE_AT_A_TIME, Facet, FacetLine
from lora_studio.gui.guidelines.filter_panel import FilterPanel
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.range_slider import RangeSlider


@pytest.fixture
def panel(qtbot: QtBot, studio: Studio) -> Iterator[FilterPanel]:
    window = QWidget()
    qtbot.addWidget(window)
    panel = FilterPanel(window)
    window.resize(300, 700)
    panel.resize(200, 700)
    panel.show_facets(facets(studio.library, GuidelineFilter(), ""))
    window.show()
    yield panel
    window.close()


def lines(facet: Facet) -> dict[str, str]:
    """What a group says, by value."""
    return {line.box.text(): line.count.text() for line in facet.findChildren(FacetLine) if line.isVisible()}


def chips(widget: QWidget) -> list[str]:
    return [chip.text() for chip in widget.findChildren(QPushButton) if chip.isVisible() and chip.isCheckable()]


def box(facet: Facet, text: str) -> QWidget:
    return next(line.box for line in facet.findChildren(FacetLine) if line.box.text() == text)


def tick(facet: Facet, text: str) -> None:
    QTest.mouseClick(box(facet, text), Qt.MouseButton.LeftButton, pos=box(facet, text).rect().center())


def test_every_value_has_its_count(panel: FilterPanel) -> None:
    assert lines(panel.scopes) == {"Global": "3", "Organisations": "1", "acme": "1", "Projects": "1", "webapp": "1"}
    assert lines(panel.categories) == {"style": "2", "security": "2", "git": "1"}
    assert chips(panel.tags) == ["python  3", "api  1", "logging  1"]
    assert [panel.states.button(number).text() for number in range(3)] == ["Active  5", "Inactive  1", "All"]


def test_it_starts_as_the_filter_that_means_all_active(panel: FilterPanel) -> None:
    assert panel.wanted() == GuidelineFilter()
    assert not panel.clear_button.isVisible()


def test_ticking_makes_a_filter_and_clear_takes_it_back(panel: FilterPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignals([panel.changed] * 3):
        tick(panel.scopes, "acme")
        tick(panel.scopes, "Global")
        tick(panel.categories, "git")
    assert panel.wanted() == GuidelineFilter(scopes=(ACME, GLOBAL), categories=("git",))
    tick(panel.scopes, "acme")
    assert panel.wanted() == GuidelineFilter(scopes=(GLOBAL,), categories=("git",))
    with qtbot.waitSignal(panel.changed):
        QTest.mouseClick(panel.clear_button, Qt.MouseButton.LeftButton)
    assert panel.wanted() == GuidelineFilter()


def test_tags_and_state_by_keyboard(panel: FilterPanel) -> None:
    chip = next(one for one in panel.tags.findChildren(QPushButton) if one.text().startswith("api"))
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Space)
    inactive = panel.states.button(1)
    inactive.setFocus()
    QTest.keyClick(inactive, Qt.Key.Key_Space)
    assert panel.wanted() == GuidelineFilter(tags=("api",), active=False)
    QTest.keyClick(inactive, Qt.Key.Key_Right)
    assert panel.wanted() == GuidelineFilter(tags=("api",), active=None)


def test_a_filter_can_be_set_without_a_signal(panel: FilterPanel, qtbot: QtBot) -> None:
    wanted = GuidelineFilter(
        categories=("git",), priority_min=20, priority_max=80, tags=("api",), scopes=(WEBAPP,), active=None
    )
    with qtbot.assertNotEmitted(panel.changed):
        panel.set_wanted(wanted)
    assert panel.wanted() == wanted


def test_a_ticked_value_that_is_gone_stays_with_no_count(panel: FilterPanel) -> None:
    tick(panel.categories, "git")
    panel.show_facets(Facets(scopes=((GLOBAL, 1),), categories=(("style", 1),), tags=(), active=1, inactive=0, total=1))
    assert lines(panel.categories) == {"style": "1", "git": "0"}
    assert panel.wanted().categories == ("git",)
    assert lines(panel.scopes) == {"Global": "1"}
    assert not panel.tags.isVisible()


def test_more_values_come_when_asked_for(qtbot: QtBot) -> None:
    facet = Facet("Category", str, first=3)
    qtbot.addWidget(facet)
    facet.choose(["value 050"])
    facet.show_counts([(f"value {number:03}", 1) for number in range(60)])
    facet.show()
    assert list(lines(facet)) == ["value 000", "value 001", "value 002", "value 050"]  # a ticked one is never hidden
    assert facet.more.text() == "56 more…"
    QTest.mouseClick(facet.more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(lines(facet)) == 3 + MORE_AT_A_TIME + 1)


def test_new_counts_keep_the_focus(panel: FilterPanel, qtbot: QtBot) -> None:
    focused = box(panel.categories, "git")
    focused.setFocus()
    panel.show_facets(Facets((), (("new", 3), ("git", 1), ("style", 0)), (), 4, 0, 4))
    qtbot.waitUntil(lambda: list(lines(panel.categories)) != ["git", "style"])
    assert box(panel.categories, "git") is focused
    assert focused.hasFocus()


def test_a_long_value_is_cut_and_told_whole(qtbot: QtBot) -> None:
    facet = Facet("Scope", str, first=3)
    qtbot.addWidget(facet)
    long = "a name that is much too long for the panel & more"
    facet.resize(180, 80)
    facet.show_counts([(long, 1_234)])
    facet.show()
    line = facet.findChildren(FacetLine)[0]
    assert "…" in line.box.text()
    assert line.box.toolTip() == long
    assert line.box.accessibleName() == f"{long}, 1234 guidelines"
    assert line.count.text() == "1,234"


@pytest.fixture
def slider(qtbot: QtBot) -> RangeSlider:
    slider = RangeSlider(0, 100, "Priority")
    qtbot.addWidget(slider)
    slider.resize(214, 20)
    slider.show()
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    return slider


def test_both_handles_move_by_keyboard(slider: RangeSlider) -> None:
    QTest.keyClick(slider, Qt.Key.Key_Right)
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    QTest.keyClick(slider, Qt.Key.Key_Tab)
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert (slider.low, slider.high) == (11, 99)
    QTest.keyClick(slider, Qt.Key.Key_Home)  # as far as the other handle lets it
    assert (slider.low, slider.high) == (11, 11)
    assert slider.accessibleDescription() == "from 11 to 11"


def test_the_nearer_handle_follows_the_mouse(slider: RangeSlider, qtbot: QtBot) -> None:
    middle = slider.rect().center()
    with qtbot.waitSignal(slider.changed) as moved:
        QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=middle.__class__(57, middle.y()))
    assert moved.args == [25, 100]
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=middle.__class__(157, middle.y()))
    assert (slider.low, slider.high) == (25, 75)


def test_the_slider_asks_once_for_a_drag(panel: FilterPanel, qtbot: QtBot) -> None:
    panel.priority.setFocus(Qt.FocusReason.TabFocusReason)
    heard: list[None] = []
    panel.changed.connect(lambda: heard.append(None))
    for _ in range(5):
        QTest.keyClick(panel.priority, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: bool(heard))
    assert panel.wanted() == GuidelineFilter(priority_min=5)
    assert len(heard) == 1


def test_scopes_are_a_tree_and_a_whole_type_excludes_its_own(panel: FilterPanel, qtbot: QtBot) -> None:
    zeta = Scope("org", "zeta")
    panel.show_facets(Facets(((ACME, 2), (GLOBAL, 3), (zeta, 1)), (), (), 6, 0, 6))
    expected = {"Global": "3", "Organisations": "3", "acme": "2", "zeta": "1"}
    qtbot.waitUntil(lambda: lines(panel.scopes) == expected)
    shown = sorted((line for line in panel.scopes.findChildren(FacetLine) if line.isVisible()), key=QWidget.y)
    assert [line.box.text() for line in shown] == list(expected)
    indents = [line.box.x() for line in shown]
    assert indents[0] == indents[1] < indents[2] == indents[3]
    for text in ("acme", "zeta", "Global"):
        tick(panel.scopes, text)
    tick(panel.scopes, "Organisations")
    assert panel.wanted().scopes == (GLOBAL, Scope("org"))
    tick(panel.scopes, "zeta")
    assert panel.wanted().scopes == (GLOBAL, zeta)


def test_a_value_can_be_found_among_many(panel: FilterPanel, qtbot: QtBot) -> None:
    assert not panel.tags.search.isVisible()
    many = tuple((f"tag {number:02}", 60 - number) for number in range(60))
    panel.show_facets(Facets((), (), many, 60, 0, 60))
    qtbot.waitUntil(lambda: len(chips(panel.tags)) == 12)
    chip = next(one for one in panel.tags.findChildren(QPushButton) if one.text().startswith("tag 03"))
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel.tags.search, "AG 5")
    found = {"tag 03  57", *(f"tag {number}  {60 - number}" for number in range(50, 60))}
    qtbot.waitUntil(lambda: set(chips(panel.tags)) == found)
    QTest.keyClick(panel.tags.search, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: len(chips(panel.tags)) == 12)
