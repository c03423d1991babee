"""Markdown as a tree of blocks, each with its lines: made by markdown-it, so that the text itself stays as written.

What is not understood is a paragraph. Comments and lines that are nothing but a tag of HTML or XML are blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

LINES_MAX = 100_000
"""Most lines of a file that is read: the parser needs about 30 microseconds for each."""
_DEEPEST = 12
_TAG = re.compile(r"[ \t]*</?[A-Za-z][\w-]{0,40}(?:[ \t][^<>]{0,500})?/?>[ \t]*")
_HEADING = re.compile(r"#{1,6}[ \t]+\S")
_LATER_BULLET = re.compile(r"^([ \t]{0,12})•(?=[ \t])", re.MULTILINE)
_KINDS = {
    "paragraph_open": "paragraph", "heading_open": "heading", "bullet_list_open": "list", "ordered_list_open": "steps",
    "list_item_open": "item", "fence": "code", "code_block": "text", "table_open": "table", "blockquote_open": "quote",
    "hr": "line", "html_block": "text",
}  # fmt: skip


@dataclass(slots=True)
class Block:
    """A part of the text: the lines from `start` up to `end`, which is not its own; `level` is a heading's.

    `kind` is one of heading, paragraph, list, steps (a numbered list), item, code, table, quote, line, text.
    """

    kind: str
    start: int
    end: int
    level: int = 0
    title: str = ""
    children: list[Block] = field(default_factory=list)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"maxNesting": _DEEPEST})
    parser.enable(["blockquote", "code", "fence", "heading", "hr", "html_block", "lheading", "list", "table"])
    parser.core.ruler.enableOnly(["normalize", "block"])  # what stands inside of a line is nobody's business here
    return parser


_PARSER = _parser()


def blocks_of(lines: Sequence[str]) -> list[Block]:
    """The blocks of the text that `lines` are, which must be LINES_MAX at most.

    A fence that is never closed ends where the next heading starts, so that what follows does not vanish in it.
    """
    blocks = _parsed(lines, 0)
    last = blocks[-1] if blocks else None
    if last and last.kind == "code" and not _is_closed(lines, last):
        for place in range(last.start + 2, last.end):
            if not lines[place - 1].strip() and _HEADING.match(lines[place]):
                return [*blocks[:-1], replace(last, end=place), *_parsed(lines[place:], place)]
    return blocks


def _is_closed(lines: Sequence[str], code: Block) -> bool:
    fence, end = lines[code.start].strip()[:3], lines[code.end - 1].strip()
    return code.end - code.start > 1 and end.startswith(fence) and not end.strip("`~")


def _parsed(lines: Sequence[str], offset: int) -> list[Block]:
    text = _LATER_BULLET.sub(r"\1-", "\n".join(lines))  # not Markdown, but people's
    top: list[Block] = []
    opened: list[Block] = []
    for token in _PARSER.parse(text):
        if kind := _KINDS.get(token.type):
            block = _block(kind, token, offset)
            (opened[-1].children if opened else top).append(block)
            if token.nesting:
                opened.append(block)
        elif token.type == "inline" and opened and opened[-1].kind == "heading":
            opened[-1].title = token.content
        elif token.nesting < 0 and opened and token.type == f"{_ENDS.get(opened[-1].kind, '')}_close":
            opened.pop()
    return top


_ENDS = {kind: name.removesuffix("_open") for name, kind in _KINDS.items()}


def _block(kind: str, token: Token, offset: int) -> Block:
    start, end = token.map or [0, 0]
    level = int(token.tag[1]) if kind == "heading" else 0
    return Block(kind, start + offset, end + offset, level)


def without_comments(lines: Sequence[str]) -> list[str]:
    """`lines` with comments, and lines that are nothing but a tag, blank; those inside of code stay."""
    made = list(lines)
    code = {place for block in _codes(blocks_of(lines)) for place in range(block.start, block.end)}
    in_comment = False
    for place, line in enumerate(lines):
        if not in_comment and (place in code or "<" not in line):
            continue
        made[place], in_comment = _without_comment(line, in_comment)
        if _TAG.fullmatch(made[place]):
            made[place] = ""
    return made


def _codes(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.kind == "code":
            yield block
        yield from _codes(block.children)


def _without_comment(line: str, in_comment: bool) -> tuple[str, bool]:
    """`line` without comments, and whether the next line starts inside of one. Code between `…` stays."""
    kept: list[str] = []
    place = 0
    while place < len(line):
        if in_comment:
            end = line.find("-->", place)
            if end < 0:
                return "".join(kept).rstrip(), True
            place, in_comment = end + 3, False
        else:
            start = line.find("<!--", place)
            before = line[place:] if start < 0 else line[place:start]
            kept.append(before)
            if start < 0:
                break
            if "".join(kept).count("`") % 2:
                kept.append("<!--")
                place = start + 4
            else:
                place, in_comment = start + 4, True
    text = "".join(kept)
    return (text if text.strip() else ""), in_comment
