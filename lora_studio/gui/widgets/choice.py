"""A line to type into that knows what was typed before and offers it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit

from lora_studio.gui.widgets.parts import FIELD_HEIGHT


class Choice(QLineEdit):
    """Signals: QLineEdit's. With `several`, texts are separated by commas, and each one is completed."""

    def __init__(self, name: str, *, several: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFixedHeight(FIELD_HEIGHT)
        self._known = QStringListModel(self)
        completer = _Completer(several)
        completer.setParent(self)
        completer.setModel(self._known)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)

    def offer(self, texts: Sequence[str]) -> None:
        """What can be chosen."""
        if self._known.stringList() != list(texts):
            self._known.setStringList(list(texts))

    def texts(self) -> tuple[str, ...]:
        """The texts between commas, each once, without the white space around them."""
        return tuple(dict.fromkeys(text for part in self.text().split(",") if (text := part.strip())))


class _Completer(QCompleter):
    """Completes the last of several texts. Signals: QCompleter's."""

    def __init__(self, several: bool) -> None:
        super().__init__()
        self._several = several

    def splitPath(self, path: str) -> list[str]:
        return [path.rpartition(",")[2].strip()] if self._several else super().splitPath(path)

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        chosen = super().pathFromIndex(index)
        typed = self.widget()
        if not self._several or not isinstance(typed, QLineEdit):
            return chosen
        before, comma, _ = typed.text().rpartition(",")
        return f"{before}{comma} {chosen}".strip()
