"""Light or dark."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from lora_studio.core.settings import THEMES
from lora_studio.gui.settings.section import Section
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label, panel

_ICONS = {"system": "monitor", "light": "sun", "dark": "moon"}


class AppearanceSection(Section):
    """Three buttons; a click applies at once. Signals: Section's."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner)
        self.head(self.tr("Appearance"), self.tr("How the window looks. A change is saved and applied at once."))
        self.themes = QButtonGroup(self)
        words = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        box, layout = panel()
        layout.addWidget(label(self.tr("Theme"), "strong"))
        line = QHBoxLayout()
        line.setSpacing(8)
        for number, theme in enumerate(THEMES):
            made = button(words[theme], "segment", _ICONS[theme])
            made.setCheckable(True)
            self.themes.addButton(made, number)
            line.addWidget(made)
            self.command(self.tr("Theme: {0}").format(words[theme]), made.click)
        line.addStretch()
        layout.addLayout(line)
        self.body.addWidget(box)
        self.body.addStretch()
        self.themes.idClicked.connect(self._on_theme)
        studio.settings_changed.connect(self.refresh)

    def refresh(self) -> None:
        self.themes.button(THEMES.index(self.studio.settings.theme)).setChecked(True)

    def _on_theme(self, number: int) -> None:
        self.change(theme=THEMES[number])
