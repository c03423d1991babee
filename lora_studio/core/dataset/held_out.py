"""Which pair of examples a rich dataset keeps for the exam."""

from __future__ import annotations

from collections.abc import Sequence

from lora_studio.core.domain import is_blank


def held_out_pair(good: Sequence[str], bad: Sequence[str]) -> tuple[str, str] | None:
    """The last of two complete pairs or more, a good and a bad example at the same place; None where there are fewer.

    A rich dataset never shows it, so that the exam can ask about examples that the adapter has not seen.
    """
    pairs = [(one, other) for one, other in zip(good, bad, strict=False) if not (is_blank(one) or is_blank(other))]
    return pairs[-1] if len(pairs) >= 2 else None


def without_held_out(good: Sequence[str], bad: Sequence[str]) -> tuple[list[str], list[str]]:
    """The good and bad examples that a rich dataset may show: none blank, none of the pair that is held out."""
    held = held_out_pair(good, bad) or ()
    return [text for text in good if not is_blank(text) and text not in held], [
        text for text in bad if not is_blank(text) and text not in held
    ]
