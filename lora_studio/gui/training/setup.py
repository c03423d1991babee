"""The left column of the Training page: dataset, base model, Python, values, and the command that they make."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.errors import Invalid, StudioError
from lora_studio.core.training.options import PreferenceOptions
from lora_studio.core.training.plan import Plan, in_words
from lora_studio.core.training.runs import Run, RunPlan
from lora_studio.gui.export.model_picker import ModelPicker
from lora_studio.gui.latest import Latest
from lora_studio.gui.messages import show_error
from lora_studio.gui.theme import restyle, show_icon
from lora_studio.gui.training.python_field import PythonField
from lora_studio.gui.training.values import TrainingValues
from lora_studio.gui.training.work import Asked, Trainable, planned
from lora_studio.gui.widgets.parts import button, label
from lora_studio.gui.widgets.text_view import TextView
from lora_studio.pasting import command_line


class Setup(QScrollArea):
    """Signals: changed() when what would be trained became something else."""

    changed = Signal()

    def __init__(self, home: Path, picked: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._datasets: Sequence[Trainable] = ()
        self.dataset = QComboBox()
        self.dataset.setAccessibleName(self.tr("Dataset"))
        self.dataset.view().setAccessibleName(self.tr("Datasets"))
        self.dataset.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.dataset.setMinimumContentsLength(12)
        self.facts = label("", "small", wrap=True)
        self.reasons = label("", "small", wrap=True)
        self.reasons.setAccessibleName(self.tr("Why it is planned so"))
        self._asked: Asked | None = None
        self._latest = Latest(self)
        self.model = ModelPicker()
        self.model.setAccessibleName(self.tr("Base model"))
        self.model.line.setAccessibleName(self.tr("Base model"))
        self.adapter = QComboBox()
        self.adapter.setAccessibleName(self.tr("Adapter to start from"))
        self.adapter.view().setAccessibleName(self.tr("Adapters"))
        self.adapter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.adapter.setMinimumContentsLength(12)
        self.adapter.addItem(self.tr("Start a fresh adapter"))
        self.python = PythonField(home, picked)
        self.values = TrainingValues()
        self.cpu = QCheckBox(self.tr("Use no graphics card"))
        self.fold = QPushButton(self.tr("LoRA and training values"))
        self.command = TextView("code", self.tr("Command"))
        self.copy_button = button(self.tr("Copy the command"), "link")
        self.error = label(kind="error", wrap=True)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.fold.setProperty("kind", "fold")
        self.fold.setCheckable(True)
        body = QWidget()
        body.setProperty("plain", True)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 12, 8)
        layout.setSpacing(8)
        groups: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            (self.tr("DATASET"), (self.dataset, self.facts)),
            (self.tr("BASE MODEL"), (self.model, self.adapter)),
            (self.tr("PYTHON THAT TRAINS"), (self.python,)),
            ("", (self.fold, self.reasons, self.values, self.cpu)),
            (self.tr("COMMAND"), (self.command, self.copy_button, self.error)),
        )
        for title, widgets in groups:
            if title:
                layout.addWidget(label(title, "caption"))
            for widget in widgets:
                layout.addWidget(widget)
            layout.addSpacing(4)
        layout.addStretch()
        for part in (self.values, self.reasons, self.error, self.adapter):
            part.hide()
        self._show_fold(False)
        self.setWidget(body)
        self.setMinimumWidth(300)

    def _connect(self) -> None:
        self.fold.toggled.connect(self._show_fold)
        self.dataset.currentIndexChanged.connect(self._on_dataset)
        self.adapter.activated.connect(self._on_adapter)
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.command.toPlainText()))
        for source in (self.model, self.python, self.values):
            source.changed.connect(self._on_change)
        self.cpu.toggled.connect(self._on_change)
        self._latest.succeeded.connect(self._on_plan)
        self._latest.failed.connect(partial(show_error, self))

    def _show_fold(self, is_open: bool) -> None:
        self.values.setVisible(is_open)
        self.reasons.setVisible(is_open)
        show_icon(self.fold, "chevron-down" if is_open else "chevron-right")

    def show_datasets(self, datasets: Sequence[Trainable], wanted: Path | None) -> None:
        """Lists the datasets; the one whose config file is `wanted`, or else the present one, stays chosen."""
        before = self.chosen_config()
        present = wanted or before
        self._datasets = datasets
        self.dataset.blockSignals(True)
        self.dataset.clear()
        for one in datasets:
            self.dataset.addItem(one.adapter.name, str(one.adapter.config_file))
            self.dataset.setItemData(
                self.dataset.count() - 1, str(one.adapter.config_file), Qt.ItemDataRole.ToolTipRole
            )
        places = [place for place, one in enumerate(datasets) if one.adapter.config_file == present]
        self.dataset.setCurrentIndex(places[0] if places else 0 if datasets else -1)
        self.dataset.blockSignals(False)
        if self.chosen_config() != before:
            self._on_dataset()
        else:
            self._on_change()

    def show_adapters(self, runs: Sequence[Run]) -> None:
        """Offers the adapters of these runs to go on from; the chosen one stays chosen."""
        before = self.adapter.currentData()
        while self.adapter.count() > 1:
            self.adapter.removeItem(1)
        for run in runs:
            self.adapter.addItem(self.tr("On top of {0}").format(run.folder.name), run)
        places = [place for place, run in enumerate(runs, start=1) if run == before]
        self.adapter.setCurrentIndex(places[0] if places else 0)

    def _on_adapter(self) -> None:
        run = self.adapter.currentData()
        if isinstance(run, Run):
            self.model.setEditText(run.base_model)  # an adapter fits the model that it was made for
        self._on_change()

    def _is_preference(self) -> bool:
        return self.chosen_format() in PREFERENCES

    def _preference(self) -> PreferenceOptions:
        run = self.adapter.currentData() if self._is_preference() else None
        return PreferenceOptions(adapter=run.output if isinstance(run, Run) else None)

    def chosen(self) -> Trainable | None:
        """The chosen dataset."""
        index = self.dataset.currentIndex()
        return self._datasets[index] if 0 <= index < len(self._datasets) else None

    def chosen_config(self) -> Path | None:
        """The chosen dataset's config file."""
        one = self.chosen()
        return one.adapter.config_file if one else None

    def plan(self) -> RunPlan:
        """What would be trained. Raises Invalid, saying what is missing."""
        dataset, python = self.chosen(), self.python.chosen()
        if dataset is None:
            raise Invalid("Export a dataset in the format Chat first; it is what trains best here", "dataset")
        if python is None or not python.can_train:
            raise Invalid("Choose a Python that has the training libraries; the command that installs them is shown")
        return RunPlan(
            dataset=dataset.adapter.config_file,
            base_model=self.model.target(),
            python=python.path,
            lora=self.values.lora(),
            training=self.values.training(),
            preference=self._preference(),
            arguments=("--cpu",) if self.cpu.isChecked() else (),
        )

    def _on_dataset(self) -> None:
        one = self.chosen()
        if one is not None:
            self.model.setEditText(one.adapter.target_model)
            self.values.allow_replay(not self._is_preference())
        self.adapter.setVisible(self._is_preference())
        self.adapter.setCurrentIndex(0)
        self._on_change()

    def _on_change(self) -> None:
        self._show_facts()
        try:
            plan = self.plan()
        except StudioError as error:
            self._say(error.message)
        else:
            self._say("")
            script = f"train_{self.chosen_format()}.py"
            self.command.show_text(command_line(plan.python, script, *plan.arguments))
        self.changed.emit()

    def chosen_format(self) -> str:
        """The chosen dataset's format; empty for none."""
        one = self.chosen()
        return one.adapter.format if one else ""

    def _show_facts(self) -> None:
        """What is to be trained, and asks anew for the plan where it is for something else."""
        one, asked = self.chosen(), None
        restyle(self.values.rate, "invalid", False)
        if one is not None:
            try:
                lora, training = self.values.lora(), self.values.training()
                target, cpu = self.model.target(), self.cpu.isChecked()
                asked = Asked(one.adapter.config_file, target, lora, training, cpu)
            except StudioError as error:
                restyle(self.values.rate, "invalid", "learningRate" in (error.field or ""))
        if asked is None or asked != self._asked:
            self._asked = asked
            self._show_plan(None)
            if asked is None:
                self._latest.drop()
            else:
                self._latest.ask(partial(planned, asked))

    def _on_plan(self, made: Plan | None) -> None:
        self._show_plan(made if self._asked else None)

    def _show_plan(self, made: Plan | None) -> None:
        one = self.chosen()
        if one is None:
            said = self.tr("There is no dataset to train on yet.")
        elif made is None:
            said = self.tr("{0} rows to learn from").format(f"{one.train_rows:,}")
        else:
            said = self.tr("Planned: {0}.").format(in_words(made))
        self.facts.setText(said)
        self.reasons.setText("" if made is None else " ".join(made.reasons))

    def is_busy(self) -> bool:
        """Whether the plan is still being made."""
        return self._latest.is_busy()

    def _say(self, sentence: str) -> None:
        """What keeps it from training; nothing is said while the Pythons are still being asked."""
        shown = "" if self.python.is_busy() else sentence
        self.error.setText(shown)
        self.error.setVisible(bool(shown))
        for part in (self.command, self.copy_button):
            part.setVisible(not sentence)
