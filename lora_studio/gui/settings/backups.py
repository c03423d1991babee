"""Backups of the library: how many there are and what they take, one by hand, the way back, and a look at its state."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from lora_studio.core.dataset.export import Progress
from lora_studio.core.domain import OWNER
from lora_studio.core.files import path_text
from lora_studio.core.library.audit import recorded
from lora_studio.core.library.backups import back_up
from lora_studio.core.library.checkup import Checkup, check_library
from lora_studio.core.library.copies import FOLDER, dated_copies
from lora_studio.core.library.restoring import restore
from lora_studio.core.library.store import Library
from lora_studio.gui.adapters.words import size
from lora_studio.gui.export.scripting import ask_key
from lora_studio.gui.messages import show_error
from lora_studio.gui.settings.section import Section, button_line
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label, panel
from lora_studio.gui.worker import Work, in_background


class BackupsSection(Section):
    """Back up, restore, check. Signals: Section's; restoring can be taken back."""

    def __init__(self, studio: Studio, owner: QWidget) -> None:
        super().__init__(studio, owner)
        why = self.tr(
            "The library is copied by itself: on every day on which it changes, before large changes and imports. "
            "Of the last seven days and four weeks one each is kept, in at most 2 GB."
        )
        self.head(self.tr("Backups"), why)
        self.state, self.newest = label("", "strong"), label("", "secondary", wrap=True)
        self.now_action = self.command(self.tr("Back up the library now"), self._on_now)
        self.copy_action = self.command(self.tr("Back up the library to a file…"), self._on_copy)
        self.restore_action = self.command(self.tr("Restore the library from a backup…"), self._on_restore)
        self.check_action = self.command(self.tr("Check whether the library is sound"), self._on_check)
        box, layout = panel()
        layout.addWidget(self.state)
        layout.addWidget(self.newest)
        made = (
            (button(self.tr("Back up now"), "primary"), self.now_action),
            (button(self.tr("To a file…")), self.copy_action),
            (button(self.tr("Restore…")), self.restore_action),
            (button(self.tr("Check")), self.check_action),
        )
        layout.addLayout(button_line(made))
        self.body.addWidget(box)
        kept = self.tr(
            "Restoring looks at the backup first, keeps the present library whole beside the restored one, and can be "
            "taken back. Datasets, adapters and settings stay as they are."
        )
        self.body.addWidget(label(kept, "secondary", wrap=True))
        self.body.addStretch()

    def refresh(self) -> None:
        copies = dated_copies(self.studio.home.library)
        room = size(sum(copy.size for copy in copies))
        self.state.setText(
            self.tr("{0} backups, {1}").format(len(copies), room) if copies else self.tr("No backup yet")
        )
        said = self.tr("The newest is of {0}.").format(copies[0].made[:16].replace("T", " ")) if copies else ""
        self.newest.setText(said)
        self.newest.setVisible(bool(copies))

    def _on_now(self) -> None:
        self._run(partial(_back_up, self.studio.library, None), self._on_backed_up)

    def _on_copy(self) -> None:
        start = str(Path.home() / "lora-studio-library.db")
        no_asking = QFileDialog.Option.DontConfirmOverwrite  # nothing is ever written over
        title = self.tr("Back up to a file")
        path, _ = QFileDialog.getSaveFileName(self, title, start, "SQLite (*.db)", options=no_asking)
        if path:
            self._run(partial(_back_up, self.studio.library, Path(path)), self._on_backed_up)

    def _on_restore(self) -> None:
        start = str(self.studio.home.path / FOLDER)
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Restore the library"), start, self.tr("Backups (*.db *)"))
        if path:
            self.restore_from(Path(path))

    def restore_from(self, path: Path) -> None:
        """Puts the backup `path` in the library's place; asks for the admin key where it is not known."""
        ask_key(self.studio, self, lambda: self._run(partial(_restore, self.studio, path), self._on_restored), _nothing)

    def _on_check(self) -> None:
        self._run(partial(_check, self.studio.library), self._on_checked)

    def _run(self, work: Work, then: Callable[[Any], None]) -> None:
        self._set_busy(True)
        in_background(self, work, then, self._on_failure, self._on_end)

    def _set_busy(self, busy: bool) -> None:
        for action in (self.now_action, self.copy_action, self.restore_action, self.check_action):
            action.setEnabled(not busy)

    def _on_end(self) -> None:
        self._set_busy(False)
        self.refresh()

    def _on_failure(self, error: Exception) -> None:
        self._on_end()
        show_error(self, error)

    def _on_backed_up(self, path: Path) -> None:
        self._on_end()
        self.done.emit(self.tr("The library is copied to {0}.").format(path_text(path)), None)

    def _on_restored(self, kept: Path | None) -> None:
        self._on_end()
        self.studio.unlock("")
        self.studio.history.forget()
        self.studio.guidelines_changed.emit()
        back = partial(self.restore_from, kept) if kept else None
        self.done.emit(self.tr("The library is restored; the one of before is kept beside it."), back)

    def _on_checked(self, found: Checkup) -> None:
        self._on_end()
        said = self.tr("The library is sound: {0} guidelines.").format(f"{found.guidelines:,}")
        if found.rebuilt:
            said += " " + self.tr("Made anew: {0}.").format(", ".join(found.rebuilt))
        self.done.emit(said, None)


def _nothing() -> None:
    pass


def _back_up(library: Library, target: Path | None, progress: Progress) -> Path:
    with recorded(library, OWNER, "backup", {"file": path_text(target)} if target else {}):
        return back_up(library.path, target)


def _restore(studio: Studio, path: Path, progress: Progress) -> Path | None:
    return restore(studio.library.path, path, studio.admin_key)


def _check(library: Library, progress: Progress) -> Checkup:
    return check_library(library)
