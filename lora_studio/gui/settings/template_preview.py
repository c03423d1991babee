"""What the template that is being edited makes of one guideline: the person's own words, while they type."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QListView, QTextEdit, QVBoxLayout, QWidget

from lora_studio.core.dataset.templates import ExampleTemplate, TemplateFault
from lora_studio.core.dataset.trial import Trial, try_template
from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.library.browse import browse, summaries
from lora_studio.core.library.store import Library
from lora_studio.core.review.markers import defuse
from lora_studio.gui.latest import Latest
from lora_studio.gui.studio import Studio
from lora_studio.gui.theme import colours
from lora_studio.gui.widgets.parts import empty, label, panel, picture, short
from lora_studio.gui.widgets.text_view import TextView

PAUSE_MS = 200
OFFERED = 30


class TemplatePreview(QWidget):
    """Signals: tried(faults) with what is wrong with the template that was shown last, () for nothing."""

    tried = Signal(object)

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._template = ExampleTemplate(id="", type="", source="guideline", prompt="", completion="")
        self._guideline = ""
        self._offered: list[tuple[str, str]] = []
        self.trial = Trial()
        self.search = QLineEdit()
        self.search.setAccessibleName(self.tr("Guideline to try it on"))
        self.search.setPlaceholderText(self.tr("Try it on another guideline…"))
        self._names = QStringListModel(self)
        self._completer = QCompleter(self._names, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.offers = QListView()
        self.offers.setAccessibleName(self.tr("Guidelines found"))
        self._completer.setPopup(self.offers)
        self.search.setCompleter(self._completer)
        self.title = label("", "small")
        self.note = label("", "notice", wrap=True)
        self.rows = QWidget()
        self._build()
        self._trying, self._finding = Latest(self, PAUSE_MS), Latest(self, PAUSE_MS)
        self._trying.succeeded.connect(self._show)
        self._trying.failed.connect(self._on_failure)
        self._finding.succeeded.connect(self._offer)
        self.search.textEdited.connect(self._find)
        self._completer.activated.connect(self._on_chosen)
        studio.guidelines_changed.connect(self._again)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Preview"), "strong"))
        head.addWidget(self.title, 1)
        self.search.setMaximumWidth(280)
        head.addWidget(self.search, 1)
        layout.addLayout(head)
        layout.addWidget(self.note)
        rows = QVBoxLayout(self.rows)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        layout.addWidget(self.rows)
        self.note.hide()

    def show_template(self, template: ExampleTemplate) -> None:
        """Tries this template, soon."""
        self._template = template
        self._again()

    def _again(self) -> None:
        if self._template.id:
            self._trying.ask(partial(try_template, self._studio.library, self._template, self._guideline))

    def _show(self, trial: Trial) -> None:
        self.trial = trial
        self.tried.emit(trial.faults)
        empty(self.rows)
        layout = self.rows.layout()
        assert layout is not None
        for row in trial.rows:
            layout.addWidget(self._row(row.prompt, row.completion, trial.marker))
        name = self.tr("of “{0}”").format(short(trial.guideline, 60)) if trial.guideline else ""
        self.title.setText(name)
        note = self._note(trial)
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def _note(self, trial: Trial) -> str:
        if trial.faults:
            return self.tr("No preview until what is marked above is put right.")
        if not trial.guideline:
            return self.tr("Write a guideline first: there is none to try it on.")
        if not trial.rows:
            return self.tr("This guideline yields no row: it has no such examples. Choose another one.")
        if trial.has_blank:
            return self.tr("A prompt or an answer comes out empty here: a model would learn to say nothing.")
        if trial.marker:
            said = self.tr("The chat marker {0} is made harmless by a space in it, as every export does.")
            return said.format(trial.marker)
        if "{" not in self._template.prompt:
            return self.tr("The prompt holds no name: it asks the same of every guideline.")
        return ""

    def _row(self, prompt: str, completion: str, marker: str) -> QWidget:
        box, layout = panel("inset")
        texts = ((prompt, "user", "plain", self.tr("Prompt")), (completion, "bot", "answer", self.tr("Answer")))
        for text, icon, kind, name in texts:
            view = TextView(kind, name)
            view.show_text(text)
            _show_marker(view, marker)
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(picture(icon, size=14), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(view, 1)
            layout.addLayout(line)
        return box

    def _on_failure(self, error: Exception) -> None:
        self._guideline = ""  # it is gone, or was deleted
        self._show(Trial((TemplateFault("completion", str(error)),)))

    def _find(self, text: str) -> None:
        self._finding.ask(partial(_find, self._studio.library, text))

    def _offer(self, found: list[tuple[str, str]]) -> None:
        self._offered = found
        self._names.setStringList([short(name, 80) for _, name in found])
        if self.search.hasFocus():
            self._completer.complete()

    def _on_chosen(self, name: str) -> None:
        place = self.offers.currentIndex().row()
        names = self._names.stringList()
        if not (0 <= place < len(names) and names[place] == name):
            place = names.index(name)
        self._guideline = self._offered[place][0]
        self._again()


def _show_marker(view: TextView, marker: str) -> None:
    """Gives every place of a marker that was made harmless a ground of its own."""
    marked = []
    place = view.document().find(defuse(marker)) if marker else None
    while place is not None and not place.isNull():
        found = QTextEdit.ExtraSelection()
        found.cursor = place
        found.format.setBackground(QColor(colours().warning_soft))
        marked.append(found)
        place = view.document().find(defuse(marker), place)
    view.setExtraSelections(marked)


def _find(library: Library, text: str, progress: Callable[[int, int], None]) -> list[tuple[str, str]]:
    """Ids and names of the first guidelines that `text` finds."""
    rows = browse(library, GuidelineFilter(), text)[:OFFERED]
    return [(one.id, one.name) for one in summaries(library, rows)]
