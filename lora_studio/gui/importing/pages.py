"""The import's other faces: while it works, where there is nothing to import, and what was done."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from lora_studio.core.importing.records import ImportPlan
from lora_studio.gui.importing.model import where
from lora_studio.gui.widgets.parts import button, keep_room, label, picture, short

_SCALE = 1_000
FAULTS_SHOWN = 5


class WaitPage(QWidget):
    """A bar for what takes longer than half a second. Has no signals."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the import"))
        self.figures = label(kind="small")
        for widget in (self.bar, self.figures):
            keep_room(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.bar)
        layout.addWidget(self.figures)
        layout.addStretch()
        self.start()

    def start(self) -> None:
        """Begins at nothing, unseen."""
        self.bar.hide()
        self.bar.setRange(0, 0)
        self.figures.hide()

    def show_bar(self) -> None:
        """Lets the bar be seen."""
        self.bar.show()
        self.figures.show()

    def show_progress(self, done: int, total: int) -> None:
        """Shows how far the work is; a total below two says nothing."""
        self.bar.setRange(0, _SCALE if total > 1 else 0)
        self.bar.setValue(round(done / max(total, 1) * _SCALE))
        self.figures.setText(self.tr("{0} of {1}").format(f"{done:,}", f"{total:,}") if total > 1 else "")


class NothingPage(QWidget):
    """Says what can be imported, and asks for it. Has no signals."""

    def __init__(self) -> None:
        super().__init__()
        self.files_button = button(self.tr("Choose files…"), "", "file-text")
        self.folder_button = button(self.tr("Choose a folder…"), "", "folder")
        self.again_button = button(self.tr("Read again"), "", "refresh-cw")
        self.faults = label(kind="error", wrap=True)
        self.faults.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(self.files_button)
        buttons.addWidget(self.folder_button)
        buttons.addWidget(self.again_button)
        buttons.addStretch()
        layout = _centred(self, picture("download", "accent", 28), label(self.tr("What can be imported"), "lead"))
        for said in (
            self.tr("A project's rule files: CLAUDE.md, AGENTS.md, Cursor, Copilot, Windsurf and Cline rules, any .md"),
            self.tr("A folder that holds some"),
            self.tr("Guidelines as JSON, JSONL, YAML, CSV or TSV, our own exports among them"),
            self.tr("An agent-memory database (.db)"),
        ):
            layout.addWidget(label(said, "secondary"), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(12)
        layout.addLayout(buttons)
        layout.addWidget(label(self.tr("Or drop them on this window."), "small"), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(8)
        layout.addWidget(self.faults)
        layout.addStretch(3)

    def show_faults(self, plan: ImportPlan | None) -> None:
        """Says what could not be read and what was left alone; nothing without a plan."""
        shown = [f"{where(problem)}: {problem.why}" for problem in plan.problems] if plan else []
        shown += [f"{where(one)}: {one.reason}" for one in plan.not_read] if plan else []
        more = len(shown) - FAULTS_SHOWN
        if more > 0:
            shown[FAULTS_SHOWN:] = [self.tr("and {0} more").format(f"{more:,}")]
        self.faults.setText("\n".join(short(line, 300) for line in shown))


class DonePage(QWidget):
    """What was imported. Has no signals."""

    def __init__(self) -> None:
        super().__init__()
        self.title = label(kind="lead")
        self.said = label(kind="secondary")
        layout = _centred(self, picture("check", "good", 28), self.title)
        layout.addWidget(self.said, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)


def _centred(page: QWidget, sign: QLabel, title: QLabel) -> QVBoxLayout:
    layout = QVBoxLayout(page)
    layout.setSpacing(8)
    layout.addStretch(2)
    layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignHCenter)
    layout.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
    return layout
