"""The left column of the Export page: everything that decides what is written, and where to."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.domain import ExportOptions
from lora_studio.core.errors import Invalid
from lora_studio.gui.export.folder_field import FolderField
from lora_studio.gui.export.format_cards import FormatCards, notice_of
from lora_studio.gui.export.model_picker import ModelPicker
from lora_studio.gui.export.more import MoreOptions, MoreValues
from lora_studio.gui.export.split import SplitPicker
from lora_studio.gui.export.variety import VarietyChoice
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import label


class ExportControls(QScrollArea):
    """Model, format, split, folder and more, with the reason beside a field whose value cannot be used.

    Signals: changed() when what would be written became something else; place_changed() when only where to did.
    """

    changed = Signal()
    place_changed = Signal()

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.model = ModelPicker()
        self.formats = FormatCards()
        self.variety = VarietyChoice()
        self.split = SplitPicker()
        self.more = MoreOptions()
        self.folder = FolderField(folder)
        self.notice = label(kind="notice", wrap=True)
        self._model_error = label(kind="error", wrap=True)
        self._folder_error = label(kind="error", wrap=True)
        self._build()
        for line in (self._model_error, self._folder_error):
            line.hide()
        self._connect()
        self._show_format()

    def options(self, target_model: str = "preview") -> ExportOptions:
        """What is chosen, for `target_model`, which changes no row."""
        more = self.more.values(self.formats.chosen())
        return ExportOptions(
            target_model=target_model,
            format=self.formats.chosen(),
            include_examples=more.include_examples,
            examples_per_guideline=more.examples_per_guideline,
            train_eval_split=self.split.share(),
            seed=more.seed,
            split_by=self.split.mode(),
            strict=more.strict,
            variety=self.variety.variety(self.formats.chosen()),
        )

    def checked(self) -> tuple[ExportOptions, Path] | None:
        """What is chosen and the folder; None, with the reason beside the field and the cursor in it, if unusable."""
        self._say(self._model_error, self.model.line, "")
        self._say(self._folder_error, self.folder.line, "")
        try:
            options = self.options(self.model.target())
        except Invalid as error:
            self._refuse(self._model_error, self.model.line, error)
            return None
        try:
            return options, self.folder.path()
        except Invalid as error:
            self._refuse(self._folder_error, self.folder.line, error)
            return None

    def take_over(self, options: ExportOptions, folder: Path) -> None:
        """Puts `options` and `folder` in place."""
        self.model.setEditText(options.target_model)
        self.formats.choose(options.format)
        self.variety.show_variety(options.variety, options.format)
        self.split.show_split(options.train_eval_split, options.split_by)
        self.more.show_values(
            MoreValues(options.include_examples, options.examples_per_guideline, options.seed, options.strict)
        )
        self.folder.show_folder(folder)

    def _build(self) -> None:
        body = QWidget()
        body.setProperty("plain", True)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 8, 8)
        layout.setSpacing(8)
        groups: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            (self.tr("TARGET MODEL"), (self.model, self._model_error)),
            (self.tr("FORMAT"), (self.formats, self.variety, self.notice)),
            (self.tr("TRAIN AND EVAL"), (self.split,)),
            (self.tr("FOLDER"), (self.folder, self._folder_error)),
        )
        for title, widgets in groups:
            layout.addWidget(label(title, "caption"))
            for widget in widgets:
                layout.addWidget(widget)
            layout.addSpacing(4)
        layout.addWidget(self.more)
        layout.addStretch()
        self.setWidget(body)
        self.setMinimumWidth(300)

    def _connect(self) -> None:
        self.model.changed.connect(self._on_model)
        self.model.refused.connect(partial(self._say, self._model_error, self.model.line))
        self.formats.changed.connect(self._on_format)
        self.variety.changed.connect(self.changed)
        self.split.changed.connect(self.changed)
        self.more.changed.connect(self.changed)
        self.more.toggle.toggled.connect(self._on_fold)
        self.folder.changed.connect(self._on_folder)

    def _on_fold(self) -> None:
        """Brings what was unfolded into sight, once it has its place."""
        QTimer.singleShot(0, self.more, lambda: self.ensureWidgetVisible(self.more))

    def _on_model(self) -> None:
        self._say(self._model_error, self.model.line, "")
        self.place_changed.emit()

    def _on_folder(self) -> None:
        self._say(self._folder_error, self.folder.line, "")
        self.place_changed.emit()

    def _on_format(self) -> None:
        self._show_format()
        self.changed.emit()

    def _show_format(self) -> None:
        name = self.formats.chosen()
        self.notice.setText(notice_of(name))
        self.notice.setVisible(bool(notice_of(name)))
        self.variety.show_format(name)
        self.more.show_format(name)

    def _refuse(self, line: QLabel, field: QWidget, error: Invalid) -> None:
        self._say(line, field, error.message)
        field.setFocus()
        self.ensureWidgetVisible(field)

    def _say(self, line: QLabel, field: QWidget, sentence: str) -> None:
        line.setText(sentence)
        line.setVisible(bool(sentence))
        field.setAccessibleDescription(sentence)
        restyle(field, "invalid", bool(sentence))
