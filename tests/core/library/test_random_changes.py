"""Hundreds of random steps over a real library, and the same over plain dicts: both must say the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from lora_studio.core.domain import OWNER, Draft, GuidelineFilter, Scope
from lora_studio.core.errors import Conflict
from lora_studio.core.library.browse import ids_of
from lora_studio.core.library.changes import Change, Edit, change_rows, change_to, joined, revert
from lora_studio.core.library.facets import Facets, describe, facets, read_labels
from lora_studio.core.library.guidelines import add_guidelines, change_guidelines, get_guidelines
from lora_studio.core.library.store import Library, open_library

SCOPES = (Scope(), Scope("project", "a"), Scope("project", "b"), Scope("org", "a"))
NAMES = tuple(f"Rule {number}" for number in range(14))
TAGS = ("x", "y", "z'", '"')
WORDS = ("alpha", "beta", "gamma")

Text = tuple[Draft, bool]
"""What a guideline says, and whether it is deleted."""


@dataclass
class Step:
    """A change as the model keeps it: by id what was said before (None: nothing) and after, and the real one."""

    parts: list[tuple[str, Text | None, Text]]
    real: Change


@dataclass
class Model:
    """The library as plain dicts."""

    now: dict[str, Text] = field(default_factory=dict)
    past: list[Step] = field(default_factory=list)
    future: list[Step] = field(default_factory=list)

    def put(self, new: dict[str, Text]) -> bool:
        """Takes `new` in unless two would have one name in one scope."""
        after = {**self.now, **new}
        taken = Counter((text.scope, text.name) for text, deleted in after.values() if not deleted)
        if taken and max(taken.values()) > 1:
            return False
        self.now = after
        return True


def _draft(chance: random.Random) -> Draft:
    return Draft(
        name=chance.choice(NAMES),
        content=f"Content {chance.choice(WORDS)}",
        category=chance.choice(("one", "two", "Three")),
        priority=chance.choice((0, 10, 50, 100)),
        tags=tuple(sorted(chance.sample(TAGS, chance.randrange(3)))),
        scope=chance.choice(SCOPES),
        active=chance.random() < 0.8,
    )


def _edit(chance: random.Random) -> Edit:
    field_name = chance.choice(("tag", "untag", "priority", "category", "scope", "active", "deleted", "deleted"))
    value: Any = {
        "tag": (chance.choice(TAGS),),
        "untag": (chance.choice(TAGS),),
        "priority": chance.choice((0, 50, 100)),
        "category": chance.choice(("one", "two", "Three")),
        "scope": chance.choice(SCOPES),
        "active": chance.random() < 0.5,
        "deleted": chance.random() < 0.5,
    }[field_name]
    return Edit(**{field_name: value})


def _edited(old: Text, edit: Edit) -> Text:
    draft, deleted = old
    if deleted and edit.deleted is None:
        return old
    tags = [tag for tag in draft.tags if tag not in edit.untag]
    changed = replace(
        draft,
        tags=(*tags, *(tag for tag in edit.tag if tag not in draft.tags)),
        priority=draft.priority if edit.priority is None else edit.priority,
        category=edit.category or draft.category,
        scope=edit.scope or draft.scope,
        active=draft.active if edit.active is None else edit.active,
    )
    return changed, deleted if edit.deleted is None else edit.deleted


def _said(library: Library, ids: list[str]) -> dict[str, Text]:
    own = Draft.__slots__
    return {
        one.id: (Draft(**{name: getattr(one, name) for name in own}), one.deleted)
        for one in get_guidelines(library, ids)
    }


@dataclass
class Walk:
    """One random walk: every step is done to the library and to the model."""

    library: Library
    chance: random.Random
    model: Model = field(default_factory=Model)

    def some(self) -> list[str]:
        known = list(self.model.now)
        return self.chance.sample(known, min(len(known), self.chance.randrange(1, 9)))

    def rows(self, ids: list[str]) -> list[int]:
        known = dict(self.library_rows())
        return [known[an_id] for an_id in ids]

    def library_rows(self) -> list[tuple[str, int]]:
        with self.library.connection():
            return [(an_id, row) for an_id, row in self.library.sql("SELECT id, row FROM guideline")]

    def keep(self, parts: Sequence[tuple[str, Text | None, Text]], real: Change) -> None:
        assert len(real) == len(parts)
        assert sorted(ids_of(self.library, real.rows)) == sorted(an_id for an_id, _, _ in parts)
        if parts:
            self.model.past.append(Step(list(parts), real))
            self.model.future.clear()

    def add(self) -> None:
        drafts = [_draft(self.chance) for _ in range(self.chance.randrange(1, 4))]
        may = self.model.put({f"new {place}": (draft, False) for place, draft in enumerate(drafts)})
        for place in range(len(drafts)):
            self.model.now.pop(f"new {place}", None)
        if not may:
            with pytest.raises(Conflict):
                add_guidelines(self.library, drafts, OWNER)
            return
        made = add_guidelines(self.library, drafts, OWNER)
        new: dict[str, Text] = {one.id: (draft, False) for one, draft in zip(made, drafts, strict=True)}
        self.model.now |= new
        self.keep([(an_id, None, text) for an_id, text in new.items()], change_to(self.library, made, "add"))

    def write(self, new: dict[str, Text], work: Callable[[], Change], *, mine: bool = True) -> None:
        old = {an_id: self.model.now[an_id] for an_id in new}
        parts = [(an_id, old[an_id], text) for an_id, text in new.items() if text != old[an_id]]
        if not self.model.put(new):
            with pytest.raises(Conflict):
                work()
        elif mine:
            self.keep(parts, work())
        else:
            assert len(work()) == len(parts)

    def edit_one(self, library: Library | None = None) -> None:
        """A whole new text for one guideline, in the window or by another process."""
        living = [an_id for an_id in self.some() if not self.model.now[an_id][1]][:1]
        draft = _draft(self.chance)

        def work() -> Change:
            made = change_guidelines(library or self.library, living, lambda old: draft, "somebody")
            return change_to(self.library, made)

        self.write(dict.fromkeys(living, (draft, False)), work, mine=library is None)

    def edit_many(self, library: Library | None = None) -> None:
        ids, edit = self.some(), _edit(self.chance)
        rows = self.rows(ids)
        new = {
            an_id: _edited(self.model.now[an_id], edit)
            for an_id in sorted(ids, key=dict(self.library_rows()).__getitem__)
        }
        self.write(new, lambda: change_rows(library or self.library, rows, edit, OWNER), mine=library is None)

    def edit_joined(self) -> None:
        """Two edits of different guidelines that a person sees as one, as an import is."""
        ids, edit = self.some(), _edit(self.chance)
        halves = self.rows(ids[::2]), self.rows(ids[1::2])

        def work() -> Change:
            with self.library.writing():
                return joined([change_rows(self.library, half, edit, OWNER) for half in halves], "import")

        self.write({an_id: _edited(self.model.now[an_id], edit) for an_id in ids}, work)

    def back(self, source: list[Step], target: list[Step]) -> None:
        if not source:
            return
        step = source[-1]
        todo = [(an_id, before, after) for an_id, before, after in step.parts if self.model.now[an_id] == after]
        new = {an_id: before or (after[0], True) for an_id, before, after in todo}
        if not self.model.put(new):
            with pytest.raises(Conflict):
                revert(self.library, step.real, OWNER)
            source.pop()  # a person would rename the other one; here the step is let go
            return
        done = revert(self.library, step.real, OWNER)
        source.pop()
        assert done.skipped == len(step.parts) - len(todo)
        if todo:
            target.append(Step([(an_id, after, new[an_id]) for an_id, _, after in todo], done.change))

    def step(self, other: Library) -> None:
        acts: list[tuple[int, Callable[[], None]]] = [
            (3, self.add),
            (3, self.edit_one),
            (4, self.edit_many),
            (1, self.edit_joined),
            (5, lambda: self.back(self.model.past, self.model.future)),
            (4, lambda: self.back(self.model.future, self.model.past)),
            (1, lambda: self.edit_one(other)),
            (1, lambda: self.edit_many(other)),
        ]
        self.chance.choices([act for _, act in acts], [weight for weight, _ in acts])[0]()


def _counted(model: Model, wanted: GuidelineFilter, text: str) -> Facets:
    """The facets by brute force."""
    drafts = [draft for draft, deleted in model.now.values() if deleted == wanted.deleted]

    def fits(draft: Draft, but: str) -> bool:
        return (
            (but == "active" or wanted.active in (None, draft.active))
            and (but == "categories" or not wanted.categories or draft.category in wanted.categories)
            and (but == "tags" or not wanted.tags or bool(set(wanted.tags) & set(draft.tags)))
            and (but == "scopes" or not wanted.scopes or draft.scope in wanted.scopes)
            and wanted.priority_min <= draft.priority <= wanted.priority_max
            and (not text or text in draft.content)
        )

    def count(but: str, values: Callable[[Draft], tuple[Any, ...]]) -> tuple[tuple[Any, int], ...]:
        every = Counter(value for draft in drafts for value in values(draft))
        kept = Counter(value for draft in drafts if fits(draft, but) for value in values(draft))
        return tuple((value, kept[value]) for value in sorted(every, key=lambda value: (-every[value], value)))

    active = dict(count("active", lambda draft: (draft.active,)))
    return Facets(
        count("scopes", lambda draft: (draft.scope,)),
        count("categories", lambda draft: (draft.category,)),
        count("tags", lambda draft: draft.tags),
        active.get(True, 0),
        active.get(False, 0),
        len(drafts),
    )


def _filter(chance: random.Random) -> GuidelineFilter:
    return GuidelineFilter(
        categories=tuple(chance.sample(("one", "two", "Three"), chance.randrange(3))),
        tags=tuple(chance.sample(TAGS, chance.randrange(3))),
        scopes=tuple(chance.sample(SCOPES, chance.randrange(3))),
        priority_min=chance.choice((0, 0, 10)),
        priority_max=chance.choice((100, 100, 50)),
        active=chance.choice((True, False, None)),
        deleted=chance.random() < 0.2,
    )


@pytest.mark.parametrize("seed", range(2))
def test_library_and_model_agree_after_every_step(library: Library, seed: int) -> None:
    chance = random.Random(seed)
    walk, other = Walk(library, chance), open_library(library.path)
    walk.add()
    for number in range(200):
        walk.step(other)
        model = walk.model
        assert _said(library, list(model.now)) == model.now, f"step {number}"
        wanted, text = _filter(chance), chance.choice(("", "", "Content", *WORDS))
        assert facets(library, wanted, text) == _counted(model, wanted, text), f"step {number}"
    chosen = walk.some()
    told = describe(read_labels(library), walk.rows(chosen))
    living = [model.now[an_id][0] for an_id in chosen if not model.now[an_id][1]]
    assert (told.count, told.active) == (len(living), sum(draft.active for draft in living))
