"""The middle of the page: title and count, search, table, and what stands there when nothing matches."""

from __future__ import annotations

from array import array

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from lora_studio.core.library.store import Library
from lora_studio.gui.guidelines.model import GuidelineModel
from lora_studio.gui.guidelines.table import GuidelineTable
from lora_studio.gui.theme import show_icon
from lora_studio.gui.widgets.parts import button, label, picture, tool

READING_AFTER_MS = 300
READING, TROUBLE = 2, 3
"""Pages of the list that stand in the table's place."""


class ListPane(QWidget):
    """Signals: asked() when the search text or the order changed; show_all_wanted(); new_wanted();
    import_wanted(); filter_toggled(shown); again_wanted() to try reading once more.
    """

    asked = Signal()
    show_all_wanted = Signal()
    new_wanted = Signal()
    import_wanted = Signal()
    filter_toggled = Signal(bool)
    again_wanted = Signal()

    def __init__(self, library: Library, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = GuidelineModel(library, self)
        self.table = GuidelineTable(self.model, self)
        self.search = QLineEdit()
        self.count = label("", "secondary")
        self.new_button = button(self.tr("New guideline"), "primary", "plus")
        self.import_button = tool(self.tr("Import rule files (Ctrl+I)"), "download")
        self.share_button = tool(self.tr("Share as rule files"), "bot")
        self.filter_button = tool(self.tr("Show or hide the filter"), "list-filter")
        self.show_all_button = button(self.tr("Clear search and filter"), "link")
        self.setMinimumWidth(320)
        self._build()
        self._set_up_search()
        self.new_button.clicked.connect(self.new_wanted)
        self.import_button.clicked.connect(self.import_wanted)
        self.show_all_button.clicked.connect(self.show_all_wanted)
        self.filter_button.toggled.connect(self.filter_toggled)
        self.model.sort_wanted.connect(self.asked)

    def _build(self) -> None:
        box = QFrame()
        box.setProperty("panel", "true")
        self._lists = QStackedWidget()
        self._lists.addWidget(self.table)
        self._lists.addWidget(self._nothing_found())
        self._lists.addWidget(_middle(label(self.tr("Reading the library…"), "secondary")))
        self.trouble = label("", wrap=True)
        self.trouble.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.again_button = button(self.tr("Try again"), "primary", "refresh-cw")
        self.again_button.clicked.connect(self.again_wanted)
        self._lists.addWidget(_middle(picture("triangle-alert", "warning", 20), self.trouble, self.again_button))
        self._reading_soon = QTimer(self, singleShot=True, interval=READING_AFTER_MS)
        self._reading_soon.timeout.connect(self._show_reading)
        self._reading_soon.start()
        inner = QVBoxLayout(box)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(self._lists)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 16, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(self._head())
        layout.addWidget(self.search)
        self.read_only = label("", "notice", wrap=True)
        self.read_only.hide()
        layout.addWidget(self.read_only)
        layout.addWidget(box, 1)

    def _head(self) -> QHBoxLayout:
        self.new_button.setToolTip(self.tr("New guideline (Ctrl+N)"))
        self.filter_button.setCheckable(True)
        self.filter_button.setChecked(True)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Guidelines"), "page"))
        head.addWidget(self.count, 1, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.filter_button)
        head.addWidget(self.import_button)
        head.addWidget(self.share_button)
        head.addWidget(self.new_button)
        return head

    def _nothing_found(self) -> QWidget:
        said = label(self.tr("No guideline matches"), "lead")
        return _middle(picture("search", "faint", 20), said, self.show_all_button)

    def _set_up_search(self) -> None:
        self.search.setPlaceholderText(self.tr("Search names, content, tags and examples"))
        self.search.setAccessibleName(self.tr("Search guidelines"))
        glass, self._clear = QAction(self), QAction(self.tr("Clear the search"), self)
        show_icon(glass, "search")
        show_icon(self._clear, "x", size=14)
        self.search.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        self.search.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self._clear.setVisible(False)
        self.search.textChanged.connect(self._on_text)
        self._clear.triggered.connect(self.search.clear)
        for key, act in ((Qt.Key.Key_Down, self._go_to_table), (Qt.Key.Key_Escape, self.search.clear)):
            shortcut = QShortcut(QKeySequence(key), self.search)
            shortcut.activated.connect(act)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)

    def _on_text(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self.asked.emit()

    def show_rows(self, rows: array[int], total: int, *, again: bool = False) -> None:
        """Shows these rows, of `total` in the library; `again` as in the table's."""
        self._reading_soon.stop()
        self.table.show_rows(rows, again=again)
        self._lists.setCurrentIndex(0 if len(rows) else 1)
        number = f"{total:,}"
        if len(rows) != total:
            number = self.tr("{0} of {1} match").format(f"{len(rows):,}", number)
        self.count.setText(number)

    def _show_reading(self) -> None:
        """The first read takes a while: says so."""
        self._lists.setCurrentIndex(READING)

    def show_trouble(self, sentence: str) -> None:
        """Says why the library cannot be read, in the place of the table."""
        self._reading_soon.stop()
        self.trouble.setText(sentence)
        self._lists.setCurrentIndex(TROUBLE)

    def show_read_only(self, reason: str) -> None:
        """Says why nothing can be changed; empty when it can be."""
        self.read_only.setText(reason)
        self.read_only.setVisible(bool(reason))
        self.import_button.setEnabled(not reason)
        self.new_button.setEnabled(not reason)
        self.new_button.setToolTip(reason or self.tr("New guideline (Ctrl+N)"))

    @property
    def is_read_only(self) -> bool:
        """Whether `show_read_only` was told so."""
        return not self.read_only.isHidden()

    def go_to_search(self) -> None:
        """Puts the cursor into the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _go_to_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.table.selected_count():
            self.table.selectRow(0)


def _middle(*widgets: QWidget) -> QWidget:
    """The widgets one under the other in the middle of a page."""
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(32, 16, 32, 16)
    layout.setSpacing(8)
    layout.addStretch(2)
    for widget in widgets:
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        layout.addWidget(widget, 0, Qt.AlignmentFlag(0) if wraps else Qt.AlignmentFlag.AlignHCenter)
    layout.addStretch(3)
    return page
