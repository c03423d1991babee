"""The target model: typed, one of those exported for lately, a well-known one, or a folder on this computer."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QFileDialog, QWidget

from lora_studio.core.domain import LABEL_MAX
from lora_studio.core.errors import Invalid
from lora_studio.gui.export.drop_line import DropLine

WELL_KNOWN = (
    "meta-llama/Llama-3.2-1B-Instruct",
    "meta-llama/Llama-3.1-8B-Instruct",
    "Qwen/Qwen3-4B-Instruct-2507",
    "Qwen/Qwen2.5-Coder-7B-Instruct",
    "mistralai/Mistral-7B-Instruct-v0.3",
    "google/gemma-3-4b-it",
    "microsoft/Phi-4-mini-instruct",
    "HuggingFaceTB/SmolLM2-1.7B-Instruct",
)
_LOCAL = "local folder"


class ModelPicker(QComboBox):
    """An editable list of models.

    Signals: changed() when the model's name became another one; refused(sentence) when a folder holds no model.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(self.tr("Target model"))
        self.view().setAccessibleName(self.tr("Models"))
        self.line = DropLine()
        self.line.folder_dropped.connect(self.show_folder)
        self.line.setAccessibleName(self.tr("Target model"))
        self.line.setPlaceholderText(self.tr("organisation/model, or a folder"))
        self.setLineEdit(self.line)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.setMaxVisibleItems(16)
        self._kept = ""
        self.offer(())
        completer = QCompleter(self.model(), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        self.activated.connect(self._on_activated)
        self.editTextChanged.connect(self._on_text)

    def offer(self, recent: Sequence[str]) -> None:
        """Lists the `recent` models first; the text in the field stays, or becomes the newest of them."""
        text = self.currentText()
        self.blockSignals(True)
        self.clear()
        for model in recent:
            self.addItem(model)
        if recent:
            self.insertSeparator(self.count())
        for model in WELL_KNOWN:
            if model not in recent:
                self.addItem(model)
        self.insertSeparator(self.count())
        self.addItem(self.tr("Local folder…"), _LOCAL)
        self._kept = text or (recent[0] if recent else WELL_KNOWN[0])
        self.setEditText(self._kept)
        self.blockSignals(False)

    def target(self) -> str:
        """The model's name. Raises Invalid, saying why, for one that an export does not take."""
        return checked_target(self.currentText())

    def show_folder(self, folder: str) -> None:
        """Names the model in `folder`, if there is one."""
        if (Path(folder) / "config.json").is_file():
            self.setEditText(folder)
        else:
            said = self.tr("There is no model in {0}: it holds no config.json. Choose another folder.")
            self.refused.emit(said.format(folder))

    def _on_activated(self, index: int) -> None:
        if self.itemData(index) != _LOCAL:
            return
        self.setEditText(self._kept)
        dialog = QFileDialog(self, self.tr("Folder of the model"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.show_folder)
        dialog.open()

    def _on_text(self, text: str) -> None:
        if self.currentData() == _LOCAL and text == self.itemText(self.currentIndex()):
            return
        if text != self._kept:
            self._kept = text
            self.changed.emit()


def checked_target(text: str) -> str:
    """`text` without spaces around it, if a model can be called that. Raises Invalid."""
    name = text.strip()
    if not name:
        raise Invalid("Name the model to train, or choose its folder", "targetModel")
    if len(name) > LABEL_MAX:
        raise Invalid(f"The model's name may have at most {LABEL_MAX} characters", "targetModel")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise Invalid("The model's name must not contain control characters", "targetModel")
    return name
