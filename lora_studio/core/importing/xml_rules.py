"""Rules written as XML (as Roo's modes have them), turned into the Markdown that says the same.

Read by expat, with document types refused: so there are no entities of its own, and nothing is fetched. What follows
from an element: one with a name or title, or with elements inside, is a heading; one with text is that text, a line of
a list where its neighbour has the same tag; examples become code below Good and Bad. Lines stay where they were as far
as there is room, so that a rule is found again.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from xml.parsers import expat

from lora_studio.core.errors import Invalid

DEEPEST = 50
_TITLES = {"name", "title"}
_GOOD = {"good", "good_example", "correct", "do", "correct_example", "example_good"}
_BAD = {"bad", "bad_example", "incorrect", "wrong", "dont", "incorrect_example", "example_bad"}
_CODE = {"example", "code", "template", "snippet", *_GOOD, *_BAD}


@dataclass
class _Element:
    tag: str
    line: int
    title: str = ""
    text: str = ""
    children: list[_Element] = field(default_factory=list)


def as_markdown(text: str) -> str:
    """The Markdown for `text`. Raises Invalid where that is no XML, or one that would define things of its own."""
    top = _parsed(text)
    out: list[str] = []
    for child in top.children:
        _write(child, 1, False, out)
    return "\n".join(out)


def _parsed(text: str) -> _Element:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    path = [_Element("", 1)]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(path) > DEEPEST:
            raise Invalid("It is nested too deeply")
        title = next((attributes[key].strip() for key in ("name", "title") if key in attributes), "")
        path[-1].children.append(_Element(tag, parser.CurrentLineNumber, title))
        path.append(path[-1].children[-1])

    def end(tag: str) -> None:
        path.pop()

    def data(said: str) -> None:
        path[-1].text += said

    def doctype(*parts: object) -> None:
        raise Invalid("It declares a document type, which may define anything; take the DOCTYPE out")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.StartDoctypeDeclHandler = doctype
    try:  # a root of our own, as such files often have several elements at the top
        parser.Parse(re.sub(r"\A\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff")).join(("<r>", "</r>")), True)
    except expat.ExpatError as error:
        raise Invalid(f"It is not valid XML (line {error.lineno}): {expat.ErrorString(error.code)}") from None
    return path[0].children[0]


def _write(element: _Element, level: int, in_list: bool, out: list[str]) -> None:
    """Adds what `element` says to the lines `out`."""
    if element.children:
        named = next((child for child in element.children if child.tag in _TITLES and not child.children), None)
        title = element.title or (" ".join(named.text.split()) if named else "") or _in_words(element.tag)
        _add(out, element.line, ["#" * min(level, 6) + " " + title])
        _add(out, element.line, _lines(element.text))
        tags = [child.tag for child in element.children]
        for child in element.children:
            if child is not named:
                _write(child, level + 1, tags.count(child.tag) > 1 if len(tags) < 1_000 else True, out)
        return
    lines = _lines(element.text)
    if not lines:
        return
    if element.tag in _CODE:
        label = ["Good:"] if element.tag in _GOOD else ["Bad:"] if element.tag in _BAD else []
        fence = "`" * max(3, max((len(run) for run in re.findall("`+", element.text)), default=0) + 1)
        _add(out, element.line, [*label, "", fence, *lines, fence])
    elif in_list:
        lead = f"**{element.title}**: " if element.title else ""
        _add(out, element.line, [f"- {lead}{lines[0]}", *(f"  {line}" for line in lines[1:])], gap=False)
    else:
        _add(out, element.line, [f"**{element.title}**: {lines[0]}", *lines[1:]] if element.title else lines)


def _lines(text: str) -> list[str]:
    """The text without the indent that all of its lines have: the first one stands behind a tag."""
    return textwrap.dedent(text).strip("\n").strip().split("\n") if text.strip() else []


def _in_words(tag: str) -> str:
    words = re.sub(r"[_\-.:]+", " ", tag).strip()
    return words[:1].upper() + words[1:]


def _add(out: list[str], line: int, lines: list[str], gap: bool = True) -> None:
    """Adds `lines`, the first as number `line` if there is room, with a blank line before where `gap` asks for it."""
    if not lines:
        return
    if gap and out and out[-1]:
        out.append("")
    out.extend([""] * (line - 1 - len(out)))
    out.extend(lines)
