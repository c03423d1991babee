"""The command palette: everything that can be done here and now, found by a few letters of its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lora_studio.gui.commands import commands_in, keys_of, name_of
from lora_studio.gui.widgets.parts import label

WIDTH, LINE_HEIGHT, LINES_SHOWN, FROM_TOP = 560, 36, 10, 72
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Entry(NamedTuple):
    """One command, and the page that it belongs to ("Export"); empty for one that works everywhere."""

    action: QAction
    where: str


def entries_of(page: QWidget, name: str, window: QWidget) -> list[Entry]:
    """What can be done on the page called `name`, then what can be done in the window wherever one is."""
    own = [Entry(action, name) for action in commands_in(page)]
    return own + [Entry(action, "") for action in window.actions() if action.isEnabled()]


class CommandPalette(QDialog):
    """Runs what is chosen once it is closed. Has no signals of its own."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.FramelessWindowHint | Qt.WindowType.Dialog)
        self.setWindowTitle(self.tr("Commands"))
        self.setProperty("commands", True)
        self.finished.connect(self.deleteLater)
        self._entries, self._window = entries, parent
        self.search = QLineEdit()
        self.list = QListWidget()
        self.nothing = label(self.tr("No command is called that."), "secondary")
        self._build()
        self.search.textChanged.connect(self._show_matches)
        self.search.installEventFilter(self)
        self.list.itemActivated.connect(self._run)
        self.list.itemClicked.connect(self._run)
        self._show_matches("")
        self._place(parent)

    def _build(self) -> None:
        self.search.setPlaceholderText(self.tr("What do you want to do?"))
        self.search.setAccessibleName(self.tr("Search commands"))
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing.setContentsMargins(12, 8, 12, 12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        for part in (self.search, self.list, self.nothing):
            layout.addWidget(part)

    def _place(self, parent: QWidget) -> None:
        self.setFixedWidth(min(WIDTH, parent.width() - 32))
        self.move(parent.mapToGlobal(parent.rect().topLeft()).x() + (parent.width() - self.width()) // 2,
                  parent.mapToGlobal(parent.rect().topLeft()).y() + FROM_TOP)  # fmt: skip

    def _show_matches(self, text: str) -> None:
        self.list.clear()
        for entry in matches(self._entries, text):
            item = QListWidgetItem(self.list)
            item.setData(Qt.ItemDataRole.UserRole, entry.action)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name_of(entry.action)} {entry.where}".rstrip())
            item.setSizeHint(QSize(0, LINE_HEIGHT))
            self.list.setItemWidget(item, _line(entry))
        count = self.list.count()
        self.list.setCurrentRow(0)
        self.list.setVisible(count > 0)
        self.list.setFixedHeight(min(count, LINES_SHOWN) * LINE_HEIGHT + 4)
        self.nothing.setVisible(not count)
        self.adjustSize()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows move in the list, and Enter runs its line, while the cursor stays in the search."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() in _MOVES:
            self.list.keyPressEvent(event)
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentItem())
            return True
        return super().eventFilter(watched, event)

    def _run(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        action: QAction = item.data(Qt.ItemDataRole.UserRole)
        self.accept()
        self._window.activateWindow()
        QTimer.singleShot(0, action, action.trigger)  # once the window is the active one again


def matches(entries: Sequence[Entry], text: str) -> list[Entry]:
    """The entries with every word of `text` in their name or place: those first whose name starts with it."""
    words = text.casefold().split()

    def rank(entry: Entry) -> int:
        name = name_of(entry.action).casefold()
        if not words or name.startswith(words[0]):
            return 0
        return 1 if any(part.startswith(words[0]) for part in name.split()) else 2

    found = [one for one in entries if all(word in f"{name_of(one.action)} {one.where}".casefold() for word in words)]
    return sorted(found, key=rank)


def _line(entry: Entry) -> QWidget:
    line = QWidget()
    line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    layout = QHBoxLayout(line)
    layout.setContentsMargins(12, 0, 12, 0)
    layout.setSpacing(12)
    layout.addWidget(label(name_of(entry.action)))
    layout.addWidget(label(entry.where, "small"), 1)
    if keys := keys_of(entry.action):
        layout.addWidget(label(keys, "key"), 0, Qt.AlignmentFlag.AlignVCenter)
    return line
