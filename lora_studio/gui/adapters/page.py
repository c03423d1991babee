"""The Adapters page: all datasets and trained adapters of the watched folders as one list, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMetaMethod, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from lora_studio.core.training.scripts import TEMPLATES
from lora_studio.core.training.shelf import Item
from lora_studio.gui.adapters.actions import ShelfActions
from lora_studio.gui.adapters.model import Arranged, Known, Line, Wanted, arrange
from lora_studio.gui.adapters.reader import ShelfReader
from lora_studio.gui.adapters.view import EMPTY, LIST, LOADING, NOTHING, ShelfView
from lora_studio.gui.adapters.work import Details, read_details
from lora_studio.gui.commands import command, runs
from lora_studio.gui.dropping import paths_in
from lora_studio.gui.latest import Latest
from lora_studio.gui.messages import show_error
from lora_studio.gui.studio import Studio

SEARCH_PAUSE_MS = 120


class AdaptersPage(ShelfView):
    """The shelf. F5 reads it anew.

    Signals: export_asked() when the person wants to make a first dataset; reexport_wanted(config) when they want
    to export as a dataset was; train_wanted(config path) when they want to train on one.
    """

    export_asked = Signal()
    reexport_wanted = Signal(dict)
    train_wanted = Signal(str)

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._wanted_folder = ""
        self._wanted_item: Path | None = None
        self._early: list[Item] = []
        self.reader = ShelfReader(studio, self)
        self._actions = ShelfActions(studio, self.reader, self.notice, self)
        self._arranging = Latest(self, pause_ms=0)
        self._details = Latest(self)
        self._typed = QTimer(self, singleShot=True, interval=SEARCH_PAUSE_MS)
        self.setAcceptDrops(True)
        self._add_commands()
        self._connect()

    def _add_commands(self) -> None:
        act, chosen = self._actions, self._with_chosen
        self.open_action = command(self, self.tr("Open its folder"), chosen(act.open_folder), "Ctrl+O", "folder-open")
        self.script_action = command(
            self, self.tr("Generate its training script"), chosen(act.write_script), "Ctrl+G", "file-code"
        )
        self.train_action = command(self, self.tr("Train on it"), self.train, "Ctrl+T", "play")
        self.try_action = command(
            self, self.tr("Try the adapter"), chosen(act.try_adapter), "Ctrl+Shift+T", "message-square-text"
        )
        self.reexport_action = command(
            self, self.tr("Export again with the same options"), chosen(act.reexport), "Ctrl+R", "package"
        )
        self.compare_action = command(self, self.tr("Compare two"), self.compare, "Ctrl+D", "columns-2")
        self.delete_action = command(self, self.tr("Move to the bin…"), chosen(act.ask_to_delete), "Del", "trash-2")
        self.watch_action = command(self, self.tr("Watch a folder…"), act.ask_for_folder, "Ctrl+Shift+O", "folder-plus")
        self.unwatch_action = command(self, self.tr("Stop watching its folder"), self.stop_watching, "", "folder-minus")
        self.undo_action = command(self, self.tr("Undo"), act.undo, "Ctrl+Z", "undo-2")
        self.refresh_action = command(self, self.tr("Read the folders again"), self.refresh, "F5", "refresh-cw")
        self.find_action = command(self, self.tr("Search the shelf"), self.go_to_search, "/", "search")
        self.menu_actions = (
            self.open_action, self.train_action, self.try_action, self.script_action, self.reexport_action,
            self.compare_action, self.delete_action, self.watch_action, self.unwatch_action,
        )  # fmt: skip
        for made, action in (
            (self.folder_button, self.open_action), (self.script_button, self.script_action),
            (self.train_button, self.train_action), (self.try_button, self.try_action),
            (self.refresh_button, self.refresh_action), (self.watch_button, self.watch_action),
            (self.compare_button, self.compare_action), (self.delete_button, self.delete_action),
            (self.reexport_button, self.reexport_action),
        ):  # fmt: skip
            runs(made, action)

    def _connect(self) -> None:
        self._studio.settings_changed.connect(self.reader.look)
        self.export_button.clicked.connect(self.export_asked)
        self._actions.reexport_wanted.connect(self.reexport_wanted)
        self.details.guideline_wanted.connect(self._studio.guideline_wanted)
        self.details.item_wanted.connect(self._on_item_wanted)
        self.search.textChanged.connect(self._typed.start)
        self._typed.timeout.connect(self.arrange)
        self.kind_chosen.connect(self.arrange)
        self.clear_button.clicked.connect(self.show_all)
        self.model.sort_wanted.connect(self.arrange)
        self.table.chosen.connect(self._on_chosen)
        self.table.open_wanted.connect(self.open_action.trigger)
        self.table.customContextMenuRequested.connect(self._offer)
        self.reader.arrived.connect(self._on_arrived)
        self.reader.changed.connect(self.arrange)
        self.reader.hashing.connect(self.details.show_progress)
        self.reader.failed.connect(self._on_failure)
        self._arranging.succeeded.connect(self._on_arranged)
        self._arranging.failed.connect(self._on_failure)
        self._details.succeeded.connect(self._on_details)
        self._details.failed.connect(self._on_failure)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        can_train = self.isSignalConnected(QMetaMethod.fromSignal(self.train_wanted))
        self.train_action.setVisible(can_train)
        self._enable()
        self.reader.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.reader.set_active(False)

    def refresh(self) -> None:
        """Reads the folders again, in the background."""
        self.reader.look()
        self.reader.compare()

    def go_to_search(self) -> None:
        """Goes to the search."""
        self.search.setFocus()
        self.search.selectAll()

    def show_all(self) -> None:
        """Clears the search and shows both kinds."""
        self.clear_wanted()
        self.arrange()

    def show_folder(self, folder: str) -> None:
        """Chooses the newest line of `folder` as soon as the list is read."""
        self._wanted_folder = folder
        self.clear_wanted()
        self.arrange()
        self.reader.look()

    def train(self) -> None:
        """Asks for a training on the chosen dataset."""
        for line in self.table.selected()[:1]:
            self.train_wanted.emit(str(line.item.path))

    def compare(self) -> None:
        """Shows the two chosen lines side by side."""
        lines = self.table.selected()
        if len(lines) == 2:
            self._actions.compare(lines[0], lines[1])

    def stop_watching(self) -> None:
        """Takes the watched folder of the chosen line from the watched ones."""
        folder = self._watched_folder()
        if folder:
            self._actions.stop_watching(folder)

    def arrange(self) -> None:
        """Sorts and filters what is known, in the background; the table follows."""
        contents = self.reader.contents
        items = contents.items if contents else tuple(self._early)
        known = Known(items=items, hashes=dict(self.reader.hashes), comparison=self.reader.comparison)
        self._arranging.ask(partial(arrange, known, self.wanted()))

    def wanted(self) -> Wanted:
        """Which lines the person wants to see, in which order."""
        header = self.table.horizontalHeader()
        descending = header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
        column = header.sortIndicatorSection()
        return Wanted(text=self.search.text(), kind=self.kind(), column=column, descending=descending)

    def _on_arrived(self, items: tuple[Item, ...]) -> None:
        self._early += items
        self.arrange()

    def _on_arranged(self, arranged: Arranged) -> None:
        contents = self.reader.contents
        self.table.show_lines(arranged.lines)
        self.show_counts(arranged, whole=contents is not None)
        self.show_warnings(contents.warnings if contents else ())
        if arranged.datasets + arranged.adapters:
            self.show_state(LIST if arranged.lines else NOTHING)
        else:
            self.show_state(LOADING if contents is None else EMPTY)
        self._choose(arranged)

    def _choose(self, arranged: Arranged) -> None:
        """Chooses what was asked for; where nothing is chosen, the first line."""
        asked = [line.item.path for line in arranged.lines if line.item.path == self._wanted_item]
        if self._wanted_folder and self.reader.contents is not None:
            inside = [line.item for line in arranged.lines if str(line.item.folder) == self._wanted_folder]
            inside.sort(key=lambda item: -(item.made or 0))
            asked = [item.path for item in inside[:1]]
        if asked:
            self._wanted_folder, self._wanted_item = "", None
            self.table.select_paths(asked)
            self.table.scrollTo(self.table.currentIndex())
        elif arranged.lines and not self.table.selected():
            self.table.select_paths([arranged.lines[0].item.path])

    def _on_chosen(self) -> None:
        lines = self.table.selected()
        self._enable()
        if len(lines) != 1:
            self.reader.check_first(None)
            self.show_several(lines)
            return
        line, before = lines[0], self.details.details
        known = before if before is not None and before.item.path == line.item.path else None
        self.show_details(line, known, self.reader.hashes)
        self.reader.check_first(line.item)
        items = self.reader.contents.items if self.reader.contents else ()
        standing = self.reader.standing(line.item)
        self._details.ask(partial(read_details, self._studio.library, line.item, standing, items, False))

    def _on_details(self, details: Details) -> None:
        lines = self.table.selected()
        if len(lines) == 1 and lines[0].item.path == details.item.path:
            self.show_details(lines[0], details, self.reader.hashes)

    def _on_item_wanted(self, path: str) -> None:
        if not self.table.select_paths([Path(path)]):
            self._wanted_item = Path(path)
            self.show_all()

    def _enable(self) -> None:
        lines = self.table.selected()
        one = lines[0].item if len(lines) == 1 else None
        is_usable = one is not None and one.facts is not None
        self.open_action.setEnabled(one is not None)
        self.delete_action.setEnabled(one is not None)
        self.script_action.setEnabled(is_usable and one is not None and one.shape in TEMPLATES)
        self.reexport_action.setEnabled(is_usable)
        self.train_action.setEnabled(is_usable and self.train_action.isVisible())
        self.train_button.setVisible(is_usable and self.train_action.isVisible())
        self.try_action.setEnabled(one is not None and one.trained is not None and one.trained.weights is not None)
        self.compare_action.setEnabled(len(lines) == 2)
        self.unwatch_action.setEnabled(bool(self._watched_folder()))

    def _watched_folder(self) -> str:
        """The watched folder that the chosen line is in; empty where none is."""
        for line in self.table.selected()[:1]:
            for folder in self._studio.settings.watched_folders:
                if line.item.folder.is_relative_to(folder):
                    return folder
        return ""

    def _with_chosen(self, act: Callable[[Item], None]) -> Callable[[], None]:
        """`act` on the one chosen line."""

        def do() -> None:
            lines: list[Line] = self.table.selected()
            if len(lines) == 1:
                act(lines[0].item)

        return do

    def _offer(self, place: QPoint) -> None:
        self.table.offer([action for action in self.menu_actions if action.isEnabled()], place)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes folders; whatever else is dropped is the window's to take."""
        if any(path.is_dir() for path in paths_in(event.mimeData())):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        folders = [str(path) for path in paths_in(event.mimeData()) if path.is_dir()]
        event.acceptProposedAction()
        self._actions.watch_folders(folders)
        self.show_folder(folders[0])

    def _on_failure(self, error: Exception) -> None:
        show_error(self, error)
