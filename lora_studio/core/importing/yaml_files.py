"""The records of YAML, one document or several."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lora_studio.core.errors import Invalid
from lora_studio.core.importing.records import RecordNote, Records, Tick
from lora_studio.core.importing.tool_files import OUTER_FIELD, listed_in, records_in

DEPTH_MAX = 50
_LONG_NUMBER = re.compile(r"[-+0-9_.:]{1000}")


def yaml_records(text: str, tick: Tick, note: RecordNote) -> Records:
    """A list of guidelines, one below `guidelines`, or one guideline; records are counted. Raises Invalid."""
    import yaml  # here: half of what this file costs to load, for the rarest kind

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _look_over(yaml, loader, text, tick)
        documents = list(yaml.load_all(text, Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise Invalid(
            f"It is not valid YAML{where}: {getattr(error, 'problem', None) or 'a character is not allowed'}"
        ) from None
    except (ValueError, ArithmeticError, LookupError, AttributeError, RecursionError):
        # A date that is none, a number of too many digits, a tag such as !!bool before something else.
        raise Invalid("It holds a date or a number that cannot be; put it in quotes") from None
    number = 0
    for document in documents:
        for _, record in _records(document, note):
            number += 1
            yield number, record


def _records(document: object, note: RecordNote) -> Records:
    if isinstance(document, list):
        yield from records_in("guidelines", document)
    elif isinstance(document, dict):
        key = listed_in(document)
        for name in document:
            if key and name != key:
                note(0, str(name), OUTER_FIELD)
        if key:
            yield from records_in(key, document[key])
        else:
            yield 1, document
    elif document is not None:
        raise Invalid("It holds no guidelines; a list of them below 'guidelines:' would do")


def _look_over(yaml: Any, loader: Any, text: str, tick: Tick) -> None:
    """Raises Invalid for aliases (a few lines of them can stand for gigabytes), for bottomless nesting, for numbers
    (1:59:59 is one too) that would take minutes to read, and for a field that is named twice."""
    around: list[_Collection] = []
    for number, event in enumerate(yaml.parse(text, Loader=loader)):
        if number % 5_000 == 0:
            tick()
        if isinstance(event, yaml.AliasEvent):
            raise Invalid(f"It uses an alias (*, line {event.start_mark.line + 1}); write the text out instead")
        if isinstance(event, yaml.CollectionEndEvent):
            around.pop()
            continue
        starts = isinstance(event, yaml.CollectionStartEvent)
        if isinstance(event, yaml.ScalarEvent):
            _refuse_scalar(event, around)
        if around and (starts or isinstance(event, yaml.ScalarEvent)):
            around[-1].at_key = not around[-1].at_key
        if starts:
            around.append(_Collection(isinstance(event, yaml.MappingStartEvent)))
            _refuse_depth(around)


@dataclass
class _Collection:
    """A mapping or a list that is being read: whether a key comes next, and the keys so far."""

    is_mapping: bool
    at_key: bool = True
    keys: set[str] = field(default_factory=set)


def _refuse_depth(around: list[_Collection]) -> None:
    if len(around) > DEPTH_MAX:
        raise Invalid("It is nested too deeply")


def _refuse_scalar(event: Any, around: list[_Collection]) -> None:
    where = f"line {event.start_mark.line + 1}"
    if _LONG_NUMBER.match(event.value) and (event.tag or event.implicit[0]):
        raise Invalid(f"It holds a number that cannot be ({where}); put it in quotes")
    if around and around[-1].is_mapping and around[-1].at_key:
        if event.value in around[-1].keys:
            raise Invalid(f"It says {event.value[:80]!r} twice ({where}); keep one of them")
        around[-1].keys.add(event.value)
