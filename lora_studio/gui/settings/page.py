"""What a person may set: a list of sections, one of them open. What others change appears within two seconds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.gui.commands import command
from lora_studio.gui.latest import Latest
from lora_studio.gui.settings.about import AboutSection
from lora_studio.gui.settings.agents import AgentsSection
from lora_studio.gui.settings.appearance import AppearanceSection
from lora_studio.gui.settings.audit import AuditSection
from lora_studio.gui.settings.backups import BackupsSection
from lora_studio.gui.settings.folders import FoldersSection
from lora_studio.gui.settings.key import KeySection
from lora_studio.gui.settings.names import NamesSection
from lora_studio.gui.settings.rights import stamp
from lora_studio.gui.settings.section import Section
from lora_studio.gui.settings.sentence import SentenceSection
from lora_studio.gui.settings.templates import TemplatesSection
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.widgets.parts import button, label

APPEARANCE, KEY, AGENTS, AUDIT, BACKUPS = "appearance", "key", "agents", "audit", "backups"
FOLDERS, TEMPLATES, SENTENCE, NAMES, ABOUT = "folders", "templates", "sentence", "names", "about"
SECTIONS: dict[str, Callable[[Studio, QWidget], Section]] = {
    APPEARANCE: AppearanceSection, KEY: KeySection, AGENTS: AgentsSection, AUDIT: AuditSection,
    BACKUPS: BackupsSection, FOLDERS: FoldersSection, TEMPLATES: TemplatesSection, SENTENCE: SentenceSection,
    NAMES: NamesSection, ABOUT: AboutSection,
}  # fmt: skip
LOOK_EVERY_MS = 1_000
UNDO_FOR_S = 20


class SettingsPage(QWidget):
    """Makes each section when it is first opened. Has no signals; the studio tells the others what changed."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.sections: dict[str, Section] = {}
        self.shown = ""
        self.notice, self.fault = Notice(), Notice()
        self.links = QButtonGroup(self)
        self._stack = QStackedWidget()
        self._undo: Callable[[], object] | None = None
        self._seen: object = None
        self._looking = Latest(self, pause_ms=0)
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._build()
        self.undo_action = command(self, self.tr("Undo the last change of settings"), self._on_undo, "Ctrl+Z")
        self.undo_action.setEnabled(False)
        self._looking.succeeded.connect(self._on_looked)
        self._timer.timeout.connect(self.look)
        studio.settings_changed.connect(self._show_fault)
        self.show_section(APPEARANCE)

    def _build(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        notices = QVBoxLayout()
        notices.setContentsMargins(24, 0, 24, 12)
        notices.setSpacing(8)
        notices.addWidget(self.fault)
        notices.addWidget(self.notice)
        right.addWidget(self._stack, 1)
        right.addLayout(notices)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self._side())
        line.addLayout(right, 1)

    def _side(self) -> QWidget:
        words = {
            APPEARANCE: (self.tr("Appearance"), "sun"),
            KEY: (self.tr("Admin key"), "key-round"),
            AGENTS: (self.tr("Agents"), "users"),
            AUDIT: (self.tr("Audit log"), "scroll-text"),
            BACKUPS: (self.tr("Backups"), "database"),
            FOLDERS: (self.tr("Folders"), "folder"),
            TEMPLATES: (self.tr("Example templates"), "file-code"),
            SENTENCE: (self.tr("System sentence"), "message-square-text"),
            NAMES: (self.tr("Watch list"), "eye"),
            ABOUT: (self.tr("About"), "info"),
        }
        side = QFrame()
        side.setFixedWidth(208)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(16, 16, 8, 16)
        layout.setSpacing(2)
        layout.addWidget(label(self.tr("Settings"), "page"))
        layout.addSpacing(8)
        for number, key in enumerate(SECTIONS):
            name, icon = words[key]
            made = button(name, "rail", icon)
            made.setSizePolicy(made.sizePolicy().Policy.Expanding, made.sizePolicy().Policy.Fixed)
            made.setCheckable(True)
            self.links.addButton(made, number)
            layout.addWidget(made)
            made.clicked.connect(
                command(self, self.tr("Settings: {0}").format(name), partial(self.show_section, key)).trigger
            )
        layout.addStretch()
        return side

    def section(self, key: str) -> Section:
        """The section `key`, made when it is first asked for."""
        if key not in self.sections:
            made = self.sections[key] = SECTIONS[key](self._studio, self)
            made.done.connect(self._on_done)
            self._stack.addWidget(made)
        return self.sections[key]

    def show_section(self, key: str) -> None:
        """Opens one of the sections."""
        opened = self.section(key)
        self.shown = key
        self.links.button(list(SECTIONS).index(key)).setChecked(True)
        for name, section in self.sections.items():
            for action in section.commands:
                action.setVisible(name == key)  # which also keeps it from being done while it is not seen
        self._stack.setCurrentWidget(opened)
        opened.refresh()
        if isinstance(self.focusWidget(), QPushButton) and self.focusWidget() in self.links.buttons():
            self.links.button(list(SECTIONS).index(key)).setFocus()

    def unsaved(self) -> str:
        """What would be lost if the window closed now; empty when nothing would."""
        return " ".join(said for section in self.sections.values() if (said := section.unsaved()))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def look(self) -> None:
        """Looks whether another process changed the settings, the key, a grant or the audit log."""
        self._studio.look_at_settings()
        if not self._looking.is_busy():
            self._looking.ask(partial(stamp, self._studio.library))

    def _on_looked(self, seen: object) -> None:
        if self._seen not in (None, seen):
            self.sections[self.shown].refresh()
        self._seen = seen

    def _show_fault(self) -> None:
        if self._studio.settings_fault:
            said = self.tr("Settings as they were last read are in force. {0}").format(self._studio.settings_fault)
            self.fault.say(said, "warning")
        else:
            self.fault.hide()

    def _on_done(self, said: str, undo: Callable[[], object] | None) -> None:
        self._undo = undo
        self.undo_action.setEnabled(undo is not None)
        self.notice.say(said, "good", seconds=UNDO_FOR_S if undo else 4)
        if undo is not None:
            self.notice.offer(self.tr("Undo"), self._on_undo)

    def _on_undo(self) -> None:
        undo, self._undo = self._undo, None
        self.undo_action.setEnabled(False)
        self.notice.hide()
        if undo is not None:
            undo()
