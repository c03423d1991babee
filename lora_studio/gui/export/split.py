"""How rows are dealt out to train and eval: the share, and what is kept apart."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget


class SplitPicker(QWidget):
    """A slider for the share of train, and three ways to keep eval apart.

    Signals: changed() when the share or the way became another one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exact: float | None = None
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setValue(90)
        self.slider.setAccessibleName(self.tr("Share of rows to train on, in percent"))
        self._share = QLabel()
        self._share.setMinimumWidth(56)
        self._share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._meaning = QLabel()
        self._meaning.setProperty("type", "small")
        self._meaning.setWordWrap(True)
        self._group = QButtonGroup(self)
        self.modes: dict[str, QPushButton] = {}
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.slider, 1)
        line.addWidget(self._share)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(line)
        layout.addLayout(self._mode_buttons())
        layout.addWidget(self._meaning)
        self.slider.valueChanged.connect(self._on_slide)
        self._group.buttonToggled.connect(self._on_toggled)
        self._show()

    def share(self) -> float:
        """The share of train, 0 to 1."""
        return self._exact if self._exact is not None else self.slider.value() / 100

    def show_split(self, share: float, mode: str) -> None:
        """Puts `share` (0 to 1) and `mode` in place; a share between two percents is kept as it is."""
        self.slider.setValue(round(share * 100))
        self._exact = share if share * 100 != self.slider.value() else None
        self.modes[mode].setChecked(True)
        self._show()
        self.changed.emit()

    def mode(self) -> str:
        """What is kept apart: a value of SPLIT_MODES."""
        return next(name for name, button in self.modes.items() if button.isChecked())

    def _mode_buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(4)
        titles = {
            "question": self.tr("by wording"),
            "guideline": self.tr("by guideline"),
            "example": self.tr("by row"),
        }
        for name, title in titles.items():
            button = QPushButton(title)
            button.setProperty("kind", "segment")
            button.setCheckable(True)
            button.setAccessibleName(self.tr("Split {0}").format(title))
            button.setAccessibleDescription(self._sentence(name))
            self._group.addButton(button)
            self.modes[name] = button
            line.addWidget(button)
        line.addStretch()
        self.modes["question"].setChecked(True)
        return line

    def _sentence(self, mode: str) -> str:
        return {
            "question": self.tr("Eval asks about rules the model has seen, in words it has not."),
            "guideline": self.tr("Eval asks about whole rules that the model has never seen."),
            "example": self.tr("Any row may go to eval, whatever else train holds about its rule."),
        }[mode]

    def _on_toggled(self, button: QPushButton, chosen: bool) -> None:
        if chosen:
            self._on_change()

    def _on_slide(self) -> None:
        self._exact = None
        self._on_change()

    def _on_change(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        value = self.share() * 100
        self._share.setText(f"{value:.4g} / {100 - value:.4g}")
        self._meaning.setText(self._sentence(self.mode()))
