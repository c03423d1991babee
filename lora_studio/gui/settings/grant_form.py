"""The line that grants a right: who, what, where."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from lora_studio.core.domain import Scope
from lora_studio.core.errors import StudioError
from lora_studio.core.library.access import Grant, parse_scope
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.parts import FIELD_HEIGHT, button, label


class GrantForm(QWidget):
    """Agent, permission and scope, with the names that are known to choose from. Signals: granted(Grant)."""

    granted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.agent = self._field(self.tr("Agent"), self.tr("the name it uses as agentId"))
        self.scope = self._field(self.tr("Scope"), "global, project:ID, all …")
        self.permission = QComboBox()
        self.permission.setAccessibleName(self.tr("Permission"))
        self.permission.setFixedHeight(FIELD_HEIGHT)
        self.permission.addItem(self.tr("read"), "read")
        self.permission.addItem(self.tr("read and write"), "write")
        self.fault = label("", "error", wrap=True)
        self.grant_button = button(self.tr("Grant"), "primary")
        self.grant_button.clicked.connect(self.give)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        both = ((self.agent, self.tr("Agent")), (self.permission, self.tr("May")), (self.scope, self.tr("Where")))
        for column, (field, name) in enumerate(both):
            grid.addWidget(label(name, "caption"), 0, column)
            grid.addWidget(field, 1, column)
        grid.addWidget(self.grant_button, 1, 3)
        grid.addWidget(self.fault, 2, 0, 1, 4)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(2, 3)
        self.fault.hide()

    def _field(self, name: str, hint: str) -> QComboBox:
        line = QLineEdit()
        line.setPlaceholderText(hint)
        made = QComboBox()
        made.setEditable(True)
        made.setLineEdit(line)
        made.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        made.setAccessibleName(name)
        line.setAccessibleName(name)
        made.setFixedHeight(FIELD_HEIGHT)
        made.setMinimumWidth(120)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        line.returnPressed.connect(self.give)
        line.textEdited.connect(lambda: self._say("", made))
        return made

    def offer(self, agents: Sequence[str], scopes: Sequence[Scope]) -> None:
        """The names that the two fields offer; what was typed stays."""
        for field, names in ((self.agent, list(agents)), (self.scope, [str(scope) for scope in scopes])):
            if names != [field.itemText(place) for place in range(field.count())]:
                typed = field.currentText()
                field.clear()
                field.addItems(names)
                field.setCurrentIndex(-1)
                field.setEditText(typed)

    def fill(self, agent: str, scope: str = "") -> None:
        """Puts an agent's name in, and goes to what is still to be said."""
        self.agent.setEditText(agent)
        self.scope.setEditText(scope)
        self.scope.setFocus()

    def give(self) -> None:
        """Asks for the grant that the fields name; says what is missing."""
        agent = self.agent.currentText().strip()
        if not agent:
            self._say(self.tr("Write the agent's name, as it gives it in agentId."), self.agent)
            return
        try:
            scope = parse_scope(self.scope.currentText().strip())
        except StudioError as error:
            self._say(error.message, self.scope)
            return
        self.granted.emit(Grant(agent, self.permission.currentData(), scope))

    def say(self, said: str) -> None:
        """Shows why it could not be granted."""
        self._say(said, self.agent)

    def _say(self, said: str, field: QComboBox) -> None:
        self.fault.setText(said)
        self.fault.setVisible(bool(said))
        for one in (self.agent, self.scope):
            restyle(one, "invalid", bool(said) and one is field)
        field.setAccessibleDescription(said)
        if said:
            field.setFocus()
