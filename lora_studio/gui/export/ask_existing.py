"""What to do where the folder already holds a dataset of this model, format and day."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import button, label


class AskExisting(QDialog):
    """Replace, keep both, or cancel; asked before anything is computed.

    Signals: chosen(if_exists) with a value of IF_EXISTS; QDialog's rejected for cancel.
    """

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = self.tr("This dataset is there already")
        said = self.tr("{0} was exported to this folder today. Nothing has been computed or changed yet.").format(name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(said)
        self.setMinimumWidth(440)
        self.cancel = button(self.tr("Cancel"))
        self.keep_both = button(self.tr("Keep both"))
        self.replace = button(self.tr("Replace"))
        self.keep_both.setToolTip(self.tr("The new one gets a number at the end of its name"))
        self.replace.setToolTip(self.tr("The old files stay until the new ones are complete"))
        self.cancel.clicked.connect(self.reject)
        self.keep_both.clicked.connect(lambda: self._answer("keep_both"))
        self.replace.clicked.connect(lambda: self._answer("replace"))
        restyle(self.keep_both, "kind", "primary")
        self.keep_both.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        for one in (self.cancel, self.replace, self.keep_both):
            buttons.addWidget(one)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(8)
        layout.addWidget(label(title, "lead"))
        layout.addWidget(label(said, wrap=True))
        layout.addSpacing(12)
        layout.addLayout(buttons)
        self.keep_both.setFocus(Qt.FocusReason.OtherFocusReason)
        self.finished.connect(self.deleteLater)

    def _answer(self, if_exists: str) -> None:
        self.accept()
        self.chosen.emit(if_exists)
