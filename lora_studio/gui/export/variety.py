"""The choice for local training: the documented questions alone, or many more ways of asking beside them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from lora_studio.gui.widgets.parts import label

OFFERED = ("chat", "huggingface", "alpaca", "sharegpt")
"""The formats for local training; a hosted service is paid by the token."""


class VarietyChoice(QWidget):
    """A box and a sentence that says what it adds; shown where it is offered, and remembered meanwhile.

    Signals: changed() when another variety was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = ""
        self.box = QCheckBox(self.tr("Many ways of asking"))
        self.box.setChecked(True)
        said = self.tr(
            "Adds questions without the title, reviews, yes or no with the reason, and rules that do not exist,"
            " so that a model can use a rule and not only recite it."
        )
        self.box.setAccessibleDescription(said)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.box, 0, Qt.AlignmentFlag.AlignLeft)  # a click beside the words would do nothing
        layout.addWidget(label(said, "small", wrap=True))
        self.box.toggled.connect(self.changed)

    def variety(self, format_name: str) -> str:
        """What is chosen for the format: a value of VARIETIES."""
        return "rich" if self._goes_with(format_name) and self.box.isChecked() else "documented"

    def show_format(self, format_name: str) -> None:
        """Shows the choice where it goes with the format."""
        self.setVisible(self._goes_with(format_name))

    def show_variety(self, variety: str, format_name: str) -> None:
        """Puts `variety` in place; an earlier dataset may have it in a format that it is not offered for."""
        self._kept = format_name if variety == "rich" else ""
        if self._goes_with(format_name):
            self.box.setChecked(variety == "rich")
        self.show_format(format_name)

    def _goes_with(self, format_name: str) -> bool:
        return format_name in OFFERED or format_name == self._kept
