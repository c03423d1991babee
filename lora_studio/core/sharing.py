"""Guidelines themselves as files: JSON, JSONL, YAML, Markdown, CSV. JSON and JSONL come back without loss."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from lora_studio.core.domain import Draft, Guideline

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def draft_json(draft: Draft) -> dict[str, Any]:
    """What a guideline says, in the words of the JSON door."""
    return {
        "name": draft.name,
        "content": draft.content,
        "category": draft.category,
        "priority": draft.priority,
        "tags": list(draft.tags),
        "scopeType": draft.scope.type,
        "scopeId": draft.scope.id or None,
        "rationale": draft.rationale,
        "examples": {"good": list(draft.good), "bad": list(draft.bad)},
        "active": draft.active,
    }


def guideline_json(guideline: Guideline) -> dict[str, Any]:
    """A guideline as responses and exports show it."""
    return {
        "id": guideline.id,
        **draft_json(guideline),
        "version": guideline.version,
        "createdAt": guideline.created_at,
        "updatedAt": guideline.updated_at,
    }


def _compact(guideline: Guideline) -> str:
    return json.dumps(guideline_json(guideline), ensure_ascii=False)


def _json(guidelines: Iterable[Guideline]) -> Iterator[str]:
    separator = '{"guidelines": [\n'
    for guideline in guidelines:
        yield separator + _compact(guideline)
        separator = ",\n"
    yield "\n]}\n" if separator.startswith(",") else '{"guidelines": []}\n'


def _jsonl(guidelines: Iterable[Guideline]) -> Iterator[str]:
    return (_compact(guideline) + "\n" for guideline in guidelines)


def _yaml(guidelines: Iterable[Guideline]) -> Iterator[str]:
    head = "guidelines:\n"
    for guideline in guidelines:
        yield head + yaml.dump([guideline_json(guideline)], Dumper=_DUMPER, sort_keys=False, allow_unicode=True)
        head = ""
    if head:
        yield "guidelines: []\n"


def _markdown(guidelines: Iterable[Guideline]) -> Iterator[str]:
    yield "# Guidelines\n"
    for guideline in guidelines:
        labels = [guideline.category, f"priority {guideline.priority}", str(guideline.scope), *guideline.tags]
        line = _BETWEEN.join(_AS_IT_IS.sub(r"\\\g<0>", " ".join(label.splitlines())) for label in labels)
        parts = [f"\n## {' '.join(guideline.name.split())}\n", f"*{line}*\n", f"{shielded(guideline.content)}\n"]
        if guideline.rationale:
            parts.append(f"{WHY}{shielded(guideline.rationale)}\n")
        for title, texts in (("Good", guideline.good), ("Bad", guideline.bad)):
            parts += [f"**{title}:**\n\n{_fenced(shielded(text))}\n" for text in texts]
        yield "\n".join(parts)


WHY = "**Why:** "
"""What the rationale starts with in our Markdown."""
_BETWEEN = " · "
_AS_IT_IS = re.compile(r"[\\·]")
_LINE = re.compile(r"[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Labels:
    """What the line below a guideline's name tells in our Markdown."""

    category: str
    priority: int
    scope: str
    tags: tuple[str, ...]


def labels_in(line: str) -> Labels | None:
    """The labels that `line` holds; None where it is no such line."""
    parts = line[1:-1].split(_BETWEEN) if len(line) > 1 and line[0] == line[-1] == "*" else []
    place = next((n for n, part in enumerate(parts) if n and _PRIORITY.fullmatch(part)), 0)
    category, scope, tags = _BETWEEN.join(parts[:place]), "".join(parts[place + 1 : place + 2]), parts[place + 2 :]
    if not place or not category or not _SCOPE.fullmatch(scope):
        return None
    category, scope, *tags = (re.sub(r"\\([\\·])", r"\1", text) for text in (category, scope, *tags))
    return Labels(category, int(parts[place].removeprefix("priority ")), scope, tuple(tags))


_PRIORITY = re.compile("priority [0-9]{1,3}")
_SCOPE = re.compile(r"global|(?:org|project|session):\S.*")


def shielded(text: str) -> str:
    """`text` so that no line of it is taken for a part of our Markdown when that is read back: the backslash makes
    its sign a plain one there.
    """
    return _LINE.sub(lambda line: f"\\{line[0]}" if _is_a_part(line[0]) else line[0], text)


def unshielded(text: str) -> str:
    """What was `shielded` before."""
    return _LINE.sub(lambda line: line[0][_is_a_part(line[0]) and line[0][0] == "\\" :], text)


def _is_a_part(line: str) -> bool:
    plain = line.lstrip("\\")
    return plain.startswith(WHY) or labels_in(plain) is not None


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _csv(guidelines: Iterable[Guideline]) -> Iterator[str]:
    columns: list[str] | None = None
    for guideline in guidelines:
        record = guideline_json(guideline)
        record |= {"tags": json.dumps(record["tags"], ensure_ascii=False)}
        record |= {"examples": json.dumps(record["examples"], ensure_ascii=False)}
        if columns is None:
            columns = list(record)
            yield _csv_line(columns)
        yield _csv_line(record.values())


def _csv_line(values: Iterable[Any]) -> str:
    line = io.StringIO()
    cells = [harmless(value) if isinstance(value, str) else value for value in values]
    csv.writer(line, lineterminator="\r\n").writerow(cells)  # what holds either sign is quoted then
    return line.getvalue().removesuffix("\r\n") + "\n"


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell of a table, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def as_written(cell: str) -> str:
    """What was made `harmless` before."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


SHARE_FORMATS: dict[str, tuple[str, Callable[[Iterable[Guideline]], Iterator[str]]]] = {
    "json": ("json", _json),
    "jsonl": ("jsonl", _jsonl),
    "yaml": ("yaml", _yaml),
    "markdown": ("md", _markdown),
    "csv": ("csv", _csv),
}
"""By format: the file name's ending, and the function that gives the text in pieces."""
