"""The form of a guideline: fields on one side, a draft on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lora_studio.core.domain import SCOPE_TYPES, Draft, Scope
from lora_studio.core.library.facets import Facets
from lora_studio.gui.guidelines.examples_field import ExamplesField
from lora_studio.gui.guidelines.fields import LineField, TagsField, TextField
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import label, number

SIDE_BY_SIDE_FROM = 480
"""Width in pixels from which short fields stand in pairs."""


@dataclass(frozen=True, slots=True)
class Known:
    """Labels that the library has already, to choose from."""

    categories: Sequence[str] = ()
    scopes: Sequence[Scope] = ()
    tags: Sequence[str] = ()


def known_of(facets: Facets | None) -> Known:
    """The labels that were counted for the filter."""
    if facets is None:
        return Known()
    categories, scopes = [name for name, _ in facets.categories], [scope for scope, _ in facets.scopes]
    return Known(categories, scopes, [tag for tag, _ in facets.tags])


class GuidelineForm(QWidget):
    """Signals: edited() when a person changed anything."""

    edited = Signal()

    def __init__(self, known: Known) -> None:
        super().__init__()
        self.setProperty("plain", True)
        self._scopes = known.scopes
        self.name = LineField(self.tr("Name"))
        self.content = TextField(self.tr("Content"), lines=7)
        self.category = QComboBox(editable=True)
        self.scope_type, self.scope_id = QComboBox(), QComboBox(editable=True)
        self.priority, self.slider = number(self.tr("Priority"), 0, 100), QSlider(Qt.Orientation.Horizontal)
        self.tags = TagsField(known.tags)
        self.rationale = TextField(self.tr("Why"), lines=3)
        self.good = ExamplesField("good", self.tr("Good examples"), self.tr("Add a good example"))
        self.bad = ExamplesField("bad", self.tr("Bad examples"), self.tr("Add a bad example"))
        self.active = QCheckBox(self.tr("Active: it takes part in exports"))
        self._faults: dict[str, QLabel] = {}
        self._pairs: list[QBoxLayout] = []
        self._name_choices(known)
        self._build()
        self._connect()

    def _name_choices(self, known: Known) -> None:
        for box, name in (
            (self.category, self.tr("Category")),
            (self.scope_type, self.tr("Scope")),
            (self.scope_id, self.tr("Name or id of the scope")),
        ):
            box.setAccessibleName(name)
            box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            if (offered := box.completer()) is not None:
                offered.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
                offered.setFilterMode(Qt.MatchFlag.MatchContains)
        self.category.addItems(sorted({*known.categories, "general"}))
        self.category.setCurrentText("general")
        for scope_type in SCOPE_TYPES:
            self.scope_type.addItem(scope_type, scope_type)
        self.slider.setAccessibleName(self.tr("Priority"))
        self.slider.setRange(0, 100)
        for field in (self.priority, self.slider):
            field.setValue(50)
        self.active.setChecked(True)

    def _build(self) -> None:
        category = self._group(self.tr("Category"), "category", self.category)
        priority = self._group(self.tr("Priority"), "", self.slider, self.priority)
        scope = self._group(self.tr("Scope"), "scope", self.scope_type, self.scope_id)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(self._group(self.tr("Name"), "name", self.name))
        layout.addLayout(self._group(self.tr("Content"), "content", self.content))
        layout.addLayout(self._pair(category, priority))
        layout.addLayout(self._pair(self._group(self.tr("Tags"), "tags", self.tags), scope))
        layout.addLayout(self._group(self.tr("Why (optional)"), "rationale", self.rationale))
        layout.addLayout(self._group("", "good", self.good))
        layout.addLayout(self._group("", "bad", self.bad))
        layout.addWidget(self.active)
        layout.addStretch()

    def _pair(self, left: QVBoxLayout, right: QVBoxLayout) -> QBoxLayout:
        """Two groups, side by side where there is room."""
        pair = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        pair.setSpacing(12)
        pair.addLayout(left, 1)
        pair.addLayout(right, 1)
        self._pairs.append(pair)
        return pair

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = event.size().width() >= SIDE_BY_SIDE_FROM
        for pair in self._pairs:
            pair.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def _group(self, title: str, field: str, *widgets: QWidget) -> QVBoxLayout:
        """A title, the widgets in one line, and room for what is wrong with them."""
        line = QHBoxLayout()
        line.setSpacing(8)
        for widget in widgets:
            line.addWidget(widget, 0 if isinstance(widget, QSpinBox) else 1)
        group = QVBoxLayout()
        group.setSpacing(4)
        if title:
            group.addWidget(label(title, "caption"))
        group.addLayout(line)
        if field:
            fault = self._faults[field] = label("", "error", wrap=True)
            fault.hide()
            group.addWidget(fault)
        group.addStretch()
        return group

    def _connect(self) -> None:
        for signal in (
            self.name.textChanged, self.content.textChanged, self.category.currentTextChanged,
            self.scope_id.currentTextChanged, self.scope_type.currentIndexChanged, self.priority.valueChanged,
            self.tags.changed, self.rationale.textChanged, self.good.changed, self.bad.changed, self.active.toggled,
        ):  # fmt: skip
            signal.connect(self.edited)
        self.slider.valueChanged.connect(self.priority.setValue)
        self.priority.valueChanged.connect(self.slider.setValue)
        self.scope_type.currentIndexChanged.connect(self._offer_ids)
        self._offer_ids()

    def _offer_ids(self) -> None:
        kind, typed = self.scope_type.currentData(), self.scope_id.currentText()
        self.scope_id.clear()
        self.scope_id.addItems([scope.id for scope in self._scopes if scope.type == kind and scope.id])
        self.scope_id.setEditText("" if kind == "global" else typed)
        self.scope_id.setVisible(kind != "global")

    def draft(self) -> Draft:
        """What the fields say now."""
        kind = self.scope_type.currentData()
        return Draft(
            name=self.name.value(),
            content=self.content.text(),
            category=_typed(self.category),
            priority=self.priority.value(),
            tags=self.tags.tags(),
            scope=Scope(kind, "" if kind == "global" else _typed(self.scope_id)),
            rationale=self.rationale.text(),
            good=self.good.texts(),
            bad=self.bad.texts(),
            active=self.active.isChecked(),
        )

    def show_draft(self, draft: Draft) -> None:
        """Fills the fields."""
        self.name.set_text(draft.name)
        self.content.set_text(draft.content)
        self.category.setEditText(draft.category)
        self.priority.setValue(draft.priority)
        self.tags.set_tags(draft.tags)
        self.scope_type.setCurrentIndex(SCOPE_TYPES.index(draft.scope.type))
        self.scope_id.setEditText(draft.scope.id)
        self.rationale.set_text(draft.rationale)
        self.good.set_texts(draft.good)
        self.bad.set_texts(draft.bad)
        self.active.setChecked(draft.active)

    def show_faults(self, faults: dict[str, str]) -> None:
        """Says under each field what is wrong with it, or nothing."""
        for field, shown in self._faults.items():
            fault = faults.get(field, "")
            shown.setText(fault)
            shown.setVisible(bool(fault))
            for widget in self._widgets(field):
                restyle(widget, "invalid", bool(fault))
                widget.setAccessibleDescription(fault)

    def focus(self, field: str) -> None:
        """Puts the cursor into `field`."""
        widgets = self._widgets(field)
        if widgets:
            widgets[0].setFocus()

    def _widgets(self, field: str) -> list[QWidget]:
        if field in ("good", "bad"):
            examples: ExamplesField = getattr(self, field)
            return list(examples.fields)
        return [{"scope": self.scope_id, "tags": self.tags.line}.get(field) or getattr(self, field)]


def _typed(box: QComboBox) -> str:
    """The text of an editable box; spaces around it are dropped only where a person typed it."""
    line = box.lineEdit()
    return box.currentText().strip() if line is None or line.isModified() else box.currentText()
