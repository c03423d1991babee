"""Does what a plan says and a person chose: all of it or nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.domain import Draft, Guideline, Scope
from lora_studio.core.errors import Conflict
from lora_studio.core.importing.records import Entry, ImportPlan, Progress
from lora_studio.core.importing.remembered import READER, remember
from lora_studio.core.library.changes import Change, change_to, joined
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines
from lora_studio.core.library.store import Library


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the guidelines that were added or changed, how many of each state of the plan that were,
    and the same as a change that can be undone."""

    ids: tuple[str, ...]
    counts: dict[str, int]
    change: Change


def apply_import(
    library: Library,
    plan: ImportPlan,
    chosen: Collection[int] | None,
    who: str,
    reason: str = "",
    progress: Progress = lambda done, total: None,
) -> Imported:
    """Imports the entries of `plan` whose numbers are `chosen` (None: those that `default_choice` gives), all or none.

    Without a `reason` each version says from which file it came. Raises Conflict where the library has changed since
    the plan was made, and whatever `progress` raises; then nothing has changed.
    """
    wanted = plan.default_choice() if chosen is None else frozenset(chosen)
    entries = [entry for number, entry in enumerate(plan.entries) if number in wanted and entry.state != "same"]
    ids: dict[tuple[Path, int], str] = {}
    made: list[Change] = []
    with library.writing(len(entries), importing=True):
        done = 0
        for source, group in _by_source(entries).items():
            why = reason or f"Imported from {source.name}"

            def tell(part: int, _: int, start: int = done) -> None:
                progress(start + part, len(entries))

            changed = _change(library, [entry for entry in group if entry.old], who, why)
            added = _add(library, [entry for entry in group if not entry.old], who, why, tell)
            made += [change_to(library, changed, "import"), change_to(library, list(added.values()), "import")]
            ids |= {(source, place): one.id for place, one in added.items()}
            done += len(group)
        _remember(library, plan, wanted, ids, progress)
        progress(len(entries), len(entries))
    everything = [ids.get((entry.source, entry.place)) or (entry.old.id if entry.old else "") for entry in entries]
    return Imported(tuple(everything), dict(Counter(entry.state for entry in entries)), joined(made, "import"))


def _by_source(entries: Collection[Entry]) -> dict[Path, list[Entry]]:
    groups: dict[Path, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.source].append(entry)
    return groups


def _change(library: Library, entries: list[Entry], who: str, reason: str) -> list[Guideline]:
    by_id = {entry.old.id: entry for entry in entries if entry.old}

    def change(now: Guideline) -> Draft:
        entry = by_id[now.id]
        if not entry.old or now.version != entry.old.version:
            raise Conflict(f"The guideline {now.name!r} has changed since the preview; make the preview again")
        own = {name: getattr(entry.draft, name) for name in Draft.__slots__}
        return Guideline(
            **own, id=now.id, version=now.version, created_at=now.created_at, updated_at=now.updated_at, deleted=False
        )

    return change_guidelines(library, list(by_id), change, who, reason)


def _add(library: Library, entries: list[Entry], who: str, reason: str, progress: Progress) -> dict[int, Guideline]:
    """The new guidelines, by their places in the source."""
    try:
        made = add_guidelines(
            library, [entry.draft for entry in entries], who, reason, [entry.id or None for entry in entries], progress
        )
    except Conflict as conflict:
        raise Conflict(f"{conflict.message}; make the preview again") from conflict
    return {entry.place: one for entry, one in zip(entries, made, strict=True)}


def _remember(
    library: Library, plan: ImportPlan, wanted: frozenset[int], ids: dict[tuple[Path, int], str], progress: Progress
) -> None:
    noted: dict[tuple[Path, Scope], list[tuple[Entry, str]]] = defaultdict(list)
    left_out: dict[tuple[Path, Scope], list[Entry]] = defaultdict(list)
    offered = plan.default_choice()
    for number, entry in enumerate(plan.entries):
        key = (entry.source, entry.into)
        if number in wanted or (entry.state == "same" and not entry.known):
            an_id = ids.get((entry.source, entry.place)) or (entry.old.id if entry.old else "")
            noted[key].append((entry, an_id))
        elif number in offered:
            left_out[key].append(entry)
    moved = dict(plan.moved)
    cuts = {path: (digest, reader) for path, digest, reader in plan.sources}
    for path, scope in dict.fromkeys((*noted, *left_out)):
        progress(0, 0)
        pairs, left = noted[path, scope], left_out[path, scope]
        remember(library, path, cuts.get(path, ("", READER)), scope, pairs, left, moved.get(path, 0))
