"""JSON, JSONL, YAML and CSV with guidelines in them, one record after the other; nothing in them is ever run.

Every field of every record ends in a guideline, or is named with the reason why it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lora_studio.core.errors import Invalid
from lora_studio.core.importing.checked import checked, found_in, without_unfit_examples
from lora_studio.core.importing.csv_files import csv_records
from lora_studio.core.importing.encodings import as_text
from lora_studio.core.importing.json_files import json_records
from lora_studio.core.importing.records import Found, NotTaken, Problem, RecordNote, Records, Tick
from lora_studio.core.importing.yaml_files import yaml_records

_TELL_EVERY = 500
REASONS_NAMED = 20
"""Up to how many different reasons a field that was not taken has each of them told."""

DATA_KINDS: dict[str, Callable[[str, Tick, RecordNote], Records]] = {
    "json": json_records,
    "jsonl": json_records,
    "yaml": yaml_records,
    "csv": csv_records,
}


def read_data(kind: str, data: bytes, path: str, tick: Tick) -> tuple[list[Found], list[Problem], list[NotTaken]]:
    """The guidelines in `data`, the records that are none, and the fields that were not taken. Raises Invalid where the
    file as a whole is unusable."""
    found: list[Found] = []
    problems: list[Problem] = []
    notes = _Notes()
    for number, (line, record) in enumerate(DATA_KINDS[kind](as_text(data), tick, notes.add)):
        if number % _TELL_EVERY == 0:
            tick()
        try:
            if isinstance(record, Invalid):
                raise record
            one, left = found_in(record, line)
            draft, lost = without_unfit_examples(one.draft)
            checked(draft)
        except Invalid as error:
            problems.append(Problem(path, line, error.message[:1].upper() + error.message[1:]))
            continue
        for name, reason in left.items():
            notes.add(line, name, reason)
        if lost:
            problems.append(Problem(path, line, lost))
        found.append(one if draft is one.draft else replace(one, draft=draft))
    return found, problems, notes.as_not_taken(path)


@dataclass
class _Notes:
    """The fields that were not taken: for each one and each reason the first line and how many records it was."""

    found: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def add(self, line: int, name: str, reason: str) -> None:
        reasons = self.found.setdefault(name[:200], {})
        if reason not in reasons and len(reasons) >= REASONS_NAMED:
            reason = "In more records it says something else that was not taken"
        reasons.setdefault(reason, [line, 0])[1] += 1

    def as_not_taken(self, path: str) -> list[NotTaken]:
        return [
            NotTaken(path, line, name, reason if count == 1 else f"{reason} ({count:,} records)")
            for name, reasons in self.found.items()
            for reason, (line, count) in reasons.items()
        ]
