"""The window: the rail, one page at a time, the status line, and the keys that work everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.core.library.store import Library
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.guidelines.watch import Watch
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.widgets.rail import Rail
from lora_studio.gui.widgets.status_line import LOCKED, NO_KEY, UNLOCKED, StatusLine
from lora_studio.gui.worker import cancel_all

GUIDELINES, EXPORT, ADAPTERS, SETTINGS = "guidelines", "export", "adapters", "settings"
NARROW_BELOW = 1_120
LOOK_AT_LOCK_AFTER_MS = 200


class MainWindow(QMainWindow):
    """Owns the pages; all but the first are made when they are first shown. Has no signals of its own."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.setWindowTitle(self.tr("LoRA Studio"))
        self.setMinimumSize(880, 560)
        self.rail = Rail()
        self.status = StatusLine(studio.library.path)
        self.watch = Watch(studio, self)
        self._lock = Latest(self, pause_ms=0)
        self.guidelines = GuidelinesPage(studio)
        self._pages: dict[str, QWidget] = {GUIDELINES: self.guidelines}
        self._keys: list[tuple[str, str]] = []
        self._choose_in_adapters: Callable[[str], None] = lambda folder: None
        self._kept = QSettings(str(studio.home.path / "window.ini"), QSettings.Format.IniFormat)
        self._build()
        self._add_pages()
        self._add_keys()
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
            (SETTINGS, self.tr("Settings"), "settings"),
        )
        for number, (key, name, icon) in enumerate(pages, start=1):
            shortcut = f"Ctrl+{number}"
            self.rail.add_page(key, name, icon, shortcut, at_end=key == SETTINGS)
            self._add_key(shortcut, name, partial(self.show_page, key))

    def _add_keys(self) -> None:
        self._add_key("Ctrl+F", self.tr("Search"), self.search)
        self._add_key("Ctrl+N", self.tr("New guideline"), self.new_guideline)
        self._add_key("Ctrl+E", self.tr("Export"), partial(self.show_page, EXPORT))
        self._add_key("F1", self.tr("This list"), self.show_keys)
        self._keys += [
            ("↓", self.tr("From the search into the table")),
            ("Enter", self.tr("Edit the guideline")),
            ("Del", self.tr("Delete the selected guidelines")),
            ("Ctrl+Z", self.tr("Undo a deletion")),
            ("Ctrl+Enter", self.tr("Save in a dialog")),
        ]

    def _add_key(self, keys: str, text: str, act: Callable[[], None]) -> None:
        QShortcut(QKeySequence(keys), self, act)
        self._keys.append((keys, text))

    def _connect(self) -> None:
        self.rail.chosen.connect(self.show_page)
        self.guidelines.shown.connect(self._on_shown)
        self.guidelines.export_wanted.connect(partial(self.show_page, EXPORT))
        self.status.lock_clicked.connect(self.ask_for_key)
        self.studio.lock_changed.connect(self._look_at_lock)
        self.studio.job_changed.connect(self.status.show_job)
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

    def show_page(self, key: str) -> None:
        """Shows one of the pages."""
        if key not in self._pages:
            page = self._pages[key] = self._make_page(key)
            self._stack.addWidget(page)
        self._stack.setCurrentWidget(self._pages[key])
        self.rail.show_page(key)

    def _make_page(self, key: str) -> QWidget:
        """A page that is opened for the first time. Imported here, so that the window opens without it."""
        if key == EXPORT:
            from lora_studio.gui.export.page import ExportPage

            export = ExportPage(self.studio, self)
            export.guidelines_asked.connect(partial(self.show_page, GUIDELINES))
            export.adapters_asked.connect(self.show_adapters)
            return export
        if key == ADAPTERS:
            from lora_studio.gui.adapters.page import AdaptersPage

            adapters = AdaptersPage(self.studio, self)
            adapters.export_asked.connect(partial(self.show_page, EXPORT))
            self._choose_in_adapters = adapters.show_folder
            return adapters
        from lora_studio.gui.settings.page import SettingsPage

        return SettingsPage(self.studio, self)

    def show_adapters(self, folder: str) -> None:
        """Shows the Adapters page after an export into `folder`."""
        self.show_page(ADAPTERS)
        self._choose_in_adapters(folder)

    def search(self) -> None:
        """Goes to the search of the guidelines."""
        self.show_page(GUIDELINES)
        self.guidelines.list.go_to_search()

    def new_guideline(self) -> None:
        """Opens the dialog for a new guideline."""
        self.show_page(GUIDELINES)
        self.guidelines.new_guideline()

    def show_keys(self) -> None:
        """Shows the list of keys."""
        from lora_studio.gui.widgets.shortcuts import ShortcutsDialog

        ShortcutsDialog(self._keys, self).open()

    def ask_for_key(self) -> None:
        """Opens the dialog that unlocks exports; locks them where they are unlocked."""
        if self.studio.admin_key:
            self.studio.unlock("")
            return
        from lora_studio.gui.keys import AdminKeyDialog

        AdminKeyDialog(self.studio, self).open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW_BELOW
        self.rail.set_narrow(narrow)
        self.guidelines.set_narrow(narrow)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stops what runs, and waits for it."""
        self.watch.stop()
        cancel_all(self)
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
