"""Pictures of every page, light and dark, large and small: `python packaging/screenshots.py FOLDER [NAME...]`.

The library is made anew in a throw-away home, so that the pictures change only when the window does. With names,
such as `export adapters`, only the pictures that begin so are taken.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pictured
from PySide6.QtCore import QLocale, QPoint
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from lora_studio.core.library.store import Library
from lora_studio.core.training.shelf import Item
from lora_studio.gui.app import make_application
from lora_studio.gui.commands import commands_in
from lora_studio.gui.dropping import DropHint
from lora_studio.gui.main_window import ADAPTERS, EXPORT, GUIDELINES, SETTINGS, TRAINING, MainWindow
from lora_studio.gui.settings.page import AGENTS, AUDIT, BACKUPS, KEY, NAMES, TEMPLATES
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme
from lora_studio.gui.widgets.palette import FROM_TOP
from lora_studio.gui.worker import Worker, cancel_all

SIZES = {"": (1_440, 900), "-small": (1_024, 640)}
SETTLE_MS, PATIENCE_S = 120, 20
TYPED_MS = 260
"""The search begins so long after the last key."""
CHOSEN_LINE = 1
Step = Callable[[MainWindow], object]


def settle(window: MainWindow) -> None:
    """Waits until nothing is being read any more, twice: what was read may ask for more."""
    for _ in range(2):
        QTest.qWait(SETTLE_MS)
        wait_until(lambda: not any(worker.isRunning() for worker in window.findChildren(Worker)))
    if window.shown_page == EXPORT:
        wait_until(lambda: window.page(EXPORT).panel.is_complete)


def wait_until(holds: Callable[[], bool]) -> None:
    """Waits until `holds` does."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("the window is still busy")
        QTest.qWait(20)


def do(window: MainWindow, name: str) -> None:
    """Runs the command of the shown page that is called so."""
    place = window.pages[window.shown_page]
    next(action for action in commands_in(place) if action.text() == name).trigger()


def dialogs() -> list[QDialog]:
    """The dialogs that are open."""
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]


def picture(window: MainWindow) -> QPixmap:
    """The window, and over it the dialog that is open."""
    taken = window.grab()
    for dialog in dialogs():
        painter = QPainter(taken)
        painter.fillRect(taken.rect(), QColor(0, 0, 0, 60))
        place = QPoint(window.width() - dialog.width(), window.height() - dialog.height()) / 2
        if dialog.property("commands"):
            place.setY(FROM_TOP)
        painter.drawPixmap(place, dialog.grab())
        painter.end()
    return taken


def clear_up(window: MainWindow) -> None:
    """Closes what lies over the page, and the form."""
    for dialog in dialogs():
        dialog.reject()
    if (editor := window.guidelines.detail.editor) is not None:
        editor.cancel()
    for hint in window.findChildren(DropHint):
        hint.deleteLater()
    QTest.qWait(20)


def choose(window: MainWindow) -> None:
    """Chooses the guideline that the pictures show."""
    window.show_page(GUIDELINES)
    window.guidelines.show_all()
    QTest.qWait(TYPED_MS)
    settle(window)
    window.guidelines.table.setFocus()

    def is_read() -> bool:
        if window.guidelines.detail.reading is None:
            window.guidelines.table.selectRow(CHOSEN_LINE)
        return window.guidelines.detail.reading is not None

    wait_until(is_read)


def show_tab(window: MainWindow, place: int) -> None:
    """Shows one part of the chosen guideline."""
    choose(window)
    settle(window)
    view = window.guidelines.detail.view
    assert view is not None
    view.tabs.setCurrentIndex(place)


def search(window: MainWindow, text: str) -> None:
    """Looks for `text`."""
    window.show_page(GUIDELINES)
    window.guidelines.list.search.setText(text)
    QTest.qWait(TYPED_MS)


def select_several(window: MainWindow) -> None:
    """Chooses some guidelines."""
    search(window, "input")
    settle(window)
    window.guidelines.table.selectAll()


def edit(window: MainWindow) -> None:
    """Opens the form for the chosen guideline."""
    choose(window)
    settle(window)
    window.guidelines.edit_current()


def show_import(window: MainWindow) -> None:
    """Shows what a rule file holds."""
    from lora_studio.gui.importing.dialog import ImportDialog

    ImportDialog(window.studio, [Path("AGENTS.md")], window).open()


def show_hint(window: MainWindow) -> None:
    """Something is held over the page."""
    hint = DropHint(window)
    hint.show()
    hint.raise_()


def show_raw(window: MainWindow) -> None:
    """Shows the rows as they are written."""
    window.show_page(EXPORT)
    window.page(EXPORT).panel.flip()


def export(window: MainWindow) -> None:
    """Exports what the page shows, to the end."""
    window.show_page(EXPORT)
    settle(window)
    do(window, "Export")
    wait_until(lambda: bool(dialogs()))


def shelf_lines(window: MainWindow, names: tuple[str, ...]) -> None:
    """Chooses the lines of the shelf whose names hold these, once all is known of them."""
    window.show_page(ADAPTERS)
    settle(window)
    page = window.page(ADAPTERS)
    page.table.setFocus()

    def items() -> list[Item]:
        return [line.item for line in page.model.lines]

    wait_until(lambda: all(any(name in one.name for one in items()) for name in names))
    page.table.select_paths([next(one.path for one in items() if name in one.name) for name in names])


def compare(window: MainWindow) -> None:
    """Compares two lines."""
    shelf_lines(window, ("Qwen", f"chat_{pictured.trained_at():%Y-%m-%d}"))
    settle(window)
    do(window, "Compare two")
    wait_until(lambda: bool(dialogs()))


def training(window: MainWindow, tab: str) -> None:
    """Shows the run that is over, or its exam."""
    window.show_page(TRAINING)
    settle(window)
    do(window, tab)
    QTest.qWait(600)  # the log is read every quarter of a second
    command = window.page(TRAINING).setup.command
    command.show_text(command.toPlainText().replace(str(Path.cwd()), "~"))


def section(window: MainWindow, key: str) -> None:
    """Opens one section of the settings."""
    window.show_page(SETTINGS)
    window.page(SETTINGS).show_section(key)
    QTest.qWait(TYPED_MS)


STEPS: dict[str, Step] = {
    "guidelines": choose,
    "guidelines-rows": partial(show_tab, place=1),
    "guidelines-versions": partial(show_tab, place=2),
    "guidelines-findings": partial(show_tab, place=3),
    "guidelines-several": select_several,
    "guidelines-nothing": partial(search, text="zebra crossing"),
    "guidelines-edit": edit,
    "palette": MainWindow.show_palette,
    "keys": MainWindow.show_keys,
    "drop": show_hint,
    "import": show_import,
    "adapters": partial(shelf_lines, names=("lora_output",)),
    "adapters-stale": partial(shelf_lines, names=("Qwen",)),
    "adapters-compare": compare,
    "training": partial(training, tab="Show the training"),
    "training-exam": partial(training, tab="Show the exam"),
    "settings-agents": partial(section, key=AGENTS),
    "settings-templates": partial(section, key=TEMPLATES),
    "settings-key": partial(section, key=KEY),
    "settings-audit": partial(section, key=AUDIT),
    "settings-backups": partial(section, key=BACKUPS),
    "settings-names": partial(section, key=NAMES),
    "export": partial(MainWindow.show_page, key=EXPORT),
    "export-raw": show_raw,
    "export-done": export,
}
"""Pictures by their names, and what leads to each, in the order in which they are taken."""
OTHER_HOMES: dict[str, Callable[[Path], Studio]] = {
    "empty": pictured.empty_home,
    "locked": pictured.locked,
    "read-only": pictured.locked,
}


@contextlib.contextmanager
def shown(studio: Studio, size: tuple[int, int]) -> Iterator[MainWindow]:
    """The window on the screen."""
    window = MainWindow(studio)
    window.resize(*size)
    window.show()
    window.load()
    settle(window)
    yield window
    clear_up(window)
    window.close()
    cancel_all()


def take_all(folder: Path, ending: str, size: tuple[int, int], wanted: tuple[str, ...]) -> None:
    """Takes the pictures of one theme and size, each home made anew."""
    for name, make in OTHER_HOMES.items():
        if name.startswith(wanted):
            # By its file's mode is no library read-only for root, who may take the pictures too.
            may_not = mock.patch.object(Library, "is_read_only", return_value=name == "read-only")
            with pictured.throw_away(), may_not, shown(make(Path("my-team")), size) as window:
                if name == "locked":
                    window.show_page(EXPORT)
                if name == "read-only":
                    window.guidelines.table.selectRow(CHOSEN_LINE)
                settle(window)
                picture(window).save(str(folder / f"{name}-{ending}.png"), quality=0)
    steps = {name: step for name, step in STEPS.items() if name.startswith(wanted)}
    if not steps:
        return
    with pictured.throw_away(), shown(pictured.worked_in(Path("my-team")), size) as window:
        for name, step in steps.items():
            step(window)
            settle(window)
            picture(window).save(str(folder / f"{name}-{ending}.png"), quality=0)
            clear_up(window)


def main(target: str, *wanted: str) -> None:
    """Takes the pictures whose names begin with one of `wanted`; all for none."""
    os.environ["TZ"] = "UTC"
    os.environ["PATH"] = os.defpath  # so that no Python of this machine is shown
    folder = Path(target).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    QLocale.setDefault(QLocale("en_GB"))
    for theme in ("light", "dark"):
        apply_theme(application, theme)
        for suffix, size in SIZES.items():
            take_all(folder, f"{theme}{suffix}", size, wanted or ("",))


if __name__ == "__main__":
    main(*sys.argv[1:])
