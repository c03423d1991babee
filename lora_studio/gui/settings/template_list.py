"""The example templates as a list with a switch each, in the order of their rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lora_studio.core.dataset.templates import ExampleTemplate, shipped_templates
from lora_studio.gui.widgets.parts import button, label, short, tool

ID = Qt.ItemDataRole.UserRole
LINE_HEIGHT = 48


class TemplateList(QWidget):
    """Signals: chosen(id) when another one became current; switched(id, on)."""

    chosen = Signal(str)
    switched = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.view = QListWidget()
        self.view.setAccessibleName(self.tr("Example templates"))
        self.view.setAccessibleDescription(self.tr("Space switches a template on or off"))
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setMinimumHeight(120)
        self.add_button = button(self.tr("New"), "", "plus")
        self.copy_button = tool(self.tr("Duplicate"), "copy")
        self.up_button, self.down_button = (
            tool(self.tr("Move up"), "arrow-up"),
            tool(self.tr("Move down"), "arrow-down"),
        )
        self.delete_button = tool(self.tr("Delete"), "trash-2")
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.add_button)
        line.addStretch()
        for made in (self.copy_button, self.up_button, self.down_button, self.delete_button):
            line.addWidget(made)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.view, 1)
        layout.addLayout(line)
        order = self.tr("A guideline's rows come in this order: the shipped ones, then yours.")
        layout.addWidget(label(order, "small", wrap=True))
        self.view.currentItemChanged.connect(self._on_current)
        self.view.itemChanged.connect(self._on_change)

    def show_templates(self, templates: Sequence[ExampleTemplate], unsaved: set[str], current: str) -> None:
        """Shows these; a dot marks those whose changes are not saved."""
        shipped = {template.id: template for template in shipped_templates()}
        with QSignalBlocker(self.view):
            self.view.clear()
            for template in templates:
                first = shipped.get(template.id)
                state = self.tr("yours") if first is None else self.tr("shipped")
                if first is not None and _texts(first) != _texts(template):
                    state = self.tr("shipped, changed")
                name = short(template.id, 26) + (" •" if template.id in unsaved else "")
                item = QListWidgetItem(f"{name}\n{source_word(self, template.source)} · {state}")
                item.setData(ID, template.id)
                item.setToolTip(template.id)
                item.setSizeHint(QSize(0, LINE_HEIGHT))
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if template.enabled else Qt.CheckState.Unchecked)
                self.view.addItem(item)
                if template.id == current:
                    self.view.setCurrentItem(item)

    def mark(self, template_id: str, unsaved: bool) -> None:
        """Sets or takes away the dot of one template."""
        with QSignalBlocker(self.view):
            for place in range(self.view.count()):
                item = self.view.item(place)
                if item.data(ID) == template_id:
                    first, _, rest = item.text().partition("\n")
                    item.setText(f"{first.removesuffix(' •')}{' •' if unsaved else ''}\n{rest}")

    def current(self) -> str:
        """The id of the current template; empty for none."""
        item = self.view.currentItem()
        return str(item.data(ID)) if item is not None else ""

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(ID))

    def _on_change(self, item: QListWidgetItem) -> None:
        self.switched.emit(item.data(ID), item.checkState() == Qt.CheckState.Checked)


def source_word(widget: QWidget, source: str) -> str:
    """For what a template makes a row, in a word or two."""
    words = {
        "guideline": widget.tr("each guideline"),
        "good": widget.tr("each good example"),
        "bad": widget.tr("each bad example"),
        "pair": widget.tr("each pair"),
    }
    return words.get(source, source)


def _texts(template: ExampleTemplate) -> tuple[str, str, str, str]:
    return template.type, template.source, template.prompt, template.completion
