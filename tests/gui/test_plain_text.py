"""Text is text: names that look like HTML, put into all that the window shows: every page, dialog, tooltip, menu."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pictured
import pytest
import screenshots
from answering import answering
from desk import seen
from peft_files import put_adapter
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLabel,
    QMenu,
    QMessageBox,
    QTabBar,
    QTextEdit,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from lora_studio.core.domain import Draft, Guideline, Scope
from lora_studio.core.errors import Invalid
from lora_studio.core.library.access import grant
from lora_studio.core.library.changes import Edit
from lora_studio.core.library.guidelines import change_guidelines
from lora_studio.core.library.store import Library
from lora_studio.doors.requests.desk import Desk
from lora_studio.doors.requests.respond import respond
from lora_studio.gui.adapters.words import filter_words
from lora_studio.gui.export.guideline_finder import GuidelineFinder
from lora_studio.gui.main_window import EXPORT, MainWindow
from lora_studio.gui.messages import show_error
from lora_studio.gui.trying.dialog import TryDialog
from lora_studio.gui.widgets.text_view import TextView
from lora_studio.gui.worker import cancel_all

TAGS = ("<b>x</b> &amp; &copy R&D", "<img src='file:///dev/null'>", "<a href=http://x>y</a>")
EVIL = f"{TAGS[0]} {TAGS[1]} {TAGS[2]}"
KEPT = pictured.kept
SHOWN = "<b>x</b>"
"""What stands at the start of every hostile text, short enough to survive every cut."""


@pytest.mark.parametrize("target", ["{0}", "file://{0}"])
def test_no_picture_is_loaded_from_text(qtbot: QtBot, tmp_path: Path, target: str) -> None:
    picture = QPixmap(300, 300)
    picture.fill(Qt.GlobalColor.red)
    assert picture.save(str(tmp_path / "large.png"))
    view = TextView("body", "Content")
    qtbot.addWidget(view)
    view.resize(300, 100)
    view.show_markdown(f"one ![two]({target.format(tmp_path / 'large.png')}) three\n\n# ![four](x)")
    view.show()
    view.grab()
    assert view.toPlainText() == "one [two] three\n[four]"
    assert view.height() < 100


def test_qt_s_own_labels_are_plain_before_they_have_their_text(qtbot: QtBot, tmp_path: Path) -> None:
    box = QMessageBox(QMessageBox.Icon.Warning, "title", SHOWN)
    qtbot.addWidget(box)
    box.setInformativeText(SHOWN)
    box.show()
    QToolTip.showText(QPoint(9, 9), f"{SHOWN}<img src='file://{tmp_path}'>", box)
    labels = [one for one in box.findChildren(QLabel) if SHOWN in one.text()]
    assert len(labels) == 3, "two of the box, and the tooltip"
    assert {one.textFormat() for one in labels} == {Qt.TextFormat.PlainText}
    QToolTip.hideText()


def shown() -> list[QWidget]:
    """The windows, dialogs, menus and tooltips on the screen."""
    return [one for one in QApplication.topLevelWidgets() if isValid(one) and one.isVisible()]


class Walk:
    """Looks at all that the program shows, and notes what is no plain text, and where a hostile text was met."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.met, self.faults = qtbot, set[str](), list[str]()
        self.place, self.to_be_seen = "", False

    def look(self, place: str) -> None:
        self.place = place
        for window in [one for one in shown() if not one.inherits("QTipLabel")]:
            for widget in (window, *window.findChildren(QWidget)):
                if isValid(widget) and widget.window() is window:
                    self._look_at(widget)

    def _look_at(self, widget: QWidget) -> None:
        self.to_be_seen = widget.isVisible()
        for action in widget.actions():
            self._keys(action.text(), "action")
        if isinstance(widget, QLabel):
            widget.ensurePolished()
            self._text(widget.text(), "label", plain=widget.textFormat() == Qt.TextFormat.PlainText)
        elif isinstance(widget, QAbstractButton):
            self._keys(widget.text(), "button")
        elif isinstance(widget, QTabBar):
            for tab in range(widget.count()):
                self._keys(widget.tabText(tab), "tab")
        elif isinstance(widget, QTextEdit):
            self._text(widget.toPlainText(), "text", plain="<img" not in widget.toHtml())
        elif isinstance(widget, QAbstractItemView) and not isinstance(widget, QHeaderView) and widget.isVisible():
            self._items(widget, widget.model())
        if "<" in widget.toolTip():
            self._tip(widget, widget.rect().center())

    def _items(self, view: QAbstractItemView, model: QAbstractItemModel) -> None:
        kinds: dict[int, QModelIndex] = {}
        for row in range(min(model.rowCount(), 60)):
            for column in range(20):
                index = model.index(row, column)
                if not index.isValid():
                    break
                self._text(str(index.data() or ""), f"{type(model).__name__} item")
                tip = index.data(Qt.ItemDataRole.ToolTipRole)
                if isinstance(tip, str) and "<" in tip:
                    kinds.setdefault(column, index)
        for index in kinds.values():
            view.scrollTo(index)
            self._tip(view.viewport(), view.visualRect(index).center(), type(model).__name__)

    def _tip(self, widget: QWidget, place: QPoint, kind: str = "") -> None:
        """What Qt does when the mouse rests."""
        if not widget.isVisible() or not widget.isEnabled():
            return
        QApplication.sendEvent(widget, QHelpEvent(QHelpEvent.Type.ToolTip, place, widget.mapToGlobal(place)))
        for tip in shown():
            if isinstance(tip, QLabel):
                plain = tip.textFormat() == Qt.TextFormat.PlainText
                self._text(tip.text(), f"{kind or type(widget).__name__} tooltip", plain=plain)
                tip.close()  # at once: Qt waits a while

    def _keys(self, text: str, kind: str) -> None:
        """The program underlines no letters: a lone & would be lost."""
        self._text(text, kind, plain="&" not in text.replace("&&", ""))

    def _text(self, text: str, kind: str, *, plain: bool = True) -> None:
        if self.to_be_seen and SHOWN in text:
            self.met.add(f"{self.place}: {kind}")
        if not plain:
            self.faults.append(f"{self.place}: {kind}: {text[:200]!r}")


def hostile_rules() -> list[Draft]:
    """Guidelines whose every text is hostile."""
    return [
        Draft(
            name=f"{EVIL} {number}", content=f"input {EVIL}\n\n![x](/dev/null) {number} AKIAIOSFODNN7QRSTUVW",
            category=f"{TAGS[number % 3]} {number % 4}", priority=90 - number, tags=TAGS, rationale=EVIL,
            scope=Scope("project", EVIL) if number % 2 else Scope("global"), good=(EVIL,), bad=(f"no {EVIL}",),
        )
        for number in range(18)
    ]  # fmt: skip


def hostile_run(name: str) -> Any:
    """What is kept of the true run, with hostile text in the place of every name and sentence."""
    keys = {
        "lora_studio.json": ("targetModel", "baseModel"), "exam.json": ("name", "question", "tunedAnswer", "expected"),
        "rules.json": ("name", "content"),
    }.get(name, ())  # fmt: skip

    def spoilt(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {one: spoilt(inner, one) for one, inner in value.items()}
        if isinstance(value, list):
            return [spoilt(one) for one in value]
        return f"{TAGS[0]}/x" if key.endswith("Model") else f"{EVIL} {value}" if key in keys else value

    return spoilt(KEPT(name))


def changed_by_somebody(library: Library, ids: list[str], change: Callable[..., Guideline], *names: str) -> None:
    """The change, by a hostile name for a hostile reason."""
    who, why = (f"{EVIL} {name}" for name in names)
    change_guidelines(library, ids, change, who, why)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """The window over the home of the pictures, with hostile text wherever theirs has a name."""
    for name in ("HOME", "LORA_STUDIO_NOW"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(screenshots, "PATIENCE_S", 90)
    rules = pictured.RULES
    for title in ("Frontend", "Components", "Keep components small", "Name events", "Texts"):
        rules = rules.replace(title, f"{EVIL} {title}")
    Path("AGENTS.md").write_text(rules)
    monkeypatch.setattr(pictured, "starter_drafts", hostile_rules)
    monkeypatch.setattr(pictured, "kept", hostile_run)
    monkeypatch.setattr(pictured, "grant", lambda library, agent, *more: grant(library, f"{EVIL} {agent}", *more))
    monkeypatch.setattr(pictured, "change_guidelines", changed_by_somebody)
    studio = pictured.worked_in(tmp_path / "<b>team<b> &amp")
    answer = respond({"tool": "memory_guideline", "action": "list", "agentId": EVIL}, Desk(studio.home))
    assert answer["error"]["code"] == "PERMISSION_DENIED"
    shutil.rmtree(studio.home.path / ".venv-training")
    answering(studio.home.path / ".venv-training")
    put_adapter(studio.home.datasets / "tuned", base_model_name_or_path=EVIL)
    window = MainWindow(studio)
    window.resize(1_440, 900)
    window.show()
    window.load()
    screenshots.settle(window)
    yield window
    screenshots.clear_up(window)
    window.close()
    cancel_all()


def say(window: MainWindow) -> None:
    show_error(window, Invalid(EVIL))


def find(window: MainWindow) -> None:
    window.show_page(EXPORT)
    screenshots.settle(window)
    window.page(EXPORT).find_guideline()
    screenshots.wait_until(lambda: bool(seen(GuidelineFinder)) and seen(GuidelineFinder)[0].list.count() > 0)


def try_it(window: MainWindow) -> None:
    screenshots.shelf_lines(window, ("tuned",))
    screenshots.settle(window)
    screenshots.do(window, "Try the adapter")
    screenshots.wait_until(lambda: bool(seen(TryDialog)))
    dialog = seen(TryDialog)[0]
    dialog.question.setPlainText(EVIL)
    screenshots.wait_until(dialog.ask_button.isEnabled)
    dialog.ask()
    screenshots.wait_until(lambda: SHOWN in dialog.base.text.toPlainText())


def undo(window: MainWindow) -> None:
    screenshots.choose(window)
    window.guidelines.change_selected(Edit(category=EVIL[:200]))
    screenshots.wait_until(lambda: not window.guidelines.history.is_busy())
    window.guidelines.commands.show_menu(QPoint(0, 0))


def look_up(window: MainWindow) -> None:
    window.show_page(EXPORT)
    cautions = window.page(EXPORT).panel.cautions
    screenshots.wait_until(lambda: "secret" in cautions.show_buttons)
    cautions.show_buttons["secret"].click()
    screenshots.wait_until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))


MORE: dict[str, screenshots.Step] = {
    "message": say,
    "finder": find,
    "trying": try_it,
    "undo": undo,
    "palette-undo": MainWindow.show_palette,
    "names": look_up,
}
"""What the pictures do not show."""
MET = {
    "guidelines: GuidelineModel tooltip",
    "guidelines: WideBox tooltip",
    "guidelines: QPushButton tooltip",
    "guidelines: text",
    "guidelines-versions: VersionModel tooltip",
    "import: PlanModel tooltip",
    "adapters: AdaptersModel tooltip",
    "training-exam: ExamModel tooltip",
    "settings-audit: AuditModel tooltip",
    "settings-agents: QAbstractTableModel tooltip",
    "message: label",
    "finder: QAbstractListModel tooltip",
    "trying: label",
    "undo: action",
    "palette-undo: label",
    "names: action",
}
"""Where a hostile text must have been met, so that the walk proves something."""


def test_every_page_dialog_tooltip_and_menu_is_plain(qtbot: QtBot, window: MainWindow) -> None:
    walk = Walk(qtbot)
    for name, step in {**screenshots.STEPS, **MORE}.items():
        step(window)
        screenshots.settle(window)
        walk.look(name)
        while (menu := QApplication.activePopupWidget()) is not None:
            menu.close()
        screenshots.clear_up(window)
    assert not walk.faults
    assert walk.met >= MET, MET - walk.met


def test_a_key_of_a_strange_filter_is_no_pattern() -> None:
    assert filter_words({"{0.__class__}{": "x {1}", "category": "{2}"}) == "{0.__class__}{: x {1}, category {2}"
