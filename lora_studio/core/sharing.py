"""Guidelines themselves as files: JSON, JSONL, YAML, Markdown, CSV. JSON and JSONL come back without loss."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
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
        parts = [f"\n## {' '.join(guideline.name.split())}\n", f"*{' · '.join(labels)}*\n", f"{guideline.content}\n"]
        if guideline.rationale:
            parts.append(f"**Why:** {guideline.rationale}\n")
        for title, texts in (("Good", guideline.good), ("Bad", guideline.bad)):
            parts += [f"**{title}:**\n\n{_fenced(text)}\n" for text in texts]
        yield "\n".join(parts)


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
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


SHARE_FORMATS: dict[str, tuple[str, Callable[[Iterable[Guideline]], Iterator[str]]]] = {
    "json": ("json", _json),
    "jsonl": ("jsonl", _jsonl),
    "yaml": ("yaml", _yaml),
    "markdown": ("md", _markdown),
    "csv": ("csv", _csv),
}
"""By format: the file name's ending, and the function that gives the text in pieces."""
