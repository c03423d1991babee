"""What is wrong with a guideline as it is being written, field by field, in words for the form."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from lora_studio.core.domain import CONTENT_MAX, LABEL_MAX, NAME_MAX, Draft, is_blank

TAGS_MAX = 100


def faults(draft: Draft) -> dict[str, str]:
    """By field: one sentence on what to mend. Empty when the draft can be saved."""
    found = {
        "name": _text_fault([draft.name], NAME_MAX) or (_tr("Give it a name") if is_blank(draft.name) else ""),
        "content": _text_fault([draft.content], CONTENT_MAX)
        or (_tr("Write what the guideline says") if is_blank(draft.content) else ""),
        "category": _text_fault([draft.category], LABEL_MAX)
        or (_tr("Name a category, such as “general”") if is_blank(draft.category) else ""),
        "tags": _tags_fault(draft.tags),
        "scope": _scope_fault(draft),
        "rationale": _text_fault([draft.rationale], CONTENT_MAX),
        "good": _text_fault(draft.good, CONTENT_MAX),
        "bad": _text_fault(draft.bad, CONTENT_MAX),
    }
    return {field: fault for field, fault in found.items() if fault}


def _scope_fault(draft: Draft) -> str:
    if draft.scope.type != "global" and is_blank(draft.scope.id):
        return _tr("Say which {0} it is, by its name or id").format(draft.scope.type)
    return _text_fault([draft.scope.id], LABEL_MAX)


def _tags_fault(tags: Sequence[str]) -> str:
    if len(tags) > TAGS_MAX:
        return _tr("{0} tags are too many; at most {1}").format(len(tags), TAGS_MAX)
    return _text_fault(tags, LABEL_MAX)


def _text_fault(texts: Sequence[str], most: int) -> str:
    for text in texts:
        if len(text) > most:
            return _tr("{0} characters are too many; at most {1}").format(f"{len(text):,}", f"{most:,}")
        if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
            return _tr("It holds a character that is not text (NUL or half a character); remove it")
    return ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("checks", text)
