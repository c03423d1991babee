"""What every section of the Settings page has: a heading, commands, a way to save and a way to take back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.errors import StudioError
from lora_studio.gui.commands import command, runs
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import label

WIDTH = 720
"""Widest column of text and fields, in pixels: longer lines are hard to read."""


def button_line(pairs: Sequence[tuple[QAbstractButton, QAction]]) -> QHBoxLayout:
    """Buttons side by side, each of which does what its command does."""
    line = QHBoxLayout()
    line.setSpacing(8)
    for made, action in pairs:
        runs(made, action)
        line.addWidget(made)
    line.addStretch()
    return line


class Section(QWidget):
    """One section. `owner` is the page, where its commands live; `fills` lets it use all the room there is.

    Signals: done(text, undo) when something was done that `undo`, a function, can take back; None where nothing can.
    """

    done = Signal(str, object)

    def __init__(self, studio: Studio, owner: QWidget, *, fills: bool = False) -> None:
        super().__init__()
        self.studio = studio
        self.commands: list[QAction] = []
        self._owner = owner
        column = self if fills else QWidget()
        self.body = QVBoxLayout(column)
        self.body.setContentsMargins(24, 16, 24, 24)
        self.body.setSpacing(12)
        if not fills:
            self._scroll(column)

    def head(self, title: str, why: str) -> None:
        """The heading, and in a sentence or two what this is for."""
        self.setAccessibleName(title)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(label(title, "page"))
        reason = label(why, "secondary", wrap=True)
        reason.setMaximumWidth(WIDTH)
        words.addWidget(reason)
        self.body.addLayout(words)

    def _scroll(self, column: QWidget) -> None:
        column.setProperty("plain", True)
        column.setMaximumWidth(WIDTH + 48)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setAlignment(Qt.AlignmentFlag.AlignLeft)
        scroll.setWidget(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def command(self, text: str, act: Callable[[], object], keys: str = "", icon: str = "") -> QAction:
        """Something that can be done here, as a command of the page."""
        made = command(self._owner, text, act, keys, icon)
        self.commands.append(made)
        return made

    def unsaved(self) -> str:
        """What would be lost if the window closed now, in one sentence; empty when nothing would."""
        return ""

    def refresh(self) -> None:
        """Shows how things are now: the section was opened, or another process changed something."""

    def change(self, **values: Any) -> bool:
        """Saves new values of settings; says why where it cannot, and whether it could."""
        try:
            self.studio.change_settings(replace(self.studio.settings, **values))
        except StudioError as error:
            show_error(self, error)
            self.refresh()
            return False
        return True
