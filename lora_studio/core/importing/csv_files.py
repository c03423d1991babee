"""The records of a table: commas, semicolons or tabs, whatever a spreadsheet made of it."""

from __future__ import annotations

import csv
import io
import re

from lora_studio.core.errors import Invalid
from lora_studio.core.importing.fields import FIELD_OF, plain_name
from lora_studio.core.importing.records import RecordNote, Records, Tick
from lora_studio.core.sharing import as_written

COLUMNS_MAX = 200
FIELD_MAX = 16 << 20
"""Longest field of a CSV file, in characters: one may hold all the examples of a guideline."""
_SEPARATOR = re.compile(r'"?sep=(.)"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)


def csv_records(text: str, tick: Tick, note: RecordNote) -> Records:
    """Each row below the line that names the columns, with the number of its line. Raises Invalid."""
    named = _SEPARATOR.match(text)
    start = named.end() if named else 0
    head = re.match(r"[^\r\n]*", text[start : start + FIELD_MAX])
    separator = named[1] if named else max(",;\t", key=head[0].count if head else text.count)
    if head and head[0].count(separator) >= COLUMNS_MAX:
        raise Invalid(f"It has more than {COLUMNS_MAX} columns; a column each for name and content is enough")
    csv.field_size_limit(FIELD_MAX)
    rows = csv.reader(io.StringIO(text[start:], newline=""), delimiter=separator)
    above = 1 if named else 0
    try:
        columns = _columns(next(rows, []))
        before = rows.line_num
        for row in rows:
            line, before = above + before + 1, rows.line_num
            if any(cell for cell in row[len(columns) :]):
                yield line, Invalid("It has more fields than there are columns; put fields with separators in quotes")
            elif any(row):
                yield line, {column: as_written(value) for column, value in zip(columns, row, strict=False) if value}
    except csv.Error as error:
        raise Invalid(f"It is not valid CSV (line {above + rows.line_num}): {error}") from None


def _columns(head: list[str]) -> list[str]:
    """What the columns are called; those without a name by their number. Raises Invalid."""
    columns = [column.strip() for column in head]
    fields = {FIELD_OF.get(plain_name(column), plain_name(column)) for column in columns}
    if "name" not in fields or not fields & {"content", "description"}:
        raise Invalid("Its first line does not name the columns; it needs at least name and content")
    if twice := [column for column in columns if column and columns.count(column) > 1]:
        raise Invalid(f"It names the column {twice[0][:80]!r} twice; give one of them another name")
    return [column or f"column {number}" for number, column in enumerate(columns, start=1)]
