"""The window: the rail, one page at a time, the status line, and what can be done from everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.core.library.store import Library
from lora_studio.gui.commands import command
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.guidelines.watch import Watch
from lora_studio.gui.latest import Latest, stop_all
from lora_studio.gui.pages import make_page
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.rail import Rail
from lora_studio.gui.widgets.status_line import LOCKED, NO_KEY, UNLOCKED, StatusLine

GUIDELINES, EXPORT, ADAPTERS, TRAINING, SETTINGS = "guidelines", "export", "adapters", "training", "settings"
NARROW_BELOW = 1_120
LOOK_AT_LOCK_AFTER_MS = 200


class MainWindow(QMainWindow):
    """Owns the pages; all but the first are made when they are first shown. Has no signals of its own."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.setWindowTitle(self.tr("LoRA Studio"))
        self.setMinimumSize(880, 560)
        self.setAcceptDrops(True)
        self.rail = Rail()
        self.status = StatusLine(studio.library.path)
        self.watch = Watch(studio, self)
        self._lock = Latest(self, pause_ms=0)
        self.guidelines = GuidelinesPage(studio)
        self.pages: dict[str, QWidget] = {GUIDELINES: self.guidelines}
        self._names: dict[str, str] = {}
        self._kept = QSettings(str(studio.home.path / "window.ini"), QSettings.Format.IniFormat)
        self._build()
        self._add_pages()
        self._add_commands()
        self._connect()
        self._restore_view()
        self.show_page(GUIDELINES)

    def _build(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.guidelines)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.rail)
        line.addWidget(self._stack, 1)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(line, 1)
        layout.addWidget(self.status)
        self.setCentralWidget(whole)

    def _add_pages(self) -> None:
        pages = (
            (GUIDELINES, self.tr("Guidelines"), "library"),
            (EXPORT, self.tr("Export"), "package"),
            (ADAPTERS, self.tr("Adapters"), "layers"),
            (TRAINING, self.tr("Training"), "activity"),
            (SETTINGS, self.tr("Settings"), "settings"),
        )
        for number, (key, name, icon) in enumerate(pages, start=1):
            shortcut = f"Ctrl+{number}"
            self._names[key] = name
            self.rail.add_page(key, name, icon, shortcut, at_end=key == SETTINGS)
            command(self, self.tr("Go to {0}").format(name), partial(self.show_page, key), shortcut)

    def _add_commands(self) -> None:
        command(self, self.tr("Find a command"), self.show_palette, "Ctrl+K")
        command(self, self.tr("Search the guidelines"), self.search, "Ctrl+F")
        command(self, self.tr("New guideline"), self.new_guideline, "Ctrl+N")
        command(self, self.tr("Import rule files…"), self.import_files, "Ctrl+I")
        command(self, self.tr("Export what the list shows"), partial(self.show_page, EXPORT), "Ctrl+E")
        command(self, self.tr("Lock or unlock exports"), self.ask_for_key, "Ctrl+L")
        command(self, self.tr("Keyboard shortcuts"), self.show_keys, "F1")
        command(self, self.tr("Full screen"), self._toggle_full_screen, "F11")
        command(self, self.tr("Close the window"), self.close, "Ctrl+Q")

    def _connect(self) -> None:
        self.rail.chosen.connect(self.show_page)
        self.guidelines.shown.connect(self._on_shown)
        self.guidelines.export_wanted.connect(partial(self.show_page, EXPORT))
        self.guidelines.import_wanted.connect(self.import_files)
        self.status.lock_clicked.connect(self.ask_for_key)
        self.studio.lock_changed.connect(self._look_at_lock)
        self.studio.job_changed.connect(self.status.show_job)
        self.studio.guideline_wanted.connect(self.show_guideline)
        self._lock.succeeded.connect(self.status.show_lock)

    def load(self) -> None:
        """What comes after the window is there: the cursor in its place, and word of what others change."""
        self.guidelines.list.search.setFocus()
        self.watch.start()

    def _on_shown(self) -> None:
        self.status.show_count(self.guidelines.total)
        if self.status.lock.isHidden():  # argon2 loads slowly: after the first rows are on the screen
            QTimer.singleShot(LOOK_AT_LOCK_AFTER_MS, self, self._look_at_lock)

    def _look_at_lock(self) -> None:
        self._lock.ask(partial(_lock_state, self.studio.library, self.studio.admin_key))

    def page(self, key: str) -> Any:
        """The page `key`, made when it is first asked for."""
        if key not in self.pages:
            self.pages[key] = make_page(key, self)
            self._stack.addWidget(self.pages[key])
        return self.pages[key]

    def show_page(self, key: str) -> None:
        """Shows one of the pages."""
        self._stack.setCurrentWidget(self.page(key))
        self.rail.show_page(key)

    @property
    def shown_page(self) -> str:
        """The key of the page that is shown."""
        return next(key for key, page in self.pages.items() if page is self._stack.currentWidget())

    def show_guideline(self, guideline_id: str) -> None:
        """Shows one guideline, wherever the person is."""
        self.show_page(GUIDELINES)
        self.guidelines.show_id(guideline_id)

    def search(self) -> None:
        """Goes to the search of the guidelines."""
        self.show_page(GUIDELINES)
        self.guidelines.list.go_to_search()

    def new_guideline(self) -> None:
        """Begins a new guideline."""
        self.show_page(GUIDELINES)
        self.guidelines.new_guideline()

    def import_files(self) -> None:
        """Asks which rule files to import, then shows what they hold."""
        from lora_studio.gui.importing.dialog import choose_and_import

        choose_and_import(self.studio, self)

    def show_palette(self) -> None:
        """Opens the command palette."""
        from lora_studio.gui.widgets.palette import CommandPalette, entries_of

        key = self.shown_page
        CommandPalette(entries_of(self.pages[key], self._names[key], self), self).open()

    def show_keys(self) -> None:
        """Shows the list of keys."""
        from lora_studio.gui.widgets.palette import entries_of
        from lora_studio.gui.widgets.shortcuts import ShortcutsDialog

        key = self.shown_page
        ShortcutsDialog(entries_of(self.pages[key], self._names[key], self), self).open()

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def ask_for_key(self) -> None:
        """Opens the dialog that unlocks exports; locks them where they are unlocked."""
        if self.studio.admin_key:
            self.studio.unlock("")
            return
        from lora_studio.gui.keys import AdminKeyDialog

        AdminKeyDialog(self.studio, self).open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders may be dropped anywhere; a page or field that knows better takes them first."""
        from lora_studio.gui.dropping import begin

        begin(self, event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        from lora_studio.gui.dropping import end

        end(self)

    def dropEvent(self, event: QDropEvent) -> None:
        from lora_studio.gui.dropping import take

        take(self, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW_BELOW
        self.rail.set_narrow(narrow)
        self.guidelines.set_narrow(narrow)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stops what runs, and waits for it; where something would be lost, asks first."""
        from lora_studio.gui.closing import end_dialogs, may_close

        if not may_close(self):
            event.ignore()
            return
        end_dialogs(self)
        self.watch.stop()
        stop_all(self)
        stop_all(self.studio)
        self._kept.setValue("window/geometry", self.saveGeometry())
        self.guidelines.save_view(self._kept)
        super().closeEvent(event)

    def _restore_view(self) -> None:
        self.resize(1_280, 800)
        geometry = self._kept.value("window/geometry", QByteArray(), type=QByteArray)
        if isinstance(geometry, QByteArray) and not geometry.isEmpty():
            self.restoreGeometry(geometry)
        self.guidelines.restore_view(self._kept)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)


def _lock_state(library: Library, key: str, progress: Callable[[int, int], None]) -> str:
    if key:
        return UNLOCKED
    # Here, because argon2 takes long to import.
    from lora_studio.core.library.access import has_admin_key

    return LOCKED if has_admin_key(library) else NO_KEY
