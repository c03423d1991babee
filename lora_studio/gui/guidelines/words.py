"""What a change of the library is called, for commands and notices."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lora_studio.core.library.changes import Change
from lora_studio.gui.widgets.parts import short


def told(change: Change) -> str:
    """What was done, as the first half of a sentence: "Deleted 3 guidelines"."""
    sentence = _sentence(change.what, change.value)
    return sentence.format(count=how_many(len(change)), value=short(change.value, 40))


def how_many(count: int) -> str:
    """ "1 guideline", "1,204 guidelines"."""
    if count == 1:
        return _tr("1 guideline")
    return _tr("{0} guidelines").format(f"{count:,}")


def lowered(sentence: str) -> str:
    """`sentence` as a part of another one."""
    return sentence[:1].lower() + sentence[1:]


def _sentence(what: str, value: str) -> str:
    on = value == "True"
    sentences = {
        "add": _tr("Added {count}"),
        "edit": _tr("Changed {count}"),
        "import": _tr("Imported {count}"),
        "starter": _tr("Added the starter set, {count}"),
        "tag": _tr("Tagged {count}: {value}"),
        "untag": _tr("Took a tag from {count}: {value}"),
        "priority": _tr("Set the priority of {count} to {value}"),
        "category": _tr("Moved {count} to the category {value}"),
        "scope": _tr("Moved {count} to {value}"),
        "active": _tr("Activated {count}") if on else _tr("Deactivated {count}"),
        "deleted": _tr("Deleted {count}") if on else _tr("Restored {count}"),
    }
    return sentences.get(what, sentences["edit"])


def _tr(text: str) -> str:
    return QCoreApplication.translate("Words", text)
