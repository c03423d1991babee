"""Small parts of the details of a dataset or adapter: facts, names that wrap, signs with words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lora_studio.gui.export.summary import breakable
from lora_studio.gui.widgets.parts import label, picture


def under(link: QWidget, text: str) -> QVBoxLayout:
    """A link and a small line below it."""
    made = QVBoxLayout()
    made.setSpacing(0)
    made.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
    small = label(text, "small", wrap=True)
    small.setContentsMargins(5, 0, 0, 0)
    made.addWidget(small)
    return made


def number(value: float | None) -> str:
    """A number that may be missing."""
    return "" if value is None else f"{value:g}"


def named(names: tuple[str, ...]) -> str:
    """The first of some names."""
    return ", ".join(names[:12]) + ("…" if len(names) > 12 else "")


def signed(look: tuple[str, str], name: str, *lines: str) -> QHBoxLayout:
    """A sign, a name that wraps, and small lines below it."""
    text = QVBoxLayout()
    text.setSpacing(0)
    text.addWidget(wrapping(name))
    for line in lines:
        text.addWidget(wrapping(line, "small"))
    made = QHBoxLayout()
    made.setSpacing(8)
    made.addWidget(picture(*look, 14), 0, Qt.AlignmentFlag.AlignTop)
    made.addLayout(text, 1)
    return made


def fact_form(facts: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> QFormLayout:
    """Names and values; what has no value is left out."""
    form = QFormLayout()
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(4)
    for name, value in facts:
        if value:
            form.addRow(label(name, "secondary"), wrapping(value))
    return form


def wrapping(text: str, kind: str = "") -> QLabel:
    """Text that wraps anywhere, as long file names must."""
    made = label(breakable(text), kind, wrap=True)
    made.setAccessibleName(text)
    made.setToolTip(text)
    return made
