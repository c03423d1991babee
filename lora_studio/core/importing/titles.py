"""Names for rules: short, telling, and never the whole rule again, as a question by its name would hold its answer.

From the rule's bold beginning, from what stands before its colon, or from its verb and object; ORDINARY characters are
aimed at, TITLE_MAX is the most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lora_studio.core.importing.words import ADVERBS, VERBS, words_of

TITLE_MAX = 60
ORDINARY = 45
_LOOK_AT = 600
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,1000}\)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)([^\n*_]{1,120}?):?\1")
_BEFORE_COLON = re.compile(r"([^:：—–`.\n]{2,48}?)[ ]?(?::[ ]|：|[ ][—–-][ ])\S")
_SENTENCE_END = re.compile(r"(?<=[\w)`\"'*])[.!?;](?=\s|$)|[。！？；]|\n\n")
_MARKS = re.compile(r"^(?:[\s>#~|✅❌✔✖🚫👍👎☑✗✘⛔\ufe0f:-]|\d+[.)]\s|\*\*\d+\*\*|\[![A-Z]+\]|\[[ xX]\]\s)+")
_JOINTS = words_of(
    """
    for in on at with without by from to when if unless because so that and or via using such as like instead rather
    than over across before after during per while until where which into between within only except e.g. including
    für in auf mit ohne von zu wenn falls weil damit und oder bei statt als dass bevor nach vor während durch
    """
)
"""Words at which a sentence can be cut."""
_DANGLING = _JOINTS | words_of("a an the any all each every of is are be must should not der die das ein eine")
_PREDICATES = words_of(
    """
    is are has have can must should may will need needs do does be was carries carry comes come returns return gets
    goes lives live belongs belong ist sind hat haben kann können muss müssen soll sollen darf dürfen wird werden
    """
)
_KEEP = words_of("keep make leave name halte mach mache")
_BEFORE_VERBS = ("do not", "don't", "never", "must not", "nie", "niemals")
_NEGATIONS = (
    "do not",
    "don't",
    "never",
    "avoid",
    "no",
    "not",
    "must not",
    "vermeide",
    "keine",
    "kein",
    "nie",
    "niemals",
)


def plain(text: str) -> str:
    """A heading or a sentence without its markup, on one line."""
    text = _LINK.sub(r"\1", text[:2_000])
    text = re.sub(r"(\*\*|__|`)", "", text)
    return cut(" ".join(text.split()).strip("*").strip(), 500)


def cut(text: str, most: int) -> str:
    """`text`, where it is longer than `most` characters cut at a word, with … at its end."""
    if len(text) <= most:
        return text
    words = text[:most].rpartition(" ")[0]
    return (words if len(words) > most // 2 else text[: most - 1]).rstrip(" ,;:") + "…"


def heading_text(heading: str) -> str:
    """A heading without its markup, marks and number."""
    return plain(_MARKS.sub("", heading))


def title_of(lines: Sequence[str], heading: str) -> str:
    """A name for the rule that `lines` are, below `heading`."""
    text = _MARKS.sub("", _first_paragraph(lines))
    whole = _bare(plain("\n".join(lines)))
    bold = _BOLD.match(text)
    names = []
    if bold:
        names.append(plain(bold[2]))
        text = text[: bold.start()] + bold[2] + text[bold.end() :] if bold.end() >= len(text.rstrip()) else text
    elif before := _BEFORE_COLON.match(text):
        names.append(plain(before[1]))
    sentence = plain(_SENTENCE_END.split(text, maxsplit=1)[0])
    names += [name if len(name) <= TITLE_MAX else _cut_at_joint(name) for name in names[:1]]
    names += [_cut_at_joint(sentence), *_shorter(sentence)]
    names = [name.strip(" .,:;!?*_-—–") for name in names]
    for name in names:
        if 2 < len(name) <= TITLE_MAX and _bare(name) != whole and (" " in name or name == names[0] or not heading):
            return _capital(name)
    return _capital(_below(heading, _uncapital(names[-1]), whole))


def _first_paragraph(lines: Sequence[str]) -> str:
    made: list[str] = []
    for line in lines:
        if made and (not line.strip() or line.lstrip().startswith(("- ", "* ", "+ ", "```"))):
            break
        if line.strip():
            made.append(line.strip())
    return " ".join(made)[:_LOOK_AT]


def _cut_at_joint(sentence: str) -> str:
    """The beginning of `sentence`: to the last comma or joint within ORDINARY characters, of three words and more."""
    words = sentence.split(" ")
    best, length = 0, 0
    for place, word in enumerate(words):
        if place > 2 and (word.casefold().strip("(") in _JOINTS or word[:1] == "(" or words[place - 1][-1:] in ",;:"):
            best = place
        length += len(word) + 1
        if length > ORDINARY:
            break
    else:
        best = best if len(sentence) > ORDINARY else 0
        if not best:
            return cut(sentence, TITLE_MAX)
    kept = words[:best] if best else cut(sentence, TITLE_MAX).split(" ")
    while len(kept) > 2 and kept[-1].casefold() in _DANGLING:
        kept.pop()
    name = " ".join(kept)
    return name if name.count("(") == name.count(")") else name.partition("(")[0]


def _shorter(sentence: str) -> Iterator[str]:
    """Other names for a short sentence: without its end, its subject, without its verb."""
    words = sentence.rstrip(".").split(" ")
    lowered = [word.casefold().replace("’", "'") for word in words]
    joints = [place for place in range(2, len(words)) if lowered[place] in _JOINTS or lowered[place - 1][-1:] == ","]
    if joints:
        yield " ".join(words[: joints[-1]])
    negation = next((one for one in _NEGATIONS if " ".join(lowered).startswith(f"{one} ")), "")
    if not negation and lowered[0] not in VERBS:
        place = next((place for place in range(1, len(words)) if _is_predicate(lowered[place], place)), 0)
        if place > 1 or (place and len(words[0]) > 4):
            yield " ".join(words[:place])
    yield from _object(words, negation)


def _is_predicate(word: str, place: int) -> bool:
    return word in _PREDICATES or (
        place > 1 and word.endswith("s") and word.removesuffix("s").removesuffix("e") in VERBS
    )


def _object(words: Sequence[str], negation: str) -> Iterator[str]:
    """What a command is about: "Keep diffs small" is about diffs."""
    rest = list(words[len(negation.split()) :])
    if negation in _BEFORE_VERBS:
        rest = rest[1:]
    first = words[0].casefold()
    while len(rest) > 1 and rest[0].casefold() in ADVERBS | VERBS | {"the", "a", "an", "any"}:
        rest = rest[1:]
    if len(rest) == 2 and (first in _KEEP or rest[1].endswith("ly")):
        rest = rest[:1]
    if rest and len(rest) < len(words) and rest[0].casefold() not in _JOINTS:
        yield " ".join(rest)


def _below(heading: str, text: str, whole: str) -> str:
    """The name of a rule of very few words: with its heading before it, or cut where there is none."""
    title = heading_text(heading)
    if title and _bare(title) != whole:
        room = TITLE_MAX - len(title) - 2
        return f"{title}: {cut(text, room)}" if room > 8 else cut(title, TITLE_MAX)
    words = text.split(" ")
    kept = words[: max(1, min(len(words) * 2 // 3, 6))]
    return cut(" ".join(kept), TITLE_MAX) if len(words) > 1 else cut(text, max(4, min(TITLE_MAX, len(text) * 2 // 3)))


def _bare(text: str) -> str:
    return "".join(re.findall(r"\w+", text)).casefold()


def _capital(name: str) -> str:
    """`name` with a capital at its start, unless that is code."""
    return name[:1].upper() + name[1:] if name.split(" ")[0].replace("-", "").isalpha() else name


def _uncapital(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def distinct(names: Sequence[str], surroundings: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """`names`, where one stands twice with what surrounds it behind it, and which of its surroundings that is.

    `surroundings`: for each name the headings above, the nearest first.
    """
    taken: set[str] = set()
    made: list[tuple[str, str]] = []
    for name, around in zip(names, surroundings, strict=True):
        choices = [(name, "")] + [(_with(name, plain(one)), plain(one)) for one in around if one and plain(one) != name]
        chosen = next((choice for choice in choices if choice[0] not in taken), choices[0])
        taken.add(chosen[0])
        made.append(chosen)
    return made


def _with(name: str, text: str) -> str:
    text = cut(text, TITLE_MAX // 2 - 3)
    return f"{cut(name, TITLE_MAX - len(text) - 3)} ({text})"
