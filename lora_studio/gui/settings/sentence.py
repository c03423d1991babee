"""The system sentence: the same in every row of the formats that have a system message."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from lora_studio.core.settings import SYSTEM_PROMPT
from lora_studio.gui.guidelines.fields import TextField
from lora_studio.gui.settings.section import Section, button_line
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import button, label, panel

LONG = 500


class SentenceSection(Section):
    """A field with Save and Revert. Signals: Section's."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner)
        why = self.tr(
            "Stands at the start of every row in the formats that have a system message, the same in each: what the "
            "model is trained with is what you give it later."
        )
        self.head(self.tr("System sentence"), why)
        self._given = ""
        self.sentence = TextField(self.tr("System sentence"), lines=3)
        self.count = label("", "small")
        self.fault = label("", "error", wrap=True)
        self.save_button = button(self.tr("Save the sentence"), "primary")
        self.revert_button, self.reset_button = (
            button(self.tr("Revert")),
            button(self.tr("Use the shipped one"), "link"),
        )
        self.save_action = self.command(self.tr("Save the system sentence"), self._on_save, "Ctrl+S")
        self.revert_action = self.command(self.tr("Revert the system sentence"), self._on_revert)
        self.reset_action = self.command(self.tr("Use the shipped system sentence"), self._on_reset)
        self.body.addWidget(self._panel())
        self.body.addStretch()
        self.sentence.textChanged.connect(self._check)
        studio.settings_changed.connect(self.refresh)

    def _panel(self) -> QWidget:
        box, layout = panel()
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        layout.addWidget(self.sentence)
        under = QHBoxLayout()
        under.addWidget(self.fault, 1)
        under.addWidget(self.count, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        layout.addLayout(under)
        pairs = ((self.save_button, self.save_action), (self.revert_button, self.revert_action))
        layout.addLayout(button_line((*pairs, (self.reset_button, self.reset_action))))
        return box

    def refresh(self) -> None:
        kept = self.studio.settings.system_prompt
        if self.sentence.text() == self._given:  # what is being typed is not taken away
            self.sentence.set_text(kept)
        self._given = kept
        self._check()

    def unsaved(self) -> str:
        return self.tr("The system sentence is not saved.") if self.sentence.text() != self._given else ""

    def _check(self) -> None:
        text = self.sentence.text()
        fault = "" if text.strip() else self.tr("Write one sentence, or use the shipped one.")
        if not fault and len(text) > LONG:
            fault = self.tr("That is long: every row carries all of it.")
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        self.sentence.setAccessibleDescription(fault)
        restyle(self.sentence, "invalid", not text.strip())
        self.count.setText(self.tr("{0} characters").format(f"{len(text):,}"))
        is_new = text != self._given
        self.save_action.setEnabled(is_new and bool(text.strip()))
        self.revert_action.setEnabled(is_new)
        self.reset_action.setEnabled(text != SYSTEM_PROMPT)

    def _on_save(self) -> None:
        self._save(self.sentence.text())

    def _save(self, text: str) -> None:
        before = self.studio.settings.system_prompt
        if self.change(system_prompt=text):
            self.sentence.set_text(text)
            self.refresh()
            self.done.emit(self.tr("The system sentence is saved."), lambda: self._save(before))

    def _on_revert(self) -> None:
        self.sentence.set_text(self._given)

    def _on_reset(self) -> None:
        self.sentence.selectAll()
        self.sentence.insertPlainText(SYSTEM_PROMPT)
