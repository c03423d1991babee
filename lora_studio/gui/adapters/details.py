"""One dataset in full: what was made, from what, with which options, and its files."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.training.scripts import TEMPLATES
from lora_studio.gui.adapters.model import plain_tip
from lora_studio.gui.adapters.shelf import COMPLETE, MISSING, DataFile, Entry
from lora_studio.gui.export.scripting import open_folder
from lora_studio.gui.export.summary import breakable
from lora_studio.gui.widgets.parts import button, label, picture, tag


class AdapterDetails(QFrame):
    """The chosen dataset.

    Signals: script_asked() when the person wants a training script for it.
    """

    script_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAccessibleName(self.tr("Details of the dataset"))
        self.entry: Entry | None = None
        self.folder_button = button(self.tr("Open folder"), icon="folder-open")
        self.script_button = button(self.tr("Generate script"), icon="file-code")
        self.folder_button.clicked.connect(self._open_folder)
        self.script_button.clicked.connect(self.script_asked)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.folder_button)
        buttons.addWidget(self.script_button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 8, 16)
        layout.setSpacing(12)
        layout.addWidget(self._scroll, 1)
        layout.addLayout(buttons)

    def show_entry(self, entry: Entry | None, state: str = "") -> None:
        """Shows `entry`, whose state is called `state`."""
        self.entry = entry
        self.setVisible(entry is not None)
        if entry is None:
            return
        adapter = entry.adapter
        body = QWidget()
        body.setProperty("plain", True)
        self._lines = QVBoxLayout(body)
        self._lines.setContentsMargins(0, 0, 8, 0)
        self._lines.setSpacing(8)
        self.script_button.setEnabled(adapter.format in TEMPLATES)
        self._lines.addLayout(self._tags(entry, state))
        self._lines.addWidget(_wrapping(adapter.name, "lead"))
        self._lines.addWidget(_wrapping(adapter.target_model, "secondary"))
        if entry.state != COMPLETE:
            self._lines.addWidget(self._advice(entry))
        self._caption(self.tr("FILES"))
        for file in entry.files:
            self._lines.addLayout(self._file(file))
        self._caption(self.tr("MADE FROM"))
        self._lines.addLayout(self._facts(entry))
        self._lines.addStretch()
        self._scroll.setWidget(body)  # and the one before goes

    def _tags(self, entry: Entry, state: str) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(tag(entry.adapter.format))
        line.addWidget(tag(self.tr("{0} rows").format(f"{entry.adapter.example_count:,}")))
        line.addWidget(tag(state, "accent" if entry.state == COMPLETE else "warning"))
        line.addStretch()
        return line

    def _advice(self, entry: Entry) -> QLabel:
        if entry.state == MISSING:
            return label(self.tr("A file of this dataset is gone. Export it again to train on it."), "error", wrap=True)
        return label(self.tr("Its config does not say which files belong to it. Export it again."), "error", wrap=True)

    def _caption(self, text: str) -> None:
        self._lines.addSpacing(4)
        self._lines.addWidget(label(text, "caption"))

    def _file(self, file: DataFile) -> QHBoxLayout:
        sizes = self.tr("{0} rows · {1}").format(f"{file.rows:,}", _size(file.bytes))
        digest = self.tr("sha256 {0}").format(f"{file.sha256[:16]}…")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(_wrapping(file.name))
        words.addWidget(label(sizes, "small"))
        hashed = label(digest, "small")
        hashed.setToolTip(file.sha256)
        words.addWidget(hashed)
        line = QHBoxLayout()
        line.setSpacing(8)
        sign = picture("check", "good", 14) if file.is_there else picture("x", "bad", 14)
        sign.setAccessibleName(self.tr("there") if file.is_there else self.tr("missing"))
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        return line

    def _facts(self, entry: Entry) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(6)
        for name, value in entry.facts:
            form.addRow(label(name, "secondary"), _wrapping(value))
        return form

    def _open_folder(self) -> None:
        if self.entry is not None:
            open_folder(self.entry.adapter.dataset_path)


def _wrapping(text: str, kind: str = "") -> QLabel:
    """Text that wraps anywhere, as long file names must."""
    made = label(breakable(text), kind, wrap=True)
    made.setAccessibleName(text)
    made.setToolTip(plain_tip(text))
    return made


def _size(count: int) -> str:
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} bytes"
