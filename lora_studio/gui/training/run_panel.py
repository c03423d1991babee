"""The right side of the Training page: one run, with its state, loss curve, log, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from lora_studio.core.training.progress import Progress
from lora_studio.core.training.runs import Run, can_resume
from lora_studio.gui.export.pace import clock
from lora_studio.gui.theme import restyle
from lora_studio.gui.training.session import LINES_KEPT, Session
from lora_studio.gui.widgets.curve import Curve
from lora_studio.gui.widgets.notice import Notice
from lora_studio.gui.widgets.parts import button, label, panel

ONE_BY_ONE_MAX = 8
"""Points that are added to the curve one by one."""


class RunPanel(QWidget):
    """Signals: stop_wanted(), end_wanted(), resume_wanted(), folder_wanted(), shelf_wanted(), exam_wanted()."""

    stop_wanted = Signal()
    end_wanted = Signal()
    resume_wanted = Signal()
    folder_wanted = Signal()
    shelf_wanted = Signal()
    exam_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.session: Session | None = None
        self._drawn = (0, 0)
        self.state = label("", "lead")
        self.figures = label("", "secondary")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the training"))
        self.notice = Notice()
        self.curve = Curve(self.tr("Loss by step"), self.tr("step"))
        self.log = QPlainTextEdit()
        self.stop_button = button(self.tr("Stop and save"), "", "square")
        self.end_button = button(self.tr("End now"), "danger")
        self.resume_button = button(self.tr("Go on from the checkpoint"), "", "refresh-cw")
        self.folder_button = button(self.tr("Open folder"), "", "folder-open")
        self.shelf_button = button(self.tr("Show in Adapters"), "", "layers")
        self.exam_button = button(self.tr("Run the exam"), "primary", "graduation-cap")
        self._build()
        for made, signal in (
            (self.stop_button, self.stop_wanted), (self.end_button, self.end_wanted),
            (self.resume_button, self.resume_wanted), (self.folder_button, self.folder_wanted),
            (self.shelf_button, self.shelf_wanted), (self.exam_button, self.exam_wanted),
        ):  # fmt: skip
            made.clicked.connect(signal)

    def _build(self) -> None:
        self.log.setReadOnly(True)
        self.log.setProperty("code", True)
        self.log.setMaximumBlockCount(LINES_KEPT)
        self.log.setAccessibleName(self.tr("Log of the training"))
        self.log.setTabChangesFocus(True)
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.state)
        head.addWidget(self.figures, 1, Qt.AlignmentFlag.AlignVCenter)
        box, inner = panel()
        inner.addLayout(head)
        inner.addWidget(self.bar)
        inner.addWidget(self.curve, 3)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for made in (self.stop_button, self.end_button, self.resume_button, self.folder_button, self.shelf_button):
            buttons.addWidget(made)
        buttons.addStretch()
        buttons.addWidget(self.exam_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.notice)
        layout.addWidget(box, 3)
        layout.addWidget(self.log, 2)
        layout.addLayout(buttons)

    def show_session(self, run: Run, session: Session) -> None:
        """Shows another run, from its first line on."""
        self.run, self.session, self._drawn = run, session, (0, 0)
        self.log.clear()
        self.log.setPlainText("\n".join(session.lines))
        self.curve.show_series({self.tr("train"): [], self.tr("eval"): []})
        self.notice.hide()
        self.show_progress()

    def add_lines(self, session: Session, lines: list[str]) -> None:
        """Adds what the log of `session` has anew, where that is the one that is shown."""
        if session is not self.session:
            return
        bar = self.log.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 4
        if lines:
            self.log.appendPlainText("\n".join(lines))
        if follows:
            self.log.moveCursor(QTextCursor.MoveOperation.End)
        self.show_progress()

    def show_progress(self) -> None:
        """Shows where the run stands now."""
        session = self.session
        if session is None or self.run is None:
            return
        now = session.progress
        self._draw(now)
        self.state.setText(self._words(session))
        self.figures.setText(self._figures(now))
        self.bar.setRange(0, now.of or int(not session.is_live))  # 0 to 0: it is busy
        self.bar.setValue(now.step)
        is_done = not session.is_live and now.state in ("done", "stopped")
        self.stop_button.setVisible(session.is_live)
        self.stop_button.setEnabled(not session.is_stopping)
        self.end_button.setVisible(session.is_live and session.is_ours)
        self.resume_button.setVisible(not session.is_live and now.state != "done" and can_resume(self.run))
        self.shelf_button.setVisible(is_done)
        self.exam_button.setVisible(is_done)
        is_good = is_done and now.outcome in ("", "learnt")
        restyle(self.state, "tone", "bad" if session.has_failed else "good" if is_good else "")
        if session.has_failed:
            self.notice.say(session.reason(), "bad")
        elif is_done and now.verdict:
            self.notice.say(now.verdict, "good" if now.outcome == "learnt" else "warning")

    def _words(self, session: Session) -> str:
        if session.has_failed:
            return self.tr("Failed")
        if session.is_live and session.is_stopping:
            return self.tr("Stopping after this step…")
        if session.progress.state == "done" and session.progress.outcome not in ("", "learnt"):
            return self.tr("Ended, and saved")
        return {
            "starting": self.tr("Loading the model…"),
            "training": self.tr("Training"),
            "done": self.tr("Done"),
            "stopped": self.tr("Stopped, and saved"),
            "failed": self.tr("Failed"),
        }[session.progress.state]

    def _figures(self, now: Progress) -> str:
        parts = []
        if now.of:
            parts.append(self.tr("step {0} of {1}").format(f"{now.step:,}", f"{now.of:,}"))
        if now.losses:
            parts.append(self.tr("loss {0}").format(f"{now.losses[-1][1]:.3f}"))
        if now.seconds_left and now.state == "training":
            parts.append(self.tr("{0} left").format(clock(now.seconds_left)))
        return "  ·  ".join(parts)

    def _draw(self, now: Progress) -> None:
        """Adds the new points; where points went away, or many came at once, all are drawn anew."""
        train, evaluation = self._drawn
        new = (len(now.losses) - train, len(now.eval_losses) - evaluation)
        if min(new) < 0 or max(new) > ONE_BY_ONE_MAX:
            self.curve.show_series({self.tr("train"): now.losses, self.tr("eval"): now.eval_losses})
            train, evaluation = len(now.losses), len(now.eval_losses)
        for step, loss in now.losses[train:]:
            self.curve.add_point(self.tr("train"), step, loss)
        for step, loss in now.eval_losses[evaluation:]:
            self.curve.add_point(self.tr("eval"), step, loss)
        self._drawn = (len(now.losses), len(now.eval_losses))
