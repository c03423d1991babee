"""The format cards: one for each row format, saying where it goes and what to know about that place."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from lora_studio.core.dataset.formats import FORMATS
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import label, picture

ORDER = ("chat", "huggingface", "alpaca", "sharegpt", "openai", "anthropic", "gemini")
"""Local training first; formats that are not named here follow."""
RECOMMENDED = "chat"
_COLUMNS = 2
_CARD_WIDTH = 160


class FormatCard(QPushButton):
    """One format to choose. Has no signals beside those of a button."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        known = FORMATS[name]
        self.setProperty("kind", "card")
        self.setCheckable(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        goes_to = known.goes_to
        if name == RECOMMENDED:
            goes_to = self.tr("{0}; recommended").format(goes_to)
        self.setAccessibleName(f"{known.title}: {goes_to}")
        self.setAccessibleDescription(known.notice)
        self.setToolTip(known.notice)
        title = label(known.title, "card")
        where = label(goes_to, "small", wrap=True)
        sign = picture("triangle-alert", "warning", 14)
        sign.setVisible(bool(known.notice))
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(sign)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(where)
        layout.addStretch()
        self._parts = layout
        for part in (title, where, sign):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(partial(restyle, title, "chosen"))

    def sizeHint(self) -> QSize:
        return QSize(_CARD_WIDTH, self._parts.totalHeightForWidth(_CARD_WIDTH))

    def minimumSizeHint(self) -> QSize:
        return QSize(_CARD_WIDTH // 2, 40)


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
