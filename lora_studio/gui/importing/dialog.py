"""The import as a person does it: files are read, what they hold is shown, and what is ticked goes into the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.core.domain import OWNER, Scope
from lora_studio.core.importing.apply import Imported, apply_import
from lora_studio.core.importing.plan import plan_import
from lora_studio.core.importing.records import ImportPlan, Progress
from lora_studio.core.importing.remembered import source_paths
from lora_studio.core.library.store import Library
from lora_studio.gui.commands import command, runs
from lora_studio.gui.dropping import paths_in
from lora_studio.gui.importing.choosing import ask_for_files, ask_for_folder
from lora_studio.gui.importing.pages import DonePage, NothingPage, WaitPage
from lora_studio.gui.importing.preview import Preview
from lora_studio.gui.importing.scope_field import ScopeField
from lora_studio.gui.latest import delete_when_idle
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.parts import button, label, short
from lora_studio.gui.worker import Work, Worker, in_background

SHOWN_AFTER_MS = 500


class ImportDialog(QDialog):
    """Shows what `paths` hold, and imports what is ticked; without paths it asks for them.

    Signals: imported(Imported) when something went into the library; the studio's history knows how to undo it.
    """

    imported = Signal(object)

    def __init__(self, studio: Studio, paths: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._paths = list(paths)
        self._scope: Scope | None = None
        self._plan: ImportPlan | None = None
        self._is_busy = self._is_importing = False
        self.title = label(kind="title")
        self.said = label(kind="secondary", wrap=True)
        self.wait = WaitPage()
        self.nothing = NothingPage()
        self.done_page = DonePage()
        self.preview = Preview()
        self.pages = QStackedWidget()
        self.scope = ScopeField()
        self.cancel_button = button(self.tr("Cancel"))
        self.import_button = button("", "primary")
        self._wait_soon = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._build()
        self._connect()
        self._start()

    def done(self, result: int) -> None:
        """Stops what runs; the dialog goes once that has ended."""
        self._stop()
        super().done(result)
        delete_when_idle(self)

    def reject(self) -> None:
        """Escape: cancels a running import, otherwise closes."""
        if self._is_importing:
            self._stop()
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window cancels what runs, an import too."""
        super().reject()
        event.accept()

    def _stop(self) -> None:
        for worker in self.findChildren(Worker):
            worker.cancel()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Other files may be dropped here instead, unless something is running."""
        if paths_in(event.mimeData()) and not self._is_busy:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.read(paths_in(event.mimeData()))

    def read(self, paths: Sequence[Path]) -> None:
        """Reads these files and folders in place of those before."""
        if paths and not self._is_busy:
            self._paths = list(paths)
            self._scope = None
            self.preview.lines.forget_ticks()
            self._start()

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Import"))
        self.setAcceptDrops(True)
        self.setMinimumSize(760, 480)
        self.resize(1_000, 640)
        for page in (self.wait, self.nothing, self.preview, self.done_page):
            self.pages.addWidget(page)
        self.files_action = command(
            self, self.tr("Choose files…"), partial(ask_for_files, self, self.read), "Ctrl+O", "file-text"
        )
        self.folder_action = command(
            self, self.tr("Choose a folder…"), partial(ask_for_folder, self, self.read), "Ctrl+Shift+O", "folder"
        )
        self.again_action = command(self, self.tr("Read again what was imported"), self._read_again, icon="refresh-cw")
        self.import_action = command(self, self.tr("Import what is ticked"), self._import, "Ctrl+Return", "download")
        runs(self.nothing.files_button, self.files_action)
        runs(self.nothing.folder_button, self.folder_action)
        runs(self.nothing.again_button, self.again_action)
        runs(self.import_button, self.import_action)
        self.import_button.setDefault(True)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.scope)
        foot.addStretch()
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.import_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.said)
        layout.addSpacing(4)
        layout.addWidget(self.pages, 1)
        layout.addSpacing(8)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self._wait_soon.timeout.connect(self.wait.show_bar)
        self.cancel_button.clicked.connect(self.reject)
        self.preview.choice_changed.connect(self._show_choice)
        self.scope.chosen.connect(self._on_scope)
        self.scope.edited.connect(self._show_choice)

    def _start(self) -> None:
        if not self._paths:
            self._show_nothing()
            return
        self._plan = None
        self._head(self.tr("Reading {0}").format(self._name()), "")
        self._run(partial(plan_import, self._studio.library, tuple(self._paths), self._scope), self._on_plan)

    def _name(self) -> str:
        """What is imported, in words: the one path's name, or how many there are."""
        if len(self._paths) == 1:
            return short(self._paths[0].name or str(self._paths[0]), 60)
        return self.tr("{0} files and folders").format(len(self._paths))

    def _run(self, work: Work, succeeded: Callable[[Any], None]) -> None:
        self._is_busy = True
        self.wait.start()
        self.pages.setCurrentWidget(self.wait)
        self.scope.setEnabled(False)
        self.import_action.setEnabled(False)
        worker = in_background(self, work, succeeded, self._on_failure, self._on_cancelled)
        worker.progressed.connect(self.wait.show_progress)
        self._wait_soon.start()

    def _rest(self) -> None:
        """What holds whenever nothing runs."""
        self._is_busy = self._is_importing = False
        self._wait_soon.stop()
        self.scope.setEnabled(True)

    def _on_plan(self, plan: ImportPlan) -> None:
        self._rest()
        self._plan = plan
        if not plan.entries:
            self._show_nothing()
            return
        homes = {entry.into for entry in plan.entries}
        if self._scope is None and len(homes) == 1:
            self.scope.show_scope(homes.pop())
        self.preview.show_plan(plan)
        self.pages.setCurrentWidget(self.preview)
        self.scope.show()
        self.preview.table.setFocus()

    def _show_nothing(self) -> None:
        self.nothing.show_faults(self._plan)
        if self._plan:
            self._head(self.tr("Nothing to import in {0}").format(self._name()), "")
        else:
            self._head(self.tr("Import"), self.tr("You see what is new and what changes before anything happens."))
        self.pages.setCurrentWidget(self.nothing)
        self.scope.hide()
        self.import_button.hide()
        self.nothing.files_button.setFocus()

    def _show_choice(self) -> None:
        """Says what is ticked, on the button and above."""
        if self._plan is None or self._is_busy:
            return
        count = len(self.preview.lines.chosen)
        found = len(self._plan.entries)
        said = self.tr("{0} rules found. Nothing is changed until you import.")
        if all(entry.state == "same" or entry.declined for entry in self._plan.entries):
            said = self.tr("Nothing new: {0} rules are as they were when they were imported.")
        self._head(self.tr("Import from {0}").format(self._name()), said.format(f"{found:,}"))
        one = self.tr("Import 1 guideline")
        text = one if count == 1 else self.tr("Import {0} guidelines").format(f"{count:,}")
        self.import_button.setText(text if count else self.tr("Nothing to import"))
        self.import_button.setAccessibleName(self.import_button.text())
        self.import_button.show()
        self.import_action.setEnabled(bool(count) and self.scope.scope() is not None)

    def _on_scope(self, scope: Scope) -> None:
        self._scope = scope
        if self._plan is not None and not self._is_busy:
            self._start()

    def _import(self) -> None:
        if self._plan is None:
            return
        self._is_importing = True
        self._head(self.import_button.text(), "")
        chosen = self.preview.lines.chosen
        self._run(partial(_apply, self._studio.library, self._plan, chosen), self._on_imported)

    def _on_imported(self, result: Imported) -> None:
        self._rest()
        self._plan = None
        count = len(result.ids)
        text = self.tr("1 guideline was imported") if count == 1 else self.tr("{0} guidelines were imported")
        self.done_page.title.setText(text.format(f"{count:,}"))
        words = self.preview.lines.words
        sums = [f"{words[state]}: {number:,}" for state, number in result.counts.items()]
        self.done_page.said.setText("  ·  ".join(sums))
        self._head("", "")
        self.pages.setCurrentWidget(self.done_page)
        for widget in (self.scope, self.import_button):
            widget.hide()
        self.cancel_button.setText(self.tr("Close"))
        self.cancel_button.setAccessibleName(self.tr("Close"))
        self.cancel_button.setFocus()
        self.imported.emit(result)
        self._studio.history.note(result.change)

    def _on_failure(self, error: Exception) -> None:
        self._rest()
        if self._plan is None:
            self._show_nothing()
        else:
            self.pages.setCurrentWidget(self.preview)
            self._show_choice()
        show_error(self, error)

    def _on_cancelled(self) -> None:
        self._rest()
        if self._plan is not None:
            self.pages.setCurrentWidget(self.preview)
            self._show_choice()
            self.said.setText(self.tr("Cancelled; nothing was changed."))

    def _head(self, title: str, said: str) -> None:
        self.title.setText(title)
        self.said.setText(said)
        self.setAccessibleName(title or self.windowTitle())

    def _read_again(self) -> None:
        """Reads all files again that were imported before and are still there."""
        if not self._is_busy:
            self._run(partial(_known_paths, self._studio.library), self._on_known)

    def _on_known(self, paths: list[Path]) -> None:
        self._rest()
        if paths:
            self.read(paths)
        else:
            self._show_nothing()
            self.nothing.faults.setText(self.tr("Nothing was imported from a file yet."))


def _known_paths(library: Library, progress: Progress) -> list[Path]:
    with library.connection():
        return [path for path in source_paths(library) if path.is_file()]


def _apply(library: Library, plan: ImportPlan, chosen: frozenset[int], progress: Progress) -> Imported:
    return apply_import(library, plan, chosen, OWNER, progress=progress)


def choose_and_import(studio: Studio, parent: QWidget) -> ImportDialog:
    """Opens the import where it asks for files or a folder, and says what fits."""
    dialog = ImportDialog(studio, [], parent)
    dialog.open()
    return dialog
