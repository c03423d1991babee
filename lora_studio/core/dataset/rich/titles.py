"""Titles that no guideline has, so that a model learns to say that there is no such rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lora_studio.core.dataset.rich.bank import Bank
from lora_studio.core.dataset.rich.words import Chance, mixed, pick

IsTitle = Callable[[str], bool]
"""Whether a guideline of the export has this title, in whatever case."""


def invented_titles(luck: Chance, bank: Bank, name: str, is_title: IsTitle, count: int) -> list[str]:
    """`count` titles or fewer, none of them a real one: of other things, and some that begin or end like `name`."""
    words = name.split()
    topic = mixed(luck, bank.topics)
    made = []
    for number in range(count):
        if number % 3 == 1 and len(words) >= 2:
            made.append(_like(luck, bank, words))
        else:
            made.append(topic[number % len(topic)] if luck.random() < 0.6 else _combined(luck, bank))
    return [title for title in dict.fromkeys(made) if not is_title(title)]


def _like(luck: Chance, bank: Bank, words: Sequence[str]) -> str:
    """A title that begins or ends like the one of these `words`."""
    if luck.random() < 0.5:
        return f"{' '.join(words[: (len(words) + 1) // 2])} {pick(luck, bank.endings)}"
    return f"{pick(luck, bank.topics).split()[0]} {' '.join(words[len(words) // 2 :])}"


def _combined(luck: Chance, bank: Bank) -> str:
    return f"{pick(luck, bank.topics)} {pick(luck, bank.endings)}"
