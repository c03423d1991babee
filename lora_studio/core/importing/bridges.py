"""Files and lines that say nothing but where the rules are: `@AGENTS.md`, "See AGENTS.md", a link checked out as text.

Works on text alone; who reads files decides what is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lora_studio.core.importing.blocks import without_comments

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_PATH = r"[^\s`'\"()\[\]<>*|]{1,300}"
_FILE_ENDING = r"\.(?:md|mdc|markdown|txt|rst|adoc|json|ya?ml|toml|xml)"
_RULES_ENDING = r"\.(?:md|mdc|markdown|txt)"
_ONLY_IMPORT = re.compile(rf"[ \t]*(?:[-*+][ \t]+)?@((?:~|\.{{1,2}})?/{_PATH}|{_PATH}{_FILE_ENDING})[ \t]*")
_NAMED_IMPORT = re.compile(
    rf"[ \t]*(?:[-*+][ \t]+)?(?:\*\*)?((?:[\w'&/-]{{1,30}} ?){{1,3}}):?(?:\*\*)?:?[ \t]*"
    rf"@({_PATH}{_RULES_ENDING})[ \t]*",
    re.IGNORECASE,
)
_ASKS_FOR_MORE = re.compile(
    r"\b(?:never|always|update|edit|do|don't|keep|add|avoid|ensure|must|change|modify|write|run|use|regenerate)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:see|read|refer|follow|consult|check|load|import|include|live|lives|found|moved|points?|symlink|"
    r"source of truth|same as|defined in|documented in|are in|is in|siehe|lies|voir|lisez|ver|vea|leia)\b|"
    r"请|参见|参照|見て",
    re.IGNORECASE,
)
_MENTIONED = re.compile(
    rf"\]\(({_PATH}{_RULES_ENDING})(?:#[^)]*)?\)|@({_PATH})|[`'\"]({_PATH}{_RULES_ENDING})[`'\"]|"
    rf"(?<![\w/.@~-])({_PATH}{_RULES_ENDING})\b",
    re.IGNORECASE,
)
_POINTER_MAX = 300
_LABEL = re.compile(r"(?:\W*\b\w+\b){1,4}\s?(?::|→|->)")
_LOOK_AT = 4_000


def pointed_at(text: str) -> str:
    """The path that `text` points to where it does nothing else, its headings left out; empty for any other text."""
    if len(text) > _LOOK_AT:
        return ""
    lines = [
        line.strip()
        for line in without_comments(text.splitlines())
        if line.strip() and not line.lstrip().startswith("#")
    ]
    said = " ".join(lines)
    if not 0 < len(lines) <= 2 or len(said) > _POINTER_MAX:
        return ""
    if only := _ONLY_IMPORT.fullmatch(lines[0]):
        return only[1] if len(lines) == 1 else ""
    if re.fullmatch(rf"{_PATH}{_RULES_ENDING}|(?:\.{{1,2}}/)+{_PATH}", said):
        return said  # a link that was checked out as a file
    mentioned = _MENTIONED.search(said)
    if not mentioned:
        return ""
    points = _POINTS.search(said) or _LABEL.match(said[: mentioned.start()])
    return next(filter(None, mentioned.groups()), "").rstrip(".,;:") if points else ""


def without_imports(text: str) -> tuple[str, list[tuple[int, str]]]:
    """`text` with its import lines left blank, and the numbers of those lines with their paths."""
    if "@" not in text:
        return text, []
    lines = text.split("\n")
    found = list(_imports(lines))
    for number, _ in found:
        lines[number - 1] = ""
    return "\n".join(lines), found


def _imports(lines: list[str]) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in enumerate(lines, start=1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and "@" in line and len(line) <= _POINTER_MAX:
            if only := _ONLY_IMPORT.fullmatch(line.rstrip("\r")):
                yield number, only[1]
            elif (named := _NAMED_IMPORT.fullmatch(line.rstrip("\r"))) and not _ASKS_FOR_MORE.search(named[1]):
                yield number, named[2]
