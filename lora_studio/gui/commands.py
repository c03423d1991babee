"""What a person can do: each thing once, as an action that a key, a button, the palette and the list of keys share."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QWidget

from lora_studio.gui.theme import show_icon


def command(owner: QWidget, text: str, act: Callable[[], object], keys: str = "", icon: str = "") -> QAction:
    """Something that can be done in `owner`, a page or a part of one or the window: by `keys`, and by name.

    Keys with Ctrl or Alt and function keys work while `owner` is to be seen, bare ones like Del only while the focus
    is in it. The action stays in step with the world by `setEnabled`; the palette shows only what is enabled.
    """
    made = QAction(text, owner)
    made.setProperty("command", True)
    made.triggered.connect(lambda: act())
    if keys:
        made.setShortcut(QKeySequence(keys))
        made.setShortcutContext(_context(keys))
    if icon:
        show_icon(made, icon)
    owner.addAction(made)
    return made


def _context(keys: str) -> Qt.ShortcutContext:
    if re.search(r"Ctrl|Alt|Meta|F\d", keys):
        return Qt.ShortcutContext.WindowShortcut
    return Qt.ShortcutContext.WidgetWithChildrenShortcut


def runs(button: QAbstractButton, action: QAction) -> None:
    """Makes `button` do `action`, be enabled while it is, and tell its keys."""
    button.clicked.connect(action.trigger)
    button.setEnabled(action.isEnabled())
    action.enabledChanged.connect(button.setEnabled)
    if keys := keys_of(action):
        name = button.toolTip() or button.accessibleName() or name_of(action)
        button.setToolTip(f"{name} ({keys})")


def name_of(action: QAction) -> str:
    """What `action` is called, as a person reads it in a menu."""
    return action.text().replace("&&", "&")


def keys_of(action: QAction) -> str:
    """The keys as the person's system writes them; empty for none."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def commands_in(place: QWidget) -> list[QAction]:
    """All commands of `place` and of what is to be seen in it, enabled ones only, in the order of their making."""
    owners = [place, *(part for part in place.findChildren(QWidget) if part.isVisibleTo(place) and part.actions())]
    found = dict.fromkeys(action for owner in owners for action in owner.actions())  # one may belong to two
    return [action for action in found if action.property("command") and action.isEnabled()]
