"""An Adapters page on the screen over a real library, and what it shows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.domain import OWNER, ExportOptions
from lora_studio.gui.adapters.page import AdaptersPage
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import cancel_all


@contextlib.contextmanager
def shown_page(qtbot: QtBot, studio: Studio) -> Iterator[AdaptersPage]:
    """The page on the screen, its first look at the empty shelf done."""
    page = AdaptersPage(studio)
    qtbot.addWidget(page)
    page.resize(1400, 800)
    page.show()
    qtbot.waitUntil(lambda: page.count.text() == "0 datasets")
    yield page
    page.close()
    cancel_all(page)


def made(studio: Studio, folder: Path | None = None, model: str = "acme/tiny", **more: object) -> Exported:
    """A dataset of all guidelines, made by a real export."""
    options = ExportOptions(target_model=model, format="chat", **more)  # type: ignore[arg-type]
    return export_dataset(studio.library, studio.settings, options, folder or studio.home.datasets, OWNER)


def wait_for_count(qtbot: QtBot, page: AdaptersPage, count: int, shown: str = "") -> None:
    """Until so many lines are shown, and the library was asked about them."""
    qtbot.waitUntil(lambda: page.model.rowCount() == count and shown in page.count.text(), timeout=10_000)
    qtbot.waitUntil(lambda: all(page.reader.standing(line.item) for line in page.model.lines), timeout=10_000)


def column(page: AdaptersPage, number: int) -> list[str]:
    """What stands in one column, from the top down."""
    return [str(page.model.index(row, number).data()) for row in range(page.model.rowCount())]


def said(page: AdaptersPage) -> str:
    """All that the details say."""
    parts: list[QLabel | QPushButton] = [*page.details.findChildren(QLabel), *page.details.findChildren(QPushButton)]
    words = (part.text() for part in parts if part.isVisibleTo(page.details))
    return "\n".join(words).replace("\u200b", "")
