"""Colours, type and spacing in one place, as roles; the palettes and the style sheet are made from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from string import Template

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget

from lora_studio.core.resources import resource_text, resources_dir
from lora_studio.gui.plain import PlainStyle

TEXT_FONT = "Inter"
CODE_FONT = "JetBrains Mono"
SIZES = (11, 12, 13, 15, 17, 20)
"""The type scale in pixels: caption, small, body, lead, title, page title."""
ICON_GAP = 4
"""Pixels between a button's icon and its text, beyond Qt's own."""


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme. Names say what a colour is for."""

    window: str
    rail: str
    surface: str
    field: str
    border: str
    border_strong: str
    text: str
    secondary: str
    faint: str
    accent: str
    accent_hover: str
    on_accent: str
    chosen: str
    hover: str
    code: str
    good: str
    bad: str
    warning: str
    good_soft: str
    bad_soft: str
    warning_soft: str


LIGHT = Colours(
    window="#f6f6f8",
    rail="#eeeef1",
    surface="#ffffff",
    field="#ffffff",
    border="#e0e0e6",
    border_strong="#8b8b98",
    text="#1b1b1f",
    secondary="#5d5d68",
    faint="#8b8b98",
    accent="#4f46e5",
    accent_hover="#4338ca",
    on_accent="#ffffff",
    chosen="#ebe9fc",
    hover="#f1f1f5",
    code="#f7f7f9",
    good="#15803d",
    bad="#b91c1c",
    warning="#92560a",
    good_soft="#ecf8f0",
    bad_soft="#fdf0f0",
    warning_soft="#fdf6e7",
)
DARK = Colours(
    window="#17171a",
    rail="#121214",
    surface="#1f1f23",
    field="#1b1b1f",
    border="#33333a",
    border_strong="#6f6f7b",
    text="#f0f0f3",
    secondary="#a5a5b0",
    faint="#7d7d89",
    accent="#8b85ff",
    accent_hover="#a29dff",
    on_accent="#121214",
    chosen="#2b2850",
    hover="#26262b",
    code="#1a1a1d",
    good="#4ade80",
    bad="#f87171",
    warning="#fbbf24",
    good_soft="#16271c",
    bad_soft="#2c1a1b",
    warning_soft="#2b2415",
)
THEMES = {"light": LIGHT, "dark": DARK}


def is_dark(theme: str) -> bool:
    """Whether `theme` ("light", "dark", "system") means dark now."""
    if theme == "system":
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return theme == "dark"


def colours() -> Colours:
    """The colours of the theme in force."""
    chosen = QApplication.instance().property("lora_dark")  # type: ignore[union-attr]
    return DARK if chosen else LIGHT


def prepare_theme(application: QApplication, theme: str) -> None:
    """Gives the application the colours and font of `theme`, but not the style sheet yet.

    Widgets made before there is a style sheet are styled once, when it comes; otherwise at every step of being built.
    """
    dark = is_dark(theme)
    if application.property("lora_dark") == dark:
        return
    _load_fonts()
    icon_pixmap.cache_clear()
    font = QFont(TEXT_FONT)
    font.setPixelSize(13)
    if application.property("lora_dark") is None:
        application.setStyle(PlainStyle())
    application.setProperty("lora_dark", dark)
    application.setFont(font)
    application.setPalette(_palette(DARK if dark else LIGHT))


def apply_theme(application: QApplication, theme: str) -> None:
    """Gives the application the palette, font and style sheet of `theme`, and its icons their new colours."""
    prepare_theme(application, theme)
    name = "dark" if application.property("lora_dark") else "light"
    before = application.property("lora_style")
    if before == name:
        return
    application.setProperty("lora_style", name)
    application.setStyleSheet(style_sheet(name))
    if before is None:  # the program starts: every icon was made in these colours
        return
    for widget in application.allWidgets():
        for shown in (widget, *widget.actions()):
            _draw_icon(shown)


@cache
def _load_fonts() -> None:
    for name in ("Inter-Regular.otf", "Inter-SemiBold.otf", "JetBrainsMono-Regular.ttf"):
        QFontDatabase.addApplicationFont(str(resources_dir() / "fonts" / name))


def _palette(theme: Colours) -> QPalette:
    """All roles: Fusion fills those left out with colours of its own."""
    role = QPalette.ColorRole
    roles = {
        role.Window: theme.window, role.WindowText: theme.text, role.Base: theme.field, role.Text: theme.text,
        role.AlternateBase: theme.hover, role.Button: theme.surface, role.ButtonText: theme.text,
        role.BrightText: theme.bad, role.Highlight: theme.chosen, role.HighlightedText: theme.text,
        role.Link: theme.accent, role.LinkVisited: theme.accent, role.ToolTipBase: theme.surface,
        role.ToolTipText: theme.text, role.PlaceholderText: theme.secondary, role.Light: theme.surface,
        role.Midlight: theme.hover, role.Mid: theme.border, role.Dark: theme.border_strong,
        role.Shadow: theme.border_strong, role.Accent: theme.accent,
    }  # fmt: skip
    palette = QPalette()
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        for name, value in roles.items():
            palette.setColor(group, name, QColor(value))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.faint))
    return palette


def style_sheet(theme: str) -> str:
    """The style sheet of "light" or "dark": resources/style/studio.qss with `$role` for every colour.

    `$shapes` is the folder of the small pictures that only a style sheet shows (check marks, arrows).
    """
    shapes = (resources_dir() / "style" / theme).as_posix()
    return Template(resource_text("style/studio.qss")).substitute(asdict(THEMES[theme]), shapes=shapes)


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Sets the property `name`, by which the style sheet tells widgets apart, and lets the sheet see it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


Iconic = QAbstractButton | QAction | QLabel


def show_icon(shown: Iconic, name: str, role: str = "secondary", *, chosen: str = "", size: int = 18) -> None:
    """Puts an icon on a button, action or label, and keeps its colour right when the theme changes.

    `chosen` is the role in which it is drawn while the button is checked.
    """
    shown.setProperty("lora_icon", f"{name} {role} {size} {chosen}")
    _draw_icon(shown)


def _draw_icon(shown: object) -> None:
    if not isinstance(shown, Iconic) or not (wanted := shown.property("lora_icon")):
        return
    name, role, size, chosen = wanted.split(" ")
    if isinstance(shown, QLabel):
        shown.setPixmap(icon_pixmap(name, role, int(size)))
        return
    gap = ICON_GAP if isinstance(shown, QPushButton) else 0
    made = QIcon(icon_pixmap(name, role, int(size), gap))
    if chosen:
        made.addPixmap(icon_pixmap(name, chosen, int(size), gap), QIcon.Mode.Normal, QIcon.State.On)
    shown.setIcon(made)
    if isinstance(shown, QAbstractButton):
        shown.setIconSize(QSize(int(size) + gap, int(size)))


def icon(name: str, role: str = "secondary") -> QIcon:
    """The Lucide icon `name` (resources/icons) in the colour of `role`, sharp at 14, 18 and 20 pixels."""
    made = QIcon()
    for size in (14, 18, 20):
        made.addPixmap(icon_pixmap(name, role, size))
    return made


@cache
def icon_pixmap(name: str, role: str = "secondary", size: int = 18, gap: int = 0) -> QPixmap:
    """One icon as a picture of `size` × `size` pixels, times the screen's scale, with a `gap` at its right."""
    svg = resource_text(f"icons/{name}.svg").replace("currentColor", getattr(colours(), role))
    scale = QGuiApplication.primaryScreen().devicePixelRatio() if QGuiApplication.primaryScreen() else 1.0
    picture = QPixmap(QSize(size + gap, size) * scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture
