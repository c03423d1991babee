"""How the Adapters page looks: its parts, and which of them are shown in each state. It knows no library."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lora_studio.core.training.states import Hashes
from lora_studio.gui.adapters.details import AdapterDetails
from lora_studio.gui.adapters.model import ADAPTERS, ALL, DATASETS, AdaptersModel, Arranged, Line
from lora_studio.gui.adapters.table import AdaptersTable
from lora_studio.gui.adapters.work import Details
from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.widgets.parts import button, label, picture

LOADING, EMPTY, NOTHING, LIST = range(4)
WARNINGS_SHOWN = 3


class ShelfView(QWidget):
    """Signals: kind_chosen() when a person wants to see another kind."""

    kind_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count = label(kind="secondary")
        self.watch_button = button(self.tr("Watch a folder…"), icon="folder-plus")
        self.refresh_button = button(self.tr("Refresh"), icon="refresh-cw")
        self.search = QLineEdit()
        self.kinds = QButtonGroup(self)
        self.warnings = label(kind="notice", wrap=True)
        self.notice = Notice()
        self.model = AdaptersModel(self)
        self.table = AdaptersTable(self.model)
        self.details = AdapterDetails()
        self.folder_button = button(self.tr("Open folder"), icon="folder-open")
        self.script_button = button(self.tr("Generate script"), icon="file-code")
        self.train_button = button(self.tr("Train"), "primary", "play")
        self.try_button = button(self.tr("Try it"), "primary", "message-square-text")
        self.reexport_button = button(self.tr("Export again"), icon="package")
        self.delete_button = button(self.tr("Delete"), icon="trash-2")
        self.compare_button = button(self.tr("Compare the two"), "primary", "columns-2")
        self.export_button = button(self.tr("Go to Export"), "primary", "package")
        self.clear_button = button(self.tr("Show all"), icon="x")
        self._build()

    def _build(self) -> None:
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(self._list())
        self._split.addWidget(self._side())
        self._split.setHandleWidth(16)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 0)
        self._split.setSizes([760, 360])
        self._stack = QStackedWidget()
        self._stack.addWidget(_message("layers", self.tr("Looking into the folders…"), "", None))
        said = self.tr(
            "Export your guidelines once; the dataset then stands here, ready to train on. "
            "Folders with datasets or adapters can be dropped here too."
        )
        self._stack.addWidget(_message("layers", self.tr("No datasets yet"), said, self.export_button))
        self._stack.addWidget(self._split)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(12)
        layout.addLayout(self._head())
        layout.addLayout(self._choices())
        layout.addWidget(self.warnings)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.notice)
        self.warnings.hide()

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Adapters"), "page"))
        head.addWidget(self.count)
        head.addStretch()
        head.addWidget(self.watch_button)
        head.addWidget(self.refresh_button)
        return head

    def _choices(self) -> QHBoxLayout:
        self.search.setPlaceholderText(self.tr("Search names, models, folders, states"))
        self.search.setAccessibleName(self.tr("Search the shelf"))
        self.search.setClearButtonEnabled(True)
        sign = QAction(QIcon(), "", self.search)
        show_icon(sign, "search", size=14)
        self.search.addAction(sign, QLineEdit.ActionPosition.LeadingPosition)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.search, 1)
        for number, text in enumerate((self.tr("All"), self.tr("Datasets"), self.tr("Adapters"))):
            made = button(text, "segment")
            made.setCheckable(True)
            made.setChecked(number == 0)
            self.kinds.addButton(made, number)
            line.addWidget(made)
        self.kinds.idToggled.connect(self._on_kind)
        return line

    def _list(self) -> QFrame:
        made = QFrame()
        made.setProperty("panel", True)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._rows = QStackedWidget()
        self._rows.addWidget(self.table)
        said = self.tr("Other words, or all kinds, may find it.")
        self._rows.addWidget(_message("search", self.tr("Nothing fits"), said, self.clear_button))
        layout = QVBoxLayout(made)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(self._rows)
        return made

    def _side(self) -> QWidget:
        buttons = QWidget()
        flow = FlowLayout(buttons, spacing=8)
        for made in (
            self.folder_button,
            self.script_button,
            self.reexport_button,
            self.delete_button,
            self.train_button,
            self.try_button,
        ):
            flow.addWidget(made)
        one = QWidget()
        layout = QVBoxLayout(one)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.details, 1)
        layout.addWidget(buttons)
        self.several = label(kind="title", wrap=True)
        self.several.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._side_stack = QStackedWidget()
        self._side_stack.addWidget(one)
        self._side_stack.addWidget(_message("layers", self.several, "", self.compare_button))
        self._side_stack.setMinimumWidth(280)
        return self._side_stack

    def kind(self) -> str:
        """The kind that is shown: ALL, DATASETS or ADAPTERS."""
        return (ALL, DATASETS, ADAPTERS)[self.kinds.checkedId()]

    def clear_wanted(self) -> None:
        """All kinds, no words."""
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.kinds.blockSignals(True)
        self.kinds.button(0).setChecked(True)
        self.kinds.blockSignals(False)

    def _on_kind(self, number: int, checked: bool) -> None:
        if checked:
            self.kind_chosen.emit()

    def show_state(self, state: int) -> None:
        """One of LOADING, EMPTY, NOTHING (fits), LIST."""
        self._stack.setCurrentIndex({LOADING: 0, EMPTY: 1}.get(state, 2))
        self._rows.setCurrentIndex(1 if state == NOTHING else 0)
        if state == NOTHING:
            self.show_several([])

    def show_counts(self, arranged: Arranged, whole: bool) -> None:
        """How many there are of each kind, and how many of them are shown."""
        one, many = self.tr("1 dataset"), self.tr("{0} datasets").format(f"{arranged.datasets:,}")
        text = one if arranged.datasets == 1 else many
        if arranged.adapters:
            adapters = self.tr("{0} adapters").format(f"{arranged.adapters:,}")
            text += ", " + (self.tr("1 adapter") if arranged.adapters == 1 else adapters)
        shown, total = len(arranged.lines), arranged.datasets + arranged.adapters
        if shown < total:
            text = self.tr("{0} of {1} shown").format(f"{shown:,}", text)
        self.count.setText(text if whole else self.tr("{0}, still reading…").format(text))

    def show_warnings(self, warnings: Sequence[str]) -> None:
        """Sentences about what could not be read."""
        more = len(warnings) - WARNINGS_SHOWN
        lines = [*warnings[:WARNINGS_SHOWN], *([self.tr("and {0} more").format(more)] if more > 0 else [])]
        self.warnings.setText("\n".join(line if len(line) < 300 else f"{line[:140]}…{line[-140:]}" for line in lines))
        self.warnings.setToolTip("")
        self.warnings.setVisible(bool(lines))

    def show_details(self, line: Line, details: Details | None, hashes: Hashes) -> None:
        """Shows one line in full."""
        self._side_stack.setCurrentIndex(0)
        for made in (self.script_button, self.reexport_button):
            made.setVisible(not line.item.is_adapter)
        self.try_button.setVisible(line.item.is_adapter)
        self.details.show_line(line, details, hashes)

    def show_several(self, lines: Sequence[Line]) -> None:
        """Says what can be done with none or several lines."""
        if len(lines) == 2:
            self.several.setText(self.tr("2 selected"))
        elif lines:
            self.several.setText(self.tr("{0} selected; choose two to compare them").format(f"{len(lines):,}"))
        else:
            self.several.setText(self.tr("Choose a line to see more of it"))
        self.compare_button.setVisible(len(lines) == 2)
        self._side_stack.setCurrentIndex(1)


def _message(icon: str, title: str | QWidget, said: str, offer: QWidget | None) -> QWidget:
    """A sign, a title, a sentence and a way on, in the middle."""
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setSpacing(12)
    layout.addStretch()
    middle = Qt.AlignmentFlag.AlignHCenter
    layout.addWidget(picture(icon, "faint", 20), 0, middle)
    layout.addWidget(label(title, "title") if isinstance(title, str) else title, 0, middle)
    if said:
        words = label(said, "secondary", wrap=True)
        words.setAlignment(middle)
        words.setMaximumWidth(460)
        layout.addWidget(words)
        layout.setAlignment(words, middle)
    if offer is not None:
        layout.addWidget(offer, 0, middle)
    layout.addStretch()
    return page
