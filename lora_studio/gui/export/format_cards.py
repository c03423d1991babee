"""The format cards: one for each row format, saying where it goes and what to know about that place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.dataset.preferences import PREFERENCES
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
        name_of_it, goes_to, notice = _card_of(name)
        self.setProperty("kind", "card")
        self.setCheckable(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        if name == RECOMMENDED:
            goes_to = self.tr("{0}; recommended").format(goes_to)
        self.setAccessibleName(f"{name_of_it}: {goes_to}")
        self.setAccessibleDescription(notice)
        self.setToolTip(notice)
        title = label(name_of_it, "card")
        where = label(goes_to, "small", wrap=True)
        sign = picture("triangle-alert", "warning", 14)
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
        sign.setVisible(bool(notice))  # not before it has its place: it would be a window of its own
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
        self._add(grid, sorted(FORMATS, key=_rank))
        if PREFERENCES:
            title = label(self.tr("Preference data, from good and bad examples"), "small")
            grid.addWidget(title, grid.rowCount(), 0, 1, _COLUMNS)
            self._add(grid, PREFERENCES)
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

    def _add(self, grid: QGridLayout, names: Iterable[str]) -> None:
        row = grid.rowCount()
        for place, name in enumerate(names):
            card = FormatCard(name, self)
            self.cards[name] = card
            self._group.addButton(card)
            grid.addWidget(card, row + place // _COLUMNS, place % _COLUMNS)

    def _on_toggled(self, button: QPushButton, chosen: bool) -> None:
        if chosen:
            self.changed.emit()


def _rank(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def notice_of(name: str) -> str:
    """What there is to know, with its date, about the place where the format `name` goes; empty for nothing."""
    return FORMATS[name].notice if name in FORMATS else ""


def _card_of(name: str) -> tuple[str, str, str]:
    """Title, place and notice of the format `name`."""
    if name in FORMATS:
        return FORMATS[name].title, FORMATS[name].goes_to, FORMATS[name].notice
    title, _, what = PREFERENCES[name].partition(": ")
    return title, what, ""
