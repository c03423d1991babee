"""Titles that no guideline has, so that a model learns to say that there is no such rule."""

from __future__ import annotations

from collections.abc import Callable

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
        kind = number % 4
        if kind == 1 and len(words) >= 2:
            made.append(f"{' '.join(words[: (len(words) + 1) // 2])} {pick(luck, bank.endings)}")
        elif kind == 3 and len(words) >= 2:
            made.append(f"{pick(luck, topic).split()[0]} {' '.join(words[len(words) // 2 :])}")
        else:
            made.append(topic[number % len(topic)] if luck.random() < 0.6 else _combined(luck, bank))
    return [title for title in dict.fromkeys(made) if not is_title(title)]


def _combined(luck: Chance, bank: Bank) -> str:
    return f"{pick(luck, bank.topics)} {pick(luck, bank.endings)}"
