"""What an export wrote: rows, sides, files and what there is to know about them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.core.dataset.export import Exported
from lora_studio.gui.export.pace import clock
from lora_studio.gui.widgets.parts import label, picture

_WARNINGS_SHOWN = 5
_LONG_WORD = 24


class Summary(QWidget):
    """The result in a panel, warnings below it. Has no signals of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = QFrame()
        self.facts.setProperty("panel", True)
        self._form = QFormLayout(self.facts)
        self._form.setContentsMargins(16, 12, 16, 12)
        self._form.setHorizontalSpacing(24)
        self._form.setVerticalSpacing(8)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.warnings = label(wrap=True)
        self._panel = QFrame()
        self._panel.setProperty("panel", "warning")
        line = QHBoxLayout(self._panel)
        line.setContentsMargins(12, 8, 12, 8)
        line.setSpacing(8)
        line.addWidget(picture("triangle-alert", "warning"), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.warnings, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 8)
        layout.setSpacing(8)
        layout.addWidget(self.facts)
        layout.addWidget(self._panel)

    def show_export(self, made: Exported, seconds: float) -> None:
        """Shows what `made` says, and that it took `seconds`."""
        self._add(self.tr("Guidelines"), f"{made.guidelines:,}")
        self._add(self.tr("Train"), self.tr("{0} rows").format(f"{made.train_rows:,}"), made.train_file.name)
        self._add(self.tr("Eval"), self.tr("{0} rows").format(f"{made.eval_rows:,}"), made.eval_file.name)
        self._add(self.tr("Config"), made.config_file.name)
        self._add(self.tr("Took"), clock(seconds) if seconds >= 1 else self.tr("less than a second"))
        shown = list(made.warnings[:_WARNINGS_SHOWN])
        if len(made.warnings) > len(shown):
            shown.append(self.tr("and {0} more").format(f"{len(made.warnings) - len(shown):,}"))
        self.warnings.setText("\n".join(shown))
        self._panel.setVisible(bool(shown))
        self.show()

    def _add(self, name: str, value: str, more: str = "") -> None:
        text = label(f"{breakable(value)}\n{breakable(more)}" if more else breakable(value), wrap=True)
        text.setAccessibleName(name)
        self._form.addRow(label(name, "secondary"), text)


def breakable(text: str) -> str:
    """`text` for a label, so that a long file name is broken anywhere and never cut off."""
    return "\u200b".join(text) if len(text) > _LONG_WORD and " " not in text else text
