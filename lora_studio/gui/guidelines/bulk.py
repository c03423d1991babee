"""The right side of the page when several guidelines are selected: what they are, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lora_studio.core.domain import SCOPE_TYPES, Draft, Scope
from lora_studio.core.library.changes import Edit
from lora_studio.core.library.facets import Facets, Selected
from lora_studio.gui.guidelines.checks import faults
from lora_studio.gui.guidelines.model import scope_text
from lora_studio.gui.guidelines.words import how_many
from lora_studio.gui.widgets.choice import Choice
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, label, number

VALUES_TOLD = 5
"""Values of a label that the summary names."""


class BulkPanel(QFrame):
    """Signals: change_wanted(Edit), export_wanted(), delete_wanted(), all_wanted() for all that match."""

    change_wanted = Signal(object)
    export_wanted = Signal()
    delete_wanted = Signal()
    all_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._selected: Selected | None = None
        self._allowed = True
        self.count = label("", "title")
        self.all_button = button("", "link")
        self.summary: dict[str, QLabel] = {}
        self.fault = label("", "error", wrap=True)
        self.tags, self.category = Choice(self.tr("Tags"), several=True), Choice(self.tr("Category"))
        self.priority = number(self.tr("Priority"), 0, 100)
        self.scope_type, self.scope_id = QComboBox(), Choice(self.tr("Name or id of the scope"))
        self.tag_button, self.untag_button = button(""), button("")
        self.priority_button, self.category_button, self.scope_button = button(""), button(""), button("")
        self.activate_button, self.deactivate_button = button(""), button("")
        self.export_button = button("", "", "package")
        self.delete_button = button("", "danger", "trash-2", role="bad")
        self._scopes: Sequence[Scope] = ()
        self._build()
        self._connect()

    def _build(self) -> None:
        self.tags.setPlaceholderText(self.tr("python, api"))
        self.category.setPlaceholderText(self.tr("security"))
        self.priority.setValue(50)
        self.scope_type.setAccessibleName(self.tr("Scope"))
        for scope_type in SCOPE_TYPES:
            self.scope_type.addItem(scope_type, scope_type)
        inner = QWidget()
        inner.setProperty("plain", True)
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(16)
        head = QVBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.count)
        head.addWidget(self.all_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(head)
        layout.addLayout(self._summary_lines())
        layout.addWidget(self.fault)
        layout.addLayout(_group(self.tr("Tags"), [self.tags], [self.tag_button, self.untag_button]))
        layout.addLayout(_group(self.tr("Category"), [self.category, self.category_button], []))
        layout.addLayout(_group(self.tr("Scope"), [self.scope_type, self.scope_id], [self.scope_button]))
        layout.addLayout(_group(self.tr("Priority"), [self.priority, self.priority_button], []))
        layout.addLayout(_group(self.tr("State"), [], [self.activate_button, self.deactivate_button]))
        layout.addLayout(_group("", [], [self.export_button, self.delete_button]))
        layout.addStretch()
        self.fault.hide()
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 1, 1, 1)
        whole.addWidget(scroll)

    def _summary_lines(self) -> QGridLayout:
        lines = QGridLayout()
        lines.setHorizontalSpacing(12)
        lines.setVerticalSpacing(4)
        lines.setColumnStretch(1, 1)
        names = {
            "categories": self.tr("Category"), "priority": self.tr("Priority"), "tags": self.tr("Tags"),
            "scopes": self.tr("Scope"), "inactive": self.tr("Inactive"),
        }  # fmt: skip
        for line, (key, name) in enumerate(names.items()):
            value = self.summary[key] = label("", "small", wrap=True)
            lines.addWidget(label(name, "caption"), line, 0, Qt.AlignmentFlag.AlignTop)
            lines.addWidget(value, line, 1)
        return lines

    def _connect(self) -> None:
        acts: dict[QPushButton, Callable[[], Edit]] = {
            self.tag_button: lambda: Edit(tag=self.tags.texts()),
            self.untag_button: lambda: Edit(untag=self.tags.texts()),
            self.category_button: lambda: Edit(category=self.category.text().strip()),
            self.scope_button: lambda: Edit(scope=self._scope()),
            self.priority_button: lambda: Edit(priority=self.priority.value()),
            self.activate_button: lambda: Edit(active=True),
            self.deactivate_button: lambda: Edit(active=False),
        }
        for made, edit in acts.items():
            made.clicked.connect(lambda _=False, edit=edit: self._ask(edit()))
        for field, made in (
            (self.tags, self.tag_button), (self.category, self.category_button), (self.scope_id, self.scope_button),
            (self.priority.lineEdit(), self.priority_button),
        ):  # fmt: skip
            field.textChanged.connect(self._show_buttons)
            field.returnPressed.connect(made.click)
        self.scope_type.currentIndexChanged.connect(self._on_scope_type)
        self.export_button.clicked.connect(self.export_wanted)
        self.delete_button.clicked.connect(self.delete_wanted)
        self.all_button.clicked.connect(self.all_wanted)
        self._on_scope_type()

    def _on_scope_type(self) -> None:
        kind = self.scope_type.currentData()
        self.scope_id.setVisible(kind != "global")
        self.scope_id.offer([scope.id for scope in self._scopes if scope.type == kind and scope.id])
        self._show_buttons()

    def _scope(self) -> Scope:
        kind = self.scope_type.currentData()
        return Scope(kind, "" if kind == "global" else self.scope_id.text().strip())

    def _ask(self, edit: Edit) -> None:
        """Asks for the change, or says what is wrong with it."""
        found = faults(Draft(
            name="x", content="x", category="x" if edit.category is None else edit.category,
            tags=edit.tag + edit.untag, scope=edit.scope or Scope(),
        ))  # fmt: skip
        self.fault.setText(next(iter(found.values()), ""))
        self.fault.setVisible(bool(found))
        if not found:
            self.change_wanted.emit(edit)

    def offer(self, facets: Facets) -> None:
        """Takes in which labels the library has, to choose from."""
        self.tags.offer([name for name, _ in facets.tags])
        self.category.offer([name for name, _ in facets.categories])
        self._scopes = [scope for scope, _ in facets.scopes]
        self.scope_id.offer([scope.id for scope in self._scopes if scope.type == self.scope_type.currentData()])

    def allow(self, allowed: bool) -> None:
        """Whether anything may be changed now."""
        self._allowed = allowed
        self._show_buttons()

    def show_count(self, count: int) -> None:
        """Says how many are selected; what is known of others is forgotten."""
        self._count, self._selected = count, None
        self.count.setText(self.tr("{0} selected").format(how_many(count)))
        for value in self.summary.values():
            value.setText("…")
        self.fault.hide()
        self._show_buttons()

    def show_matching(self, matching: int) -> None:
        """Offers to select everything that matches."""
        self.all_button.setText(self.tr("Select all {0} that match").format(f"{matching:,}"))
        self.all_button.setVisible(matching > self._count)

    def show_selected(self, selected: Selected) -> None:
        """Says what the selected ones are."""
        if selected.count != self._count:
            return  # of another selection
        self._selected = selected
        low, high = selected.priority_min, selected.priority_max
        none = self.tr("none")
        told = {
            "categories": _values(selected.categories, str),
            "priority": str(low) if low == high else self.tr("{0} to {1}").format(low, high),
            "tags": _values(selected.tags, str) or none,
            "scopes": _values(selected.scopes, scope_text),
            "inactive": f"{selected.count - selected.active:,}" if selected.active != selected.count else none,
        }
        for key, text in told.items():
            self.summary[key].setText(text)
        self._show_buttons()

    def _show_buttons(self) -> None:
        """Each button says what it does and to how many; one that would change nothing cannot be pressed."""
        count, known, tags = self._count, self._selected, self.tags.texts()
        having = dict(known.tags) if known else {}
        untagged = sum(having.get(tag, 0) for tag in tags) if len(tags) < 2 else count
        tagged = count - (having.get(tags[0], 0) if len(tags) == 1 else 0) if tags else 0
        category, scope = self.category.text().strip(), self._scope()
        moved = count - dict(known.categories).get(category, 0) if known else count
        scoped = count - dict(known.scopes).get(scope, 0) if known else count
        active = known.active if known else count
        self._say(self.tag_button, self.tr("Tag {0}"), tagged, self.tr("Add the tags"))
        self._say(self.untag_button, self.tr("Untag {0}"), untagged if known else len(tags) and count, self.tr("Untag"))
        self._say(self.category_button, self.tr("Move {0}"), moved if category else 0, self.tr("Move to the category"))
        ready = scope.type == "global" or bool(scope.id)
        self._say(self.scope_button, self.tr("Move {0}"), scoped if ready else 0, self.tr("Move to the scope"))
        self._say(self.priority_button, self.tr("Set for {0}"), count, self.tr("Set the priority"))
        self._say(
            self.activate_button, self.tr("Activate {0}"), count - active if known else count, self.tr("Activate")
        )
        self._say(self.deactivate_button, self.tr("Deactivate {0}"), active, self.tr("Deactivate"))
        self._say(self.export_button, self.tr("Export {0}"), count, self.tr("Export"), changes=False)
        self._say(self.delete_button, self.tr("Delete {0}"), count, self.tr("Delete"))

    def _say(self, made: QPushButton, words: str, count: int, otherwise: str, *, changes: bool = True) -> None:
        made.setText(words.format(how_many(count)) if count else otherwise)
        made.setAccessibleName(made.text())
        made.setEnabled(count > 0 and (self._allowed or not changes))


def _group(title: str, fields: Sequence[QWidget], buttons: Sequence[QPushButton]) -> QVBoxLayout:
    """A title, the fields in one line, and what can be done with them under it."""
    group = QVBoxLayout()
    group.setSpacing(6)
    if title:
        group.addWidget(label(title, "caption"))
    if fields:
        line = QHBoxLayout()
        line.setSpacing(8)
        for field in fields:
            line.addWidget(field, 1 if isinstance(field, QLineEdit) else 0)
        if not any(isinstance(field, QLineEdit) and not field.isHidden() for field in fields):
            line.addStretch()
        group.addLayout(line)
    if buttons:
        below = QWidget()
        flow = FlowLayout(below, 8)
        for made in buttons:
            flow.addWidget(made)
        group.addWidget(below)
    return group


def _values(counts: Sequence[tuple[object, int]], text_of: Callable[..., str]) -> str:
    """The values that most have, with how many."""
    told = [f"{' '.join(text_of(value).split())} {count:,}" for value, count in counts[:VALUES_TOLD]]
    return ", ".join(told) + (f", … {len(counts) - VALUES_TOLD:,} more" if len(counts) > VALUES_TOLD else "")
