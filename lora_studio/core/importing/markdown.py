"""Markdown rule files to guidelines.

The rule is simple enough to foretell what comes out:

- Each heading with text of its own below it is one guideline. The heading is its name, the heading above it its
  category; without one, the file's name. Text before the first heading takes the file's name.
- A section that is a bulleted list and nothing else becomes one guideline an item, in the category of its heading,
  when there are two items or more and each has at least five words. Numbered lists are steps: they stay together.
- Code below a bare Good/Bad/Do/Don't/✅/❌ becomes an example; so does code behind such comments inside a block.
- In a file without headings, a short line alone that ends in a colon, is bold or has a list below is a heading.
- Front matter: `tags`, `globs`, `applyTo` and `paths` become tags, `description` the rationale.

Text is never rewritten; only line ends become \\n.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.domain import GLOBAL, LABEL_MAX, Draft, Scope, is_blank
from lora_studio.core.errors import Invalid
from lora_studio.core.importing.checked import checked
from lora_studio.core.importing.labels import take_examples
from lora_studio.core.importing.managed import take_managed
from lora_studio.core.importing.records import Found, Problem
from lora_studio.core.importing.text_blocks import code_blocks, front_matter, is_bullet, sections, trimmed
from lora_studio.core.sharing import WHY, labels_in, unshielded

FEWEST_WORDS = 5
_LOOK_AT = 2_000
"""Characters in which the words of an item are counted."""
NAME_LENGTH = 80
"""Where a name that is made from text is cut, in characters."""
_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_ITEM = re.compile(r"([ \t]{0,3})[-*+•][ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)")
_CODE = re.compile(r"`[^`\n]*`")
_NO_PROSE = re.compile(r"\w[./_]\w")
_BOLD_LEAD = re.compile(r"(\*\*|__)(?=\S)([^\n*_]{1,80}?):?\1")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,1000}\)")
_ALL_FILES = {"*", "**", "**/*", "**/**", "*.*", "**/*.*"}


@dataclass(frozen=True, slots=True)
class _File:
    label: str
    context: tuple[str, ...]
    tags: tuple[str, ...]
    description: str


def read_markdown(text: str, path: Path) -> tuple[list[Found], list[Problem]]:
    """The guidelines in `text`, the contents of the file `path`, and the sections that are none."""
    text, found, problems = take_managed(text, path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fields, first = front_matter(lines)
    tags = [
        tag for key in ("tags", "globs", "applyTo", "paths") for tag in fields.get(key, ()) if tag not in _ALL_FILES
    ]
    title = " ".join([*fields.get("title", ()), *fields.get("name", ())][:1])
    file = _File(
        label=_plain(title)[:LABEL_MAX] or path.stem.lstrip(".") or path.name,
        context=(path.name, f"{path.parent.name}/{path.name}"),
        tags=tuple(dict.fromkeys(tag[:LABEL_MAX] for tag in tags if tag.strip()))[:100],
        description=" ".join(fields.get("description", ())),
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
    found = []
    for section in sections(lines, first):
        body = trimmed(lines[section.start : section.end])
        if is_blank("".join(body)):
            continue
        skipped = next(n for n, line in enumerate(lines[section.start : section.end]) if line == body[0])
        parents = [_plain(title) for title in section.parents]
        name = _plain(section.title) or file.label
        above = next((title for title in reversed(parents) if title), file.label)
        items = list_items(body)
        if items:
            at = section.start + skipped + 1
            found += [_found(name_of(item), item, name, at + place, (name,), file) for place, item in items]
        else:
            line = section.line if section.title else section.start + skipped + 1
            found.append(_found(name, body, above, line, (above,), file))
    return found


def _found(name: str, lines: Sequence[str], category: str, line: int, context: tuple[str, ...], file: _File) -> Found:
    left, good, bad = take_examples(lines, code_blocks(lines))
    draft = Draft(
        name=name,
        content="\n".join(trimmed(left)),
        category=_cut(category, LABEL_MAX),
        tags=file.tags,
        rationale=file.description,
        good=good,
        bad=bad,
    )
    return Found(draft=draft, line=line, context=(*context, *file.context), free_name=True)


def list_items(body: Sequence[str]) -> list[tuple[int, list[str]]]:
    """The items, with their places, where `body` is a list of rules in their own right; otherwise none."""
    start = _ITEM.match(body[0])
    if not start:
        return []
    indent = len(start[1].expandtabs(4))
    items: list[tuple[int, list[str]]] = []
    after_blank = in_code = False
    code = {place for first, end in code_blocks(body) for place in range(first, end)}
    for place, line in enumerate(body):
        match = _ITEM.match(line) if place not in code else None
        own_indent = len(line) - len(line.lstrip())
        in_code = place in code
        if match and len(match[1].expandtabs(4)) == indent:
            items.append((place, [line[match.end() :]]))
            offset = match.end()
        elif not line.strip() or own_indent > indent or (in_code and own_indent > indent):
            items[-1][1].append(line[min(own_indent, offset) :])
        elif after_blank or in_code or is_bullet(line):
            return []  # something else than the list
        else:
            items[-1][1].append(line)  # a paragraph that goes on without its indent
        after_blank = not line.strip()
    whole = all(_word_count("\n".join(item)) >= FEWEST_WORDS for _, item in items)
    return items if len(items) > 1 and whole else []


def _word_count(text: str) -> int:
    """Words of prose, not code, addresses or names of files; where a script parts none, two characters are one."""
    prose = _LINK.sub(r"\1", _CODE.sub(" ", text[:_LOOK_AT]))
    prose = " ".join(word for word in prose.split() if not _NO_PROSE.search(word))
    asian = len(_ASIAN.findall(prose))
    return len(re.findall(r"\w+(?:['’]\w+)?", _ASIAN.sub(" ", prose))) + asian // 2


def name_of(item: Sequence[str]) -> str:
    """A name for a rule without a heading: its bold beginning, or its first sentence, cut at a word."""
    first = item[0].strip()
    if bold := _BOLD_LEAD.match(first):
        return _plain(bold[2]).rstrip(":").rstrip() or _cut(_plain(first), NAME_LENGTH)
    sentence = re.match(r".{12,}?[.!?。！？](?=\s|$)", first[: 4 * NAME_LENGTH])
    return _cut(_plain(sentence[0] if sentence else first).rstrip(".:;。") or first[:NAME_LENGTH], NAME_LENGTH)


def _plain(text: str) -> str:
    """A heading or a sentence without its markup, on one line."""
    text = _LINK.sub(r"\1", text[:2_000])
    text = re.sub(r"(\*\*|__|`)", "", text)
    return _cut(" ".join(text.split()).strip("*").strip(), 500)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    words = text[:most].rpartition(" ")[0]
    return (words if len(words) > most // 2 else text[: most - 1]).rstrip(" ,;:") + "…"


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
