"""The wordings of rich rows, from resources/examples/rich.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

import msgspec

from lora_studio.core.resources import resource_text

Texts = tuple[str, ...]
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Questions and answers with names in braces; the file says what stands for each."""

    titled: Texts
    titled_answers: Texts
    words: Texts
    scraps: Texts
    heard: Texts
    reasons: Texts
    untitled_answers: Texts
    naming: Texts
    naming_answers: Texts
    why: Texts
    why_answers: Texts
    review: Texts
    review_answers: Texts
    rewrite: Texts
    verdict_usual: str
    verdict_prompts: Texts
    verdict_short: dict[str, str]
    verdict_plain: dict[str, str]
    verdict_reasons: dict[str, Texts]
    decline_answers: Texts
    topics: Texts
    endings: Texts
    nouns: Texts


@cache
def bank() -> Bank:
    """The shipped wordings."""
    return msgspec.convert(tomllib.loads(resource_text("examples/rich.toml")), Bank)


def fill(text: str, **values: str) -> str:
    """`text` with what stands in braces filled in, once: braces in a value stay as they are."""
    return _SLOT.sub(lambda slot: values.get(slot[1], slot[0]), text)
