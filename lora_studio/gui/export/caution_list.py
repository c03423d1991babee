"""What is worth knowing before an export, a line each, and the way to the guidelines that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from lora_studio.core.dataset.cautions import GRAVE, Caution
from lora_studio.core.dataset.census import names_of
from lora_studio.core.dataset.export import Progress
from lora_studio.core.library.store import Library
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, empty, label, literal, picture, short

SHOWN, SHOWN_WHERE_LOW = 4, 2
_LOW = 640
_NAME_MAX = 60
_NAMES_MAX = 20


class CautionList(QFrame):
    """The gravest first; more than a few are folded away.

    Signals: show_wanted(caution, button) when the person wants to see the guidelines that one is about.
    """

    show_wanted = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "warning")
        self.setAccessibleName(self.tr("Warnings"))
        self.cautions: tuple[Caution, ...] = ()
        self.show_buttons: dict[str, QPushButton] = {}
        self.more_button = button("", "link")
        self.more_button.setProperty("indent", True)
        self.more_button.clicked.connect(self._on_more)
        self._is_open = False
        self._lines = QWidget()
        lines = QVBoxLayout(self._lines)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(2)
        layout.addWidget(self._lines)
        layout.addWidget(self.more_button)
        layout.setAlignment(self.more_button, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_cautions(self, cautions: Sequence[Caution]) -> None:
        """Shows `cautions`; the lines stay as they are where nothing changed."""
        if tuple(cautions) != self.cautions:
            self.cautions = tuple(cautions)
            self._fill()

    @property
    def text(self) -> str:
        """All sentences, a line each."""
        return "\n".join(one.text for one in self.cautions)

    def _room(self) -> int:
        return SHOWN if self.window().height() > _LOW else SHOWN_WHERE_LOW

    def _on_more(self) -> None:
        self._is_open = not self._is_open
        self._fill()

    def _fill(self) -> None:
        had_focus = self._lines.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        empty(self._lines)
        self.show_buttons = {}
        room = self._room()
        is_long = len(self.cautions) > room + 1  # folding a single line away would save nothing
        for caution in self.cautions if self._is_open or not is_long else self.cautions[:room]:
            self._add(caution)
        self.more_button.setVisible(is_long)
        fewer = self.tr("Show fewer")
        said = fewer if self._is_open else self.tr("{0} more").format(len(self.cautions) - room)
        self.more_button.setText(said)
        self.more_button.setAccessibleName(said if self._is_open else self.tr("Show {0} warnings").format(said))
        self.setAccessibleDescription(self.text)
        self.setVisible(bool(self.cautions))
        if had_focus and self.show_buttons:
            next(iter(self.show_buttons.values())).setFocus()

    def _add(self, caution: Caution) -> None:
        grave = caution.kind in GRAVE
        line = QHBoxLayout()
        line.setSpacing(8)
        sign = picture("triangle-alert", "bad" if grave else "warning", 14)
        sign.setContentsMargins(0, 3, 0, 0)
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        text = label(caution.text, "strong" if grave else "", wrap=True)
        line.addWidget(text, 1)
        if caution.ids:
            show = button(self.tr("Show"), "link")
            show.setAccessibleName(self.tr("Show: {0}").format(caution.text))
            show.clicked.connect(partial(self.show_wanted.emit, caution, show))
            line.addWidget(show, 0, Qt.AlignmentFlag.AlignTop)
            self.show_buttons[caution.kind] = show
        holder = QWidget()
        holder.setLayout(line)
        line.setContentsMargins(0, 0, 0, 0)
        layout = self._lines.layout()
        assert layout is not None
        layout.addWidget(holder)


class Shower(Latest):
    """Leads to the guidelines that a caution is about: straight to a single one, by a menu where there are several.

    Signals: those of Latest.
    """

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent, pause_ms=0)
        self._studio = studio
        self._window = parent
        self.succeeded.connect(self._on_names)

    def show_guidelines(self, caution: Caution, at: QPushButton) -> None:
        """Shows the guideline of `caution`, or the names of its guidelines below `at`."""
        if caution.count == 1:
            self._studio.guideline_wanted.emit(caution.ids[0])
            return
        self._place = at.mapToGlobal(at.rect().bottomLeft())
        self._count = caution.count
        self.ask(partial(_names, self._studio.library, caution.ids[:_NAMES_MAX]))

    def _on_names(self, names: list[tuple[str, str]]) -> None:
        menu = QMenu(self._window)
        menu.setAccessibleName(self.tr("Guidelines"))
        for guideline_id, name in names:
            action = menu.addAction(literal(short(name, _NAME_MAX)))
            action.triggered.connect(partial(self._studio.guideline_wanted.emit, guideline_id))
        if self._count > len(names):
            menu.addAction(self.tr("and {0} more").format(f"{self._count - len(names):,}")).setEnabled(False)
        menu.aboutToHide.connect(menu.deleteLater)
        if menu.actions():
            menu.setActiveAction(menu.actions()[0])
        menu.popup(self._place)


def _names(library: Library, ids: Sequence[str], progress: Progress) -> list[tuple[str, str]]:
    return names_of(library, ids)
