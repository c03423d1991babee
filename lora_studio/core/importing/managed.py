"""The guidelines that this program wrote into a rule file, each in a block of its own: read back as they were."""

from __future__ import annotations

from pathlib import Path

from lora_studio.core.errors import Invalid
from lora_studio.core.importing.checked import checked
from lora_studio.core.importing.records import Found, Problem
from lora_studio.core.rulefiles.blocks import START, blocks_in


def take_managed(text: str, path: Path) -> tuple[str, list[Found], list[Problem]]:
    """`text` with blank lines in place of our blocks, the guidelines in these, and the blocks that cannot be read.

    A block without an end stays in the text, so that nothing below it is lost.
    """
    found: list[Found] = []
    problems: list[Problem] = []
    if START not in text:
        return text, found, problems
    lines = text.replace("\r\n", "\n").split("\n")
    for block in blocks_in(text):
        line = block.first + 1
        if block.draft is None:
            problems.append(Problem(str(path), line, block.fault))
            continue
        lines[block.first : block.last] = [""] * (block.last - block.first)
        try:
            draft = checked(block.draft)
        except Invalid as error:
            problems.append(Problem(str(path), line, f"{error.message[:1].upper()}{error.message[1:]}"))
        else:
            found.append(
                Found(
                    draft=draft, line=line, id=block.id, names_scope=True, context=(path.name,), written=block.version
                )
            )
    return "\n".join(lines), found, problems
