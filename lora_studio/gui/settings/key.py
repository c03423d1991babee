"""The admin key: what it guards, whether it is set, whether this window knows it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.core.library.access import has_admin_key
from lora_studio.gui.commands import runs
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.settings.lost_key import LostKeyDialog
from lora_studio.gui.settings.section import Section
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.parts import button, label, panel, picture


class KeySection(Section):
    """Set, change, check; lock and unlock. Signals: Section's."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner)
        why = self.tr(
            "One key of your own decides what leaves the library. Once it is set, each window asks for it once."
        )
        self.head(self.tr("Admin key"), why)
        self.sign = label()
        self.state = label("", "strong")
        self.lock_state = label("", "secondary", wrap=True)
        self.set_button, self.check_button, self.lock_button = button(""), button(self.tr("Check a key…")), button("")
        self.set_action = self.command(self.tr("Set or change the admin key…"), self._on_set)
        self.check_action = self.command(self.tr("Check the admin key…"), self._on_check)
        self.lock_action = self.command(self.tr("Lock or unlock this window"), self._on_lock)
        self.lost_button = button(self.tr("The key is lost…"), "link")
        self.lost_action = self.command(self.tr("Do away with a lost admin key…"), self._on_lost)
        self.body.addWidget(self._state_panel())
        self.body.addWidget(self._guards_panel())
        self.body.addStretch()
        studio.lock_changed.connect(self.refresh)

    def _state_panel(self) -> QWidget:
        box, layout = panel()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.sign)
        head.addWidget(self.state, 1)
        layout.addLayout(head)
        layout.addWidget(self.lock_state)
        layout.addSpacing(4)
        line = QHBoxLayout()
        line.setSpacing(8)
        both = ((self.set_button, self.set_action), (self.lock_button, self.lock_action))
        for made, action in (*both, (self.check_button, self.check_action), (self.lost_button, self.lost_action)):
            runs(made, action)
            line.addWidget(made)
        line.addStretch()
        layout.addLayout(line)
        return box

    def _guards_panel(self) -> QWidget:
        box, layout = panel()
        layout.addWidget(label(self.tr("What it guards"), "strong"))
        guarded = (
            self.tr("every export of a dataset, and every training script that is written to a file"),
            self.tr("granting rights to agents and taking them back"),
            self.tr("changing the key itself"),
        )
        lines = QVBoxLayout()
        lines.setSpacing(4)
        for said in guarded:
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(picture("check", "good", 14))
            line.addWidget(label(said, wrap=True), 1)
            lines.addLayout(line)
        layout.addLayout(lines)
        kept = self.tr(
            "It is kept only as a hash: nobody can read it back, not even you. After five wrong keys in a row the "
            "next tries have to wait. Your own work in the window, reading and editing, needs no key."
        )
        layout.addWidget(label(kept, "secondary", wrap=True))
        return box

    def refresh(self) -> None:
        is_set, is_open = has_admin_key(self.studio.library), bool(self.studio.admin_key)
        said = self.tr("An admin key is set")
        self.state.setText(said if is_set else self.tr("No admin key is set yet"))
        show_icon(self.sign, "key-round", "good" if is_set else "secondary")
        locked = self.tr("This window is locked: the key is asked for at the next export.")
        unlocked = self.tr("This window is unlocked: it knows the key until it is closed or locked.")
        none = self.tr("Your own exports need none until one is set; those of agents are refused until then.")
        self.lock_state.setText((unlocked if is_open else locked) if is_set else none)
        self._name(self.set_button, self.tr("Change the key…") if is_set else self.tr("Set an admin key…"))
        self._name(self.lock_button, self.tr("Lock this window") if is_open else self.tr("Unlock this window…"))
        only_then = (
            (self.lock_action, self.lock_button),
            (self.check_action, self.check_button),
            (self.lost_action, self.lost_button),
        )
        for action, made in only_then:
            action.setEnabled(is_set)
            made.setVisible(is_set)

    def _name(self, made: QWidget, text: str) -> None:
        made.setProperty("text", text)
        made.setAccessibleName(text)

    def _on_set(self) -> None:
        AdminKeyDialog(self.studio, self, change=has_admin_key(self.studio.library)).open()

    def _on_check(self) -> None:
        dialog = AdminKeyDialog(self.studio, self, why=self.tr("Says whether a key is the right one; it unlocks then."))
        dialog.accepted.connect(lambda: self.done.emit(self.tr("That is the admin key."), None))
        dialog.open()

    def _on_lost(self) -> None:
        dialog = LostKeyDialog(self.studio, self)
        dialog.accepted.connect(
            lambda: self.done.emit(self.tr("The admin key is gone; rights stay as they are."), None)
        )
        dialog.open()

    def _on_lock(self) -> None:
        if self.studio.admin_key:
            self.studio.unlock("")
        else:
            AdminKeyDialog(self.studio, self).open()
