"""The fields of one example template: type, source, prompt and completion, with the names that may stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from lora_studio.core.dataset.language import FILTERS
from lora_studio.core.dataset.templates import SOURCES, ExampleTemplate, TemplateFault, names_for
from lora_studio.gui.guidelines.fields import LineField, TextField
from lora_studio.gui.settings.template_list import source_word
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import FIELD_HEIGHT, button, empty, label


class TemplateEditor(QWidget):
    """Signals: changed() when a person edited something."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._template = ExampleTemplate(id="", type="", source="guideline", prompt="", completion="")
        self.type = LineField(self.tr("Type"))
        self.type.setFixedHeight(FIELD_HEIGHT)
        self.source = QComboBox()
        self.source.setAccessibleName(self.tr("One row for"))
        self.source.setFixedHeight(FIELD_HEIGHT)
        for source in SOURCES:
            self.source.addItem(source_word(self, source), source)
        self.prompt = TextField(self.tr("Prompt"), code=True, lines=2)
        self.completion = TextField(self.tr("Answer"), code=True, lines=2)
        self.count = label("", "small", wrap=True)
        self.faults: dict[str, QLabel] = {part: label("", "error", wrap=True) for part in self._fields()}
        self._names = QWidget()
        self._flow = FlowLayout(self._names)
        self._target = self.prompt
        self._build()
        self._connect()

    def _fields(self) -> dict[str, QWidget]:
        return {"type": self.type, "source": self.source, "prompt": self.prompt, "completion": self.completion}

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        for column, (title, part) in enumerate(((self.tr("Type"), "type"), (self.tr("One row for"), "source"))):
            grid.addWidget(label(title, "caption"), 0, column)
            grid.addWidget(self._fields()[part], 1, column)
            grid.addWidget(self.faults[part], 2, column)
            grid.setColumnStretch(column, 1)
        layout.addLayout(grid)
        layout.addWidget(self.count)
        for title, part in ((self.tr("Prompt"), "prompt"), (self.tr("Answer"), "completion")):
            layout.addSpacing(4)
            layout.addWidget(label(title, "caption"))
            layout.addWidget(self._fields()[part])
            layout.addWidget(self.faults[part])
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(label(self.tr("Insert"), "small"))
        line.addWidget(self._names, 1)
        layout.addLayout(line)
        how = label(
            self.tr("Jinja2 text, for example {{ name | upper }} or {% if rationale %} … {% endif %}."), "small"
        )
        filters = self.tr("Filters: {0}").format(", ".join(FILTERS))
        how.setToolTip(filters)
        how.setAccessibleDescription(filters)
        layout.addWidget(how)
        self.show_faults(())

    def _connect(self) -> None:
        self.type.textChanged.connect(self.changed)
        self.source.currentIndexChanged.connect(self._on_source)
        for field in (self.prompt, self.completion):
            field.textChanged.connect(self.changed)
            field.installEventFilter(self)

    def show_template(self, template: ExampleTemplate) -> None:
        """Shows a template; nothing counts as edited."""
        self._template = template
        fields = (self.type, self.source, self.prompt, self.completion)
        blocked = [QSignalBlocker(field) for field in fields]
        for field, text in ((self.prompt, template.prompt), (self.completion, template.completion)):
            if field.text() != text:
                field.set_text(text)
        if self.type.value() != template.type:
            self.type.set_text(template.type)
        self.source.setCurrentIndex(self.source.findData(template.source))
        del blocked
        self._show_source()

    def template(self) -> ExampleTemplate:
        """The template as the fields say it now."""
        return replace(
            self._template,
            type=self.type.value(),
            source=self.source.currentData() or "",
            prompt=self.prompt.text(),
            completion=self.completion.text(),
        )

    def show_faults(self, faults: Sequence[TemplateFault]) -> None:
        """Says under each field what is wrong with it, and in which line."""
        said = {fault.part: self._sentence(fault) for fault in faults}
        for part, field in self._fields().items():
            self.faults[part].setText(said.get(part, ""))
            self.faults[part].setVisible(part in said)
            field.setAccessibleDescription(said.get(part, ""))
            restyle(field, "invalid", part in said)

    def _sentence(self, fault: TemplateFault) -> str:
        who = {
            "type": self.tr("The template"), "source": self.tr("The template"), "prompt": self.tr("The prompt"),
            "completion": self.tr("The answer"),
        }  # fmt: skip
        sentence = f"{who[fault.part]} {fault.message}."
        return self.tr("Line {0}: {1}").format(fault.line, sentence) if fault.line else sentence

    def _on_source(self) -> None:
        self._show_source()
        self.changed.emit()

    def _show_source(self) -> None:
        source = self.source.currentData() or ""
        counts = {
            "guideline": self.tr("Adds one row for each guideline."),
            "good": self.tr("Adds one row for each good example, up to the number chosen at the export."),
            "bad": self.tr("Adds one row for each bad example, up to the number chosen at the export."),
            "pair": self.tr("Adds one row for each bad example that has a good one at the same place, up to the "
                            "number chosen at the export."),
        }  # fmt: skip
        self.count.setText(counts.get(source, ""))
        empty(self._names)
        for name in names_for(source):
            chip = button(name, "chip")
            chip.setAccessibleName(self.tr("Insert {0}").format(name))
            chip.clicked.connect(partial(self.insert, name))
            self._flow.addWidget(chip)

    def insert(self, name: str) -> None:
        """Puts a name in at the cursor of the text that was edited last."""
        text = "{{ tags | join(', ') }}" if name == "tags" else f"{{{{ {name} }}}}"
        self._target.insertPlainText(text)
        self._target.setFocus()

    def ask_for_name(self) -> None:
        """A menu of the names, at the cursor."""
        menu = QMenu(self)
        for name in names_for(self.source.currentData() or ""):
            menu.addAction(name, partial(self.insert, name))
        menu.aboutToHide.connect(menu.deleteLater)
        place = self._target.mapToGlobal(self._target.cursorRect().bottomLeft())
        menu.popup(place if self._target.isVisible() else QCursor.pos())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notes which text the cursor was in last: names are put in there."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, TextField):
            self._target = watched
        return False
