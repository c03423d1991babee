"""Which rule of a changed file is which rule of before, and what becomes of a guideline that both sides changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lora_studio.core.domain import Draft

FIELDS = ("name", "content", "category", "priority", "tags", "scope", "rationale", "good", "bad", "active")
ALIKE = 0.5
"""From which share of common letter triples on two texts are one that was reworded."""
_LOOK_AHEAD = 20
_LOOK_AT = 2_000


def pairs(before: Sequence[Draft], after: Sequence[Draft]) -> dict[int, int]:
    """For each rule of `after` the one of `before` that it was, by their places.

    First those of the same category and name, then of the same name, then of the same content; what is left is paired
    between the same neighbours, in order, where name or content is alike.
    """
    found: dict[int, int] = {}
    for key in (lambda d: (d.category, d.name), lambda d: d.name, lambda d: d.content):
        waiting: dict[object, list[int]] = defaultdict(list)
        taken = set(found.values())
        for place in range(len(before) - 1, -1, -1):
            if place not in taken:
                waiting[key(before[place])].append(place)
        for place, draft in enumerate(after):
            if place not in found and waiting.get(key(draft)):
                found[place] = waiting[key(draft)].pop()
    found.update(_reworded(before, after, found))
    return found


def _reworded(before: Sequence[Draft], after: Sequence[Draft], found: dict[int, int]) -> dict[int, int]:
    more: dict[int, int] = {}
    taken = set(found.values())
    start = 0  # the first place in `before` that may still be used
    for place, draft in enumerate(after):
        if place in found:
            start = max(start, found[place] + 1)
            continue
        for old in range(start, min(start + _LOOK_AHEAD, len(before))):
            if old in taken:
                break  # the next neighbour that both have
            if _alike(before[old].name, draft.name) or _alike(before[old].content, draft.content):
                more[place] = old
                start = old + 1
                break
    return more


def _alike(one: str, other: str) -> bool:
    ones, others = _triples(one), _triples(other)
    return 2 * len(ones & others) >= ALIKE * (len(ones) + len(others)) > 0


def _triples(text: str) -> set[str]:
    start = text[:_LOOK_AT].casefold()
    return {start[place : place + 3] for place in range(len(start) - 2)} or {start}


@dataclass(frozen=True, slots=True)
class Merged:
    """What the guideline would say, the fields in which that is new, and those that somebody else changed as well."""

    draft: Draft
    changes: tuple[str, ...]
    contested: tuple[str, ...]


def merged(base: Draft | None, now: Draft, said: Draft) -> Merged:
    """Takes from `said` what is new since `base`, and leaves the rest as it is `now`. Without a base: all of `said`."""
    changes: dict[str, Any] = {}
    contested = []
    for name in FIELDS:
        old, new = getattr(now, name), getattr(said, name)
        if new == old or (base is not None and getattr(base, name) == new):
            continue
        changes[name] = new
        if base is None or getattr(base, name) != old:
            contested.append(name)
    return Merged(replace(now, **changes), tuple(changes), tuple(contested))


def in_words(fields: Iterable[str]) -> str:
    """The fields as a person calls them: "name, good examples"."""
    words = {"good": "good examples", "bad": "bad examples"}
    return ", ".join(words.get(name, name) for name in fields)
