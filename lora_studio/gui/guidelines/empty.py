"""The page of a library without guidelines: the ways in."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.gui.commands import command, runs
from lora_studio.gui.widgets.parts import button, label, panel, picture


class EmptyLibrary(QWidget):
    """Signals: import_wanted(), starter_wanted(), new_wanted()."""

    import_wanted = Signal()
    starter_wanted = Signal()
    new_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 32, 32, 32)
        layout.setSpacing(8)
        layout.addStretch(2)
        layout.addWidget(picture("sparkles", "accent", 28), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(label(self.tr("Your library is empty"), "page"), 0, Qt.AlignmentFlag.AlignHCenter)
        said = self.tr("Guidelines are rules of your team, such as how you name things or what never goes into a log.")
        words = label(said, "secondary", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words.setFixedWidth(440)
        line = QHBoxLayout()
        line.addStretch()
        line.addWidget(words)
        line.addStretch()
        layout.addLayout(line)
        layout.addSpacing(16)
        layout.addLayout(self._ways())
        layout.addSpacing(8)
        drop = label(self.tr("…or drop a folder with rule files here"), "secondary")
        layout.addWidget(drop, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def _ways(self) -> QHBoxLayout:
        self.import_button = button(self.tr("Import rule files"), "primary", "download")
        self.starter_button = button(self.tr("Start from the starter set"), "", "library")
        self.new_button = button(self.tr("Write the first one"), "", "pencil")
        files = self.tr(
            "The CLAUDE.md, AGENTS.md or Cursor rules of a project. You see what is new before it is added."
        )
        starter = self.tr("Well-known rules of good software work with examples. Keep, change or delete each one.")
        own = self.tr("A name, what the rule says, and if you like a good and a bad example.")
        self.import_button.clicked.connect(self.import_wanted)
        self._starter = command(self, self.starter_button.text(), self.starter_wanted.emit, icon="library")
        runs(self.starter_button, self._starter)
        self.new_button.clicked.connect(self.new_wanted)
        ways = QHBoxLayout()
        ways.setSpacing(12)
        ways.addStretch()
        for made, said in ((self.import_button, files), (self.starter_button, starter), (self.new_button, own)):
            ways.addWidget(_way(made, said))
        ways.addStretch()
        return ways

    def set_busy(self, busy: bool) -> None:
        """While the starter set is being added, nothing else can be started."""
        self._starter.setEnabled(not busy)
        for made in (self.import_button, self.new_button):
            made.setEnabled(not busy)


def _way(made: QWidget, said: str) -> QFrame:
    box, layout = panel()
    box.setFixedWidth(256)
    layout.setSpacing(12)
    layout.setContentsMargins(16, 16, 16, 16)
    words = label(said, "secondary", wrap=True)
    layout.addWidget(words)
    layout.addStretch()
    layout.addWidget(made)
    return box
