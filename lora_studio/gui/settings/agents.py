"""Agents and what each may do; granting and revoking, with the admin key once there is one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from lora_studio.core.errors import PermissionDenied, StudioError
from lora_studio.core.library.access import Grant, has_admin_key
from lora_studio.core.library.audit import SeenAgent
from lora_studio.gui.commands import runs
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.latest import Latest
from lora_studio.gui.messages import show_error
from lora_studio.gui.settings.grant_form import GrantForm
from lora_studio.gui.settings.rights import Rights, change_rights, read_rights, rights_words, scope_words
from lora_studio.gui.settings.section import Section
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, empty, label, panel, short
from lora_studio.gui.widgets.question import Question
from lora_studio.gui.worker import in_background

REFUSED_MAX = 5


class AgentsSection(Section):
    """The table of grants, the form for a new one, and agents that were refused. Signals: Section's."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner)
        why = self.tr(
            "An agent sees and changes only what you grant to its name. A name is no proof of who asks: what leaves "
            "the library is guarded by the admin key."
        )
        self.head(self.tr("Agents"), why)
        self.rights = Rights((), (), ())
        self._order: tuple[tuple[Grant, ...], tuple[Grant, ...]] = ((), ())
        self.form = GrantForm()
        self.table = self._make_table()
        self.words = label("", "secondary", wrap=True)
        self.refused = QWidget()
        QVBoxLayout(self.refused).setContentsMargins(0, 0, 0, 0)
        self.no_key = Question()
        self.revoke_button = button(self.tr("Revoke"), "danger")
        self.grant_action = self.command(self.tr("Grant a right to an agent"), self.form.agent.setFocus)
        self.revoke_action = self.command(self.tr("Revoke the chosen right"), self._on_revoke)
        runs(self.revoke_button, self.revoke_action)
        self._build()
        self._reading = Latest(self, pause_ms=0)
        self._reading.succeeded.connect(self._show)
        self._reading.failed.connect(partial(show_error, self))
        self.form.granted.connect(lambda grant: self._change([grant], []))
        self.table.itemSelectionChanged.connect(self._on_selection)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 3)
        table.setAccessibleName(self.tr("Rights of agents"))
        table.setHorizontalHeaderLabels([self.tr("Agent"), self.tr("May"), self.tr("Where")])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(34)
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        table.setColumnWidth(1, 136)
        for column in (0, 2):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        return table

    def _build(self) -> None:
        box, layout = panel()
        layout.addWidget(label(self.tr("Grant a right"), "strong"))
        layout.addWidget(self.form)
        layout.addWidget(self.refused)
        layout.addWidget(self.no_key)
        self.body.addWidget(box)
        box, layout = panel()
        layout.addWidget(label(self.tr("Granted"), "strong"))
        self.none = label(self.tr("No agent may do anything yet. Grant a right above."), "secondary", wrap=True)
        layout.addWidget(self.none)
        layout.addWidget(self.table)
        layout.addWidget(self.words)
        layout.addWidget(self.revoke_button)
        self.body.addWidget(box)
        self.body.addStretch()

    def refresh(self) -> None:
        self._offer_key()
        self._reading.ask(partial(read_rights, self.studio.library))

    def _offer_key(self) -> None:
        """Agents may be granted anything; they export nothing until there is a key."""
        if has_admin_key(self.studio.library):
            self.no_key.hide()
        elif self.no_key.isHidden():
            self.no_key.say(
                self.tr("No admin key is set: agents cannot export, and anyone at this computer may grant.")
            )
            self.no_key.offer(self.tr("Set an admin key…"), self._set_key)

    def _set_key(self) -> None:
        dialog = AdminKeyDialog(self.studio, self)
        dialog.accepted.connect(self.refresh)
        dialog.open()

    def _show(self, rights: Rights) -> None:
        chosen = self._chosen()
        self.rights = rights
        self.table.setRowCount(len(rights.grants))
        for row, grant in enumerate(rights.grants):
            may = self.tr("read and write") if grant.permission == "write" else self.tr("read")
            for column, text in enumerate((grant.agent, may, scope_words(grant.scope))):
                item = QTableWidgetItem(short(text, 80))
                item.setToolTip(text if len(text) > 40 else "")
                self.table.setItem(row, column, item)
        self.table.clearSelection()
        if chosen in rights.grants:
            self.table.selectRow(rights.grants.index(chosen))
        self.table.setFixedHeight(36 + 34 * min(max(len(rights.grants), 1), 8))
        for widget in (self.table, self.revoke_button, self.words):
            widget.setVisible(bool(rights.grants))
        self.none.setVisible(not rights.grants)
        names = dict.fromkeys([*(seen.name for seen in rights.seen), *(grant.agent for grant in rights.grants)])
        self.form.offer(list(names), rights.scopes)
        self._show_refused([seen for seen in rights.seen if seen.refused][:REFUSED_MAX])
        self._on_selection()

    def _show_refused(self, agents: Sequence[SeenAgent]) -> None:
        empty(self.refused)
        layout = self.refused.layout()
        assert layout is not None
        self.refused.setVisible(bool(agents))
        if agents:
            layout.addWidget(label(self.tr("Refused lately"), "caption"))
        for agent in agents:
            said = self.tr("{0}, refused {1}×: {2}").format(
                short(agent.name, 40), agent.refused, short(agent.said, 120)
            )
            made = button(self.tr("Grant…"), "link")
            made.setAccessibleName(self.tr("Grant a right to {0}").format(agent.name))
            made.clicked.connect(partial(self.form.fill, agent.name))
            layout.addWidget(label(said, "small", wrap=True))
            layout.addWidget(made)

    def _chosen(self) -> Grant | None:
        rows = self.table.selectionModel().selectedRows()
        place = rows[0].row() if rows else -1
        return self.rights.grants[place] if 0 <= place < len(self.rights.grants) else None

    def _on_selection(self) -> None:
        grant = self._chosen()
        self.revoke_action.setEnabled(grant is not None)
        self.words.setText(rights_words(grant.agent, self.rights.grants) if grant else self._all_words())

    def _all_words(self) -> str:
        agents = dict.fromkeys(grant.agent for grant in self.rights.grants)
        return "\n".join(rights_words(agent, self.rights.grants) for agent in list(agents)[:6])

    def _on_revoke(self) -> None:
        grant = self._chosen()
        if grant is not None:
            self._change([], [grant])

    def _change(self, given: Sequence[Grant], taken: Sequence[Grant]) -> None:
        """Grants or revokes in the worker; asks for the admin key first where this window does not know it.

        One thing at a time: an editable combo box may tell of one Return twice.
        """
        if not self.isEnabled() or any(dialog.isVisible() for dialog in self.findChildren(AdminKeyDialog)):
            return
        self._order = (tuple(given), tuple(taken))
        if not self.studio.admin_key and has_admin_key(self.studio.library):
            self._ask_for_key()
        else:
            self._carry_out()

    def _carry_out(self) -> None:
        self.setEnabled(False)
        work = partial(change_rights, self.studio.library, self.studio.admin_key, *self._order)
        in_background(self, work, self._on_changed, self._on_refused)

    def _ask_for_key(self) -> None:
        why = self.tr("Granting and revoking need the admin key. It is asked for once while this window is open.")
        dialog = AdminKeyDialog(self.studio, self, why=why)
        dialog.accepted.connect(self._carry_out)
        dialog.open()

    def _on_changed(self, changed: tuple[tuple[Grant, ...], tuple[Grant, ...]]) -> None:
        self.setEnabled(True)
        self.refresh()
        given, taken = self._order
        new, gone = changed
        after = {*self.rights.grants, *new} - {*gone}
        said = rights_words((given or taken)[0].agent, sorted(after))
        if given:
            self.form.fill("")
            self.form.agent.setFocus()
        self.done.emit(said, partial(self._change, gone, new) if new or gone else None)

    def _on_refused(self, error: Exception) -> None:
        self.setEnabled(True)
        self.refresh()
        if isinstance(error, PermissionDenied):  # the key was changed by somebody else meanwhile
            self.studio.unlock("")
            self._ask_for_key()
        elif isinstance(error, StudioError) and self._order[0]:
            self.form.say(error.message)
        else:
            show_error(self, error)
