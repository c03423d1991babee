"""What is worth a second look in a guideline, each with the way to its place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.core.review.findings import Finding
from lora_studio.gui.widgets.parts import button, empty, label, panel, picture

FINDINGS_SHOWN = 50
_SIGNS = {"bad": ("circle-alert", "bad"), "warning": ("triangle-alert", "warning"), "hint": ("info", "secondary")}


class FindingsTab(QWidget):
    """Signals: place_wanted(Finding); other_wanted(id) for another guideline."""

    place_wanted = Signal(object)
    other_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._list = QWidget()
        inner = QVBoxLayout(self._list)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 8, 8)
        layout.addWidget(self._list)
        layout.addStretch()

    def show_findings(self, findings: Sequence[Finding] | None) -> None:
        """Shows the findings; None while they are still being looked for."""
        empty(self._list)
        layout = self._list.layout()
        assert layout is not None
        if findings is None:
            layout.addWidget(label(self.tr("Looking…"), "secondary"))
            return
        for finding in findings[:FINDINGS_SHOWN]:
            layout.addWidget(self._box(finding))
        if len(findings) > FINDINGS_SHOWN:
            layout.addWidget(label(self.tr("{0} more").format(len(findings) - FINDINGS_SHOWN), "small"))
        if not findings:
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(picture("shield-check", "good", 18), 0, Qt.AlignmentFlag.AlignTop)
            said = self.tr("Nothing found: nothing secret, hidden or personal, no chat markers, good and bad examples.")
            line.addWidget(label(said, "secondary", wrap=True), 1)
            nothing = QWidget()
            nothing.setLayout(line)
            line.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(nothing)

    def _box(self, finding: Finding) -> QFrame:
        box, layout = panel("inset")
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(0)
        line = QHBoxLayout()
        line.setSpacing(8)
        sign = picture(*_SIGNS[finding.severity], 14)
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(label(finding.text, wrap=True), 1)
        layout.addLayout(line)
        if finding.other or finding.end > finding.start:
            title = self.tr("Show the other one") if finding.other else self.tr("Show the place")
            jump = button(title, "link")
            jump.setAccessibleName(f"{title}: {finding.text}")
            wanted = partial(self.other_wanted.emit, finding.other) if finding.other else None
            jump.clicked.connect(wanted or partial(self.place_wanted.emit, finding))
            foot = QHBoxLayout()
            foot.setContentsMargins(18, 0, 0, 0)
            foot.addWidget(jump)
            foot.addStretch()
            layout.addLayout(foot)
        return box
