"""Guidelines into rule files that may be there already: our blocks are renewed, the text around them is not touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from lora_studio.core.domain import Draft, Guideline
from lora_studio.core.errors import Conflict, Invalid
from lora_studio.core.rulefiles.blocks import Block, block_text, blocks_in
from lora_studio.core.rulefiles.conventions import CONVENTIONS, Convention, Group, group_of, is_glob, slug_of

LARGEST = 2 << 20
"""Bytes of the largest rule file that is written: no agent reads as much, and the import takes no more."""
_EDITED = (
    "{path}, line {line}: {name} was edited in the file since it was written; import the file to take that over, or "
    "take the edit back, then export again"
)
_BROKEN = "{path}, line {line}: {fault}, or delete the block, then export again"
Wrote = Callable[[str, int], Draft | None]
"""What the guideline of an id said at a version; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file as it will be. `path` starts at the project's folder and has /; `content` None: it goes away."""

    path: str
    content: str | None


def rule_files(
    format_name: str,
    guidelines: Sequence[Guideline],
    existing: Mapping[str, str],
    gone: Collection[str] = (),
    wrote: Wrote = lambda guideline_id, version: None,
) -> list[RuleFile]:
    """The files that are new or change, by their paths.

    `existing` are the texts of the convention's files that are there, `gone` the ids of guidelines whose blocks are
    taken out; blocks of guidelines that are in neither stay as they are. Raises Conflict where a block that would be
    renewed or taken out was edited by hand (by what we `wrote` it is told whether the library has taken that over), and
    Invalid for a file that nobody could read.
    """
    convention = CONVENTIONS[format_name]
    there = {path: blocks_in(text) for path, text in sorted(existing.items())}
    wanted = {one.id: one for one in guidelines}
    leaving = {*wanted, *gone}
    _refuse_edited(there, wanted, leaving, wrote)
    places = _places(convention, there, guidelines)
    by_path: dict[str, list[Guideline]] = defaultdict(list)
    for one in guidelines:
        by_path[places[group_of(one)]].append(one)
    files = []
    for path in sorted({*there, *by_path}):
        fresh = {one.id: _block(convention, one) for one in by_path[path]}
        if path in existing:
            text = _renewed(convention, path, existing[path], there[path], fresh, leaving)
        else:
            head = convention.head(group_of(by_path[path][0]), _slug_in(path))
            text = "\n\n".join([head, *fresh.values()]) + "\n"
        if text is not None and len(text.encode()) > LARGEST:
            raise Invalid(f"{path} would be larger than {LARGEST >> 20} MiB, more than any agent reads; choose fewer")
        if text != existing.get(path):
            files.append(RuleFile(path, text))
    return files


def _refuse_edited(
    there: Mapping[str, Sequence[Block]], wanted: Mapping[str, Guideline], leaving: Collection[str], wrote: Wrote
) -> None:
    for path, blocks in there.items():
        for block in blocks:
            line = block.first + 1
            if block.draft is None:
                raise Conflict(_BROKEN.format(path=path, line=line, fault=block.fault), "outputPath")
            if block.edited and block.id in leaving and not _has_edits(wanted.get(block.id), block, wrote):
                raise Conflict(_EDITED.format(path=path, line=line, name=repr(block.draft.name[:80])), "outputPath")


def _has_edits(one: Guideline | None, block: Block, wrote: Wrote) -> bool:
    """Whether the library says everything that was edited in the block, as it does after an import of the file."""
    if one is None:
        return False
    before = wrote(one.id, block.version)
    edited = [name for name in Draft.__slots__ if before is None or getattr(block.draft, name) != getattr(before, name)]
    return all(getattr(block.draft, name) == getattr(one, name) for name in edited)


def _places(
    convention: Convention, there: Mapping[str, Sequence[Block]], guidelines: Sequence[Guideline]
) -> dict[Group, str]:
    """The path for each group: the file in which its blocks stand already, or a new one under a name that is free."""
    found: dict[Group, str] = {}
    for path, blocks in there.items():
        for block in blocks:
            if block.draft is not None:
                found.setdefault(group_of(block.draft), path)
    taken = {path.lower() for path in there}
    for group in sorted({group_of(one) for one in guidelines} - set(found)):
        slug, number = slug_of(group), 1
        path = convention.place(slug, bool(group.globs))
        while not convention.is_shared(path) and path.lower() in taken:
            number += 1
            path = convention.place(f"{slug}-{number}", bool(group.globs))
        taken.add(path.lower())
        found[group] = path
    return found


def _block(convention: Convention, one: Guideline) -> str:
    return block_text(one, tuple(filter(is_glob, one.tags)) if convention.shows_globs else ())


def _slug_in(path: str) -> str:
    folders, _, name = path.rpartition("/")
    return folders.rpartition("/")[2] if name == "SKILL.md" else name.partition(".")[0]


def _renewed(
    convention: Convention,
    path: str,
    text: str,
    blocks: Sequence[Block],
    fresh: Mapping[str, str],
    leaving: Collection[str],
) -> str | None:
    """`text` with the `fresh` blocks in their places, new ones behind the last, and without those that are `leaving`;
    None where nothing would be left but what we ourselves wrote above them."""
    end = "\r" if "\r\n" in text else ""
    lines, made, place, last = text.split("\n"), [], 0, -1
    waiting, groups = dict(fresh), set()
    for block in blocks:
        made += lines[place : block.first]
        place = block.last
        if block.id not in leaving:
            made += lines[block.first : block.last]
        elif own := waiting.pop(block.id, None):
            made += [line + end for line in own.split("\n")]
        else:
            groups.add(group_of(block.draft or Draft(name="", content="")))
            place += place < len(lines) and not lines[place].strip() and not "".join(made[-1:]).strip()
            continue
        last = len(made)
    made += lines[place:]
    if groups and last < 0 and not waiting and _is_ours(convention, path, "\n".join(made), groups):
        return None
    _insert(made, last, [[line + end for line in own.split("\n")] for own in waiting.values()], end)
    return "\n".join(made)


def _is_ours(convention: Convention, path: str, left: str, groups: Collection[Group]) -> bool:
    plain = left.replace("\r\n", "\n").strip()
    return not plain or plain in {convention.head(group, _slug_in(path)).strip() for group in groups}


def _insert(lines: list[str], place: int, blocks: Sequence[list[str]], end: str) -> None:
    """Puts `blocks` into `lines` behind `place` (-1: at the end, where a line end follows), blank lines between."""
    if place < 0 and blocks:
        while lines and not lines[-1].strip():
            lines.pop()
        place = len(lines)
        lines.append("")
    more: list[str] = []
    for block in blocks:
        more += [*([end] if place or more else []), *block]
    lines[place:place] = more
