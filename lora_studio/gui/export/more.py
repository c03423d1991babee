"""The options that few people change, folded away under "More"."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.domain import EXAMPLES_MAX
from lora_studio.gui.theme import show_icon

SEED_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class MoreValues:
    """What is chosen under "More"."""

    include_examples: bool
    examples_per_guideline: int
    seed: int
    strict: bool


class MoreOptions(QWidget):
    """Examples, seed, and for Claude the strict form, behind one button.

    Signals: changed() when a value became another one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.toggle = QPushButton(self.tr("More"))
        self.toggle.setProperty("kind", "fold")
        self.toggle.setCheckable(True)
        self.toggle.setAccessibleDescription(self.tr("Shows or hides examples and seed"))
        self.include = QCheckBox(self.tr("Rows from good and bad examples"))
        self.include.setChecked(True)
        self.count = self._number(self.tr("Examples of each kind per guideline"), EXAMPLES_MAX, 3)
        self.seed = self._number(self.tr("Seed of order and split"), SEED_MAX, 0)
        self.strict = QCheckBox(self.tr("Without metadata, as Amazon Bedrock takes it"))
        self._body = QWidget()
        form = QFormLayout(self._body)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(self.include)
        form.addRow(self.tr("Examples of each kind"), self.count)
        form.addRow(self.tr("Seed"), self.seed)
        form.addRow(self.strict)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.toggle)
        layout.addWidget(self._body)
        self.strict.hide()
        self._connect()
        self._show_fold(False)

    def values(self, format_name: str) -> MoreValues:
        """The values as they go with the format."""
        strict = self.strict.isChecked() and format_name == "anthropic"
        return MoreValues(self.include.isChecked(), self.count.value(), self.seed.value(), strict)

    def show_values(self, values: MoreValues) -> None:
        """Puts `values` in place."""
        self.include.setChecked(values.include_examples)
        self.count.setValue(values.examples_per_guideline)
        self.seed.setValue(values.seed)
        self.strict.setChecked(values.strict)

    def show_format(self, format_name: str) -> None:
        """Shows what goes with the format and nothing else; preferences are made of nothing but examples."""
        self.include.setVisible(format_name not in PREFERENCES)
        self.count.setEnabled(format_name in PREFERENCES or self.include.isChecked())
        self.strict.setVisible(format_name == "anthropic")

    def _show_fold(self, is_open: bool) -> None:
        self._body.setVisible(is_open)
        show_icon(self.toggle, "chevron-down" if is_open else "chevron-right")

    def _number(self, name: str, most: int, value: int) -> QSpinBox:
        field = QSpinBox()
        field.setRange(0, most)
        field.setValue(value)
        field.setAccessibleName(name)
        field.lineEdit().setTextMargins(6, 0, 0, 0)
        return field

    def _connect(self) -> None:
        self.toggle.toggled.connect(self._show_fold)
        self.include.toggled.connect(self.count.setEnabled)
        self.include.toggled.connect(self.changed)
        self.strict.toggled.connect(self.changed)
        self.count.valueChanged.connect(self.changed)
        self.seed.valueChanged.connect(self.changed)
