"""Lists of folders: where agents may write, and where the shelf looks. Added by dialog or by drop."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.gui.commands import runs
from lora_studio.gui.settings.section import Section
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, empty, label, panel, picture, tool

LINE_MAX = 76


class FolderList(QFrame):
    """Signals: dropped(folders) with the folders that were dropped on it; remove_wanted(folder)."""

    dropped = Signal(list)
    remove_wanted = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setAcceptDrops(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)

    def show_folders(self, folders: Sequence[tuple[str, str]]) -> None:
        """Shows folders, each with what is to be said about it."""
        empty(self)
        layout = self.layout()
        assert layout is not None
        for folder, remark in folders:
            layout.addWidget(self._line(folder, remark))
        if not folders:
            layout.addWidget(label(self.tr("None yet. Drop a folder here, or add one."), "secondary"))

    def _line(self, folder: str, remark: str) -> QFrame:
        made = QFrame()
        made.setProperty("panel", "inset")
        words = QVBoxLayout()
        words.setSpacing(0)
        shown = folder if len(folder) <= LINE_MAX else f"{folder[:20]}…{folder[-LINE_MAX + 21 :]}"
        name = label(shown)
        name.setToolTip(folder)
        words.addWidget(name)
        if remark:
            words.addWidget(label(remark, "notice", wrap=True))
        remove = tool(self.tr("Remove {0}").format(folder), "x", size=14)
        remove.clicked.connect(lambda: self.remove_wanted.emit(folder))
        line = QHBoxLayout(made)
        line.setContentsMargins(12, 6, 4, 6)
        line.setSpacing(8)
        sign = picture("triangle-alert" if remark else "folder", "warning" if remark else "secondary", 14)
        line.addWidget(sign)
        line.addLayout(words, 1)
        line.addWidget(remove)
        return made

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _folders(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.dropped.emit(_folders(event))


def _folders(event: QDropEvent) -> list[str]:
    paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if Path(path).is_dir()]


class FoldersSection(Section):
    """Allowed and watched folders. Signals: Section's."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner)
        self.head(self.tr("Folders"), self.tr("Where agents may write, and where the Adapters page looks."))
        self.allowed = FolderList(self.tr("Allowed folders"))
        self.watched = FolderList(self.tr("Watched folders"))
        self.allow_button = button(self.tr("Allow a folder…"), "", "folder-plus")
        self.watch_button = button(self.tr("Watch a folder…"), "", "folder-plus")
        why_allowed = self.tr(
            "Agents may read and write files here, in the program's own folder and in the one that they work in. What "
            "you type or pick yourself is allowed anywhere."
        )
        why_watched = self.tr("The Adapters page shows the datasets and adapters in these, beside those you exported.")
        parts = (
            (self.tr("Allowed for agents"), why_allowed, self.allowed, self.allow_button, "allowed_folders"),
            (self.tr("Watched for the Adapters page"), why_watched, self.watched, self.watch_button, "watched_folders"),
        )
        for title, why, shown, add, name in parts:
            self.body.addWidget(self._panel(title, why, shown, add))
            runs(add, self.command(add.text(), partial(self._on_add, name)))
            shown.dropped.connect(partial(self.add, name))
            shown.remove_wanted.connect(partial(self._on_remove, name))
        self.body.addStretch()
        studio.settings_changed.connect(self.refresh)

    def _panel(self, title: str, why: str, shown: FolderList, add: QWidget) -> QWidget:
        box, layout = panel()
        layout.addWidget(label(title, "strong"))
        layout.addWidget(label(why, "secondary", wrap=True))
        layout.addWidget(shown)
        layout.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        return box

    def refresh(self) -> None:
        settings = self.studio.settings
        self.allowed.show_folders([(one, self._remark(one, to_write=True)) for one in settings.allowed_folders])
        self.watched.show_folders([(one, self._remark(one, to_write=False)) for one in settings.watched_folders])

    def _remark(self, folder: str, *, to_write: bool) -> str:
        """What a person should know of a folder; empty when all is well."""
        path = Path(folder)
        if not path.is_dir():
            return self.tr("This folder is not there now.") if not path.exists() else self.tr("This is not a folder.")
        if not os.access(path, os.R_OK | os.X_OK):
            return self.tr("This folder may not be read; change its permissions.")
        if to_write and path.resolve() == Path(path.resolve().anchor):
            return self.tr("The whole disk: lets agents read and write anywhere. Choose a smaller folder.")
        if to_write and Path.home().resolve().is_relative_to(path.resolve()):
            return self.tr("Lets agents read and write anywhere in your home. Choose a smaller folder.")
        return ""

    def _on_add(self, name: str) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder"))
        if folder:
            self.add(name, [folder])

    def add(self, name: str, folders: Sequence[str]) -> None:
        """Adds folders to "allowed_folders" or "watched_folders"."""
        before = self._kept(name)
        added = (str(Path(folder).absolute()) for folder in folders)
        self.change(**{name: tuple(dict.fromkeys((*before, *added)))})

    def _on_remove(self, name: str, folder: str) -> None:
        before = self._kept(name)
        if self.change(**{name: tuple(one for one in before if one != folder)}):
            said = self.tr("Removed {0} from the list; the folder itself is untouched.").format(folder)
            self.done.emit(said, lambda: self._put_back(name, folder, before))

    def _put_back(self, name: str, folder: str, before: tuple[str, ...]) -> None:
        place = before.index(folder)
        now = [one for one in self._kept(name) if one != folder]
        self.change(**{name: (*now[:place], folder, *now[place:])})

    def _kept(self, name: str) -> tuple[str, ...]:
        kept: tuple[str, ...] = getattr(self.studio.settings, name)
        return kept
