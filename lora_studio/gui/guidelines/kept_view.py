"""How the Guidelines page is remembered from one start to the next: columns, splitter, and whether the filter shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings

if TYPE_CHECKING:
    from lora_studio.gui.guidelines.page import GuidelinesPage

COLUMNS_KEY = "guidelines/columns-2"
"""Goes up when the columns change, so that what was kept of others is not applied to them."""
SPLITTER_KEY, FILTER_KEY = "guidelines/splitter", "guidelines/filter"


def save_view(page: GuidelinesPage, kept: QSettings) -> None:
    """Remembers how the page looks now."""
    kept.setValue(COLUMNS_KEY, page.table.columns_state())
    kept.setValue(SPLITTER_KEY, page.splitter.saveState())
    kept.setValue(FILTER_KEY, page.filter_kept)


def restore_view(page: GuidelinesPage, kept: QSettings) -> None:
    """Makes the page look as it was remembered."""
    page.table.restore_columns(_bytes(kept, COLUMNS_KEY))
    page.splitter.restoreState(_bytes(kept, SPLITTER_KEY))
    page.filter_kept = bool(kept.value(FILTER_KEY, True, type=bool))
    page.list.filter_button.setChecked(page.filter_kept)


def _bytes(kept: QSettings, key: str) -> QByteArray:
    value = kept.value(key, QByteArray(), type=QByteArray)
    return value if isinstance(value, QByteArray) else QByteArray()
