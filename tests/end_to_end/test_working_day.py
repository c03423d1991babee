"""A whole working day at the real window: every step by mouse and keys, every check on what is seen or on the disk."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from desk import KEY, seen, wait_for
from hand import Hand, at_work, column, modal, said
from pytestqt.qtbot import QtBot

from lora_studio.core.domain import Draft
from lora_studio.core.home import Home
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import open_library
from lora_studio.gui.adapters.model import ROWS, STATE
from lora_studio.gui.export.page import ExportPage
from lora_studio.gui.export.progress import ExportProgressDialog
from lora_studio.gui.guidelines.model import COLUMNS
from lora_studio.gui.keys import AdminKeyDialog
from lora_studio.gui.messages import MessageBox

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # which only the offscreen platform lacks
TAG = "errors"
NAME = COLUMNS.index("name")
MANY, EXAMPLES = 2_000, 60
"""So much that an export takes a person's time."""
STALE_WITHIN_S = 2.0


def test_a_working_day(qtbot: QtBot, tmp_path: Path) -> None:
    with at_work(qtbot, tmp_path / "home") as hand:
        start_from_the_starter_set(hand)
        tagged = filter_by_a_tag(hand)
        edit_and_undo(hand)
        a_colleague_adds_many(hand, tmp_path / "home", tagged)
        folder = choose_what_and_where(hand, tmp_path, tagged + MANY)
        cancel_an_export(hand, folder)
        rows = export_to_the_end(hand, folder)
        generate_the_script(hand, folder, rows)
        change_a_rule_and_see_it_stale(hand)


def start_from_the_starter_set(hand: Hand) -> None:
    window = hand.window
    assert "Your library is empty" in said(window)
    hand.click(hand.button(window, "Start from the starter set"))
    hand.until(lambda: window.guidelines.table.isVisible() and window.guidelines.list.model.rowCount() > 50)
    hand.until(lambda: window.status.count.text() == f"·  {window.guidelines.list.model.rowCount()} guidelines")


def filter_by_a_tag(hand: Hand) -> int:
    page = hand.window.guidelines
    total = page.list.model.rowCount()
    hand.until(lambda: f"{TAG}  " in said(page.filter))
    chip = hand.button(page.filter, f"{TAG}  ")
    count = int(chip.text().split()[-1])
    hand.click(chip)
    hand.until(lambda: page.list.count.text() == f"{count} of {total} match")
    assert page.list.model.rowCount() == count
    return count


def edit_and_undo(hand: Hand) -> None:
    page = hand.window.guidelines
    hand.click_line(page.table, 1)
    name = column(page.list.model, NAME)[1]
    hand.until(lambda: page.detail.reading is not None and name in said(page.detail))
    before = said(page.detail)
    assert "Errors are cheap" not in before
    change_the_open_rule(hand, "Errors are cheap. ")
    hand.until(lambda: "Errors are cheap. " in said(page.detail))
    assert name in said(page.detail)
    hand.press("Ctrl+Z")
    hand.until(lambda: "Undone: " in said(page.bar))
    hand.until(lambda: "Errors are cheap" not in said(page.detail) and not page.is_busy())
    assert page.detail.reading is not None
    content = page.detail.reading.guideline.content
    assert content.split("\n")[0][:40] in said(page.detail)
    assert before.split("\n")[:1] == said(page.detail).split("\n")[:1]


def change_the_open_rule(hand: Hand, words: str) -> None:
    """Puts `words` before its content and saves, by keys alone."""
    detail = hand.window.guidelines.detail
    hand.press("F2")
    hand.until(detail.is_writing)
    hand.press("Ctrl+Home")
    hand.type(words)
    hand.press("Ctrl+Return")
    hand.until(lambda: not detail.is_writing())


def a_colleague_adds_many(hand: Hand, home: Path, tagged: int) -> None:
    """From another program, as it were: what the filter shows grows by itself."""
    page = hand.window.guidelines
    drafts = [
        Draft(
            name=f"Rule {number}",
            content=f"Do thing {number} well.",
            tags=(TAG,),
            good=tuple(f"good {number}, {example}" for example in range(EXAMPLES)),
        )
        for number in range(MANY)
    ]
    add_guidelines(open_library(Home(home).library), drafts, "colleague")
    hand.until(lambda: page.list.count.text().startswith(f"{tagged + MANY:,} of "))


def choose_what_and_where(hand: Hand, tmp_path: Path, count: int) -> Path:
    hand.press("Ctrl+E")
    page = hand.window.page("export")
    hand.until(lambda: f"{count:,} guidelines from the current filter" in said(page))
    hand.write(page.controls.model.line, "acme/tiny")
    hand.press("Escape")
    hand.click(page.controls.formats.cards["alpaca"])
    hand.click(page.controls.formats.cards["chat"])
    assert page.controls.formats.chosen() == "chat"
    hand.click(page.controls.variety.box)
    hand.click(page.controls.more.toggle)
    hand.write(page.controls.more.count, str(EXAMPLES))
    folder = tmp_path / "datasets"
    hand.write(page.controls.folder.line, str(folder))
    hand.until(lambda: page.export_button.isEnabled() and rows_of(page) > MANY * EXAMPLES)
    return folder


def rows_of(page: ExportPage) -> int:
    """How many rows the button says that it will export; none while they are being counted."""
    return int("".join(filter(str.isdigit, page.export_button.text())) or 0)


def cancel_an_export(hand: Hand, folder: Path) -> None:
    hand.click(hand.window.page("export").export_button)
    running = wait_for(hand.qtbot, ExportProgressDialog)
    assert running.title.text().startswith("Exporting ")
    hand.until(lambda: 0 < running.bar.value() < running.bar.maximum())
    assert "Exporting " in hand.window.status.job.text()
    hand.click(running.cancel_button)
    hand.until(running.close_button.isVisible)
    assert "Cancelled; nothing was changed" in said(running)
    assert not folder.exists() or list(folder.iterdir()) == []
    hand.press("Escape")
    hand.until(lambda: not seen(ExportProgressDialog))
    assert hand.window.status.lock.text() == "no admin key yet"


def export_to_the_end(hand: Hand, folder: Path) -> int:
    page = hand.window.page("export")
    rows = rows_of(page)
    hand.press("Ctrl+Return")
    done = wait_for(hand.qtbot, ExportProgressDialog)
    hand.until(done.close_button.isVisible)
    assert done.title.text() == f"Exported {rows:,} rows"
    assert len(list(folder.glob("acme_tiny_chat_*"))) == 3
    written = [line for file in folder.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]
    assert len(written) == rows
    assert "Errors are cheap" not in "".join(written)
    hand.click(done.adapters_button)
    shelf = hand.window.page("adapters")
    hand.until(lambda: shelf.isVisible() and column(shelf.model, STATE) == ["complete"])
    assert column(shelf.model, ROWS) == [f"{rows:,}"]
    hand.until(lambda: "as exported" in said(shelf.details))
    return rows


def generate_the_script(hand: Hand, folder: Path, rows: int) -> None:
    shelf = hand.window.page("adapters")
    assert not (folder / "train_chat.py").exists()
    hand.click(shelf.script_button)
    box = wait_for(hand.qtbot, MessageBox)
    assert str(folder / "train_chat.py") in said(box)
    compile((folder / "train_chat.py").read_text("utf-8"), "train_chat.py", "exec")
    config = json.loads(next(folder.glob("*_config_*.json")).read_text("utf-8"))
    assert (config["exampleCount"], config["targetModel"], config["filter"]) == (rows, "acme/tiny", {"tags": [TAG]})
    hand.press("Return")
    hand.until(lambda: not seen(MessageBox))


def change_a_rule_and_see_it_stale(hand: Hand) -> None:
    page, shelf = hand.window.guidelines, hand.window.page("adapters")
    hand.press("Ctrl+1")
    hand.click_line(page.table, 2)
    name = column(page.list.model, NAME)[2]
    hand.until(lambda: page.detail.reading is not None and name in said(page.detail) and not page.detail.is_busy())
    change_the_open_rule(hand, "From today on: ")
    saved = time.monotonic()
    hand.press("Ctrl+3")
    hand.until(lambda: column(shelf.model, STATE) == ["stale: 1 rule"])
    hand.until(lambda: name[:24] in said(shelf.details))
    assert time.monotonic() - saved < STALE_WITHIN_S
    assert "1 rule changed since it was made." in said(shelf.details)


def test_every_step_of_the_day_by_name_alone(qtbot: QtBot, tmp_path: Path) -> None:
    """The palette starts what the keys and buttons start."""
    with at_work(qtbot, tmp_path / "home") as hand:
        page = hand.window.guidelines
        hand.run("Start from the starter set")
        hand.until(lambda: page.list.model.rowCount() > 50 and not page.is_busy())
        hand.click_line(page.table, 0)
        hand.until(lambda: page.detail.reading is not None and not page.is_busy())
        hand.run("Edit the guideline")
        hand.until(page.detail.is_writing)
        hand.press("Ctrl+Home")
        hand.type("By name alone. ")
        hand.run("Save what was written")
        hand.until(lambda: not page.detail.is_writing() and "By name alone." in said(page.detail))
        hand.until(lambda: not page.is_busy())
        hand.run("Undo")
        hand.until(lambda: "Undone: " in said(page.bar) and "By name alone." not in said(page.detail))
        export_by_name(hand)


def export_by_name(hand: Hand) -> None:
    hand.run("Lock or unlock exports")
    wait_for(hand.qtbot, AdminKeyDialog)
    hand.type(KEY)
    hand.press("Tab")
    hand.type(KEY)
    hand.press("Return")
    hand.until(lambda: not seen(AdminKeyDialog) and hand.window.status.lock.text() == "exports unlocked")
    hand.run("Export what the list shows")
    export = hand.window.page("export")
    hand.until(lambda: export.isVisible() and export.export_button.isEnabled())
    hand.run("Export")
    done = wait_for(hand.qtbot, ExportProgressDialog)
    hand.until(done.close_button.isVisible)
    hand.press("Escape")
    hand.run("Go to Adapters")
    shelf = hand.window.page("adapters")
    hand.until(lambda: column(shelf.model, STATE) == ["complete"])
    hand.run("Generate its training script")
    assert "train_chat.py" in said(wait_for(hand.qtbot, MessageBox))
    hand.press("Return")
    hand.run("Import rule files")
    hand.until(lambda: bool(modal()))
    assert "What can be imported" in said(modal()[0])
    hand.press("Escape")
    hand.until(lambda: not modal())
