"""The sections of a rule file: headings as Markdown knows them, and lines that people mean as such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lora_studio.core.importing.blocks import Block, blocks_of
from lora_studio.core.importing.labels import label_of, sense_of

_BELOW_ALL = 7
"""The level of a heading that is only a bold line or a few words."""
_OVER_CODE = -1
"""The level of a heading that is only a label over code, such as Bad: the code belongs to the section above."""
_FEW = 8
_MANY = 12
"""Most words of a heading in plain words, and fewest of a text that makes one of the line above it."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (empty for the text before the first one), the headings above it, and the blocks of its own.

    `line` is the heading's number in the file, from 1; `plain`: the file has no headings as Markdown knows them.
    """

    title: str
    parents: tuple[str, ...]
    line: int
    blocks: tuple[Block, ...]
    plain: bool = False


def sections(lines: Sequence[str]) -> list[Section]:
    """The sections of the text in their order, those without any text included."""
    blocks = [_one_line(block) for block in blocks_of(lines)]
    plain = not any(block.kind == "heading" for block in blocks)
    blocks = _with_plain_words(blocks, lines, plain)
    made: list[Section] = []
    above: list[tuple[int, str]] = []
    title, line, own = "", 1, list[Block]()
    for block in [*blocks, None]:
        if block and (block.kind != "heading" or block.level == _OVER_CODE):
            own.append(block)
            continue
        made.append(Section(title, tuple(name for _, name in above[:-1]), line, tuple(own), plain))
        if block:
            while above and above[-1][0] >= block.level:
                above.pop()
            above.append((block.level, block.title))
            title, line, own = block.title, block.start + 1, []
    return made


def _one_line(block: Block) -> Block:
    """`block`, but no heading of several lines: those are a paragraph with a line across the page below."""
    is_long = block.kind == "heading" and block.end - block.start > 2
    return replace(block, kind="paragraph", end=block.end - 1, level=0) if is_long else block


def _with_plain_words(blocks: Sequence[Block], lines: Sequence[str], plain: bool) -> list[Block]:
    made: list[Block] = []
    level = 1 if plain else _BELOW_ALL
    titles = {id(block) for block in _titles_over_prose(blocks, lines)}
    for number, block in enumerate(blocks):
        after = blocks[number + 1] if number + 1 < len(blocks) else None
        if block.kind == "heading":
            over_code = bool(sense_of(block.title)) and after is not None and after.kind == "code"
            made.append(replace(block, level=_OVER_CODE) if over_code and made else block)
        elif block.kind == "paragraph" and block.end == block.start + 1 and after:
            text = lines[block.start].strip()
            is_one = id(block) in titles or _leads(text, after, plain)
            title = text.strip("*_ ").rstrip(":").strip("*_ ")
            made.append(replace(block, kind="heading", level=level, title=title) if is_one else block)
        else:
            made.append(block)
    return made


def _leads(text: str, after: Block, plain: bool) -> bool:
    """Whether a line alone is meant as a heading of the block `after` it."""
    is_bold = text.startswith(("**", "__")) and text.rstrip(":").endswith(("**", "__")) and text.count(text[:2]) == 2
    if is_bold and len(text) > 5 and after.kind not in ("code", "line"):
        return True
    if not plain or len(text) > 80 or len(text.split()) > _FEW or text[0] in ">|" or label_of(text):
        return False
    return text.endswith(":") or (after.kind in ("list", "steps") and text[-1] not in ".!?")


def _titles_over_prose(blocks: Sequence[Block], lines: Sequence[str]) -> Iterator[Block]:
    """Short lines without an end, each over a paragraph: headings where there are two or more between two real ones."""
    run: list[Block] = []
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        if block.kind == "heading":
            yield from run if len(run) > 1 else ()
            run = []
        elif block.kind == "paragraph" and block.end == block.start + 1 and after and after.kind == "paragraph":
            text = lines[block.start].strip()
            words = len(" ".join(lines[after.start : after.end])[:1_000].split())
            if len(text.split()) <= _FEW and len(text) <= 80 and text[-1] not in ".!?:;,`" and words >= _MANY:
                run.append(block)
    yield from run if len(run) > 1 else ()
