"""Both palettes: readable everywhere, complete, and one look for what only a style sheet shows."""

from __future__ import annotations

import itertools
import re
from dataclasses import asdict

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from lora_studio.core.resources import resource_text, resources_dir
from lora_studio.gui.theme import (
    CODE_FONT,
    SIZES,
    TEXT_FONT,
    THEMES,
    apply_theme,
    colours,
    icon_pixmap,
    restyle,
    show_icon,
    style_sheet,
)

SURFACES = ("window", "rail", "surface", "field", "code", "hover")
READ_ON = {
    "text": (*SURFACES, "chosen", "good_soft", "bad_soft", "warning_soft"),
    "secondary": SURFACES,
    "accent": ("window", "rail", "surface", "chosen"),
    "good": ("surface", "window", "code", "good_soft"),
    "bad": ("surface", "window", "code", "bad_soft"),
    "warning": ("surface", "window", "warning_soft"),
    "on_accent": ("accent", "accent_hover"),
}
PAIRS = [(theme, front, back) for theme in THEMES for front, backs in READ_ON.items() for back in backs]


def brightness(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("theme", "front", "back"), PAIRS)
def test_text_can_be_read(theme: str, front: str, back: str) -> None:
    palette = asdict(THEMES[theme])
    assert contrast(palette[front], palette[back]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_borders_of_what_can_be_ticked_can_be_seen(theme: str) -> None:
    palette = THEMES[theme]
    assert contrast(palette.border_strong, palette.surface) >= 3
    assert contrast(palette.accent, palette.surface) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_every_role_of_the_style_sheet_resolves(theme: str) -> None:
    sheet = style_sheet(theme)
    assert "$" not in sheet
    assert {*re.findall(r"#[0-9a-f]{6}", sheet)} <= {*asdict(THEMES[theme]).values()}
    for path in re.findall(r'url\("([^"]+)"\)', sheet):
        assert f"/style/{theme}/" in path
        assert (resources_dir() / path).is_file()


def test_type_sizes_are_of_the_scale() -> None:
    sizes = {int(size) for size in re.findall(r"font-size: (\d+)px", resource_text("style/studio.qss"))}
    assert sizes <= {*SIZES}


@pytest.mark.parametrize("theme", THEMES)
def test_shapes_have_the_colours_of_their_theme(theme: str) -> None:
    palette = {*asdict(THEMES[theme]).values()}
    for path in (resources_dir() / "style" / theme).glob("*.svg"):
        drawn = {*re.findall(r"#[0-9a-f]{6}", path.read_text())}
        assert drawn
        assert drawn <= palette
        assert (resources_dir() / "style" / "light" / path.name).is_file()


@pytest.mark.parametrize("theme", THEMES)
def test_every_palette_role_is_ours(qapp: QApplication, theme: str) -> None:
    apply_theme(qapp, theme)
    ours = {QColor(value).name() for value in asdict(THEMES[theme]).values()}
    groups = (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled)
    roles = {*QPalette.ColorRole} - {QPalette.ColorRole.NColorRoles, QPalette.ColorRole.NoRole}
    palette = qapp.palette()
    used = {(role.name, palette.color(group, role).name()) for group, role in itertools.product(groups, roles)}
    found = {role for role, colour in used if colour not in ours}
    assert found == set()
    assert colours() == THEMES[theme]


def test_our_fonts_are_there(qapp: QApplication) -> None:
    assert {TEXT_FONT, CODE_FONT} <= {*QFontDatabase.families()}
    assert qapp.font().family() == TEXT_FONT


def test_icons_change_with_the_theme(qapp: QApplication, qtbot: QtBot) -> None:
    button, label = QPushButton("Save"), QLabel()
    qtbot.addWidget(button)
    qtbot.addWidget(label)
    show_icon(button, "pencil", "accent")
    show_icon(label, "pencil", "accent", size=20)
    before = button.icon().pixmap(18).toImage(), label.pixmap().toImage()
    apply_theme(qapp, "dark")
    after = button.icon().pixmap(18).toImage(), label.pixmap().toImage()
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert label.pixmap().toImage() == icon_pixmap("pencil", "accent", 20).toImage()


def test_every_icon_can_be_drawn(qapp: QApplication) -> None:
    for path in (resources_dir() / "icons").glob("*.svg"):
        image = icon_pixmap(path.stem).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(18) for y in range(18)), path.stem


def test_a_changed_property_changes_the_look(qtbot: QtBot) -> None:
    label = QLabel("x")
    qtbot.addWidget(label)
    label.show()
    restyle(label, "type", "page")
    assert label.font().pixelSize() == 20


class Teller(QObject):
    """Signals: said(number)."""

    said = Signal(int)


def test_signals_from_python_do_not_lose_references(qapp: QApplication) -> None:
    """PYSIDE-3474: PySide6 6.12.0 on Python 3.11 aborts after some 550 of these."""
    teller = Teller()
    heard: list[int] = []
    teller.said.connect(heard.append)
    for number in range(2_000):
        teller.said.emit(number)
    assert heard == list(range(2_000))
