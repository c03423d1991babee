"""The format cards: one for each row format, saying where it goes and what to know about that place."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lora_studio.core.dataset.formats import FORMATS
from lora_studio.gui.theme import icon_pixmap

ORDER = ("chat", "huggingface", "alpaca", "sharegpt", "openai", "anthropic", "gemini")
"""Local training first; formats that are not named here follow."""
RECOMMENDED = "chat"
_COLUMNS = 2


class FormatCard(QPushButton):
    """One format to choose. Has no signals beside those of a button."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        known = FORMATS[name]
        self.setProperty("kind", "card")
        self.setCheckable(True)
        goes_to = known.goes_to
        if name == RECOMMENDED:
            goes_to = self.tr("{0}; recommended").format(goes_to)
        self.setAccessibleName(f"{known.title}: {goes_to}")
        self.setAccessibleDescription(known.notice)
        self.setToolTip(known.notice)
        self._title = QLabel(known.title)
        self._title.setProperty("type", "card")
        where = QLabel(goes_to)
        where.setProperty("type", "cardtext")
        where.setWordWrap(True)
        self._sign = QLabel()
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._sign)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(where)
        layout.addStretch()
        for label in (self._title, where, self._sign):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(self._dress)
        self.dress()

    def sizeHint(self) -> QSize:
        return self.layout().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.layout().minimumSize()

    def dress(self) -> None:
        """Takes the colours of the theme in force."""
        if FORMATS[self.name].notice:
            self._sign.setPixmap(icon_pixmap("triangle-alert", "warning", 14))
        self._dress(self.isChecked())

    def _dress(self, chosen: bool) -> None:
        self._title.setProperty("chosen", chosen)
        self._title.style().unpolish(self._title)
        self._title.style().polish(self._title)


class FormatCards(QWidget):
    """All formats as cards, one of them chosen; arrow keys move the choice.

    Signals: changed() when another one was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Format"))
        self._group = QButtonGroup(self)
        self.cards: dict[str, FormatCard] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for place, name in enumerate(sorted(FORMATS, key=_rank)):
            card = FormatCard(name, self)
            self.cards[name] = card
            self._group.addButton(card)
            grid.addWidget(card, place // _COLUMNS, place % _COLUMNS)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        self.cards[RECOMMENDED].setChecked(True)
        self._group.buttonToggled.connect(self._on_toggled)

    def chosen(self) -> str:
        """The name of the chosen format."""
        return next(name for name, card in self.cards.items() if card.isChecked())

    def choose(self, name: str) -> None:
        """Chooses the format `name`."""
        self.cards[name].setChecked(True)

    def _on_toggled(self, button: QPushButton, chosen: bool) -> None:
        if chosen:
            self.changed.emit()


def _rank(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)
