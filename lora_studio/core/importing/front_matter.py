"""What the fields above a rule file mean, in the words of every agent that has some."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lora_studio.core.domain import LABEL_MAX, TAGS_MAX

_WHERE = ("globs", "paths", "applyto", "filematchpattern")
_LINES = 200
"""In how many lines a field is looked for, at the top of the file."""
_TITLES = ("title", "name")
_EVERYWHERE = {"*", "**", "**/*", "**/**", "*.*", "**/*.*"}
_HOW = ("alwaysapply", "trigger", "inclusion", "type", "enabled", "disabled", "active")
_TAKEN = {*_WHERE, *_TITLES, *_HOW, "tags", "description"}
_SAYS_WHY = re.compile(
    r"\b(?:because|so that|so as to|otherwise|to (?:avoid|prevent|keep|stop|reduce|protect)|prevents?|avoids?|"
    r"protects?|the reason|since (?:we|it|they|this)|weil|damit|sonst|parce que|pour éviter|porque|para evitar)\b",
    re.IGNORECASE,
)
_SAYS_WHEN = re.compile(
    r"\W*(?:use|used|apply|applies|load|read|follow|when|whenever|if|for|"
    r"rules? (?:for|to|about)|guidelines? (?:for|on))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Header:
    """What front matter says of all the rules below it.

    `tags` say what they are about and where they hold; `rationale` why, where the description says that; `description`
    is the description in any case; not `active`: they are brought in by hand only, or switched off.
    """

    title: str = ""
    tags: tuple[str, ...] = ()
    rationale: str = ""
    description: str = ""
    active: bool = True


def header_of(fields: Mapping[str, Sequence[str]]) -> Header:
    """The meaning of the fields, whatever the case of their names; `fields` as text_blocks.front_matter gives them."""
    plain: dict[str, list[str]] = {}
    for name, values in fields.items():
        plain.setdefault(name.lower(), []).extend(values)
    places = [value for name in _WHERE for value in plain.get(name, ())]
    tags = [tag[:LABEL_MAX] for tag in [*plain.get("tags", ()), *places] if tag.strip() and tag not in _EVERYWHERE]
    description = " ".join(plain.get("description", ())).strip()
    return Header(
        title=" ".join([value for name in _TITLES for value in plain.get(name, ())][:1]),
        tags=tuple(dict.fromkeys(tags))[:TAGS_MAX],
        rationale=description if _SAYS_WHY.search(description) and not _SAYS_WHEN.match(description) else "",
        description=description,
        active=_is_active({name: " ".join(plain.get(name, ())).strip().lower() for name in _HOW}, places, description),
    )


def _is_active(how: Mapping[str, str], places: Sequence[str], description: str) -> bool:
    """Whether the rules reach a model without being asked for; Cursor's do where one of three things is given."""
    if "manual" in (how["trigger"], how["inclusion"], how["type"]) or how["disabled"] == "true":
        return False
    if "false" in (how["enabled"], how["active"]):
        return False
    return how["alwaysapply"] != "false" or bool(places or description)


def fields_not_taken(lines: Sequence[str], fields: Mapping[str, Sequence[str]]) -> Iterator[tuple[int, str, str]]:
    """The fields that say nothing here: each with its line, its name, and why."""
    for name, values in fields.items():
        if name.lower() not in _TAKEN and any(values):
            start = f"{name}:"
            line = next(
                (n for n, text in enumerate(lines[:_LINES], start=1) if text.replace(" ", "").startswith(start)), 0
            )
            yield line, name, "Front matter that this program has no field for"
