"""Good and bad: the marks and words that people put before an example, and the examples behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARKS = {**dict.fromkeys("✅✔☑👍🟢", "good"), **dict.fromkeys("❌✖✗✘⛔🚫👎🔴", "bad")}
_WORDS = {
    **dict.fromkeys(("good", "do", "prefer", "preferred", "correct", "right", "recommended", "better", "yes"), "good"),
    **dict.fromkeys(
        ("bad", "don't", "don’t", "dont", "do not", "avoid", "wrong", "incorrect", "not recommended", "never", "no"),
        "bad",
    ),
}
_LEAD = re.compile(
    rf"({'|'.join(sorted(_WORDS, key=len, reverse=True))})(?![\w'’-])"
    r"(?:[ \t]+(?:examples?|code|practices?|ways?|patterns?|this|usage)\b)?",
    re.IGNORECASE,
)
_AFTER_WORD = tuple(":(–—-")
_COMMENT = re.compile(r"[ \t]*(?:#+|//+|--+|/\*+|<!--|;+|%+)[ \t]*(.+)")
LABEL_MAX_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Label:
    """What a line says of the code below it: "good" or "bad"; `bare`: and nothing else."""

    kind: str
    bare: bool


def label_of(line: str) -> Label | None:
    """The label that `line` is, with or without markup around it; None where it is none.

    It starts with a mark (✅, ❌ and their like), or with a word (Good, Bad, Do, Don't, Avoid, Prefer …) that stands
    alone or before a colon, a dash or a bracket.
    """
    if len(line) > LABEL_MAX_CHARACTERS:
        return None
    text = line.strip().lstrip("#>*_-+ \t").replace("*", "").replace("_", "").replace("\ufe0f", "").strip()
    kind = _MARKS.get(text[:1], "")
    marked = bool(kind)
    if marked:
        text = text[1:].lstrip(" :–—-")
    if word := _LEAD.match(text):
        kind = kind or _WORDS[word[1].lower()]
        text = text[word.end() :].strip()
    if kind and not text.strip(":. "):
        return Label(kind, True)
    return Label(kind, False) if marked or (kind and text.startswith(_AFTER_WORD)) else None


def take_examples(
    lines: Sequence[str], blocks: Sequence[tuple[int, int]]
) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
    """What is left of `lines`, the good examples and the bad ones. `blocks`: where the fenced code is.

    A block below a bare label is taken out together with the label; where the label says more, or the labels are
    comments inside the block, the example is a copy and the text stays as it is. If nothing would be left, all stays.
    """
    examples: dict[str, list[str]] = {"good": [], "bad": []}
    taken: set[int] = set()
    last_label, last_end = None, -1
    for start, end in blocks:
        above = start - 1
        while above >= 0 and not lines[above].strip():
            above -= 1
        label = last_label if above + 1 == last_end else label_of(lines[above]) if above >= 0 else None
        code = _inside(lines[start:end])
        if label is None:
            for kind, text in _labelled_parts(code):
                examples[kind].append(text)
        elif text := "\n".join(code):
            examples[label.kind].append(text)
            if label.bare:
                taken.update(range(start if above + 1 == last_end else above, end))
        last_label, last_end = label, end
    left = [line for place, line in enumerate(lines) if place not in taken]
    first = next((line.strip() for line in left if line.strip()), "")
    if not first or (taken and first[0].islower()):  # what is left has no beginning: "which prints …"
        left = list(lines)
    return left, tuple(dict.fromkeys(examples["good"])), tuple(dict.fromkeys(examples["bad"]))


def _inside(block: Sequence[str]) -> list[str]:
    """The code without its fences, and without the indent that a list gave it."""
    indent = len(block[0]) - len(block[0].lstrip())
    closed = len(block) > 1 and block[-1].strip() and not block[-1].strip().strip("`~")
    code = [line[indent:] if not line[:indent].strip() else line for line in block[1 : -1 if closed else None]]
    while code and not code[-1].strip():
        code.pop()
    while code and not code[0].strip():
        code.pop(0)
    return code


def _labelled_parts(code: Sequence[str]) -> list[tuple[str, str]]:
    """The parts of a block that stand below comments such as `# ❌ …` or `// Good:`, with their kinds."""
    parts: list[tuple[str, list[str]]] = []
    for line in code:
        comment = _COMMENT.match(line) if len(line) <= LABEL_MAX_CHARACTERS else None
        label = label_of(comment[1].removesuffix("*/").removesuffix("-->")) if comment else None
        if label:
            parts.append((label.kind, []))
        elif parts:
            parts[-1][1].append(line)
    texts = [(kind, "\n".join(lines).strip("\n").rstrip()) for kind, lines in parts]
    return [(kind, text) for kind, text in texts if text]


_DO = """
    always|always do|do|do this|dos|do's|must|musts|must do|required|mandatory|prefer|preferred|good|yes|recommended
    |ask first|ask before|when in doubt|immer|gut|richtig|so|pflicht|vorher fragen
"""
_DO_NOT = """
    never|never do|don't|donts|don'ts|dont|do not|do not do|must not|mustn't|avoid|forbidden|not allowed|bad|no|wrong
    |prohibited|not recommended|no-gos|nie|niemals|nicht|verboten|vermeiden|falsch|schlecht
"""
_SENSES = {
    " ".join(words.split()): sense for text, sense in ((_DO, "do"), (_DO_NOT, "dont")) for words in text.split("|")
}


def sense_of(title: str) -> str:
    """What a title that is only a label says of the sentences below it: "do" or "dont"; empty for any other title."""
    if len(title) > LABEL_MAX_CHARACTERS:
        return ""
    words = re.sub(r"[^\w' -]", " ", title.replace("’", "'").replace("_", " ")).strip(" -").casefold()
    words = " ".join(words.split())
    if words in _SENSES:
        return _SENSES[words]
    label = label_of(title)
    return {"good": "do", "bad": "dont"}[label.kind] if label and label.bare else ""
