"""Labels, buttons and lines in the studio's look, each made by one call."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QSpinBox, QToolButton, QVBoxLayout, QWidget

from lora_studio.gui.theme import show_icon

FIELD_HEIGHT = 32


def label(text: str = "", kind: str = "", *, wrap: bool = False) -> QLabel:
    """Plain text in the type `kind` of the style sheet ("page", "title", "secondary", "caption", "error", …)."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if kind:
        made.setProperty("type", kind)
    return made


def picture(name: str, role: str = "secondary", size: int = 18) -> QLabel:
    """An icon that stands by itself."""
    made = QLabel()
    show_icon(made, name, role, size=size)
    return made


def button(text: str, kind: str = "", icon: str = "", *, role: str = "secondary") -> QPushButton:
    """A push button of `kind` ("primary", "link", "danger", "chip", …). Its text is its accessible name."""
    made = QPushButton(text)
    made.setAutoDefault(False)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    made.setAccessibleName(text.replace("&&", "&"))
    if kind:
        made.setProperty("kind", kind)
    if icon:
        show_icon(made, icon, "on_accent" if kind == "primary" else role)
    return made


def tool(name: str, icon: str, *, size: int = 18) -> QToolButton:
    """A button that is only an icon; `name` is its tooltip and accessible name."""
    made = QToolButton()
    made.setToolTip(name)
    made.setAccessibleName(name)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    show_icon(made, icon, size=size)
    return made


def keep_room(widget: QWidget) -> None:
    """Lets `widget` keep its place while it is hidden, so that nothing jumps."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


def number(name: str, least: int, most: int) -> QSpinBox:
    """A field for a whole number."""
    made = QSpinBox()
    made.setRange(least, most)
    made.setAccessibleName(name)
    made.setFixedHeight(FIELD_HEIGHT)
    made.lineEdit().setTextMargins(6, 0, 0, 0)  # a style sheet's padding does not reach it
    return made


def tag(text: str, look: str = "plain") -> QLabel:
    """A short text on a coloured ground; `look` is "plain", "accent" or "warning"."""
    made = label(short(text, 40))
    made.setProperty("tag", look)
    made.setToolTip(text if len(text) > 40 else "")
    return made


def short(text: str, most: int) -> str:
    """`text` on one line, cut after `most` characters."""
    line = " ".join(text[: most * 4].split())
    return line if len(line) <= most and len(text) <= most * 4 else line[: most - 1].rstrip() + "…"


def literal(text: str) -> str:
    """`text` for a button or a tab, where & would underline a letter."""
    return text.replace("&", "&&")


def panel(look: str = "true") -> tuple[QFrame, QVBoxLayout]:
    """A frame with a hairline border, and its layout."""
    made = QFrame()
    made.setProperty("panel", look)
    layout = QVBoxLayout(made)
    layout.setContentsMargins(16, 12, 16, 12)
    layout.setSpacing(8)
    return made, layout


def empty(widget: QWidget) -> None:
    """Takes everything out of the layout of `widget` and lets it go."""
    layout = widget.layout()
    while layout is not None and (item := layout.takeAt(0)) is not None:
        if (inner := item.widget()) is not None:
            inner.hide()
            inner.setParent(None)
            inner.deleteLater()
