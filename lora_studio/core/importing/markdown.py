"""Markdown rule files to guidelines.

What comes out can be foretold: `outline` says what the sections are, `pieces` what in them may be one rule each,
`likely` whether it is one, `titles` how it is called. Here it becomes a guideline:

- A piece that is a whole section is called as its heading, and its category is the heading above it; other pieces get
  a name from their text, and their heading is the category. Text before the first heading takes the file's name.
- Code below a bare Good/Bad/Do/Don't/✅/❌ becomes an example; so does code behind such comments inside a block.
- A label above (Never, Don't, Ask first) is put before a text that would say the opposite without it.
- Front matter: what it means for the rules below is told in front_matter.py.

Text is never rewritten; only line ends become \n, and comments are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lora_studio.core.domain import GLOBAL, LABEL_MAX, Draft, Scope, is_blank
from lora_studio.core.errors import Invalid
from lora_studio.core.importing.blocks import LINES_MAX, without_comments
from lora_studio.core.importing.checked import checked
from lora_studio.core.importing.front_matter import Header, header_of
from lora_studio.core.importing.labels import sense_of, take_examples
from lora_studio.core.importing.likely import reason_against
from lora_studio.core.importing.managed import take_managed
from lora_studio.core.importing.outline import sections
from lora_studio.core.importing.pieces import Piece, pieces_of
from lora_studio.core.importing.records import Found, Problem
from lora_studio.core.importing.text_blocks import code_blocks, front_matter, trimmed
from lora_studio.core.importing.titles import TITLE_MAX, cut, distinct, heading_text, plain, title_of
from lora_studio.core.importing.words import NO_LEAD
from lora_studio.core.sharing import WHY, labels_in, unshielded

_SAYS_NO = re.compile(r"\b(?:never|not|don['’]t|avoid|no|nie|niemals|nicht|keine?n?|vermeide\w*)\b", re.IGNORECASE)
_WORD = re.compile(r"\w{3,}")
_LOOK_AT = 4_000


@dataclass(frozen=True, slots=True)
class _File:
    label: str
    context: tuple[str, ...]
    header: Header


def read_markdown(text: str, path: Path) -> tuple[list[Found], list[Problem]]:
    """The guidelines in `text`, the contents of the file `path`, and the sections that are none."""
    text, found, problems = take_managed(text, path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > LINES_MAX:
        return [], [
            Problem(str(path), 0, f"It has {len(lines):,} lines; at most {LINES_MAX:,} fit: import a part of it")
        ]
    fields, first = front_matter(lines)
    header = header_of(fields)
    file = _File(
        label=plain(header.title)[:LABEL_MAX] or path.stem.lstrip(".") or path.name,
        context=(path.name, f"{path.parent.name}/{path.name}"),
        header=header,
    )
    for one in _our_own(lines, file) or _rules(lines, first, file):
        try:
            checked(one.draft)
        except Invalid as error:
            problems.append(Problem(str(path), one.line, f"{error.message[:1].upper()}{error.message[1:]}"))
        else:
            found.append(one)
    return sorted(found, key=lambda one: one.line), problems


def _rules(lines: Sequence[str], first: int, file: _File) -> list[Found]:
    text = without_comments([*[""] * first, *lines[first:]])
    found: list[Found] = []
    around: list[tuple[str, ...]] = []
    for section in sections(text):
        own: list[Found] = []
        for piece in pieces_of(section, text):
            one = _found(piece, file, not own)
            if own and not piece.item and (one.draft.good or one.draft.bad) and _is_code(piece):
                _give(own, one.draft)
            elif not is_blank(one.draft.content):
                own.append(one)
        found += own
        around += [(section.title, *reversed(section.parents), file.label)] * len(own)
    told_apart = distinct([one.draft.name for one in found], around)
    return [
        replace(one, draft=replace(one.draft, name=name), context=tuple(text for text in one.context if text != by))
        for one, (name, by) in zip(found, told_apart, strict=True)
    ]


def _found(piece: Piece, file: _File, is_first: bool) -> Found:
    section = piece.section
    left, good, bad = take_examples(piece.lines, code_blocks(piece.lines))
    text = trimmed(left)
    titles = [
        heading for one in (*section.parents, section.title) if not sense_of(one) and (heading := heading_text(one))
    ]
    heading = titles[-1] if titles else file.label
    takes_heading = is_first and not piece.item and not piece.label
    name = cut(heading, TITLE_MAX) if takes_heading else title_of(text, "" if piece.label else heading)
    above = ([file.label, *titles][-2] if titles else file.label) if takes_heading else heading
    content = "\n".join(text)
    if piece.keeps_lead:
        content = f"{piece.lead}\n\n{content}"
    if piece.label and not _says_it(piece.label, content):
        label = heading_text(piece.label).strip(" :.*_")
        content = f"{label}: {content}"
        name = cut(f"{label}: {name[:1].lower()}{name[1:]}", TITLE_MAX)
    header = file.header
    draft = Draft(
        name=name, content=content, category=cut(above, LABEL_MAX), tags=header.tags, rationale=header.rationale,
        good=good, bad=bad, active=header.active,
    )  # fmt: skip
    reason = "" if piece.label else reason_against(section, piece.lines, piece.lead, bool(good or bad), piece.item)
    return Found(
        draft=draft, line=piece.line if not takes_heading or not section.title else section.line,
        context=(above, *file.context), free_name=True, reason=reason, description=header.description,
    )  # fmt: skip


def _says_it(label: str, content: str) -> bool:
    """Whether `content` means the same without the label above it."""
    start = content[:80]
    if sense_of(label) == "dont":
        return bool(_SAYS_NO.search(start) or NO_LEAD.match(start))
    return "ask" not in label.casefold() and "fragen" not in label.casefold()


def _is_code(piece: Piece) -> bool:
    inside = {place for start, end in code_blocks(piece.lines) for place in range(start, end)}
    return all(place in inside or sense_of(line) or not line.strip() for place, line in enumerate(piece.lines))


def _give(own: list[Found], examples: Draft) -> None:
    """Gives examples that stand below a list to the rule that shares most words with them, of equal ones the last."""
    words = set(_WORD.findall("\n".join((*examples.good, *examples.bad))[:_LOOK_AT].casefold()))
    shared = [len(words & set(_WORD.findall(one.draft.content[:_LOOK_AT].casefold()))) for one in own]
    place = max(range(len(own)), key=lambda number: (shared[number], number))
    draft = own[place].draft
    own[place] = replace(
        own[place], draft=replace(draft, good=draft.good + examples.good, bad=draft.bad + examples.bad)
    )


def _our_own(lines: Sequence[str], file: _File) -> list[Found]:
    """The guidelines in a file that this program wrote: a name, its labels, content, reason and examples each."""
    if "# Guidelines" not in lines[:1]:
        return []
    starts = [
        (place, labels)
        for place in range(1, len(lines) - 2)
        if lines[place].startswith("## ") and (labels := labels_in(lines[place + 2]))
    ]
    found = []
    for number, (place, labels) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(lines)
        body = trimmed(lines[place + 3 : end])
        left, good, bad = take_examples(body, code_blocks(body))
        left, rationale = _why(trimmed(left))
        kind, _, scope_id = labels.scope.partition(":")
        draft = Draft(
            name=lines[place][3:].strip(),
            content=unshielded("\n".join(left)),
            category=labels.category,
            priority=min(labels.priority, 100),
            tags=labels.tags,
            scope=Scope(kind, scope_id) if scope_id else GLOBAL,
            rationale=unshielded(rationale),
            good=tuple(map(unshielded, good)),
            bad=tuple(map(unshielded, bad)),
        )
        found.append(Found(draft=draft, line=place + 1, names_scope=True, context=file.context))
    return found


def _why(lines: list[str]) -> tuple[list[str], str]:
    for place in range(len(lines) - 1, 0, -1):
        if lines[place].startswith(WHY):
            return trimmed(lines[:place]), "\n".join(lines[place:]).removeprefix(WHY)
    return lines, ""
