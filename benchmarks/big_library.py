"""A library of many guidelines, two good and two bad examples each, always the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lora_studio.core.domain import OWNER, Draft, Scope
from lora_studio.core.library.guidelines import add_guidelines
from lora_studio.core.library.store import open_library

_SENTENCE = (
    "the rule says that every value which comes from outside is parsed into a typed record at the boundary and "
    "refused with one sentence that says what would fit"
)
_WORDS = _SENTENCE.split()


def make_library(path: Path, count: int) -> None:
    """Makes the library `path` with `count` guidelines."""
    library = open_library(path)
    drafts = _drafts(count)
    while batch := list(islice(drafts, 10_000)):
        add_guidelines(library, batch, OWNER)


def _drafts(count: int) -> Iterator[Draft]:
    chance = random.Random(1)
    for number in range(count):
        yield Draft(
            name=f"Rule {number} about {chance.choice(_WORDS)} and {chance.choice(_WORDS)}",
            content=" ".join(chance.choices(_WORDS, k=30)),
            category=f"category_{number % 12}",
            priority=number % 101,
            tags=(f"tag{number % 30}", f"topic{number % 7}"),
            scope=Scope("project", f"p{number % 5}") if number % 3 == 0 else Scope(),
            good=(f"good_call({number})\nreturn value", f"other({number})"),
            bad=(f"bad_call({number})\nreturn None", f"evil({number})"),
        )
