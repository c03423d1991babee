"""The form that guidelines are written in, in a window of its own, and ways to look at it and to save."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from rules import ACME

from lora_studio.core.domain import Guideline, GuidelineFilter, Scope
from lora_studio.core.library.guidelines import list_guidelines as listed
from lora_studio.gui.guidelines.editor import Editor
from lora_studio.gui.guidelines.form import Known
from lora_studio.gui.studio import Studio

KNOWN = Known(("security", "git"), (ACME, Scope("project", "webapp")), ("python", "api"))


def shown_window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    QVBoxLayout(widget)
    qtbot.addWidget(widget)
    widget.resize(400, 700)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    return widget


def opened(studio: Studio, window: QWidget, old: Guideline | None = None) -> Editor:
    editor = Editor(studio.library, old, KNOWN)
    layout = window.layout()
    assert layout is not None
    layout.addWidget(editor)
    editor.show()
    editor.begin()
    return editor


def by_name(studio: Studio, name: str) -> Guideline:
    return next(one for one in listed(studio.library, GuidelineFilter(active=None)) if one.name == name)


def fault_of(dialog: Editor, field: str) -> str:
    shown = dialog.form._faults[field]
    return shown.text() if shown.isVisible() else ""


def save(qtbot: QtBot, dialog: Editor) -> Guideline:
    with qtbot.waitSignal(dialog.saved, timeout=10_000) as saved:
        QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    assert saved.args is not None
    made: Guideline = saved.args[0].new
    return made
