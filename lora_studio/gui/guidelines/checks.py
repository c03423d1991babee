"""What is wrong with a guideline as it is being written, field by field, in words for the form.

The limits are the core's; a test holds the answers against those of the JSON door.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from lora_studio.core.domain import CONTENT_MAX, EXAMPLES_MAX, LABEL_MAX, NAME_MAX, TAGS_MAX, Draft, is_blank


def faults(draft: Draft) -> dict[str, str]:
    """By field: one sentence on what to mend. Empty when the draft can be saved."""
    found = {
        "name": _text_fault([draft.name], NAME_MAX) or ("" if draft.name else _tr("Give it a name")),
        "content": _text_fault([draft.content], CONTENT_MAX)
        or (_tr("Write what the guideline says") if is_blank(draft.content) else ""),
        "category": _text_fault([draft.category], LABEL_MAX)
        or ("" if draft.category else _tr("Name a category, such as “general”")),
        "tags": _many_fault(draft.tags, TAGS_MAX, LABEL_MAX, _tr("{0} tags are too many; at most {1}"))
        or ("" if all(draft.tags) else _tr("A tag is empty; take it away")),
        "scope": _scope_fault(draft),
        "rationale": _text_fault([draft.rationale], CONTENT_MAX),
        "good": _examples_fault(draft.good),
        "bad": _examples_fault(draft.bad),
    }
    return {field: fault for field, fault in found.items() if fault}


def _scope_fault(draft: Draft) -> str:
    if draft.scope.type != "global" and not draft.scope.id:
        return _tr("Say which {0} it is, by its name or id").format(draft.scope.type)
    return _text_fault([draft.scope.id], LABEL_MAX)


def _examples_fault(texts: Sequence[str]) -> str:
    return _many_fault(texts, EXAMPLES_MAX, CONTENT_MAX, _tr("{0} examples are too many; at most {1}"))


def _many_fault(texts: Sequence[str], most: int, longest: int, too_many: str) -> str:
    return too_many.format(f"{len(texts):,}", f"{most:,}") if len(texts) > most else _text_fault(texts, longest)


def _text_fault(texts: Sequence[str], most: int) -> str:
    for text in texts:
        if len(text) > most:
            return _tr("{0} characters are too many; at most {1}").format(f"{len(text):,}", f"{most:,}")
        if "\0" in text or (not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)):
            return _tr("It holds a character that is not text (NUL or half a character); remove it")
    return ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("checks", text)
