"""A guideline's history, newest first: which version, when, who, why, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt, QTimeZone
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.core.domain import OWNER, GuidelineVersion
from lora_studio.gui.widgets.parts import empty, label, panel, short, tag

VERSIONS_SHOWN = 50
_COMPARED = (
    "name", "content", "category", "priority", "tags", "scope", "rationale", "good", "bad", "active", "deleted",
)  # fmt: skip


class VersionsTab(QWidget):
    """Has no signals."""

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
        self._words = {
            "name": self.tr("name"), "content": self.tr("content"), "category": self.tr("category"),
            "priority": self.tr("priority"), "tags": self.tr("tags"), "scope": self.tr("scope"),
            "rationale": self.tr("why"), "good": self.tr("good examples"), "bad": self.tr("bad examples"),
        }  # fmt: skip

    def show_versions(self, versions: Sequence[GuidelineVersion]) -> None:
        """Shows the history, newest first."""
        empty(self._list)
        layout = self._list.layout()
        assert layout is not None
        for place, version in enumerate(versions[:VERSIONS_SHOWN]):
            older = versions[place + 1] if place + 1 < len(versions) else None
            layout.addWidget(self._box(version, older, is_present=place == 0))
        if len(versions) > VERSIONS_SHOWN:
            layout.addWidget(label(self.tr("{0} older versions").format(len(versions) - VERSIONS_SHOWN), "small"))

    def _box(self, version: GuidelineVersion, older: GuidelineVersion | None, *, is_present: bool) -> QFrame:
        box, layout = panel("inset")
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        title = label(self.tr("Version {0}").format(version.version))
        title.setProperty("type", "strong")
        head.addWidget(title)
        if is_present:
            head.addWidget(tag(self.tr("present"), "accent"))
        head.addStretch()
        head.addWidget(label(local_time(version.created_at), "small"), 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(head)
        layout.addWidget(label(self._what(version, older), wrap=True))
        who = self.tr("you") if version.created_by == OWNER else short(version.created_by, 60)
        reason = short(version.reason, 300)
        said = self.tr("by {0}").format(who) + (f"  ·  {reason}" if reason else "")
        layout.addWidget(label(said, "small", wrap=True))
        return box

    def _what(self, version: GuidelineVersion, older: GuidelineVersion | None) -> str:
        if older is None:
            return self.tr("Added")
        changed = [name for name in _COMPARED if getattr(version, name) != getattr(older, name)]
        if "deleted" in changed:
            return self.tr("Deleted") if version.deleted else self.tr("Restored")
        if changed == ["active"]:
            return self.tr("Activated") if version.active else self.tr("Deactivated")
        return self.tr("Changed: {0}").format(", ".join(self._words[name] for name in changed if name in self._words))


def local_time(iso: str) -> str:
    """A UTC time of the library in the person's own zone and way of writing."""
    moment = QDateTime.fromString(iso, Qt.DateFormat.ISODateWithMs)
    moment.setTimeZone(QTimeZone.utc())
    return QLocale().toString(moment.toLocalTime(), QLocale.FormatType.ShortFormat)
