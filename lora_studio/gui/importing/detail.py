"""One line of the preview in full: its text, and for a changed one what the library says against what the file says."""

from __future__ import annotations

import difflib
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCursor, QTextFormat
from PySide6.QtWidgets import QFrame, QScrollArea, QTextEdit, QVBoxLayout, QWidget

from lora_studio.core.domain import Draft
from lora_studio.core.files import path_text
from lora_studio.core.importing.records import Entry, NotRead, NotTaken, Problem
from lora_studio.gui.export.folder_field import short as near_home
from lora_studio.gui.importing.model import Item
from lora_studio.gui.theme import colours
from lora_studio.gui.widgets.parts import empty, label, panel, short
from lora_studio.gui.widgets.text_view import TextView

EXAMPLES_SHOWN = 6
COMPARED_LINES = 300
_LONG_FIELDS = ("content", "rationale", "good", "bad")


class EntryDetail(QScrollArea):
    """Has no signals."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("The chosen rule"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inner = QWidget()
        self._inner.setProperty("plain", True)
        self._layout = QVBoxLayout(self._inner)
        self._layout.setContentsMargins(0, 0, 8, 0)
        self._layout.setSpacing(8)
        self._layout.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setWidget(self._inner)
        self._words = {
            "name": self.tr("Name"), "content": self.tr("Content"), "category": self.tr("Category"),
            "priority": self.tr("Priority"), "tags": self.tr("Tags"), "scope": self.tr("Scope"),
            "rationale": self.tr("Why"), "good": self.tr("Good examples"), "bad": self.tr("Bad examples"),
            "active": self.tr("Active"),
        }  # fmt: skip

    def show_item(self, item: Item | None) -> None:
        """Shows one line's rule, or what was wrong with something; nothing for None."""
        empty(self._inner)
        if isinstance(item, Entry):
            self._show_entry(item)
        elif item is not None:
            self._add_text(item.why if isinstance(item, Problem) else item.reason, "title")
            if isinstance(item, NotTaken):
                self._layout.addWidget(label(self.tr("Field: {0}").format(short(item.field, 200)), wrap=True))
            line = 0 if isinstance(item, NotRead) else item.line
            self._layout.addWidget(label(_place(item.path, line), "small", wrap=True))
        self.verticalScrollBar().setValue(0)

    def _show_entry(self, entry: Entry) -> None:
        draft = entry.draft
        self._add_text(draft.name, "title")
        about = [draft.category, self.tr("priority {0}").format(draft.priority), str(draft.scope), *draft.tags]
        self._layout.addWidget(label(short("  ·  ".join(about), 400), "small", wrap=True))
        self._layout.addWidget(label(_place(path_text(entry.source), entry.line), "small", wrap=True))
        for said in self._remarks(entry):
            box, inner = panel("warning")
            inner.addWidget(label(said, wrap=True))
            self._layout.addWidget(box)
        if entry.description:
            self._layout.addWidget(label(self.tr("Description in the file"), "caption"))
            self._add_text(entry.description, "secondary")
        if entry.old is not None and entry.changes:
            for name in entry.changes:
                self._compare(name, _said(entry.old, name), _said(draft, name))
        else:
            self._show_whole(draft)

    def _remarks(self, entry: Entry) -> list[str]:
        said = [entry.note] if entry.note else []
        if entry.is_unlikely:
            said.append(self.tr("Probably not a rule: {0}").format(entry.reason))
        if not entry.draft.active and entry.old is None:
            said.append(self.tr("It comes in inactive, as its file says that it is not always on."))
        return said

    def _show_whole(self, draft: Draft) -> None:
        self._add_text(draft.content, "")
        if draft.rationale:
            self._layout.addWidget(label(self.tr("Why"), "caption"))
            self._add_text(draft.rationale, "secondary")
        for kind, texts in (("good", draft.good), ("bad", draft.bad)):
            if texts:
                self._layout.addWidget(label(self._words[kind], "caption"))
            for text in texts[:EXAMPLES_SHOWN]:
                box = QFrame()
                box.setProperty("example", kind)
                inner = QVBoxLayout(box)
                inner.setContentsMargins(12, 6, 8, 6)
                inner.addWidget(self._view(text, "code", self._words[kind]))
                self._layout.addWidget(box)
            if len(texts) > EXAMPLES_SHOWN:
                more = self.tr("and {0} more").format(len(texts) - EXAMPLES_SHOWN)
                self._layout.addWidget(label(more, "small"))

    def _compare(self, name: str, old: str, new: str) -> None:
        word = self._words[name]
        if name not in _LONG_FIELDS:
            self._layout.addWidget(label(word, "caption"))
            old, new = (short(text, 300) or self.tr("(none)") for text in (old, new))
            self._layout.addWidget(label(f"{old}  →  {new}", wrap=True))
            return
        gone, come = _differing_lines(old, new)
        for title, text, lines, look in (
            (self.tr("{0}: in the library").format(word), old, gone, "bad_soft"),
            (self.tr("{0}: in the file").format(word), new, come, "good_soft"),
        ):
            self._layout.addWidget(label(title, "caption"))
            box, inner = panel("inset")
            inner.setContentsMargins(8, 6, 8, 6)
            view = self._view(text, "text", title)
            _paint(view, lines, look)
            inner.addWidget(view)
            self._layout.addWidget(box)

    def _add_text(self, text: str, kind: str) -> None:
        self._layout.addWidget(self._view(text, kind or "text", self._words["content"]))

    def _view(self, text: str, kind: str, name: str) -> TextView:
        view = TextView(kind, name)
        view.show_text(text)
        return view


def _place(path: str, line: int) -> str:
    shown = near_home(Path(path))
    return f"{shown}:{line}" if line else shown


def _said(draft: Draft, name: str) -> str:
    value = getattr(draft, name)
    if isinstance(value, tuple):
        return ("\n\n" if name in _LONG_FIELDS else ", ").join(value)
    return str(value)


def _differing_lines(old: str, new: str) -> tuple[set[int], set[int]]:
    """The numbers of the lines that only one side has."""
    one, other = old.split("\n")[:COMPARED_LINES], new.split("\n")[:COMPARED_LINES]
    gone, come = set(range(len(one))), set(range(len(other)))
    for start, other_start, size in difflib.SequenceMatcher(a=one, b=other).get_matching_blocks():
        gone -= set(range(start, start + size))
        come -= set(range(other_start, other_start + size))
    return gone, come


def _paint(view: TextView, lines: set[int], role: str) -> None:
    """Gives the lines a ground, so that what differs is seen at once."""
    marks = []
    for line in sorted(lines):
        mark = QTextEdit.ExtraSelection()
        mark.format.setBackground(QColor(getattr(colours(), role)))
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        mark.cursor = QTextCursor(view.document().findBlockByNumber(line))
        mark.cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        marks.append(mark)
    view.setExtraSelections(marks)
