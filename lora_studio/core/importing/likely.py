"""Whether a piece of a rule file is a rule, and if probably not, why. Plain words and structure; nothing is learnt.

In this order, the first that fits decides: what it is made of (links, code, a tree of folders, a persona); whether it
tells somebody what to do; what its heading says of everything below it. What fits nothing is a description.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lora_studio.core.importing.outline import Section
from lora_studio.core.importing.text_blocks import code_blocks
from lora_studio.core.importing.words import (
    ADVERBS,
    CHINESE,
    CONDITION,
    MUST,
    NO_LEAD,
    NOT_OF_RULES,
    NOUNS,
    OF_RULES,
    PERSONA,
    STATED,
    STRONG,
    STYLE,
    TASK,
    VERBS,
)  # fmt: skip

LINKS = "It only points to other documents"
CODE = "It is code without a word about it"
TREE = "It lists files and folders"
COMMANDS = "It lists commands"
NAMES = "It lists names and facts, not what to do"
IS_PERSONA = "It says who the model is to be"
DESCRIPTION = "It describes something and asks for nothing"
PROJECT = "It describes the project"
HARD = ("It is about the licence or whom to ask", "It is a table of contents", IS_PERSONA)
"""What a heading says that only a short, strong sentence can deny."""
_LOOK_AT = 2_000
_SHORT = 250
_ONE_SENTENCE = 100
_FEW_WORDS = 40
"""Most characters of a statement that counts as a rule where nothing speaks against it: below a heading that has one
above it, and elsewhere, where the project is often described.
"""
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\ua800-\uabff]")
"""Signs of a script whose words nobody here knows, so that what it says is left to people."""
_RULE = re.compile(r"\b(?:rules?|regeln?)\b", re.IGNORECASE)
_INTRODUCTION = re.compile(
    r"(?:this|these|the following) (?:file|document|repo|guide|page|project|instruction)|(?:we|our|it|there|you)\b"
    r"|the (?:\w{1,30} ){0,2}(?:project|app|application|repo|repository|codebase|library|framework|service"
    r"|extension|system)\b",
    re.IGNORECASE,
)
"""What a sentence about the project or the file itself starts with."""
_LINK = re.compile(
    r"!?\[[^\[\]\n]{0,300}\]\([^()\n]{0,1000}\)|<?https?://[^\s<>]{1,1000}>?|(?<![\w`])@[~./]?[\w./-]{1,200}"
)
_CODE = re.compile(r"`[^`\n]{0,300}`")
_MARKUP = re.compile(r"^(?:[\s>#*_~-]|\d+[.)]\s|\[[ xX]\]\s|[✅❌✔✖⚠️🚫👍👎☑✗✘⛔]|\[![A-Z]+\])+")
_LABEL = re.compile(r"(?:\*\*|__)?([^*_:：—–\n]{1,60}?)(?:\*\*|__)?[ ]?(?::|：|[ ][—–-][ ])(?:\*\*|__)?[ ]*(\S.*)?")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+|\s[–]\s|—|[。！？；]")
_FILE = re.compile(r"[\w@*\[\]{}<>-]*[/.][\w*./\[\]{}<>-]+|[\w-]+/?")
_TREE = re.compile(r"[├└│]|^[ \t]*[\w.-]+/[ \t]*$", re.MULTILINE)


_AFTER_NOUNS = ("is", "are", "was", "of", ":", "(s)")
_AFTER_MORE_NOUNS = ("for", "to", "in", "via", "files")


def is_topic(section: Section) -> bool:
    """Whether the nearest heading that says anything of what stands below it says: rules."""
    for title in _titles(section):
        if _elsewhere(title):
            return False
        if OF_RULES.search(title):
            return True
    return False


def _titles(section: Section) -> list[str]:
    """The headings above, the nearest first."""
    return [section.title, *reversed(section.parents)]


def is_told(text: str) -> bool:
    """Whether some sentence of `text` tells what to do: its mood, or a word such as must, never, avoid."""
    text = text[:_LOOK_AT]
    if MUST.search(_CODE.sub(" ", text)) or CHINESE.search(text):
        return True
    return any(_commands(sentence) for sentence in _SENTENCE.split(text))


def _commands(sentence: str) -> bool:
    plain = _MARKUP.sub("", sentence).replace("*", "").replace("__", "")
    label = _LABEL.fullmatch(plain.strip())
    parts = [label[2] or ""] if label else [plain]
    if label and label[1].count(" ") > 1:
        parts.append(plain)
    if CONDITION.match(plain):
        parts += plain.split(",", 5)[1:]
    return any(_starts_with_verb(part) or NO_LEAD.match(part.lstrip()) for part in parts)


def _starts_with_verb(text: str) -> bool:
    words = text[:200].replace("`", " ` ").split()
    while words and words[0].casefold().strip(",") in ADVERBS:
        words.pop(0)
    if not words or words[0] == "`":
        return False
    first = words[0].strip("\"'“”(").rstrip(",.:;)").casefold()
    second = words[1].casefold() if len(words) > 1 else ""
    return first in VERBS and second not in _AFTER_NOUNS and not (first in NOUNS and second in _AFTER_MORE_NOUNS)


def only_links(text: str) -> bool:
    """Whether `text` is a link or file to read with at most a few words about it."""
    plain = _LINK.sub(" ", text[:_LOOK_AT])
    return (
        plain != text[:_LOOK_AT]
        and not is_told(plain)
        and len(re.findall(r"\w+", plain)) <= 12
        and not CONDITION.match(plain)
    )


def reason_against(section: Section, lines: Sequence[str], lead: str, has_examples: bool, item: bool) -> str:
    """Why the piece with these lines is probably not a rule, in one sentence; empty for a rule.

    `lead` is the line that leads its list; `item`: it is one of a list.
    """
    prose = _prose(lines)
    text = " ".join(prose)[:_LOOK_AT]
    if has_examples and not PERSONA.match(text):
        return ""
    return _made_of(lines, prose, text) or _below(section, text) or _in_itself(section, prose, text, lead, item)


def _made_of(lines: Sequence[str], prose: Sequence[str], text: str) -> str:
    plain = _MARKUP.sub("", text)
    if len(text.split()) < 4 and (not plain or plain.rstrip("*_ ").endswith(":")):
        return TREE if _TREE.search("\n".join(lines)[:_LOOK_AT]) else CODE
    if PERSONA.match(plain):
        return IS_PERSONA
    if all(map(_only_code, prose)):
        return COMMANDS
    return LINKS if only_links(text) else ""


def _below(section: Section, text: str) -> str:
    """What the nearest heading that says anything says of all below it. The title of the file is not asked."""
    own = _titles(section)[:-1] if section.parents else _titles(section)
    for title in own:
        if reason := _elsewhere(title):
            is_clear = (
                is_told(text)
                if reason in (PROJECT, LINKS) and len(text) < _SHORT
                else STRONG.search(_CODE.sub(" ", text))
            )
            return "" if is_clear and (reason not in HARD or len(text) < _SHORT) else reason
        if OF_RULES.search(title):
            return ""
    return ""


def _in_itself(section: Section, prose: Sequence[str], text: str, lead: str, item: bool) -> str:
    if not item and _is_order(section.title.strip()):
        return ""
    if is_told(text) or is_told(lead) or OF_RULES.search(lead):
        return "" if not _INTRODUCTION.match(text) or STRONG.search(text) else DESCRIPTION
    label = _LABEL.fullmatch(_MARKUP.sub("", text).replace("*", "")[:_SHORT])
    if label and STYLE.search(label[1]):
        return ""
    if prose and all(_is_fact(line) for line in prose):
        return NAMES
    if item and is_topic(section) and len(text) < _SHORT:
        return ""
    if len(text) > _SHORT:
        return DESCRIPTION
    if _OTHER_SCRIPT.search(text) or _RULE.search(text):
        return ""
    if "`" in text or _INTRODUCTION.match(text):
        return DESCRIPTION
    most = _ONE_SENTENCE if section.parents else _FEW_WORDS
    return "" if STATED.match(text) or (not item and len(text) <= most) else DESCRIPTION


def _is_order(title: str) -> bool:
    """Whether a heading is a rule by itself, such as "Name events after what happened", and no title of a task."""
    return title.count(" ") >= 3 and _commands(title) and not TASK.search(title)


def _elsewhere(title: str) -> str:
    plain = _CODE.sub(" ", title)
    if OF_RULES.search(plain) and not plain.casefold().startswith("table"):
        return ""
    return next((reason for pattern, reason in NOT_OF_RULES if pattern.search(plain)), "")


def _is_fact(line: str) -> bool:
    """Whether a line is a file, a command or a name, with or without what it is."""
    plain = _MARKUP.sub("", line).replace("*", "").strip()
    label = _LABEL.fullmatch(plain)
    rest = (label[2] or "") if label else plain
    bare = _CODE.sub(" ", _LINK.sub(" ", rest))
    return (
        plain.startswith("`")
        or (rest != bare and len(re.findall(r"\w+", bare)) <= 8)
        or _FILE.fullmatch(plain) is not None
    )


def _only_code(line: str) -> bool:
    """Whether a line is a label and code: Run tests: `make test`."""
    label = _LABEL.fullmatch(_MARKUP.sub("", line).replace("*", "").strip())
    rest = (label[2] or "") if label else ""
    first, *more = label[1].split() if label else [""]
    if len(more) > 1 and first.casefold() not in VERBS:
        return False
    return "`" in rest and not re.search(r"\w", _CODE.sub(" ", rest))


def _prose(lines: Sequence[str]) -> list[str]:
    """The lines that are not code, rows of a table or blank."""
    code = {place for start, end in code_blocks(lines) for place in range(start, end)}
    texts = [line.strip() for place, line in enumerate(lines) if place not in code]
    return [text for text in texts if text and not text.startswith("|")]
