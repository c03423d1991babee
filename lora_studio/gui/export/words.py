"""The types of question in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

_NAMES = {
    "titled_query": "By title",
    "untitled_query": "Without title",
    "naming": "Names the rule",
    "rationale_query": "Reason",
    "verdict": "Yes or no",
    "decline": "No such rule",
}


def type_name(kind: str) -> str:
    """A type of question; one that has no name here says what it is itself."""
    name = _NAMES.get(kind)
    return QCoreApplication.translate("Words", name) if name else kind.replace("_", " ").capitalize()
