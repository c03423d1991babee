"""The records that every room speaks in: scopes, guidelines, filters, examples, export options."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

SCOPE_TYPES = ("global", "org", "project", "session")
PERMISSIONS = ("read", "write")
OWNER = "desktop"
"""The library's owner: the window and the commands that a person types. May read and write all."""

NAME_MAX = 500
CONTENT_MAX = 100_000
LABEL_MAX = 200
"""Longest category, tag, scope id, agent name and target model, in characters."""
TAGS_MAX = 100
EXAMPLES_MAX = 1_000
"""Most tags, and most good and most bad examples of one guideline."""


def is_blank(text: str) -> bool:
    """True where `text` holds nothing but white space, U+FEFF or U+200B."""
    if text and text[0].isalnum():  # nearly every text, and this is asked a million times an export
        return False
    return all(c.isspace() or c in "\ufeff\u200b" for c in text)


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Where a guideline holds: `global` (no id), or one organisation, project or session."""

    type: str = "global"
    id: str = ""

    def __str__(self) -> str:
        return f"{self.type}:{self.id}" if self.id else self.type


GLOBAL = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A guideline's own text and labels, as a person or an agent writes them."""

    name: str
    content: str
    category: str = "general"
    priority: int = 50
    tags: tuple[str, ...] = ()
    scope: Scope = GLOBAL
    rationale: str = ""
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline(Draft):
    """A guideline in the library, at its present version. Times are ISO 8601, UTC, with milliseconds."""

    id: str
    version: int
    created_at: str
    updated_at: str
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineVersion(Draft):
    """One row of a guideline's history: what it said, who changed it, when and why."""

    version: int
    created_at: str
    created_by: str
    reason: str
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineFilter:
    """Which guidelines are meant. Empty means no limit; within a field any value will do, all fields must fit.

    A scope type without an id means every scope of that type. `active` None means both.
    """

    categories: tuple[str, ...] = ()
    priority_min: int = 0
    priority_max: int = 100
    tags: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    ids: tuple[str, ...] = ()
    active: bool | None = True
    deleted: bool = False


class SourceRow(NamedTuple):
    """What examples are made of, as it lies in the table: tags, good and bad are JSON arrays of texts."""

    row: int
    id: str
    version: int
    name: str
    content: str
    category: str
    priority: int
    tags: str
    rationale: str
    good: str
    bad: str


class Example(NamedTuple):
    """One question and its answer, made from one guideline by one template.

    `example_type` is "good" or "bad" where the question shows an example, otherwise "".
    """

    prompt: str
    completion: str
    type: str
    example_type: str
    source: SourceRow


SPLIT_MODES = ("example", "guideline", "question")
IF_EXISTS = ("replace", "keep_both", "fail")
VARIETIES = ("documented", "rich")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """Everything that decides an export's bytes, beside the library and the templates.

    `train_eval_split` is the share of rows for training, 0 to 1; `strict` leaves out the metadata that a
    service refuses; `variety` rich adds more ways of asking to the documented rows.
    """

    target_model: str
    format: str = "huggingface"
    include_examples: bool = True
    examples_per_guideline: int = 3
    train_eval_split: float = 0.9
    filter: GuidelineFilter = field(default_factory=GuidelineFilter)
    seed: int = 0
    split_by: str = "example"
    if_exists: str = "replace"
    strict: bool = False
    variety: str = "documented"
