"""What this program is, where it keeps what it keeps, and whose work is in it."""

from __future__ import annotations

import platform
import sqlite3
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QWidget

from lora_studio import __version__
from lora_studio.core.files import path_text
from lora_studio.core.resources import resources_dir
from lora_studio.gui.settings.section import Section
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label, panel


class AboutSection(Section):
    """Version, folders, licences. Signals: Section's."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner)
        self.head(
            self.tr("About"), self.tr("LoRA Studio {0}. Nothing that you do here is sent anywhere.").format(__version__)
        )
        self.copy_button = button(self.tr("Copy these facts"), "", "copy")
        self.copy_button.clicked.connect(self.command(self.tr("Copy version and folders"), self._on_copy).trigger)
        self._facts = self._read_facts()
        self.body.addWidget(self._facts_panel())
        self.body.addWidget(self._places_panel())
        self.body.addWidget(self._licence_panel())
        self.body.addStretch()

    def _read_facts(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Version"), __version__),
            (self.tr("Python"), platform.python_version()),
            (self.tr("Qt"), qVersion() or ""),
            (self.tr("SQLite"), sqlite3.sqlite_version),
            (self.tr("System"), platform.platform(terse=True)),
        ]

    def _places(self) -> list[tuple[str, Path]]:
        home = self.studio.home
        return [
            (self.tr("Library"), home.library),
            (self.tr("Settings"), home.settings),
            (self.tr("Datasets"), home.datasets),
            (self.tr("Log"), home.logs),
        ]

    def _facts_panel(self) -> QWidget:
        box, layout = panel()
        grid = _grid()
        for row, (name, value) in enumerate(self._facts):
            grid.addWidget(label(name, "secondary"), row, 0)
            grid.addWidget(_selectable(value), row, 1)
        layout.addLayout(grid)
        layout.addWidget(self.copy_button)
        return box

    def _places_panel(self) -> QWidget:
        box, layout = panel()
        layout.addWidget(label(self.tr("Where things are"), "strong"))
        grid = _grid()
        for row, (name, path) in enumerate(self._places()):
            grid.addWidget(label(name, "secondary"), row, 0)
            grid.addWidget(_selectable(path_text(path)), row, 1)
            opens = button(self.tr("Open folder"), "link")
            opens.setAccessibleName(self.tr("Open the folder of: {0}").format(name))
            action = self.command(opens.accessibleName(), partial(_open, path))
            opens.clicked.connect(action.trigger)
            grid.addWidget(opens, row, 2)
        layout.addLayout(grid)
        return box

    def _licence_panel(self) -> QWidget:
        box, layout = panel()
        layout.addWidget(label(self.tr("Other people's work in it"), "strong"))
        grid = _grid()
        works = (
            ("Inter", self.tr("the letters, SIL Open Font License 1.1"), "fonts/LICENSE-Inter.txt"),
            (
                "JetBrains Mono",
                self.tr("the letters of code, SIL Open Font License 1.1"),
                "fonts/LICENSE-JetBrainsMono.txt",
            ),
            ("Lucide", self.tr("the icons, ISC License"), "icons/LICENSE"),
        )
        for row, (name, said, file) in enumerate(works):
            grid.addWidget(label(name, "secondary"), row, 0)
            grid.addWidget(label(said, wrap=True), row, 1)
            opens = button(self.tr("Read"), "link")
            opens.setAccessibleName(self.tr("Read the licence of {0}").format(name))
            action = self.command(opens.accessibleName(), partial(_open, resources_dir() / file, whole=True))
            opens.clicked.connect(action.trigger)
            grid.addWidget(opens, row, 2)
        layout.addLayout(grid)
        qt = self.tr("Qt for Python is used under the GNU LGPL 3; Python, Peewee and Jinja2 under their own licences.")
        layout.addWidget(label(qt, "secondary", wrap=True))
        return box

    def _on_copy(self) -> None:
        places = [(name, path_text(path)) for name, path in self._places()]
        QGuiApplication.clipboard().setText("\n".join(f"{name}: {value}" for name, value in (*self._facts, *places)))
        self.done.emit(self.tr("Copied."), None)


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(8)
    grid.setColumnMinimumWidth(0, 96)
    grid.setColumnStretch(1, 1)
    return grid


def _selectable(text: str) -> QWidget:
    made = label(text, wrap=True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def _open(path: Path, *, whole: bool = False) -> None:
    """Opens `path` itself, or the nearest folder that there is."""
    there = path if whole else next(one for one in (path, *path.parents) if one.is_dir())
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(there)))
