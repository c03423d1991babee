"""Which part of a data file is the list of guidelines, and those of tools that keep rules in shapes of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from lora_studio.core.errors import Invalid
from lora_studio.core.importing.records import Records

OUTER_FIELD = "It stands beside the list of guidelines, which alone is read"
_NAME_LENGTH = 60


def listed_in(names: Collection[str]) -> str:
    """The field of an object that holds its guidelines; empty where the object is one itself."""
    if "guidelines" in names:
        return "guidelines"
    return next((name for name in ("rules", "areas") if name in names and "content" not in names), "")


def records_in(field: str, value: object) -> Records:
    """The records in the field that `listed_in` named, counted: a list of guidelines; for `rules` also plain texts and
    such for some files (firebender.json); `areas` by name with rules in each (code_review_guidelines.yaml).

    Raises Invalid where it is nothing of the kind.
    """
    if isinstance(value, Invalid):
        raise value
    if field == "areas" and isinstance(value, Mapping):
        yield from enumerate(_of_areas(value), start=1)
    elif isinstance(value, list):
        yield from enumerate(_of_rules(value) if field == "rules" else value, start=1)
    else:
        raise Invalid("It holds no guidelines; a list of them below 'guidelines' would do")


def _of_rules(rules: list[object]) -> Iterator[object]:
    for rule in rules:
        if isinstance(rule, str):
            yield {"name": _name_of(rule), "content": rule}
        elif isinstance(rule, Mapping) and isinstance(rule.get("rules"), list):
            place = rule.get("filePathMatches", ())
            others = {name: value for name, value in rule.items() if name not in ("rules", "filePathMatches")}
            for text in rule["rules"]:
                one = {"name": _name_of(text), "content": text} if isinstance(text, str) else text
                yield (
                    {**one, "tags": [place] if isinstance(place, str) else place, **others}
                    if isinstance(one, Mapping)
                    else one
                )
        else:
            yield rule


def _of_areas(areas: Mapping[object, object]) -> Iterator[object]:
    for name, area in areas.items():
        rules = area.get("rules") if isinstance(area, Mapping) else None
        if not isinstance(area, Mapping) or not isinstance(rules, list):
            yield Invalid(f"the area {str(name)[:80]!r} has no list of rules")
            continue
        others = {key: value for key, value in area.items() if key not in ("rules", "globs")}
        for rule in rules:
            if not isinstance(rule, Mapping):
                yield rule
                continue
            one = {"category": str(name), "tags": area.get("globs", ()), **rule}
            one["name"] = str(one.pop("id", "") or _name_of(str(rule.get("description", "")))).replace("_", " ")
            yield one | {f"{name}.{key}": value for key, value in others.items()}


def _name_of(text: str) -> str:
    """The beginning of a rule that has no name, cut at a word."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _NAME_LENGTH else plain[: _NAME_LENGTH - 1].rpartition(" ")[0] + "…"
