"""The Export page on a big library: `python -m benchmarks.export_page HOME` prints, as JSON, milliseconds.

`follow`: from the change of a control until the numbers are on the screen. `choose`: from the choice of other
guidelines until then. `held`: the longest time between two ticks of a 10 ms timer meanwhile.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from benchmarks.window_probe import Watchdog, wait_for
from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.home import Home
from lora_studio.gui.app import make_application
from lora_studio.gui.export.page import ExportPage
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import apply_theme
from lora_studio.gui.worker import cancel_all

ROUNDS = 3


def main(home: str) -> None:
    application = make_application()
    studio = Studio(Home(Path(home)))
    apply_theme(application, "light")
    page = ExportPage(studio)
    page.resize(1_240, 860)
    controls = page.controls
    changes: list[Callable[[], object]] = [
        partial(QTest.keyClick, controls.split.slider, Qt.Key.Key_PageDown),
        partial(controls.split.modes["guideline"].click),
        partial(controls.formats.cards["alpaca"].click),
        partial(QTest.keyClick, controls.more.count, Qt.Key.Key_Down),
        partial(controls.more.include.click),
        partial(page.panel.bar.sides["eval"].click),
        partial(page.panel.bar.types.setCurrentIndex, 1),
        partial(page.panel.bar.sides[""].click),
        partial(page.panel.bar.types.setCurrentIndex, 0),
        partial(controls.more.include.click),
        partial(controls.formats.cards["chat"].click),
        partial(controls.split.modes["question"].click),
    ]
    watchdog = Watchdog()
    counted = page._forecast.counted
    found = {"first": [wait_for(counted, page.show)], "follow": [], "choose": []}
    for _ in range(ROUNDS):
        found["follow"] += [wait_for(counted, change) for change in changes]
        for wanted, search in ((GuidelineFilter(), "value"), (GuidelineFilter(), "")):
            found["choose"].append(wait_for(counted, partial(studio.choose, wanted, search, ())))
    found["held"] = [watchdog.worst_ms]
    page.close()
    cancel_all()
    print(json.dumps({name: [round(time) for time in times] for name, times in found.items()}))


if __name__ == "__main__":
    main(sys.argv[1])
