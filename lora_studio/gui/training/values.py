"""The values that decide a training, each with what it does in plain words and when it is out of the ordinary."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from lora_studio.core.errors import Invalid
from lora_studio.core.training import options
from lora_studio.core.training.options import LoraOptions, TrainingOptions, check_options
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import FIELD_HEIGHT, label, number

FIELD_WIDTH = 112


@dataclass(frozen=True, slots=True)
class Words:
    """What a value is called, what it does, and from where to where it is usual."""

    name: str
    said: str
    least: float
    most: float


def _words() -> dict[str, Words]:
    def tr(text: str) -> str:
        return QCoreApplication.translate("TrainingValues", text)

    return {
        "r": Words(tr("Rank"), tr("How much the adapter can hold. 8 is enough for some hundred rules."), 4, 128),
        "alpha": Words(tr("Alpha"), tr("How strongly the adapter counts: two to four times the rank."), 4, 256),
        "dropout": Words(tr("Dropout"), tr("Share left out at random, against learning by heart."), 0, 0.3),
        "quantization": Words(tr("Base model in"), tr("4 bit needs a quarter of the memory, and a CUDA card."), 0, 0),
        "epochs": Words(tr("Epochs"), tr("How often every row is seen. More learns more, and forgets more."), 1, 20),
        "learning_rate": Words(tr("Learning rate"), tr("The size of a step. LoRA mostly takes 2e-4."), 1e-5, 1e-3),
        "batch_size": Words(tr("Batch"), tr("Rows at a time: as many as the memory holds."), 1, 64),
        "gradient_accumulation": Words(tr("Accumulation"), tr("Batches that make one step: more is calmer."), 1, 64),
        "max_length": Words(tr("Longest row"), tr("In tokens. What is longer is cut, and takes memory."), 128, 8_192),
        "seed": Words(tr("Seed"), tr("The start of all chance: the same seed, the same training."), 0, 2**32),
    }  # fmt: skip


class TrainingValues(QWidget):
    """Fields for LoraOptions and TrainingOptions. Signals: changed() when a value became another one."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = _words()
        self.rate = QLineEdit("2e-4")
        self.rate.setValidator(QDoubleValidator(*options.LEARNING_RATE_RANGE, 12, self.rate))
        self.dropout = QDoubleSpinBox()
        self.dropout.setRange(*options.DROPOUT_RANGE)
        self.dropout.setSingleStep(0.05)
        self.dropout.lineEdit().setTextMargins(6, 0, 0, 0)
        self.quantization = QComboBox()
        self.quantization.view().setAccessibleName(self.tr("Bits of the base model"))
        for bits, text in ((None, self.tr("16 bit")), ("8bit", self.tr("8 bit")), ("4bit", self.tr("4 bit"))):
            self.quantization.addItem(text, bits)
        self.numbers = {
            "r": self._number(options.R_RANGE), "alpha": self._number(options.ALPHA_RANGE),
            "epochs": self._number(options.EPOCHS_RANGE), "batch_size": self._number(options.BATCH_SIZE_RANGE),
            "gradient_accumulation": self._number(options.GRADIENT_ACCUMULATION_RANGE),
            "max_length": self._number(options.MAX_LENGTH_RANGE), "seed": self._number((0, 2**31 - 1)),
        }  # fmt: skip
        self._build()
        self.show_values(LoraOptions(), TrainingOptions())
        for field in self.numbers.values():
            field.valueChanged.connect(self._on_change)
        self.dropout.valueChanged.connect(self._on_change)
        self.quantization.currentIndexChanged.connect(self._on_change)
        self.rate.textChanged.connect(self._on_change)

    def _number(self, limits: tuple[int, int]) -> QSpinBox:
        return number("", limits[0], limits[1])

    def _build(self) -> None:
        fields: dict[str, QWidget] = {
            **self.numbers, "dropout": self.dropout, "quantization": self.quantization, "learning_rate": self.rate,
        }  # fmt: skip
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for key, words in self._words.items():
            field = fields[key]
            field.setAccessibleName(words.name)
            field.setAccessibleDescription(words.said)
            field.setFixedSize(FIELD_WIDTH, FIELD_HEIGHT)
            layout.addLayout(_line(words, field))

    def show_values(self, lora: LoraOptions, training: TrainingOptions) -> None:
        """Puts these values into the fields."""
        for name, field in self.numbers.items():
            source = lora if name in ("r", "alpha") else training
            field.setValue(getattr(source, name))
        self.dropout.setValue(lora.dropout)
        self.quantization.setCurrentIndex(self.quantization.findData(lora.quantization))
        self._usual_rate = f"{training.learning_rate:g}"
        self.rate.setText(self._usual_rate)

    def show_usual_rate(self, rate: float) -> None:
        """Puts the learning rate that is usual for a dataset into its field, unless the person has typed another."""
        if self.rate.text() == self._usual_rate:
            self.rate.setText(f"{rate:g}")
        self._usual_rate = f"{rate:g}"

    def lora(self) -> LoraOptions:
        """The adapter's shape."""
        r, alpha = self.numbers["r"].value(), self.numbers["alpha"].value()
        bits = self.quantization.currentData()
        return LoraOptions(r=r, alpha=alpha, dropout=round(self.dropout.value(), 4), quantization=bits)

    def training(self) -> TrainingOptions:
        """How it is trained. Raises Invalid for a learning rate that is no number in its range."""
        own = {name: field.value() for name, field in self.numbers.items() if name not in ("r", "alpha")}
        try:
            made = TrainingOptions(learning_rate=float(self.rate.text().replace(",", ".")), **own)
        except ValueError:
            raise Invalid("The learning rate must be a number such as 2e-4", "learningRate") from None
        check_options(self.lora(), made)
        return made

    def _on_change(self) -> None:
        self._mark_unusual()
        self.changed.emit()

    def _mark_unusual(self) -> None:
        """Colours what few people would choose; it is allowed all the same."""
        for key, words in self._words.items():
            field = self.numbers.get(key)
            if field is not None and key != "seed":
                is_unusual = not words.least <= field.value() <= words.most
                restyle(field, "unusual", is_unusual)
                usual = self.tr("Usual: {0} to {1}").format(f"{words.least:g}", f"{words.most:g}")
                field.setToolTip(usual if is_unusual else "")


def _line(words: Words, field: QWidget) -> QGridLayout:
    """A value's name over what it does, its field beside them."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(0, 1)
    name = label(words.name)
    name.setBuddy(field)
    grid.addWidget(name, 0, 0)
    grid.addWidget(label(words.said, "small", wrap=True), 1, 0)
    grid.addWidget(field, 0, 1, 2, 1)
    return grid
