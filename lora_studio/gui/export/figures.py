"""The counts of the Export page: rows, sides, tokens, what eval shares with train, and where the rows come from."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolTip, QVBoxLayout, QWidget

from lora_studio.core.dataset.preview import EXACT_MAX, Preview
from lora_studio.gui.theme import restyle
from lora_studio.gui.widgets.charts import Bar, Columns, Meter, Slips
from lora_studio.gui.widgets.parts import label

_BINS = 16
_CATEGORIES = 8
COUNTING = "…"


class LeakMeter(QWidget):
    """How many rows of eval share something with train; the explanation comes by pointer, by focus and in words.

    Has no signals.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("meter", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(name)
        self.count = label(COUNTING, "strong")
        self.name = label(name, "small")
        self._bar = Meter()
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.count)
        line.addWidget(self.name)
        line.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 4)
        layout.setSpacing(3)
        layout.addLayout(line)
        layout.addWidget(self._bar)

    def show_count(self, text: str, share: float, role: str, words: str) -> None:
        """Shows `text` and `share` in the colour of `role` ("good", "bad", "accent" or "secondary")."""
        self.count.setText(text)
        restyle(self.count, "tone", role if role in ("good", "bad") else "")
        self._bar.show_share(share, role)
        self.setToolTip(words)
        self.setAccessibleDescription(f"{text}. {words}")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), self.toolTip(), self)
        self.update()


class Figures(QFrame):
    """All counts of a preview. Has no signals."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", True)
        names = {"rows": self.tr("rows"), "sides": self.tr("train / eval"), "tokens": self.tr("tokens (estimate)")}
        self.counts: dict[str, QLabel] = {}
        head = QHBoxLayout()
        head.setSpacing(24)
        for key, name in names.items():
            head.addLayout(self._figure(key, name))
        head.addStretch()
        self.wordings = LeakMeter(self.tr("eval wordings in train"))
        self.answers = LeakMeter(self.tr("eval rows share an answer with train"))
        self.counts |= {"leak": self.wordings.count, "answers": self.answers.count}
        meters = QHBoxLayout()
        meters.setSpacing(16)
        meters.addWidget(self.wordings, 3)
        meters.addWidget(self.answers, 4)
        self.lengths = Columns(self.tr("Tokens a row"))
        self.coverage = Slips(self.tr("Rows by category"))
        charts = QHBoxLayout()
        charts.setSpacing(24)
        charts.addWidget(self.lengths, 1)
        charts.addWidget(self.coverage, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addLayout(meters)
        layout.addLayout(charts)
        self.show_counting()

    def show_counting(self) -> None:
        """Takes away every number that may not be right any more."""
        for key in ("rows", "sides", "tokens"):
            self._count(key, COUNTING)
        for meter in (self.wordings, self.answers):
            meter.show_count(COUNTING, 0.0, "secondary", self.tr("Being counted"))

    def show_preview(self, preview: Preview) -> None:
        """Shows what `preview` counted."""
        about = "" if preview.split_is_exact else "≈ "
        self._count("rows", ("" if preview.total_is_exact else "≈ ") + f"{preview.total:,}")
        self._count("sides", f"{about}{preview.train:,} / {preview.eval:,}")
        self._count("tokens", f"≈ {rounded(preview.tokens):,}")
        self._show_leaks(preview)
        self._show_lengths(preview)
        self._show_coverage(preview)

    def _figure(self, key: str, name: str) -> QVBoxLayout:
        figure = label(COUNTING, "figure")
        figure.setAccessibleName(name)
        self.counts[key] = figure
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(figure)
        column.addWidget(label(name, "small"))
        return column

    def _count(self, key: str, text: str) -> None:
        self.counts[key].setText(text)
        self.counts[key].setAccessibleDescription(text if text != COUNTING else self.tr("Being counted"))

    def _show_leaks(self, preview: Preview) -> None:
        words = self.tr(
            "Questions of eval that train asks word for word: eval would only test what was learnt by heart."
        )
        self._show_leak(self.wordings, preview, preview.shared_wordings, "bad", words)
        by_wording = preview.asked is not None and preview.options.split_by == "question"
        if by_wording:
            words = self.tr(
                "Splitting by wording means it so: eval asks in other words about guidelines that train answers."
                " To test what the model makes of guidelines it has never seen, split by guideline."
            )
        else:
            words = self.tr(
                "Rows of eval whose answer stands in train: they test memory more than understanding."
                " Split by guideline to keep them apart; guidelines that say the same still meet."
            )
        self._show_leak(self.answers, preview, preview.shared_answers, "accent" if by_wording else "bad", words)

    def _show_leak(self, meter: LeakMeter, preview: Preview, shared: int | None, role: str, words: str) -> None:
        if shared is None:
            why = self.tr("Counted up to {0} guidelines; here it would take too long.").format(f"{EXACT_MAX:,}")
            meter.show_count(self.tr("not counted:"), 0.0, "secondary", f"{words} {why}")
            return
        text = self.tr("{0} of {1}").format(f"{shared:,}", f"{preview.eval:,}")
        meter.show_count(text, shared / max(1, preview.eval), role if shared else "good", words)
        if not preview.eval:
            meter.show_count(text, 0.0, "secondary", self.tr("Eval has no rows."))

    def _show_lengths(self, preview: Preview) -> None:
        lengths = preview.lengths
        longest = max((length for length, _ in lengths), default=0)
        usual = sorted(length for length, _ in lengths)[-1 - len(lengths) // 50 :][:1]  # a few giants hide all else
        step = max(8, _round_up(sum(usual) / _BINS))
        bins = [[0, 0] for _ in range(math.ceil(sum(usual) / step))]
        for length, side in lengths:
            bins[min(len(bins) - 1, int(length // step))][side == "eval"] += 1
        bars = [
            Bar(train + evaluation, evaluation, "", self._length_words(n * step, end, train, evaluation))
            for n, (train, evaluation) in enumerate(bins)
            for end in ((n + 1) * step if n + 1 < len(bins) else max(round(longest), (n + 1) * step),)
        ]
        said = self.tr("Rows have up to about {0} tokens, {1} on average; of {2} sampled rows. Pale: eval.")
        mean = sum(length for length, _ in lengths) / max(1, len(lengths))
        self.lengths.show_bars(bars, said.format(f"{longest:,.0f}", f"{mean:,.0f}", f"{len(lengths):,}"))

    def _length_words(self, least: int, most: int, train: int, evaluation: int) -> str:
        said = self.tr("{0} to {1} tokens: {2} rows of train, {3} of eval")
        return said.format(f"{least:,}", f"{most:,}", f"{train:,}", f"{evaluation:,}")

    def _show_coverage(self, preview: Preview) -> None:
        said = self.tr("{0}: {1} rows, {2} %")
        bars = [
            Bar(rows, 0, name, said.format(name, f"{rows:,}", f"{100 * rows / max(1, preview.total):.0f}"))
            for name, rows in preview.coverage[:_CATEGORIES]
        ]
        words = "; ".join(bar.words for bar in bars)
        if len(preview.coverage) > _CATEGORIES:
            words += self.tr("; and {0} more categories").format(f"{len(preview.coverage) - _CATEGORIES:,}")
        self.coverage.show_bars(bars, words)


def rounded(count: int) -> int:
    """To three figures: it is an estimate."""
    step: int = 10 ** max(0, len(str(count)) - 3)
    return round(count / step) * step


def _round_up(number: float) -> int:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(number)) if number > 0 else 1
    return next(int(power * step) for step in (1, 2, 5, 10) if power * step >= number) or 1
