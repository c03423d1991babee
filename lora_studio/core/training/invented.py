"""Titles that no guideline has: an adapter that knows its rules says that there is no such rule."""

from __future__ import annotations

from collections.abc import Sequence

TITLES = (
    "Playlists for the waiting room",
    "Winter tyres for delivery vans",
    "Choice of tea towels",
    "Names for the robot lawnmower",
    "Folding of paper maps",
    "Pizza on late shifts",
    "Sizes of picture frames",
    "Care of the roof garden",
)
COUNT = 8
"""Titles that one exam asks about; half of them are put together from real ones where those are long enough."""


def invented_titles(titles: Sequence[str]) -> list[str]:
    """COUNT titles that are none of `titles`, the same for the same ones."""
    known = {_flat(title) for title in titles}
    mixed = [title for title in _mixed(titles) if not any(one in f" {_flat(title)} " for one in map(_within, known))]
    made = [*mixed[: COUNT // 2], *TITLES]
    return [title for title in dict.fromkeys(made) if _flat(title) not in known][:COUNT]


def _mixed(titles: Sequence[str]) -> list[str]:
    """The beginnings of some titles with the ends of others, drawn evenly."""
    long = [title.split() for title in titles if len(title.split()) >= 2 and len(title) <= 80]
    step = max(1, len(long) // COUNT)
    ahead = len(long) // 2 or 1
    pairs = [(long[at], long[(at + ahead) % len(long)]) for at in range(0, len(long), step)]
    return [" ".join((*one[: (len(one) + 1) // 2], *other[len(other) // 2 :])) for one, other in pairs if one != other]


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def _within(title: str) -> str:
    return f" {title} "
