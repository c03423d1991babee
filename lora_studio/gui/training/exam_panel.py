"""What the adapter of a run knows: totals, what was found, the table rule by rule, and the answers behind a line."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from lora_studio.core.training.exam_records import Asked, Exam
from lora_studio.gui.training.exam_model import FIRST_KIND, NAME, RESULT, ExamModel, KindCell
from lora_studio.gui.training.session import Session
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.widgets.parts import button, label, picture

KIND_WIDTH, RESULT_WIDTH = 104, 112
FINDINGS_SHOWN = 6


class ExamPanel(QWidget):
    """Signals: take_wanted() to have the adapter examined; stop_wanted(); guideline_wanted(id);
    try_wanted(question) to ask the adapter about the chosen rule.
    """

    take_wanted = Signal()
    stop_wanted = Signal()
    guideline_wanted = Signal(str)
    try_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ExamModel(self)
        self.table = QTableView()
        self.totals = label("", "lead")
        self.found = label("", "secondary", wrap=True)
        self.answers = QTextEdit()
        self.notice = Notice()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the exam"))
        self.said = label("", "secondary", wrap=True)
        self.take_button = button(self.tr("Run the exam"), "primary", "graduation-cap")
        self.again_button = button(self.tr("Run it again"), "", "refresh-cw")
        self.stop_button = button(self.tr("Cancel"))
        self.try_button = button(self.tr("Try it"), "", "message-square-text")
        self.segments = QButtonGroup(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._states = QStackedWidget()
        self._states.addWidget(self._not_taken())
        self._states.addWidget(self._result())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.notice)
        layout.addWidget(self._states, 1)

    def _not_taken(self) -> QWidget:
        page = QWidget()
        self.said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.said.setFixedWidth(440)
        self.bar.setFixedWidth(440)
        layout = QVBoxLayout(page)
        layout.setSpacing(12)
        layout.addStretch(2)
        words = QHBoxLayout()  # an aligned label would not get the height that its lines need
        words.addStretch()
        words.addWidget(self.said)
        words.addStretch()
        layout.addWidget(picture("graduation-cap", "faint", 28), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(words)
        for part in (self.bar, self.take_button, self.stop_button):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        return page

    def _result(self) -> QWidget:
        page = QWidget()
        head = QHBoxLayout()
        head.setSpacing(4)
        for result, text in (
            ("", self.tr("All")), ("knows", self.tr("Known")), ("judges_wrong", self.tr("Judged wrongly")),
            ("recites_only", self.tr("By title only")), ("not_learnt", self.tr("Not learnt")),
        ):  # fmt: skip
            made = button(text, "segment")
            made.setCheckable(True)
            made.setChecked(not result)
            made.setProperty("result", result)
            self.segments.addButton(made)
            head.addWidget(made)
        head.addStretch()
        head.addWidget(self.try_button)
        head.addWidget(self.again_button)
        self._set_up_table()
        self.answers.setReadOnly(True)
        self.answers.setTabChangesFocus(True)
        self.answers.setAccessibleName(self.tr("Questions and answers"))
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setHandleWidth(12)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.table)
        parts.addWidget(self.answers)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 2)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.totals)
        layout.addWidget(self.found)
        layout.addLayout(head)
        layout.addWidget(parts, 1)
        return page

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(self.tr("Exam, rule by rule"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(32)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(32)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        cell = KindCell(table)
        for column in range(FIRST_KIND, self.model.columnCount()):
            table.setItemDelegateForColumn(column, cell)
            table.setColumnWidth(column, KIND_WIDTH)
        table.setColumnWidth(RESULT, RESULT_WIDTH)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setSortingEnabled(True)
        table.sortByColumn(RESULT, Qt.SortOrder.DescendingOrder)

    def _connect(self) -> None:
        self.take_button.clicked.connect(self.take_wanted)
        self.again_button.clicked.connect(self.take_wanted)
        self.stop_button.clicked.connect(self.stop_wanted)
        self.try_button.clicked.connect(lambda: self.try_wanted.emit(self.question()))
        self.segments.buttonClicked.connect(self._on_segment)
        self.table.selectionModel().currentRowChanged.connect(self._show_answers)
        self.table.activated.connect(lambda index: self.guideline_wanted.emit(self.model.guideline(index.row()).id))
        self.model.modelReset.connect(self._on_reset)

    def show_exam(self, exam: Exam | None) -> None:
        """Shows an exam, or that none was taken."""
        self.model.show_exam(exam)
        self._states.setCurrentIndex(1 if exam else 0)
        self._show_taking(False)
        if exam is None:
            return
        totals = exam.totals
        said = self.tr("{0} of {1} rules known").format(f"{totals.knows:,}", f"{totals.guidelines:,}")
        more = (
            (totals.judges_wrong, self.tr("{0} judged wrongly")), (totals.recites_only, self.tr("{0} by title only")),
            (totals.not_learnt, self.tr("{0} not learnt")),
        )  # fmt: skip
        self.totals.setText("  ·  ".join([said, *(text.format(f"{count:,}") for count, text in more if count)]))
        self.found.setText("\n".join(self._sentences(exam)))
        self.found.setToolTip("\n\n".join(exam.advice))

    def _sentences(self, exam: Exam) -> list[str]:
        """What a reader must know beside the table."""
        found = [f"{sentence}." for sentence in exam.findings[:FINDINGS_SHOWN]]
        if exam.sample:
            asked = self.tr("A sample: {0} of {1} rules were asked about.")
            found.insert(0, asked.format(f"{exam.sample.asked:,}", f"{exam.sample.of:,}"))
        if exam.general.asked:
            kept = self.tr("{0} of {1} general answers are as the base model's, {2} of {3} invented titles declined.")
            counts = (exam.general.kept, exam.general.asked, exam.declines.declined, exam.declines.asked)
            found.append(kept.format(*(f"{count:,}" for count in counts)))
        return found

    def show_session(self, session: Session) -> None:
        """Shows how far the exam is."""
        now = session.progress
        self._states.setCurrentIndex(0)
        self._show_taking(True)
        self.bar.setRange(0, now.of)
        self.bar.setValue(now.step)
        asked = self.tr("Answer {0} of {1}").format(f"{now.step:,}", f"{now.of:,}")
        self.said.setText(asked if now.of else self.tr("Loading the models…"))

    def _show_taking(self, is_taking: bool) -> None:
        if not is_taking:
            self.said.setText(
                self.tr(
                    "The exam asks the base model and the adapter about every rule: by its title, without it, for its "
                    "title, and for a verdict on a good and a bad example. General questions show what else changed."
                )
            )
        self.bar.setVisible(is_taking)
        self.stop_button.setVisible(is_taking)
        self.take_button.setVisible(not is_taking)

    def _on_segment(self, pressed: QPushButton) -> None:
        self.model.show_only(pressed.property("result"))

    def _on_reset(self) -> None:
        self.answers.clear()
        if self.model.rowCount():
            self.table.selectRow(0)

    def question(self) -> str:
        """The first question about the chosen rule, in the documented words; empty where none is chosen."""
        index = self.table.currentIndex()
        return self.model.guideline(index.row()).questions[0].question if index.isValid() else ""

    def _show_answers(self) -> None:
        index = self.table.currentIndex()
        if not index.isValid():
            self.answers.clear()
            return
        one = self.model.guideline(index.row())
        self.answers.setPlainText("\n\n".join([one.name, *map(self._answer, one.questions)]))

    def _answer(self, asked: Asked) -> str:
        seen = self.tr("  (stood in the training data)") if asked.in_train else ""
        lines = [f"{asked.question}{seen}"]
        if asked.base is not None:
            lines.append(self.tr("Base ({0}): {1}").format(f"{asked.base:.0%}", asked.base_answer))
        lines.append(self.tr("Tuned ({0}): {1}").format(f"{asked.tuned:.0%}", asked.tuned_answer))
        if asked.missing:
            lines.append(self.tr("Does not agree: {0}").format(", ".join(asked.missing)))
        return "\n".join(lines)
