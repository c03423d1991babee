"""What every page shares: the home, its library and settings, what is chosen, and word of changes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.errors import StudioError
from lora_studio.core.home import Home
from lora_studio.core.library.store import Library, open_library
from lora_studio.core.settings import Settings, change_settings, load_settings
from lora_studio.gui.history import History


class Studio(QObject):
    """The window's state beyond its widgets.

    Signals: guidelines_changed when any guideline was added or changed, here or by another process;
    choice_changed when the current filter or selection on the Guidelines page changed; settings_changed;
    datasets_changed(folder) when an export or a script was written, or anything on the shelf changed;
    guideline_wanted(id) when a page wants the person to see a guideline; lock_changed when the admin key became known
    to this window or was forgotten; job_changed(text) with what is running, for the status line, empty at its end.
    """

    guidelines_changed = Signal()
    choice_changed = Signal()
    settings_changed = Signal()
    datasets_changed = Signal(str)
    guideline_wanted = Signal(str)
    lock_changed = Signal()
    job_changed = Signal(str)

    def __init__(self, home: Home, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.home = home
        self.library: Library = open_library(home.library)
        self.settings: Settings = load_settings(home.settings)
        self.settings_fault = ""
        self.wanted = GuidelineFilter()
        self.search = ""
        self.selected: tuple[str, ...] = ()
        self._admin_key = ""
        self.history = History(self.library, self)
        self.history.happened.connect(self.guidelines_changed)

    def choose(self, wanted: GuidelineFilter, search: str, selected: tuple[str, ...]) -> None:
        """Notes what the Guidelines page shows and which of it is selected (ids)."""
        if (wanted, search, selected) != (self.wanted, self.search, self.selected):
            self.wanted, self.search, self.selected = wanted, search, selected
            self.choice_changed.emit()

    def change_settings(self, settings: Settings) -> None:
        """Saves what is new in the settings, beside what others changed in the file meanwhile, and tells the pages.

        Raises StudioError where the file cannot be understood or may not be written.
        """
        self.settings = change_settings(self.home.settings, self.settings, settings)
        self.settings_fault = ""
        self.settings_changed.emit()

    def look_at_settings(self) -> None:
        """Takes over what others wrote into the settings file; `settings_fault` says why it cannot be understood."""
        try:
            found, fault = load_settings(self.home.settings), ""
        except StudioError as error:
            found, fault = self.settings, error.message
        if (found, fault) != (self.settings, self.settings_fault):
            self.settings, self.settings_fault = found, fault
            self.settings_changed.emit()

    @property
    def admin_key(self) -> str:
        """The admin key as it was typed in this window; empty until then. It is never written anywhere."""
        return self._admin_key

    def unlock(self, key: str) -> None:
        """Keeps a key that was checked, for this window's life; an empty one locks again."""
        self._admin_key = key
        self.lock_changed.emit()
