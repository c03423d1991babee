"""Each rule of a source against the library: new, changed, edited here, gone, there already, the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lora_studio.core.domain import NAME_MAX, Draft, Guideline, Scope
from lora_studio.core.importing import remembered
from lora_studio.core.importing.matching import in_words, merged, pairs
from lora_studio.core.importing.records import Entry, Found, Source
from lora_studio.core.library.guidelines import version_of
from lora_studio.core.library.store import Library

_EDITED = "It was edited here since; choosing it puts the source's {} in place of yours"
_STRANGER = "There is such a guideline already, from elsewhere; choosing it puts the source's {} in place of its own"
_NEWER = "The library's guideline is newer than the source; choosing it puts back the source's {}"
_DELETED = "It was deleted here; choosing it brings it back"
_NEARER = "In {} it stands against {!r}, which says something else"
_GONE = "Its source no longer has it; choosing it switches it off"


@dataclass
class Desk:
    """What the sources of one plan share: the library, and what the plan has given away so far."""

    library: Library
    scope: Scope
    names: dict[tuple[Scope, str], Draft] = field(default_factory=dict)
    contents: dict[tuple[Scope, str], str] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)
    changed: dict[str, Draft] = field(default_factory=dict)
    """By the id of a guideline that the plan changes, what the source says that does so."""
    ids: set[str] = field(default_factory=set)
    owners: dict[tuple[Scope, str], str] = field(default_factory=dict)
    """By scope and name, the id of the library's guideline, empty for none; filled as it is asked."""
    numbers: dict[tuple[Scope, str, str], int] = field(default_factory=dict)
    """By scope, name and what stands before the number, the last number that a name was given."""

    def draft(self, found: Found) -> Draft:
        return found.draft if found.names_scope else replace(found.draft, scope=self.scope)

    def take(self, draft: Draft) -> None:
        self.names[draft.scope, draft.name] = draft
        self.contents.setdefault((draft.scope, draft.content), draft.name)


def _with_own_ids(desk: Desk, source: Source) -> Source:
    """`source` with each id at its first rule only: the others that claim it are rules without one."""
    found = []
    for one in source.found:
        found.append(replace(one, id="") if one.id in desk.ids else one)
        if one.id:
            desk.ids.add(one.id)
    return replace(source, found=tuple(found))


@dataclass
class _Shelf:
    """What the library has that a source could mean: looked up once for all of its rules."""

    said: list[Draft]
    by_id: dict[str, Guideline]
    by_name: dict[tuple[Scope, str], Guideline]
    by_content: dict[tuple[Scope, str], str]


def _shelf(desk: Desk, source: Source) -> _Shelf:
    said = [desk.draft(found) for found in source.found]
    shelf = _Shelf(said, {}, {}, {})
    ids = [found.id for found in source.found if found.id]
    shelf.by_id = remembered.guidelines_by_id(desk.library, ids) if ids else {}
    for scope in dict.fromkeys(draft.scope for draft in said):
        own = [draft for draft in said if draft.scope == scope]
        named = remembered.guidelines_by_name(desk.library, scope, [draft.name for draft in own])
        texts = remembered.names_by_content(desk.library, scope, [draft.content for draft in own])
        shelf.by_name |= {(scope, name): one for name, one in named.items()}
        shelf.by_content |= {(scope, text): name for text, name in texts.items()}
        desk.owners |= {(scope, draft.name): named[draft.name].id if draft.name in named else "" for draft in own}
    return shelf


def entries_of(desk: Desk, source: Source, row: int) -> Iterable[Entry]:
    """The entries of one source; `row` is the number under which it is remembered, 0 for a new one."""
    source = _with_own_ids(desk, source)
    shelf = _shelf(desk, source)
    origins = remembered.origins(desk.library, row) if row else []
    undone = bool(origins) and all(origin.guideline.deleted for origin in origins)
    place_of = {origin.guideline.id: place for place, origin in enumerate(origins)}
    matches = {place: place_of[found.id] for place, found in enumerate(source.found) if found.id in place_of}
    rest = [
        place for place in range(len(shelf.said)) if place not in matches and source.found[place].id not in shelf.by_id
    ]
    taken = set(matches.values())
    left = [place for place in range(len(origins)) if place not in taken]
    paired = pairs([origins[place].said for place in left], [shelf.said[place] for place in rest])
    matches |= {rest[new]: left[old] for new, old in paired.items()}
    taken = set(matches.values())
    desk.claimed |= {origins[place].guideline.id for place in taken}
    for place, (found, said) in enumerate(zip(source.found, shelf.said, strict=True)):
        entry = Entry(
            state="new", source=source.path, place=place, line=found.line, draft=said, said=said, id=found.id,
            reason=found.reason, description=found.description,
        )  # fmt: skip
        if place in matches:
            entry = _once(desk, entry, origins[matches[place]], found, shelf)
            if undone:
                entry = replace(entry, state="new", draft=replace(said, name=entry.draft.name), note="")
        else:
            entry = _unknown(desk, entry, found, shelf)
        desk.take(entry.draft)
        yield entry
    for place, origin in enumerate(origins):
        now = origin.guideline
        if place not in taken and now.active and not now.deleted and now.id not in desk.claimed:
            desk.claimed.add(now.id)  # another source may have brought it too
            yield gone(now, source.path)


def _once(desk: Desk, entry: Entry, origin: remembered.Origin, found: Found, shelf: _Shelf) -> Entry:
    """The entry for a rule that this source brought before. Where another source of the plan, which brought the same
    text, changes its guideline already, it is the same if both still agree, else a guideline of its own."""
    known = _known(desk, entry, origin.guideline, _wrote(desk, found) or origin.said, _EDITED)
    if not known.changes or known.said is None:
        return known
    other = desk.changed.setdefault(origin.guideline.id, known.said)
    if other is known.said:
        return known
    if (other.name, other.content) == (known.said.name, known.said.content):
        return replace(entry, state="same", draft=known.draft, old=origin.guideline)
    return replace(_new(desk, entry, found, shelf), instead=origin.guideline.id)


def _known(desk: Desk, entry: Entry, now: Guideline, base: Draft | None, why: str) -> Entry:
    """The entry for a rule whose guideline is `now`; `base` is what its source said before."""
    assert entry.said is not None
    result = merged(base, now, entry.said)
    draft = result.draft
    if (draft.name != now.name or now.deleted) and not _is_free(desk, draft.scope, draft.name, now.id):
        draft = _renamed(desk, draft, ()) if now.deleted else replace(draft, name=now.name)
    changes = tuple(name for name in result.changes if getattr(draft, name) != getattr(now, name))
    entry = replace(entry, draft=draft, old=now, changes=changes)
    if now.deleted:
        return replace(entry, state="conflict", note=_DELETED)
    contested = tuple(name for name in result.contested if name in changes)
    if contested:
        return replace(entry, state="conflict", note=why.format(in_words(contested)))
    return replace(entry, state="changed" if changes else "same", known=not changes and base == entry.said)


def _unknown(desk: Desk, entry: Entry, found: Found, shelf: _Shelf) -> Entry:
    """The entry for a rule that this source has not brought before."""
    said = entry.draft
    there = shelf.by_id.get(found.id)
    if there and there.id not in desk.claimed:
        desk.claimed.add(there.id)
        if base := _wrote(desk, found) or remembered.last_said(desk.library, there.id):
            return _known(desk, entry, there, base, _EDITED)
        is_older = 0 < found.version < there.version
        return _known(desk, entry, there, None if is_older else _text(there), _NEWER)
    there = shelf.by_name.get((said.scope, said.name))
    if there and there.id not in desk.claimed:
        if _text(there) == said or (found.free_name and there.content == said.content):
            desk.claimed.add(there.id)
            return replace(entry, state="same", old=there)
        if not found.free_name:
            desk.claimed.add(there.id)
            return _known(desk, entry, there, remembered.last_said(desk.library, there.id), _STRANGER)
    return _new(desk, entry, found, shelf)


def _wrote(desk: Desk, found: Found) -> Draft | None:
    """What the library itself wrote into the block that `found` is: what differs from it was edited there."""
    return version_of(desk.library, found.id, found.written) if found.written else None


def _new(desk: Desk, entry: Entry, found: Found, shelf: _Shelf) -> Entry:
    draft = entry.draft
    twin = shelf.by_content.get((draft.scope, draft.content)) or desk.contents.get((draft.scope, draft.content), "")
    note = ""
    if not _is_free(desk, draft.scope, draft.name, ""):
        above = desk.names.get((draft.scope, draft.name))
        near = replace(draft, name=f"{draft.name} in {found.place}")
        if found.place and len(near.name) <= NAME_MAX and _is_free(desk, near.scope, near.name, ""):
            if above and above.content != draft.content:
                note = _NEARER.format(found.place, draft.name)
            draft = near
        else:
            draft = _renamed(desk, draft, found.context)
    if not twin:
        return replace(entry, draft=draft, note=note)
    note = f"The same text is there already as {twin!r}"
    return replace(entry, draft=draft, state="duplicate" if found.free_name else "new", note=note)


def _renamed(desk: Desk, draft: Draft, context: Sequence[str]) -> Draft:
    """`draft` under a name that is free: with what tells it from the other, or a number."""
    for text in context:
        name = f"{draft.name[: NAME_MAX - len(text) - 3]} ({text})"
        if len(name) <= NAME_MAX and _is_free(desk, draft.scope, name, ""):
            return replace(draft, name=name)
    last = f"{context[-1]} " if context and len(context[-1]) < NAME_MAX // 2 else ""
    key = (draft.scope, draft.name, last)
    while True:
        number = desk.numbers[key] = desk.numbers.get(key, 1) + 1
        ending = f" ({last}{number})"
        name = draft.name[: NAME_MAX - len(ending)] + ending
        if _is_free(desk, draft.scope, name, ""):
            return replace(draft, name=name)


def _is_free(desk: Desk, scope: Scope, name: str, own_id: str) -> bool:
    key = (scope, name)
    if key not in desk.owners:
        desk.owners[key] = remembered.id_by_name(desk.library, scope, name)
    return key not in desk.names and desk.owners[key] in ("", own_id)


def _text(one: Guideline) -> Draft:
    return Draft(**{name: getattr(one, name) for name in Draft.__slots__})


def gone(now: Guideline, source: Path) -> Entry:
    """The entry for a guideline that its source no longer has."""
    return Entry(
        state="gone", source=source, place=-1, line=0, draft=replace(now, active=False), old=now,
        changes=("active",), note=_GONE,
    )  # fmt: skip
