"""The list of guidelines in the real window, under a watchdog: `python -m benchmarks.list_probe HOME`.

It changes the library. Prints JSON. `held`: by what was done, the longest time between two ticks of a 10 ms timer, in
milliseconds; "nothing" shows what the machine itself does to it. `counts`: milliseconds from each key or click until
the filter's counts are right again. `bulk`: seconds that changing every guideline took, undo included.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QWidget

from benchmarks.window_probe import Watchdog, wait_for
from lora_studio.core.home import Home
from lora_studio.gui.app import make_application
from lora_studio.gui.guidelines.facet_list import Facet, FacetLine
from lora_studio.gui.guidelines.model import COLUMNS
from lora_studio.gui.guidelines.page import GuidelinesPage
from lora_studio.gui.main_window import MainWindow
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme
from lora_studio.gui.worker import cancel_all

T = TypeVar("T")
WORDS = ("value", "v", "zzz nothing")
WHEEL_NOTCHES = 60


def settle(page: GuidelinesPage) -> None:
    """Lets everything on the page be read, counted and changed to its end."""
    while page.is_busy() or page.history.is_busy():
        wait(20)


def wait(milliseconds: int) -> None:
    """Runs the event loop for a while; unlike QTest.qWait it lets the workers have Python meanwhile."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def scroll(page: GuidelinesPage) -> None:
    """By wheel, and by the keys that leap."""
    view = page.table.viewport()
    middle = QPointF(view.rect().center())
    for notch in range(WHEEL_NOTCHES):
        delta = QPoint(0, -120 if notch < WHEEL_NOTCHES // 2 else 120)
        QApplication.sendEvent(view, QWheelEvent(
            middle, QPointF(view.mapToGlobal(middle.toPoint())), QPoint(), delta, Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ))  # fmt: skip
        wait(5)
    for key in (Qt.Key.Key_End, Qt.Key.Key_Home, *[Qt.Key.Key_PageDown] * 10, Qt.Key.Key_PageUp):
        QTest.keyClick(page.table, key)
        settle(page)


def sort(page: GuidelinesPage) -> None:
    """Clicks every header twice."""
    header = page.table.horizontalHeader()
    for column in range(len(COLUMNS)):
        page.table.setColumnHidden(column, False)
    for column in [*range(len(COLUMNS)), COLUMNS.index("priority")]:
        for _ in range(2):
            place = QPoint(header.sectionViewportPosition(column) + 12, header.height() // 2)
            wait_for(page.shown, partial(QTest.mouseClick, header.viewport(), Qt.MouseButton.LeftButton, pos=place))
            settle(page)


def open_some(page: GuidelinesPage) -> None:
    """Goes down line by line: each guideline is opened."""
    page.table.setFocus()
    for _ in range(20):
        QTest.keyClick(page.table, Qt.Key.Key_Down)
        settle(page)


def select_all(page: GuidelinesPage) -> None:
    QTest.keySequence(page.table, QKeySequence(QKeySequence.StandardKey.SelectAll))
    settle(page)


def counted(page: GuidelinesPage, act: Callable[[], object]) -> float:
    """Milliseconds from `act` until the counts are shown."""
    taken = wait_for(page.finder.counted, act)
    settle(page)
    return taken


def type_words(page: GuidelinesPage) -> list[float]:
    search = page.list.search
    times = []
    for text in WORDS:
        times += [counted(page, partial(QTest.keyClicks, search, letter)) for letter in text]
        times += [counted(page, partial(QTest.keyClick, search, Qt.Key.Key_Backspace)) for _ in text]
    return times


def tick_filters(page: GuidelinesPage) -> list[float]:
    """Ticks one value of each kind, one upon the other, and takes them back."""
    panel = page.filter
    boxes: list[QAbstractButton] = [_first(panel.scopes), _first(panel.categories), _first(panel.tags)]
    boxes += [panel.states.button(2)]
    times = [counted(page, partial(_click, box)) for box in [*boxes, *boxes[:3]]]
    panel.priority.setFocus(Qt.FocusReason.TabFocusReason)
    times.append(counted(page, partial(QTest.keyClick, panel.priority, Qt.Key.Key_PageUp)))
    times.append(counted(page, partial(_click, panel.clear_button)))
    return times


def _first(facet: Facet) -> QAbstractButton:
    lines = facet.findChildren(FacetLine)
    chips = [chip for chip in facet.findChildren(QPushButton) if chip.isCheckable()]
    return lines[0].box if lines else chips[0]


def _click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=widget.rect().center())


def change_all(page: GuidelinesPage) -> dict[str, float]:
    """Sets a priority, tags, and takes both back, of all guidelines at once."""
    select_all(page)
    panel = page.detail.several
    assert panel is not None
    panel.priority.setValue(33)
    panel.tags.setText("probe")
    acts: dict[str, Callable[[], None]] = {
        "priority": panel.priority_button.click,
        "undo the priority": page.history.undo,
        "tag": panel.tag_button.click,
        "undo the tag": page.history.undo,
    }
    taken = {}
    for name, act in acts.items():
        start = time.perf_counter()
        act()
        settle(page)
        taken[name] = time.perf_counter() - start
    return taken


def main(home: str) -> None:
    application = make_application()
    studio = Studio(Home(Path(home)))
    apply_theme(application, "light")
    window = MainWindow(studio)
    window.resize(1_440, 900)
    window.show()
    page = window.guidelines
    wait_for(page.shown, window.load)
    settle(page)
    watchdog = Watchdog()
    held: dict[str, float] = {}
    counts: list[float] = []

    def watched(name: str, act: Callable[[GuidelinesPage], T]) -> T:
        watchdog.restart()
        result = act(page)
        held[name] = watchdog.worst_ms
        return result

    watched("nothing", lambda page: wait(3_000))
    watched("scrolling", scroll)
    watched("sorting", sort)
    watched("opening guidelines", open_some)
    counts += watched("typing", type_words)
    counts += watched("ticking filters", tick_filters)
    watched("selecting all", select_all)
    bulk = watched("changing all", change_all)
    window.close()
    cancel_all()
    print(json.dumps({"held": held, "counts": counts, "bulk": bulk}))


if __name__ == "__main__":
    main(sys.argv[1])
