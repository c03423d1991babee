"""What an import would do: every rule of the sources against the library. Reads only; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from lora_studio.core.domain import GLOBAL, Scope
from lora_studio.core.importing import remembered
from lora_studio.core.importing.checked import checked_scope
from lora_studio.core.importing.entries import Desk, entries_of, gone
from lora_studio.core.importing.files import is_folder
from lora_studio.core.importing.reading import read_paths
from lora_studio.core.importing.records import CHOSEN_STATES, Entry, Found, ImportPlan, Progress, Source
from lora_studio.core.importing.remembered import READER, Known, content_digest
from lora_studio.core.library.store import Library

_TELL_EVERY = 200
_DECLINED = "You left it out before, and its text is the same; choosing it takes it after all"
_COPY = "This source went into {} before; importing it here too makes a copy"


def plan_import(
    library: Library,
    paths: Sequence[Path],
    scope: Scope | None = None,
    progress: Progress = lambda done, total: None,
    anew: bool = False,
) -> ImportPlan:
    """The plan for all files at `paths` and below; rules that name no scope themselves go to `scope`, for None where
    their source went before (global for a new one).

    A file that has not changed since an older reader cut it into rules stays as it is, unless it is to be read `anew`.
    `progress` may raise Cancelled. What cannot be read is told in the plan. Raises Invalid for an impossible scope.
    """
    if scope is not None:
        checked_scope(scope)
    reading = read_paths(paths, progress)
    sources = reading.sources
    total = sum(len(source.found) for source in sources)
    entries: list[Entry] = []
    moved: list[tuple[Path, int]] = []
    cuts: list[tuple[Path, str, int]] = []
    with library.connection(), library.db.atomic("DEFERRED"):
        desk = Desk(library, scope or GLOBAL)
        for source in sources:
            known = remembered.known_source(library, source.path, source.digest, scope)
            desk.scope = known.scope if known else scope or GLOBAL
            if known and known.moved:
                moved.append((source.path, known.row))
            is_old = known is not None and known.digest == source.digest and known.reader < READER and not anew
            cuts.append((source.path, source.digest, known.reader if known and is_old else READER))
            one = _as_remembered(library, source, known.row) if known and is_old else source
            for entry in _of_source(desk, one, known, named=scope is not None):
                if len(entries) % _TELL_EVERY == 0:
                    progress(min(len(entries), total), total)
                entries.append(entry)
        adopted = {row for _, row in moved}
        entries += _vanished(desk, [path for path in paths if is_folder(path)], adopted, scope)
    progress(total, total)
    return ImportPlan(
        entries=tuple(entries),
        problems=reading.problems,
        sources=tuple(cuts),
        moved=tuple(moved),
        not_read=reading.not_read,
        not_taken=tuple(one for source in sources for one in source.not_taken),
    )


def _as_remembered(library: Library, source: Source, row: int) -> Source:
    """`source` with the rules that it had when it was imported."""
    found = (
        Found(draft=origin.said, line=0, names_scope=True, free_name=True)
        for origin in remembered.origins(library, row)
    )
    return replace(source, found=tuple(found))


def _of_source(desk: Desk, source: Source, known: Known | None, named: bool) -> Iterable[Entry]:
    """The entries of a source, with what is remembered of it besides its rules."""
    left_out = remembered.declined(desk.library, known.row) if known else set()
    before = None if known or not named else remembered.known_source(desk.library, source.path, source.digest, None)
    for entry in entries_of(desk, source, known.row if known else 0):
        entry = replace(entry, into=desk.scope)
        if entry.said and left_out and entry.state in CHOSEN_STATES and content_digest(entry.said) in left_out:
            entry = replace(entry, declined=True, note=entry.note or _DECLINED)
        elif before and entry.state == "new":
            entry = replace(entry, note=entry.note or _COPY.format(before.scope))
        yield entry


def _vanished(desk: Desk, folders: Sequence[Path], adopted: set[int], scope: Scope | None) -> Iterable[Entry]:
    """The guidelines of files that are no longer in the folders that are imported."""
    for folder in folders:
        for known, path in remembered.vanished_sources(desk.library, folder.resolve(), scope):
            if known.row not in adopted:
                for origin in remembered.origins(desk.library, known.row):
                    if origin.guideline.active and not origin.guideline.deleted:
                        yield replace(gone(origin.guideline, path), into=known.scope)
