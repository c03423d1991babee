"""Closing the window in the middle of anything: nothing is left running, the library is whole, no text is lost."""

from __future__ import annotations

import gc
import json
import sqlite3
from pathlib import Path

import pytest
from desk import KEY, seen, wait_for
from hand import Hand, at_work, said, started
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from lora_studio.core.domain import OWNER, Draft
from lora_studio.core.home import Home
from lora_studio.core.library.access import set_admin_key
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import open_library
from lora_studio.gui.export.progress import ExportProgressDialog
from lora_studio.gui.importing.dialog import ImportDialog
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.worker import Worker

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # which only the offscreen platform lacks

GRACE_MS = 300


def prepared(home: Path, count: int, examples: int = 1) -> Path:
    """A home with so many guidelines and the admin key."""
    library = open_library(Home(home).library)
    good = tuple(f"good {number}" for number in range(examples))
    add_guidelines(library, [Draft(name=f"Rule {n}", content=f"Do {n} well.", good=good) for n in range(count)], OWNER)
    set_admin_key(library, KEY)
    return home


def check_end(home: Path, count: int) -> None:
    """Nothing runs, and the library holds `count` guidelines, unharmed."""
    workers = [one for one in gc.get_objects() if isinstance(one, Worker) and isValid(one)]
    assert all(one.wait(GRACE_MS) for one in workers)  # one may just be ending
    with sqlite3.connect(home / "library.db") as library:
        assert library.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert library.execute("SELECT count(*) FROM guideline").fetchone() == (count,)
    library.close()


def test_while_writing_the_text_is_offered_again(qtbot: QtBot, tmp_path: Path) -> None:
    home = prepared(tmp_path / "home", 3)
    with at_work(qtbot, home) as hand:
        page = hand.window.guidelines
        hand.click_line(page.table, 0)
        hand.until(lambda: page.detail.reading is not None)
        hand.press("F2")
        hand.until(page.detail.is_writing)
        hand.type("Half a sentence ")
        hand.press("Ctrl+Q")
        hand.until(lambda: not hand.window.isVisible())
    check_end(home, 3)
    with at_work(qtbot, home) as hand:
        detail = hand.window.guidelines.detail
        assert "is not saved yet." in said(detail)
        hand.click(hand.button(detail, "Continue writing"))
        hand.until(detail.is_writing)
        assert "Half a sentence " in said(detail)


@pytest.mark.parametrize("is_seen", [False, True], ids=["at once", "with the progress on the screen"])
def test_while_exporting(qtbot: QtBot, tmp_path: Path, is_seen: bool) -> None:
    home = prepared(tmp_path / "home", 2_000, 60)
    with at_work(qtbot, home) as hand:
        export_everything(hand)
        running = hand.window.studio
        hand.until(lambda: "Exporting " in hand.window.status.job.text())
        if is_seen:
            wait_for(qtbot, ExportProgressDialog)
        assert running.admin_key
        hand.window.close()
        assert not hand.window.isVisible()
        hand.until(lambda: not seen(ExportProgressDialog))
    check_end(home, 2_000)
    assert not (home / "lora").exists() or list((home / "lora").iterdir()) == []


def export_everything(hand: Hand) -> None:
    """Up to the moment when it runs, the most examples asked for."""
    hand.press("Ctrl+E")
    page = hand.window.page("export")
    hand.click(page.controls.variety.box)
    hand.click(page.controls.more.toggle)
    hand.write(page.controls.more.count, "60")
    hand.until(lambda: "126,000" in page.export_button.text() and page.export_button.isEnabled())
    hand.press("Ctrl+Return")
    ask = wait_for(hand.qtbot, AdminKeyDialog)
    hand.until(ask.isActiveWindow)
    hand.type(KEY)
    hand.press("Return")


def test_while_importing(qtbot: QtBot, tmp_path: Path) -> None:
    home = prepared(tmp_path / "home", 3)
    rules = [{"name": f"Imported {number}", "content": f"Take in {number}."} for number in range(20_000)]
    file = tmp_path / "guidelines.json"
    file.write_text(json.dumps({"guidelines": rules}), encoding="utf-8")
    with at_work(qtbot, home) as hand:
        dialog = ImportDialog(hand.window.studio, [file], hand.window)  # what a drop opens
        dialog.open()
        hand.until(dialog.import_button.isEnabled)
        hand.click(dialog.import_button)
        assert not dialog.import_button.isEnabled()
        hand.window.close()
        assert not hand.window.isVisible()
    check_end(home, 3)


@pytest.mark.parametrize("moment", ["at once", "when the first rows are there"])
def test_during_the_first_read_of_a_big_library(qtbot: QtBot, tmp_path: Path, moment: str) -> None:
    home = prepared(tmp_path / "home", 10_000)
    hand = started(qtbot, home)
    if moment != "at once":
        hand.until(lambda: hand.window.guidelines.list.model.rowCount() > 0)
    assert moment != "at once" or hand.window.guidelines.is_busy()
    hand.window.close()
    check_end(home, 10_000)
