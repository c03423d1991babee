"""JSON, JSONL, YAML and CSV with guidelines in them, one record after the other; nothing in them is ever run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec

from lora_studio.core.errors import Invalid
from lora_studio.core.importing.checked import checked, found_in, without_unfit_examples
from lora_studio.core.importing.records import Found, Problem, Tick
from lora_studio.core.sharing import as_written

COLUMNS_MAX = 200
DEPTH_MAX = 50
FIELD_MAX = 16 << 20
"""Longest field of a CSV file, in characters: one may hold all the examples of a guideline."""
_TELL_EVERY = 500
_LONG_NUMBER = re.compile(r"[-+0-9_.:]{1000}")

Records = Iterator[tuple[int, object]]


def read_data(kind: str, data: bytes, path: str, tick: Tick) -> tuple[list[Found], list[Problem]]:
    """The guidelines in `data`, and the records that are none. Raises Invalid where the file as a whole is unusable."""
    found: list[Found] = []
    problems: list[Problem] = []
    for number, (line, record) in enumerate(DATA_KINDS[kind](data, tick)):
        if number % _TELL_EVERY == 0:
            tick()
        if isinstance(record, Invalid):
            problems.append(Problem(path, line, record.message))
            continue
        try:
            one = found_in(record, line)
            draft, lost = without_unfit_examples(one.draft)
            checked(draft)
        except Invalid as error:
            problems.append(Problem(path, line, error.message[:1].upper() + error.message[1:]))
            continue
        if lost:
            problems.append(Problem(path, line, lost))
        found.append(one if draft is one.draft else replace(one, draft=draft))
    return found, problems


def as_text(data: bytes) -> str:
    """The text in `data`: UTF-8, with or without a byte order mark, or UTF-16 with one. Raises Invalid."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(f"It is not UTF-8 text (line {line}); save it as UTF-8") from None


def _json(data: bytes, tick: Tick) -> Records:
    """An array of guidelines, an object with such an array in `guidelines`, or one guideline. Records are counted."""
    try:
        text = as_text(data).encode("utf-8", "surrogatepass")
        outer = msgspec.json.decode(text, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
        if isinstance(outer, dict):
            listed = outer.get("guidelines")
            items = [msgspec.Raw(text)] if listed is None else msgspec.json.decode(listed, type=list[msgspec.Raw])
        else:
            items = outer
    except msgspec.ValidationError:
        raise Invalid('It holds no guidelines; {"guidelines": [ … ]} or a list of them would do') from None
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise Invalid(f"It is not valid JSON: {error}") from None
    except RecursionError:
        raise Invalid("It is nested too deeply") from None
    for number, item in enumerate(items, start=1):
        yield number, _json_value(bytes(item))


def _json_value(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        return Invalid("It is nested too deeply")
    except (msgspec.DecodeError, ValueError) as error:
        return Invalid(f"It is not valid JSON: {error}")


def _jsonl(data: bytes, tick: Tick) -> Records:
    for number, line in enumerate(as_text(data).split("\n"), start=1):
        if line.strip():
            yield number, _json_value(line.encode("utf-8", "surrogatepass"))


def _yaml(data: bytes, tick: Tick) -> Records:
    import yaml  # here: half of what this file costs to load, for the rarest kind

    text = as_text(data)
    try:
        _refuse_bombs(yaml, text, tick)
        loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise Invalid(
            f"It is not valid YAML{where}: {getattr(error, 'problem', None) or 'a character is not allowed'}"
        ) from None
    except (ValueError, ArithmeticError, LookupError, AttributeError, RecursionError):
        # A date that is none, a number of too many digits, a tag such as !!bool before something else.
        raise Invalid("It holds a date or a number that cannot be; put it in quotes") from None
    if isinstance(loaded, dict) and "guidelines" in loaded:
        loaded = loaded["guidelines"]
    elif isinstance(loaded, dict):
        loaded = [loaded]
    if not isinstance(loaded, list):
        raise Invalid("It holds no guidelines; a list of them below 'guidelines:' would do")
    yield from enumerate(loaded, start=1)


def _refuse_bombs(yaml: Any, text: str, tick: Tick) -> None:
    """Raises Invalid for aliases (a few lines of them can stand for gigabytes), for bottomless nesting, and for numbers
    (1:59:59 is one too) that would take minutes to read."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))):
        if number % 5_000 == 0:
            tick()
        if isinstance(event, yaml.AliasEvent):
            raise Invalid(f"It uses an alias (*, line {event.start_mark.line + 1}); write the text out instead")
        if isinstance(event, yaml.ScalarEvent) and _LONG_NUMBER.match(event.value) and (event.tag or event.implicit[0]):
            raise Invalid(f"It holds a number that cannot be (line {event.start_mark.line + 1}); put it in quotes")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise Invalid("It is nested too deeply")


def _csv(data: bytes, tick: Tick) -> Records:
    text = as_text(data)
    head = text[: text.find("\n") + 1] or text
    separator = max(",;\t", key=head.count)
    if head.count(separator) >= COLUMNS_MAX:
        raise Invalid(f"It has more than {COLUMNS_MAX} columns; a column each for name and content is enough")
    csv.field_size_limit(FIELD_MAX)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        columns = [column.strip() for column in next(rows, [])]
        if not {"name", "title"} & set(columns) or not {"content", "text", "rule"} & set(columns):
            raise Invalid("Its first line does not name the columns; it needs at least name and content")
        before = rows.line_num
        for row in rows:
            line, before = before + 1, rows.line_num
            if len(row) > len(columns):
                yield line, Invalid("It has more fields than there are columns; put fields with separators in quotes")
            elif any(row):
                yield line, {column: as_written(value) for column, value in zip(columns, row, strict=False) if value}
    except csv.Error as error:
        raise Invalid(f"It is not valid CSV (line {rows.line_num}): {error}") from None


DATA_KINDS: dict[str, Callable[[bytes, Tick], Records]] = {
    "json": _json,
    "jsonl": _jsonl,
    "yaml": _yaml,
    "csv": _csv,
}
