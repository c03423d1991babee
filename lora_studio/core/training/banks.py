"""The shipped banks of prompts: what the base model answers for replay, and what an exam asks beside the rules."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from lora_studio.core.resources import resource_text


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question about anything but a team's rules.

    `detail` is the language of a prompt of kind *code*, the right answer to one of kind *yes_no*, else empty.
    """

    kind: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """A question about a rule, to be filled in with `text.format(…)`.

    `places` are the names that it needs: `a` and `b` (key words of the rule), or `text` (a passage of it).
    """

    text: str
    places: frozenset[str]


def replay_prompts() -> tuple[Prompt, ...]:
    """What the base model answers itself, so that a training does not forget it."""
    return _prompts("replay")


def general_prompts() -> tuple[Prompt, ...]:
    """What the exam asks to see whether anything but the rules has changed; none of it is asked for replay."""
    return _prompts("general")


def understanding_wordings() -> tuple[Wording, ...]:
    """How the exam asks for a rule without its title, in no shape that an export has."""
    return _wordings("understanding")


def naming_wordings() -> tuple[Wording, ...]:
    """How the exam asks for the title of a rule, in no shape that an export has."""
    return _wordings("naming")


@cache
def _prompts(bank: str) -> tuple[Prompt, ...]:
    found = []
    for kind, group in _read(bank).items():
        for detail, texts in group.items() if isinstance(group, dict) else [("", group)]:
            found += [Prompt(kind, text, detail) for text in texts]
    return tuple(found)


@cache
def _wordings(kind: str) -> tuple[Wording, ...]:
    return tuple(Wording(text, frozenset(re.findall(r"{(\w+)}", text))) for text in _read("understanding")[kind])


def _read(bank: str) -> dict[str, Any]:
    return tomllib.loads(resource_text(f"banks/{bank}.toml"))
