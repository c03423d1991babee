"""What readers give and what a plan says, as plain records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.domain import GLOBAL, Draft, Guideline, Scope

Progress = Callable[[int, int], None]
Tick = Callable[[], None]
"""Called now and then by what cannot say how far it is; raises Cancelled to stop it."""
Records = Iterator[tuple[int, object]]
"""Each record of a data file with its line (or its number), or Invalid in place of one that cannot be read."""
RecordNote = Callable[[int, str, str], None]
"""Told of a field that was not taken: its line, its name, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One guideline as a source says it. `line` counts from 1 (records in JSON and databases are counted instead).

    `id` and `version` are what the source itself calls it, where it does; `names_scope`: whether the scope of
    `draft` is the source's own word; `context` are texts that tell two equal names apart, the nearest first;
    `free_name`: the name was made from the text, so that another one will do as well; `reason`: empty for a rule, else
    one short sentence why it is probably none; `description`: what the source says of it that is no part of it, mostly
    when it applies; `place`: the folder below the one that was chosen in which it holds, empty for all of it;
    `written`: the version of the guideline that was written out as this block (0: it is none of ours).
    """

    draft: Draft
    line: int
    id: str = ""
    version: int = 0
    names_scope: bool = False
    context: tuple[str, ...] = ()
    free_name: bool = False
    reason: str = ""
    description: str = ""
    place: str = ""
    written: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read and why, in one sentence. `line` 0 means the whole file."""

    path: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file or folder that was left alone, and why, in one sentence."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A field of a source (as it is called there) that no guideline took, and why. `line` is the first such place."""

    path: str
    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its absolute path, the SHA-256 of its bytes, and the rules in it in their order."""

    path: Path
    digest: str
    found: tuple[Found, ...]
    problems: tuple[Problem, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read, what is wrong with it, and what was left alone."""

    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    not_read: tuple[NotRead, ...]


STATES = ("new", "changed", "conflict", "gone", "duplicate", "same")
"""What an import may do with a rule: add it; change the guideline that it made; change one that somebody else wrote or
edited; switch off a guideline that its source no longer has; add it although its text is there under another name;
nothing, as the library says the same.
"""
CHOSEN_STATES = ("new", "changed")
"""What is imported unless somebody chooses otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a plan.

    `draft` is what the library will say, `old` what it says now (None for a new one), `changes` the fields in which
    they differ, `said` what the source says (None: nothing any more), `note` a sentence for a person; `known`: all of
    this is remembered already; `instead`: the id of the guideline that the source's rule was until now; `reason` and
    `description` as in Found; `into`: the scope under which the source is remembered; `declined`: a person left the
    very text out before.
    """

    state: str
    source: Path
    place: int
    line: int
    draft: Draft
    old: Guideline | None = None
    said: Draft | None = None
    id: str = ""
    changes: tuple[str, ...] = ()
    note: str = ""
    known: bool = False
    instead: str = ""
    reason: str = ""
    description: str = ""
    into: Scope = GLOBAL
    declined: bool = False

    @property
    def is_unlikely(self) -> bool:
        """Whether it is new and probably no rule, so that it is taken only where somebody says so."""
        return bool(self.reason) and self.old is None

    @property
    def is_offered(self) -> bool:
        """Whether it is imported unless somebody chooses otherwise."""
        return self.state in CHOSEN_STATES and not self.is_unlikely and not self.declined


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import would do. Entries stand in the order of the sources; a choice names them by their numbers.

    `sources` are the files that were read, with their SHA-256 and the number of the reader that cut them; `moved` the
    numbers under which some of them were remembered at another path; `not_read` and `not_taken` what was left alone,
    of folders and of files.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    sources: tuple[tuple[Path, str, int], ...]
    moved: tuple[tuple[Path, int], ...] = ()
    not_read: tuple[NotRead, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()

    def count(self, *states: str) -> int:
        """How many entries are in one of `states`."""
        return sum(entry.state in states for entry in self.entries)

    def default_choice(self) -> frozenset[int]:
        """The numbers of the entries that are imported unless somebody chooses otherwise."""
        return frozenset(number for number, entry in enumerate(self.entries) if entry.is_offered)
