"""Where imported rules go that name no scope themselves: global, or one organisation, project or session."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from lora_studio.core.domain import GLOBAL, LABEL_MAX, SCOPE_TYPES, Scope
from lora_studio.gui.widgets.parts import label


class ScopeField(QWidget):
    """Signals: chosen(scope) when a person chose another, complete one; edited() at every step on the way."""

    chosen = Signal(object)
    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._last = GLOBAL
        words = {
            "global": self.tr("Global"), "org": self.tr("Organisation"),
            "project": self.tr("Project"), "session": self.tr("Session"),
        }  # fmt: skip
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("Scope of the rules"))
        for scope_type in SCOPE_TYPES:
            self.kind.addItem(words[scope_type], scope_type)
        self.id = QLineEdit()
        self.id.setAccessibleName(self.tr("Name of the organisation, project or session"))
        self.id.setPlaceholderText(self.tr("its name"))
        self.id.setMaxLength(LABEL_MAX)
        self.id.setFixedWidth(160)
        self.id.hide()
        self.setToolTip(self.tr("Rules that name a scope themselves, as in our own exports, keep it"))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        title = label(self.tr("Scope"), "secondary")
        title.setBuddy(self.kind)
        for widget in (title, self.kind, self.id):
            line.addWidget(widget)
        self.kind.activated.connect(self._on_kind)
        self.id.editingFinished.connect(self._tell)
        self.id.textChanged.connect(self.edited)

    def show_scope(self, scope: Scope) -> None:
        """Shows where the rules go, without a signal."""
        self._last = scope
        self.kind.setCurrentIndex(self.kind.findData(scope.type))
        self.id.setVisible(scope.type != "global")
        self.id.blockSignals(True)
        self.id.setText(scope.id)
        self.id.blockSignals(False)

    def scope(self) -> Scope | None:
        """What is chosen; None while the name is missing."""
        kind = str(self.kind.currentData())
        an_id = self.id.text().strip()
        if kind == "global":
            return GLOBAL
        return Scope(kind, an_id) if an_id else None

    def _on_kind(self) -> None:
        self.id.setVisible(self.kind.currentData() != "global")
        if self.scope() is None:
            self.id.setFocus()
        self.edited.emit()
        self._tell()

    def _tell(self) -> None:
        scope = self.scope()
        if scope is not None and scope != self._last:
            self._last = scope
            self.chosen.emit(scope)
