"""The rail at the window's left: the product's mark and a button for every page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from lora_studio.gui.theme import restyle, show_icon
from lora_studio.gui.widgets.parts import label, picture

WIDE, NARROW = 176, 56


class RailButton(QPushButton):
    """A page's button: icon, name, and its shortcut in grey. Has no signals of its own."""

    def __init__(self, name: str, icon: str, shortcut: str) -> None:
        super().__init__()
        self._name = name
        self.setProperty("kind", "rail")
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setAccessibleDescription(shortcut)
        self.setToolTip(f"{name} ({shortcut})")
        show_icon(self, icon, "secondary", chosen="accent", size=20)
        self._shortcut = label(shortcut, "shortcut")
        self._shortcut.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 0, 8, 0)
        line.addStretch()
        line.addWidget(self._shortcut)
        self.set_narrow(False)

    def set_narrow(self, narrow: bool) -> None:
        """Shows the icon alone, or the name too."""
        self.setText("" if narrow else self._name)
        self._shortcut.setVisible(not narrow)


class Rail(QFrame):
    """Signals: chosen(page key) when a person presses a page's button."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rail", True)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, RailButton] = {}
        self._narrow = False
        self._mark, self._name = picture("sparkles", "accent", 20), label("LoRA Studio", "lead")
        head = QHBoxLayout()
        head.setContentsMargins(9, 6, 8, 10)
        head.setSpacing(8)
        head.addWidget(self._mark)
        head.addWidget(self._name, 1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 8, 8, 12)
        self._layout.setSpacing(4)
        self._layout.addLayout(head)
        self._layout.addStretch()
        self.setFixedWidth(WIDE)

    def add_page(self, key: str, name: str, icon: str, shortcut: str, *, at_end: bool = False) -> None:
        """Adds a button, under the others or at the bottom."""
        made = self._buttons[key] = RailButton(name, icon, shortcut)
        self._group.addButton(made)
        made.clicked.connect(lambda: self.chosen.emit(key))
        self._layout.insertWidget(self._layout.count() if at_end else self._layout.count() - 1, made)

    def show_page(self, key: str) -> None:
        """Marks one page as the present one."""
        self._buttons[key].setChecked(True)

    def set_narrow(self, narrow: bool) -> None:
        """Icons alone, for a small window."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self.setFixedWidth(NARROW if narrow else WIDE)
        self._name.setVisible(not narrow)
        for made in self._buttons.values():
            made.set_narrow(narrow)
            restyle(made, "narrow", narrow)
