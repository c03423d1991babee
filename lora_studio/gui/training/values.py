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
REPLAY_STEP = 0.05


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
        "epochs": Words(tr("Epochs"), tr("How often every row is seen. More learns more, and forgets more."), 1, 40),
        "steps": Words(tr("Steps"), tr("In place of epochs. Fewer than a hundred teach little."), 100, 100_000),
        "learning_rate": Words(tr("Learning rate"), tr("The size of a step: smaller for larger models."), 1e-5, 1e-3),
        "batch_size": Words(tr("Batch"), tr("Rows at a time: as many as the memory holds."), 1, 64),
        "gradient_accumulation": Words(tr("Accumulation"), tr("Batches that make one step: more is calmer."), 1, 64),
        "max_length": Words(tr("Longest row"), tr("In tokens. What is longer is cut, and takes memory."), 128, 8_192),
        "replay": Words(tr("Replay"), tr("Share of rows that the base model answers itself, lest it forget."), 0, 0.5),
        "seed": Words(tr("Seed"), tr("The start of all chance: the same seed, the same training."), 0, 2**32),
    }  # fmt: skip


class TrainingValues(QWidget):
    """Fields for LoraOptions and TrainingOptions; what is left as planned is None there.

    Signals: changed() when a value became another one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = _words()
        self.rate = QLineEdit()
        self.rate.setPlaceholderText(self.tr("As planned"))
        self.rate.setValidator(QDoubleValidator(*options.LEARNING_RATE_RANGE, 12, self.rate))
        self.dropout = QDoubleSpinBox()
        self.dropout.setRange(*options.DROPOUT_RANGE)
        self.dropout.setSingleStep(0.05)
        self.dropout.lineEdit().setTextMargins(6, 0, 0, 0)
        self.replay = QDoubleSpinBox()
        self.replay.setRange(-REPLAY_STEP, options.REPLAY_RANGE[1])
        self.replay.setSingleStep(REPLAY_STEP)
        self.replay.setSpecialValueText(self.tr("As planned"))
        self.replay.lineEdit().setTextMargins(6, 0, 0, 0)
        self.quantization = QComboBox()
        self.quantization.view().setAccessibleName(self.tr("Bits of the base model"))
        for bits, text in ((None, self.tr("16 bit")), ("8bit", self.tr("8 bit")), ("4bit", self.tr("4 bit"))):
            self.quantization.addItem(text, bits)
        self.numbers = {
            "r": self._number(options.R_RANGE), "alpha": self._number(options.ALPHA_RANGE),
            "epochs": self._planned(options.EPOCHS_RANGE), "steps": self._planned(options.STEPS_RANGE),
            "batch_size": self._planned(options.BATCH_SIZE_RANGE),
            "gradient_accumulation": self._planned(options.GRADIENT_ACCUMULATION_RANGE),
            "max_length": self._planned(options.MAX_LENGTH_RANGE), "seed": self._number((0, 2**31 - 1)),
        }  # fmt: skip
        self._build()
        self.show_values(LoraOptions(), TrainingOptions())
        for field in self.numbers.values():
            field.valueChanged.connect(self._on_change)
        self.dropout.valueChanged.connect(self._on_change)
        self.replay.valueChanged.connect(self._on_change)
        self.quantization.currentIndexChanged.connect(self._on_change)
        self.rate.textChanged.connect(self._on_change)

    def _number(self, limits: tuple[int, int]) -> QSpinBox:
        return number("", limits[0], limits[1])

    def _planned(self, limits: tuple[int, int]) -> QSpinBox:
        """A number that is as planned as long as it is one below its least."""
        field = number("", limits[0] - 1, limits[1])
        field.setSpecialValueText(self.tr("As planned"))
        return field

    def _build(self) -> None:
        fields: dict[str, QWidget] = {
            **self.numbers, "dropout": self.dropout, "quantization": self.quantization, "learning_rate": self.rate,
            "replay": self.replay,
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
            value = getattr(lora if name in ("r", "alpha") else training, name)
            field.setValue(field.minimum() if value is None else value)
        self.dropout.setValue(lora.dropout)
        self.replay.setValue(-REPLAY_STEP if training.replay is None else training.replay)
        self.quantization.setCurrentIndex(self.quantization.findData(lora.quantization))
        self.rate.setText("" if training.learning_rate is None else f"{training.learning_rate:g}")

    def allow_replay(self, is_allowed: bool) -> None:
        """Preferences have no replay."""
        self.replay.setEnabled(is_allowed)
        if not is_allowed:
            self.replay.setValue(-REPLAY_STEP)

    def lora(self) -> LoraOptions:
        """The adapter's shape."""
        r, alpha = self.numbers["r"].value(), self.numbers["alpha"].value()
        bits = self.quantization.currentData()
        return LoraOptions(r=r, alpha=alpha, dropout=round(self.dropout.value(), 4), quantization=bits)

    def training(self) -> TrainingOptions:
        """How it is trained. Raises Invalid for a learning rate that is no number in its range."""
        planned = [name for name in self.numbers if name not in ("r", "alpha", "seed")]
        typed = self.rate.text().strip().replace(",", ".")
        try:
            rate = float(typed) if typed else None
        except ValueError:
            raise Invalid("The learning rate must be a number such as 2e-4, or empty", "learningRate") from None
        made = TrainingOptions(
            learning_rate=rate,
            replay=None if self.replay.value() < 0 else round(self.replay.value(), 4),
            seed=self.numbers["seed"].value(),
            **{name: _given(self.numbers[name]) for name in planned},
        )
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
                value = _given(field)
                is_unusual = value is not None and not words.least <= value <= words.most
                restyle(field, "unusual", is_unusual)
                usual = self.tr("Usual: {0} to {1}").format(f"{words.least:g}", f"{words.most:g}")
                field.setToolTip(usual if is_unusual else "")


def _given(field: QSpinBox) -> int | None:
    """The number in the field; None where it is as planned."""
    is_planned = bool(field.specialValueText()) and field.value() == field.minimum()
    return None if is_planned else field.value()


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
