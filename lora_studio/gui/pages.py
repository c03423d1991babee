"""Makes the pages beyond the first when they are first shown, and joins them: what one wants, another does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from lora_studio.gui.main_window import MainWindow


def make_page(key: str, window: MainWindow) -> QWidget:
    """The page `key` of `window`."""
    return _PAGES[key](window)


def _export(window: MainWindow) -> QWidget:
    from lora_studio.gui.export.page import ExportPage

    page = ExportPage(window.studio, window)
    page.guidelines_asked.connect(lambda: window.show_page("guidelines"))
    page.adapters_asked.connect(lambda folder: _show_on_shelf(window, folder))
    page.train_wanted.connect(lambda dataset: _train(window, dataset))
    return page


def _adapters(window: MainWindow) -> QWidget:
    from lora_studio.gui.adapters.page import AdaptersPage

    page = AdaptersPage(window.studio, window)
    page.export_asked.connect(lambda: window.show_page("export"))
    page.reexport_wanted.connect(lambda config: _export_again(window, config))
    page.train_wanted.connect(lambda dataset: _train(window, dataset))
    return page


def _training(window: MainWindow) -> QWidget:
    from lora_studio.gui.training.page import TrainingPage

    page = TrainingPage(window.studio, window)
    page.export_asked.connect(lambda: window.show_page("export"))
    page.adapters_asked.connect(lambda folder: _show_on_shelf(window, folder))
    return page


def _settings(window: MainWindow) -> QWidget:
    from lora_studio.gui.settings.page import SettingsPage

    return SettingsPage(window.studio, window)


_PAGES: dict[str, Callable[[MainWindow], QWidget]] = {
    "export": _export,
    "adapters": _adapters,
    "training": _training,
    "settings": _settings,
}


def _show_on_shelf(window: MainWindow, folder: str) -> None:
    window.show_page("adapters")
    window.page("adapters").show_folder(folder)


def _export_again(window: MainWindow, config: dict[str, Any]) -> None:
    window.show_page("export")
    window.page("export").take_over(config)


def _train(window: MainWindow, dataset: str) -> None:
    window.show_page("training")
    window.page("training").show_dataset(dataset)
