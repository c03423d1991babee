"""The curve widget: ticks that can be read, values by mouse and by keys, points that come in later."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lora_studio.gui.theme import apply_theme
from lora_studio.gui.widgets.curve import Curve, Look, figure, ticks


@pytest.fixture
def curve(qtbot: QtBot) -> Curve:
    curve = Curve("Loss", "step")
    qtbot.addWidget(curve)
    curve.resize(400, 200)
    curve.show()
    return curve


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 10, 5, (0, 2, 4, 6, 8, 10)),
        (0.13, 2.9, 4, (0, 1, 2, 3)),
        (5, 5, 4, (4, 6)),
        (0, 0, 4, (0, 0.5)),
        (-3, 3, 3, (-4, -2, 0, 2, 4)),
        (1e-7, 9e-7, 3, (0, 5e-7, 1e-6)),
    ],
)
def test_ticks_are_round_and_take_everything_in(
    low: float, high: float, most: int, expected: tuple[float, ...]
) -> None:
    found = ticks(low, high, most)
    assert found[0] <= low <= high <= found[-1]
    if low == high:
        assert len(found) >= 2
    else:
        assert found == pytest.approx(expected)


def test_figures_are_short() -> None:
    assert [figure(one) for one in (0, 1200, 0.123456, 2e-7, 1e9)] == ["0", "1,200", "0.1235", "2e-07", "1e+09"]


def test_it_says_what_it_shows(curve: Curve) -> None:
    assert curve.accessibleDescription() == "no values yet"
    curve.show_series({"train": [(1, 2.0), (2, 0.5), (3, 1.0)]})
    assert curve.accessibleDescription() == "train: 3 values, first 2, lowest 0.5, last 1"
    curve.add_point("eval", 3, 1.5)
    curve.add_point("eval", 4, math.nan)
    assert curve.accessibleDescription().endswith("eval: 1 values, first 1.5, lowest 1.5, last 1.5")


def test_keys_read_the_values(qtbot: QtBot, curve: Curve) -> None:
    curve.show_series({"train": [(x, 10.0 - x) for x in range(1, 6)], "eval": [(5, 7.0)]})
    curve.setFocus()
    QTest.keyClick(curve, Qt.Key.Key_Right)
    assert curve.reading() == "step 1 · train 9 · eval 7"
    QTest.keyClick(curve, Qt.Key.Key_Right)
    assert curve.accessibleDescription() == "step 2 · train 8 · eval 7"
    QTest.keyClick(curve, Qt.Key.Key_End)
    assert curve.reading().startswith("step 5 · train 5")
    QTest.keyClick(curve, Qt.Key.Key_Home)
    QTest.keyClick(curve, Qt.Key.Key_Left)
    assert curve.reading().startswith("step 1 ")
    assert not curve.grab().isNull()
    QTest.keyClick(curve, Qt.Key.Key_Escape)
    assert curve.reading() == ""
    QTest.keyClick(curve, Qt.Key.Key_Left)
    assert curve.reading().startswith("step 4 ")


def test_the_mouse_reads_the_nearest_value(qtbot: QtBot, curve: Curve) -> None:
    curve.show_series({"train": [(0, 1.0), (50, 3.0), (100, 2.0)]})
    QTest.mouseMove(curve, QPoint(curve.width() // 2 + 20, 100))
    qtbot.waitUntil(lambda: curve.reading() == "step 50 · train 3")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_anything_can_be_drawn(qapp: QApplication, curve: Curve, theme: str) -> None:
    apply_theme(qapp, theme)
    for points in ([], [(1.0, 1.0)], [(float(x), math.sin(x)) for x in range(100_000)], [(0.0, -5.0), (1.0, -5.0)]):
        curve.show_series({"a": points, "b": points[:1]}, {"a": Look("good")})
        image = curve.grab().toImage()
        colours = {image.pixel(x, y) for x in range(0, 400, 3) for y in range(0, 200, 3)}
        assert len(colours) > 1
        curve.resize(60, 40)
        curve.grab()
        curve.resize(400, 200)
