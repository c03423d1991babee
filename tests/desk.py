"""A window's studio over a real library in a temporary folder, and waiting for what the window does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QAbstractItemModel
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import OWNER, Draft
from lora_studio.core.home import Home
from lora_studio.core.library.access import set_admin_key
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.gui.export.page import ExportPage
from lora_studio.gui.studio import Studio
from lora_studio.gui.worker import cancel_all

if TYPE_CHECKING:  # it cannot be imported as early as conftest.py is
    from pytestqt.modeltest import ModelTester

KEY = "correct horse battery"
Dialog = TypeVar("Dialog", bound=QDialog)


def open_desk(tmp_path: Path, *, count: int = 6, key: bool = True, unlocked: bool = True) -> Studio:
    """A studio with `count` guidelines, each with two good and one bad example."""
    studio = Studio(Home(tmp_path / "home"))
    drafts = [
        Draft(
            name=f"Rule {number}",
            content=f"Do thing {number} well.",
            category="even" if number % 2 == 0 else "odd",
            good=(f"good {number}", f"fine {number}"),
            bad=(f"bad {number}",),
        )
        for number in range(count)
    ]
    add_guidelines(studio.library, drafts, OWNER)
    if key:
        set_admin_key(studio.library, KEY)
        if unlocked:
            studio.unlock(KEY)
    return studio


def shown_export(qtbot: QtBot, studio: Studio, folder: Path) -> ExportPage:
    """The Export page, ready to export a small model's documented rows into `folder`."""
    page = ExportPage(studio)
    qtbot.addWidget(page, before_close_func=cancel_all)
    page.controls.variety.box.setChecked(False)
    page.controls.model.line.setText("acme/tiny")
    page.controls.folder.line.setText(str(folder))
    page.show()
    qtbot.waitUntil(page.export_button.isEnabled)
    return page


def wait_for(qtbot: QtBot, kind: type[Dialog]) -> Dialog:
    """The window of `kind` that opens now."""
    qtbot.waitUntil(lambda: bool(seen(kind)), timeout=10_000)
    return seen(kind)[0]


def seen(kind: type[Dialog]) -> list[Dialog]:
    """All windows of `kind` on the screen."""
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible()]


def check_model(tester: ModelTester, model: QAbstractItemModel) -> None:
    """Qt's own tests of a model."""
    tester.check(model)  # type: ignore[no-untyped-call]
