"""What a person may set. Every change is saved at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lora_studio.core.errors import StudioError
from lora_studio.core.library.access import has_admin_key
from lora_studio.core.settings import SYSTEM_PROMPT, THEMES
from lora_studio.gui.guidelines.fields import TextField
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.messages import show_error
from lora_studio.gui.settings.folders import FolderList
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import button, label, panel

WIDTH = 640


class SettingsPage(QWidget):
    """Has no signals; the studio tells the others what changed."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.themes = QButtonGroup(self)
        self.key_state = label("", "secondary", wrap=True)
        self.key_button = button("")
        self.sentence = TextField(self.tr("System sentence"), lines=2)
        self.sentence_fault = label("", "error", wrap=True)
        self.save_button = button(self.tr("Save the sentence"), "primary")
        self.reset_button = button(self.tr("Back to the shipped one"), "link")
        self.folders = FolderList()
        self._build()
        self._connect()
        self._show()
        self._show_key()

    def _build(self) -> None:
        column = QWidget()
        column.setProperty("plain", True)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(24, 16, 24, 24)
        layout.setSpacing(16)
        layout.addWidget(label(self.tr("Settings"), "page"))
        for made in (self._theme_panel(), self._key_panel(), self._sentence_panel(), self._folder_panel()):
            made.setMaximumWidth(WIDTH)
            layout.addWidget(made)
        layout.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(column)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _theme_panel(self) -> QFrame:
        box, layout = panel()
        layout.addWidget(label(self.tr("Theme"), "strong"))
        words = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        line = QHBoxLayout()
        line.setSpacing(8)
        for number, theme in enumerate(THEMES):
            made = button(words[theme], "segment")
            made.setCheckable(True)
            self.themes.addButton(made, number)
            line.addWidget(made)
        line.addStretch()
        layout.addLayout(line)
        return box

    def _key_panel(self) -> QFrame:
        box, layout = panel()
        layout.addWidget(label(self.tr("Admin key"), "strong"))
        layout.addWidget(self.key_state)
        layout.addWidget(self.key_button)
        return box

    def _sentence_panel(self) -> QFrame:
        box, layout = panel()
        layout.addWidget(label(self.tr("System sentence"), "strong"))
        why = self.tr("Stands at the start of every row in the formats that have a system message, the same in each.")
        layout.addWidget(label(why, "secondary", wrap=True))
        layout.addWidget(self.sentence)
        layout.addWidget(self.sentence_fault)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.save_button)
        line.addWidget(self.reset_button)
        line.addStretch()
        layout.addLayout(line)
        return box

    def _folder_panel(self) -> QFrame:
        box, layout = panel()
        layout.addWidget(label(self.tr("Allowed folders"), "strong"))
        why = self.tr(
            "Where agents may read and write files, beside the program's own folder and the one they work in. "
            "What you type or pick yourself is allowed anywhere."
        )
        layout.addWidget(label(why, "secondary", wrap=True))
        layout.addWidget(self.folders)
        return box

    def _connect(self) -> None:
        self.themes.idClicked.connect(self._on_theme)
        self.key_button.clicked.connect(self._on_key)
        self.sentence.textChanged.connect(self._check_sentence)
        self.save_button.clicked.connect(self._on_sentence)
        self.reset_button.clicked.connect(self._on_reset)
        self.folders.add_wanted.connect(self._on_add)
        self.folders.remove_wanted.connect(self._on_remove)
        self._studio.settings_changed.connect(self._show)
        self._studio.lock_changed.connect(self._show_key)

    def _show(self) -> None:
        settings = self._studio.settings
        self.themes.button(THEMES.index(settings.theme)).setChecked(True)
        if self.sentence.text() != settings.system_prompt:
            self.sentence.set_text(settings.system_prompt)
        self.folders.show_folders(settings.allowed_folders)
        self._check_sentence()

    def _show_key(self) -> None:
        is_set = has_admin_key(self._studio.library)
        said = self.tr("An admin key is set. Exports ask for it once while this window is open.")
        none = self.tr("No admin key is set yet. The first export asks you to choose one: it guards all exports.")
        self.key_state.setText(said if is_set else none)
        self.key_button.setText(self.tr("Change the admin key…") if is_set else self.tr("Set an admin key…"))
        self.key_button.setAccessibleName(self.key_button.text())

    def _check_sentence(self) -> None:
        text = self.sentence.text()
        fault = "" if text.strip() else self.tr("Write one sentence, or go back to the shipped one.")
        self.sentence_fault.setText(fault)
        self.sentence_fault.setVisible(bool(fault))
        restyle(self.sentence, "invalid", bool(fault))
        self.save_button.setEnabled(not fault and text != self._studio.settings.system_prompt)
        self.reset_button.setVisible(text != SYSTEM_PROMPT)

    def _on_theme(self, number: int) -> None:
        self._change(theme=THEMES[number])

    def _on_key(self) -> None:
        AdminKeyDialog(self._studio, self, change=has_admin_key(self._studio.library)).open()

    def _on_sentence(self) -> None:
        self._change(system_prompt=self.sentence.text())

    def _on_reset(self) -> None:
        self._change(system_prompt=SYSTEM_PROMPT)
        self._show()

    def _on_add(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Allow a folder"))
        if folder:
            self.allow(folder)

    def allow(self, folder: str) -> None:
        """Adds a folder to the allowed ones."""
        added = str(Path(folder).absolute())
        self._change(allowed_folders=tuple(dict.fromkeys((*self._studio.settings.allowed_folders, added))))

    def _on_remove(self, folder: str) -> None:
        kept = tuple(one for one in self._studio.settings.allowed_folders if one != folder)
        self._change(allowed_folders=kept)

    def _change(self, **values: Any) -> None:
        try:
            self._studio.change_settings(replace(self._studio.settings, **values))
        except StudioError as error:
            show_error(self, error)
            self._show()
