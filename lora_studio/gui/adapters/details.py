"""One dataset or adapter in full: how it stands, its files, what it was made from, how its training went."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from lora_studio.core.training.peft import WEIGHTS, Losses, Trained
from lora_studio.core.training.shelf import Item
from lora_studio.core.training.states import COMPLETE, STALE, Hashes
from lora_studio.gui.adapters import words
from lora_studio.gui.adapters.model import Line
from lora_studio.gui.adapters.pieces import fact_form, named, number, signed, under, wrapping
from lora_studio.gui.adapters.work import SHOWN_RULES, Details
from lora_studio.gui.export.folder_field import short as near_home
from lora_studio.gui.widgets.curve import Curve
from lora_studio.gui.widgets.flow import FlowLayout
from lora_studio.gui.widgets.parts import button, label, literal, short, tag

RULES_FIRST = 12
"""Rules that are listed before a person asks for all of them."""


class AdapterDetails(QFrame):
    """The chosen line; several sections that scroll.

    Signals: guideline_wanted(id) when a rule is clicked; item_wanted(path) when another line's name is.
    """

    guideline_wanted = Signal(str)
    item_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAccessibleName(self.tr("Details"))
        self.line: Line | None = None
        self.details: Details | None = None
        self._all_rules = False
        self._shown: object = None
        self._hashes: Hashes = {}
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Checking the files"))
        self.curve = Curve(self.tr("Loss"), self.tr("step"))
        self.curve.setFixedHeight(180)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName(self.tr("Details"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 8, 16)
        layout.setSpacing(12)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self.progress)
        self.progress.hide()

    def show_line(self, line: Line, details: Details | None, hashes: Hashes) -> None:
        """Shows `line`, and its `details` as soon as they are read."""
        if self.line is None or line.item.path != self.line.item.path:
            self._scroll.verticalScrollBar().setValue(0)
            self._all_rules = False
            self.progress.hide()
        self.line, self.details, self._hashes = line, details, hashes
        if (line, details, self._checked(line, hashes)) == self._shown:
            return  # nothing is news, and the focus stays where it is
        self._shown = (line, details, self._checked(line, hashes))
        place = self._scroll.verticalScrollBar().value()
        self.curve.setParent(self)  # it outlives the body that it lay in
        self.curve.hide()
        body = QWidget()
        body.setProperty("plain", True)
        self._lines = QVBoxLayout(body)
        self._lines.setContentsMargins(0, 0, 8, 0)
        self._lines.setSpacing(8)
        self._head(line)
        if line.item.trained:
            self._adapter(line.item, line.item.trained)
        if details is not None:
            self._losses(details.losses)
            self._exam(details)
            self._rules(details)
        if line.item.facts:
            self._files(line.item, self._checked(line, hashes))
        if details is not None:
            self._made_from(line, details)
            self._links(details)
        self._lines.addStretch()
        self._scroll.setWidget(body)  # and the one before goes
        self._scroll.verticalScrollBar().setValue(place)

    def _checked(self, line: Line, hashes: Hashes) -> tuple[str | None, ...]:
        """What is known of the content of the line's files."""
        item = line.item
        files = zip(item.facts.files if item.facts else (), item.stamps[1:], strict=False)
        return tuple(hashes.get((item.folder / file.name, stamp)) if stamp else None for file, stamp in files)

    def show_progress(self, done: int, total: int) -> None:
        """How far the checking of large files is."""
        self.progress.setVisible(done < total)
        self.progress.setRange(0, 1_000)
        self.progress.setValue(1_000 * done // max(total, 1))

    def _head(self, line: Line) -> None:
        item = line.item
        tags = QWidget()
        tags.setProperty("plain", True)
        flow = FlowLayout(tags)
        state = words.state_name(line.state, line.since)
        rows = [tag(self.tr("{0} rows").format(f"{line.rows:,}"))] if line.rows is not None else []
        shape = [tag(words.shape_name(item))] if item.shape else []
        look = "accent" if line.state.kind == COMPLETE else "warning"
        for made in (tag(words.kind_name(item)), *shape, *rows, tag(state, look)):
            flow.addWidget(made)
        self._add(tags)
        self._add(wrapping(item.name, "lead"))
        if item.model:
            self._add(wrapping(item.model, "secondary"))
        why = words.reason(item, line.state, line.since)
        if why:
            said = label(why, "notice" if line.state.kind == STALE else "error", wrap=True)
            self._add(said)
        elif not line.known:
            text = self.tr("Made elsewhere: whether its rules have changed since cannot be told.")
            self._add(label(text, "small", wrap=True))

    def _adapter(self, item: Item, trained: Trained) -> None:
        weights = trained.weights
        kinds = [name for name, on in (("rsLoRA", trained.rslora), ("DoRA", trained.dora)) if on]
        layers = self.tr("{0} in {1} layers").format(weights.modules, weights.blocks) if weights else ""
        numbers = self.tr("{0} trained").format(words.quantity(weights.parameters)) if weights else ""
        stored = f"{words.size(trained.bytes)}, {', '.join(weights.dtypes)}" if weights else words.size(trained.bytes)
        facts = (
            (self.tr("Base model"), trained.base_model or self.tr("not named")),
            (self.tr("Kind"), " · ".join([trained.kind, *kinds])),
            (self.tr("Task"), trained.task),
            (self.tr("Rank, alpha"), "" if trained.r is None else f"{trained.r}, {number(trained.alpha)}"),
            (self.tr("Dropout"), number(trained.dropout)),
            (self.tr("Bias"), trained.bias if trained.bias != "none" else ""),
            (self.tr("Parts"), named(trained.target_modules)),
            (self.tr("Adapted"), layers),
            (self.tr("Saved whole"), named(trained.modules_to_save)),
            (self.tr("Numbers"), numbers),
            (self.tr("Size"), stored),
            (self.tr("Weights"), WEIGHTS if weights else ""),
            (self.tr("Folder"), near_home(item.path)),
        )
        self._caption(self.tr("ADAPTER"))
        self._lines.addLayout(fact_form(facts))

    def _losses(self, losses: Losses) -> None:
        series = {self.tr("train"): losses.train, self.tr("eval"): losses.eval}
        shown = {name: points for name, points in series.items() if points}
        if not shown:
            return
        self._caption(self.tr("LOSS"))
        self.curve.show_series(shown)
        self._add(self.curve)
        self.curve.show()

    def _exam(self, details: Details) -> None:
        if details.exam is not None or details.exam_problem:
            self._caption(self.tr("EXAM"))
        if details.exam is not None:
            self._lines.addLayout(fact_form(words.exam_facts(details.exam)))
        elif details.exam_problem:
            self._add(label(details.exam_problem, "error", wrap=True))

    def _rules(self, details: Details) -> None:
        """The rules that have changed, each a way to it."""
        if not details.rules:
            return
        self._caption(self.tr("CHANGED SINCE"))
        most = SHOWN_RULES if self._all_rules else RULES_FIRST
        for rule in details.rules[:most]:
            made = button(literal(short(rule.name, 60)), "link")
            made.setAccessibleName(self.tr("Show the guideline {0}").format(rule.name))
            made.setToolTip(rule.name)
            made.setMaximumWidth(max(160, self.width() - 60))
            made.clicked.connect(partial(self.guideline_wanted.emit, rule.id))
            self._lines.addLayout(under(made, words.change_name(rule)))
        total = self.line.since.count if self.line and self.line.since else len(details.rules)
        if len(details.rules) > most:
            more = button(self.tr("Show more of the {0} rules").format(f"{total:,}"), "link")
            more.clicked.connect(self._show_all_rules)
            self._lines.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
        elif total > len(details.rules):
            self._add(label(self.tr("and {0} more").format(f"{total - len(details.rules):,}"), "small"))

    def _show_all_rules(self) -> None:
        self._all_rules = True
        if self.line is not None:
            self._shown = None
            self.show_line(self.line, self.details, self._hashes)

    def _files(self, item: Item, checked: tuple[str | None, ...]) -> None:
        self._caption(self.tr("FILES"))
        files = item.facts.files if item.facts else ()
        for file, stamp, found in zip(files, item.stamps[1:], checked, strict=False):
            if stamp is None:
                look, state = ("x", "bad"), self.tr("missing")
            elif stamp[0] != file.bytes:
                look, state = ("x", "bad"), self.tr("{0} now, not as exported").format(words.size(stamp[0]))
            elif found is None:
                look, state = ("file-text", "secondary"), self.tr("not checked yet")
            elif found != file.sha256:
                look, state = ("x", "bad"), self.tr("its content differs") if found else self.tr("cannot be read")
            else:
                look, state = ("check", "good"), self.tr("as exported")
            sizes = self.tr("{0} rows · {1} · {2}").format(f"{file.rows:,}", words.size(file.bytes), state)
            self._lines.addLayout(signed(look, file.name, sizes, self.tr("sha256 {0}").format(f"{file.sha256[:16]}…")))

    def _made_from(self, line: Line, details: Details) -> None:
        facts = words.config_facts(details.config)
        if not facts:
            return
        self._caption(self.tr("ITS DATASET WAS MADE FROM") if line.item.is_adapter else self.tr("MADE FROM"))
        self._lines.addLayout(fact_form(facts))

    def _links(self, details: Details) -> None:
        item = details.item
        if details.dataset is not None:
            self._caption(self.tr("TRAINED ON"))
            self._lines.addWidget(self._link(details.dataset), 0, Qt.AlignmentFlag.AlignLeft)
        elif item.trained is not None and item.trained.checksums:
            self._caption(self.tr("TRAINED ON"))
            self._add(label(self.tr("A dataset that is in no watched folder now."), "small", wrap=True))
        if details.adapters:
            self._caption(self.tr("TRAINED ON IT"))
            for one in details.adapters[:10]:
                self._lines.addWidget(self._link(one), 0, Qt.AlignmentFlag.AlignLeft)
        if not item.is_adapter:
            self._caption(self.tr("BESIDE IT"))
            cards = {"ours": self.tr("README.md, the dataset card"), "own": self.tr("README.md, your own")}
            self._add(wrapping(details.script or self.tr("no training script yet"), "small"))
            self._add(wrapping(cards.get(details.card, self.tr("no dataset card")), "small"))
            self._add(wrapping(near_home(item.folder), "small"))

    def _link(self, item: Item) -> QWidget:
        made = button(literal(short(item.name, 44)), "link")
        made.setAccessibleName(self.tr("Show {0}").format(item.name))
        made.setToolTip(str(item.path))
        made.clicked.connect(partial(self.item_wanted.emit, str(item.path)))
        return made

    def _add(self, widget: QWidget) -> None:
        self._lines.addWidget(widget)

    def _caption(self, text: str) -> None:
        self._add(label(text, "caption"))
