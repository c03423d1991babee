"""Whether a piece of a rule file is a rule, and if probably not, why. Plain words and structure; nothing is learnt.

In this order, the first that fits decides: what it is made of (links, code, a tree of folders, a persona); whether it
tells somebody what to do; what its heading says of everything below it. What fits nothing is a description.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lora_studio.core.importing.outline import Section
from lora_studio.core.importing.words import (
    ADVERBS, CHINESE, CONDITION, MUST, NO_LEAD, NOT_OF_RULES, OF_RULES, PERSONA, VERBS,
)  # fmt: skip

LINKS = "It only points to other documents"
CODE = "It is code without a word about it"
TREE = "It lists files and folders"
COMMANDS = "It lists commands"
NAMES = "It lists names and facts, not what to do"
IS_PERSONA = "It says who the model is to be"
DESCRIPTION = "It describes something and asks for nothing"
_LOOK_AT = 2_000
_LINK = re.compile(r"!?\[[^\[\]\n]{0,300}\]\([^()\n]{0,1000}\)|<?https?://[^\s<>]{1,1000}>?")
_CODE = re.compile(r"`[^`\n]{0,300}`")
_MARKUP = re.compile(r"^(?:[\s>#*_~-]|\d+[.)]\s|\[[ xX]\]\s|[✅❌✔✖⚠️🚫👍👎☑✗✘⛔]|\[![A-Z]+\])+")
_LABEL = re.compile(r"(?:\*\*|__)?([^*_:：—–\n]{1,60}?)(?:\*\*|__)?[ ]?(?::|：|[ ][—–-][ ])(?:\*\*|__)?[ ]*(\S.*)?")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+|\s[—–]\s|[。！？；]")
_FILE = re.compile(r"[\w@.*\[\]{}<>-]*[/.][\w*./\[\]{}<>-]+|[\w-]+/?")
_ANY_OF_CODE = re.compile(r"[├└│]|^\s*[\w.-]+/\s*$", re.MULTILINE)


def is_topic(section: Section) -> bool:
    """Whether the nearest heading that says anything of what stands below it says: rules."""
    for title in (section.title, *reversed(section.parents)):
        if _elsewhere(title):
            return False
        if OF_RULES.search(title):
            return True
    return False


def is_told(text: str) -> bool:
    """Whether some sentence of `text` tells what to do: its mood, or a word such as must, never, avoid."""
    text = text[:_LOOK_AT]
    if MUST.search(_CODE.sub(" ", text)) or CHINESE.search(text):
        return True
    return any(_commands(sentence) for sentence in _SENTENCE.split(text))


def _commands(sentence: str) -> bool:
    plain = _MARKUP.sub("", sentence).replace("*", "").replace("__", "")
    label = _LABEL.fullmatch(plain.strip())
    parts = [plain, label[2] or ""] if label else [plain]
    if CONDITION.match(plain):
        parts.append(plain.partition(",")[2])
    return any(_starts_with_verb(part) or NO_LEAD.match(part.lstrip()) for part in parts)


def _starts_with_verb(text: str) -> bool:
    words = text[:200].replace("`", " ` ").split()
    while words and words[0].casefold().strip(",") in ADVERBS:
        words.pop(0)
    if not words or words[0] == "`":
        return False
    first = words[0].strip("\"'“”(").rstrip(",.:;)").casefold()
    return first in VERBS and (len(words) < 2 or words[1].casefold() not in ("is", "are", "was", "of", ":", "(s)"))


def only_links(text: str) -> bool:
    """Whether `text` is a link or file to read with at most a few words about it."""
    plain = _LINK.sub(" ", text[:_LOOK_AT])
    return plain != text[:_LOOK_AT] and not is_told(plain) and len(re.findall(r"\w+", plain)) <= 12


def reason_against(section: Section, lines: Sequence[str], lead: str, has_examples: bool) -> str:
    """Why the piece with these lines is probably not a rule, in one sentence; empty for a rule."""
    prose = _prose(lines)
    text = " ".join(prose)[:_LOOK_AT]
    if not text.strip():
        return "" if has_examples else (TREE if _ANY_OF_CODE.search("\n".join(lines)[:_LOOK_AT]) else CODE)
    if PERSONA.match(_MARKUP.sub("", text)):
        return IS_PERSONA
    if only_links(text):
        return LINKS
    elsewhere = next((found for title in (section.title, *reversed(section.parents)) if (found := _elsewhere(title))), "")
    topic = is_topic(section)
    if elsewhere and not topic:
        return "" if MUST.search(_CODE.sub(" ", text)) and not _is_weak(elsewhere) else elsewhere
    if is_told(text) or is_told(lead) or has_examples:
        return ""
    if all(_is_fact(line) for line in prose):
        return NAMES
    return "" if topic and len(text) < 200 else DESCRIPTION


def _is_weak(elsewhere: str) -> bool:
    return "licence" in elsewhere or "contents" in elsewhere or "model" in elsewhere


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
    return plain.startswith("`") or (rest != bare and len(re.findall(r"\w+", bare)) <= 8) or _FILE.fullmatch(plain) is not None


def _prose(lines: Sequence[str]) -> list[str]:
    """The lines that are not code, table rules or blank."""
    made: list[str] = []
    fence = ""
    for line in lines:
        text = line.strip()
        if text.startswith(("```", "~~~")):
            fence = "" if fence and text.startswith(fence) else fence or text[:3]
        elif text and not fence and not set(text) <= set("|-: "):
            made.append(text)
    return made
