"""Which pair of examples a rich dataset keeps for the exam."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from lora_studio.core.domain import is_blank


def held_out_pair(good: Sequence[str], bad: Sequence[str]) -> tuple[str, str] | None:
    """The last of two complete pairs or more, a good and a bad example at the same place; None where there are fewer.

    A rich dataset never shows it, so that the exam can ask about examples that the adapter has not seen.
    """
    pairs = [(one, other) for one, other in zip(good, bad, strict=False) if not (is_blank(one) or is_blank(other))]
    return pairs[-1] if len(pairs) >= 2 else None


def shown_pairs(good: Sequence[str], bad: Sequence[str]) -> list[tuple[str, str]]:
    """The good and bad examples that a rich dataset may show, each beside the one at its place; "" where none is.

    None blank, none of the pair that is held out, and none that stands on both sides, which says nothing.
    """
    hidden = {*(held_out_pair(good, bad) or ()), *({*good} & {*bad})}
    pairs = [
        ("" if is_blank(one) or one in hidden else one, "" if is_blank(other) or other in hidden else other)
        for one, other in zip_longest(good, bad, fillvalue="")
    ]
    return [pair for pair in pairs if any(pair)]
