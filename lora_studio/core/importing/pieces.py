"""The sections of a rule file cut into what may be one rule each. The structure decides where.

- A list is cut item by item where its items read like rules; children stay with their item, and a line that leads the
  list ("When writing tests:") stays with each. A list of names, of steps or of links is one piece with its text.
- Below a heading or an item that is only a label (Never, ✅ Do, Ask first) each item and each paragraph is a piece.
- A paragraph with a bold beginning starts a piece where the section has more than that; lines that are rules each are
  pieces; so are the paragraphs of a file that is nothing but those.
- Everything else in a section is one piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lora_studio.core.importing.blocks import Block
from lora_studio.core.importing.labels import label_of, sense_of
from lora_studio.core.importing.likely import is_told, is_topic, only_links
from lora_studio.core.importing.outline import Section
from lora_studio.core.importing.text_blocks import trimmed
from lora_studio.core.importing.words import FIRST_THEN, LOOKS_BACK, MUST, TASK, WAY

_MARKER = re.compile(r"[ \t]*(?:[-*+•]|[0-9]{1,9}[.)])[ \t]*(?:\[[ xX]\][ \t]+)?")
_BOLD = re.compile(r"\*\*(?=\S)[^*\n]{2,120}\*\*|__(?=\S)[^_\n]{2,120}__")
_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_FEW = 3
_NEAR = 8
"""Blocks above a paragraph in which a list makes it start a piece of its own."""
_LOOK_BACK_MAX = 160
_CELL = re.compile(r"(?<!\\)\|")
_RULE_COLUMN = re.compile(r"\b(?:rules?|guidelines?|conventions?|do|don'?t|regeln?|vorgabe)\b|规则|规范", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """What may be a rule: its lines, the number of the first one from 1, and what it stands below.

    `lead` is the line that leads its list, which stays with it where `keeps_lead`; `label` the heading that is only a
    label; `item`: it is one of several.
    """

    section: Section
    lines: tuple[str, ...]
    line: int
    lead: str = ""
    keeps_lead: bool = False
    label: str = ""
    item: bool = False


def pieces_of(section: Section, lines: Sequence[str]) -> list[Piece]:
    """The pieces of `section`, whose blocks are places in `lines`, in their order."""
    made: list[Piece] = []
    waiting: list[Block] = []
    label = section.title if sense_of(section.title) else ""
    blocks, has_parts = section.blocks, _has_parts(section, lines)
    for number, block in enumerate(blocks):
        after = blocks[number + 1] if number + 1 < len(blocks) else None
        lead = _lead(waiting, lines)
        cut = list(_cut(section, block, after, lines, lead, label))
        if cut:
            made += _whole(section, waiting[:-1] if lead else waiting, lines, label)
            made += cut
            waiting = []
        elif block.kind == "paragraph" and (label or _starts_anew(section, block, waiting, lines, has_parts)):
            made += _whole(section, waiting, lines, label)
            waiting = [block]
        else:
            waiting.append(block)
    return made + _whole(section, waiting, lines, label)


def _whole(section: Section, blocks: Sequence[Block], lines: Sequence[str], label: str) -> list[Piece]:
    if not blocks:
        return []
    own = lines[blocks[0].start : blocks[-1].end]
    text = trimmed(own)
    if not text:
        return []
    first = next(n for n, line in enumerate(own) if line == text[0])
    return [Piece(section, tuple(text), blocks[0].start + first + 1, label=label)]


def _lead(waiting: Sequence[Block], lines: Sequence[str]) -> str:
    """The paragraph at the end of what waits, where it leads what follows it: it ends in a colon."""
    last = waiting[-1] if waiting else None
    if last is None or last.kind != "paragraph":
        return ""
    text = "\n".join(lines[last.start : last.end]).strip()
    return text if text.rstrip("*_ ").endswith((":", "：")) and not label_of(text) else ""


def _starts_anew(
    section: Section, block: Block, waiting: Sequence[Block], lines: Sequence[str], has_parts: bool
) -> bool:
    text = lines[block.start].strip()
    if (
        any(one.kind in ("list", "steps") for one in waiting[-_NEAR:])
        and not LOOKS_BACK.match(text)
        and not label_of(text)
    ):
        return True
    if section.plain:
        return block.end == block.start + 1 and is_told(text)
    return has_parts and bool(_BOLD.match(text)) and not label_of(text)


def _has_parts(section: Section, lines: Sequence[str]) -> bool:
    """Whether a bold beginning of a paragraph parts the section: it has a list too, or several of them."""
    bold = [one for one in section.blocks if one.kind == "paragraph" and _BOLD.match(lines[one.start].strip())]
    return len(bold) > 1 or any(one.kind in ("list", "steps") for one in section.blocks)


def _cut(
    section: Section, block: Block, after: Block | None, lines: Sequence[str], lead: str, label: str
) -> Iterator[Piece]:
    if block.kind in ("list", "steps"):
        yield from _items(section, block, after, lines, lead, label)
    elif block.kind == "table":
        yield from _rows(section, block, lines)
    elif block.kind == "paragraph" and block.end - block.start > 2:
        own = [line.strip() for line in lines[block.start : block.end]]
        if all((is_told(line) and line[:1] in "*_`") or (line[:1].isupper() and is_told(line)) for line in own):
            for place, line in enumerate(own, start=block.start + 1):
                yield Piece(section, (line,), place, label=label, item=True)


def _items(
    section: Section, block: Block, after: Block | None, lines: Sequence[str], lead: str, label: str
) -> Iterator[Piece]:
    items = [_item(section, item, lines, label or lead if sense_of(lead) else label) for item in block.children]
    if not items or not (label or sense_of(lead)):
        expanded = [
            inner for item, piece in zip(block.children, items, strict=True) for inner in _below(item, piece, lines)
        ]
        if expanded and all(sense_of(piece.lines[0]) for piece in items):
            yield from expanded
            return
        if _stays_whole(section, block, items, after, lines, lead):
            return
    keeps = bool(lead) and not sense_of(lead) and len(lead.split()) > 1
    for piece in items:
        yield replace(piece, lead=lead, keeps_lead=keeps)


def _item(section: Section, item: Block, lines: Sequence[str], label: str) -> Piece:
    own = list(lines[item.start : item.end])
    marker = _MARKER.match(own[0].replace("•", "-", 1))
    offset = marker.end() if marker else 0
    first = own[0][offset:]
    rest = [line[min(offset, len(line) - len(line.lstrip())) :] for line in own[1:]]
    text = trimmed([first, *rest])
    return Piece(section, tuple(text), item.start + 1, label=label, item=True)


def _below(item: Block, piece: Piece, lines: Sequence[str]) -> Iterator[Piece]:
    """The items below an item that is only a label."""
    for inner in item.children:
        if inner.kind in ("list", "steps"):
            for one in inner.children:
                yield _item(piece.section, one, lines, piece.lines[0])


def _stays_whole(
    section: Section, block: Block, items: Sequence[Piece], after: Block | None, lines: Sequence[str], lead: str
) -> bool:
    """Whether the list is one piece: alone, steps, links, names, or what the text below it looks back at."""
    texts = [" ".join(piece.lines) for piece in items]
    if len(items) < 2 or all(map(only_links, texts)):
        return True
    if after and after.kind == "paragraph":
        text = " ".join(lines[after.start : after.end]).strip()
        if len(text) <= _LOOK_BACK_MAX and LOOKS_BACK.match(text):
            return True
    if _are_steps(section, texts, lead, block.kind == "steps"):
        return True
    told = sum(is_told(text) for text in texts)
    if is_topic(section) and not lead:
        return not told and all(_words(text) <= _FEW for text in texts)
    return told * 2 < len(texts) and not any(MUST.search(text[:400]) for text in texts)


def _words(text: str) -> int:
    """Words; where a script parts none, two characters are one."""
    return max(len(text.split()), len(_ASIAN.findall(text[:200])) // 2)


def _are_steps(section: Section, texts: Sequence[str], lead: str, numbered: bool) -> bool:
    """Whether the items are one way to go: the line above says so, or of numbered ones the headings or they do."""
    above = (section.title, *section.parents[-1:]) if numbered else ()
    titles = [" ".join(title.strip("*_ ").split())[:200] for title in above]
    return (
        bool(TASK.search(" ".join(lead.strip("*_: ").split())[:200]))
        or any(TASK.search(title) or WAY.search(title) for title in titles)
        or any(numbered and FIRST_THEN.match(text) for text in texts)
    )


def _rows(section: Section, table: Block, lines: Sequence[str]) -> Iterator[Piece]:
    """The rows of a table that has a column of rules."""
    head = lines[table.start] if table.end - table.start > 2 else ""
    if not _RULE_COLUMN.search(head[:500]):
        return
    for place in range(table.start + 2, table.end):
        cells = [cell.strip() for cell in _CELL.split(lines[place].strip().strip("|"))]
        text = ": ".join(cell for cell in cells if cell)
        if text:
            yield Piece(section, (text,), place + 1, item=True)
