"""Where each coding agent looks for rules, and what stands above them in such a file."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lora_studio.core.domain import Draft

SLUG_MAX = 48
"""Longest name of a file without its ending; that of a skill may have 64 characters."""
_GLOB = re.compile(r"[^\s`\"',*]*\*[^\s`\"',]*")
_BRACES = re.compile(r"\{[^{}\s`\"']*\}")
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")


class Group(NamedTuple):
    """Guidelines that share a file: those of one category that hold for the same paths."""

    category: str
    globs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Convention:
    """How one agent keeps rules: `place` gives the path of a file, with /, from its slug and whether it has globs;
    `head` what stands above the rules; `patterns` are all paths that `place` can give; `shows_globs`: globs can only be
    said in the text.
    """

    title: str
    place: Callable[[str, bool], str]
    head: Callable[[Group, str], str]
    patterns: tuple[str, ...]
    shows_globs: bool = False

    def is_shared(self, path: str) -> bool:
        """Whether `path` is one file for many groups, in which people write as well."""
        return path in self.patterns


def group_of(draft: Draft) -> Group:
    """The file that a guideline goes into."""
    return Group(draft.category, tuple(sorted(tag for tag in draft.tags if is_glob(tag))))


def is_glob(tag: str) -> bool:
    """Whether `tag` names paths, such as web/** or **/*.{ts,tsx}, and can stand in every kind of front matter."""
    return bool(_GLOB.fullmatch(_BRACES.sub("", tag))) and not tag.startswith(("#", "&", "!", "|", ">", "%", "@"))


def slug_of(group: Group) -> str:
    """A name for the group's file: lower-case letters, digits and single hyphens, on every disk a name of its own."""
    words = _ascii(" ".join((group.category, *group.globs)))[:SLUG_MAX].strip("-")
    if not words or (not group.category.isascii() and not _ascii(group.category)):
        digest = hashlib.sha256(repr(group).encode()).hexdigest()[:8]
        words = f"rules-{digest}"
    return f"rules-{words}" if _RESERVED.fullmatch(words) else words


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")


def _title(group: Group) -> str:
    return f"# {' '.join(group.category.split()) or 'Guidelines'}"


def _about(group: Group) -> str:
    """When an agent should read the file."""
    about = " ".join(group.category.split())[:200] or "this project"
    where = f" in {', '.join(group.globs)}"[:700] if group.globs else ""
    return f"The team's guidelines on {about}: read them before you write or review such work{where}."


def _quoted(text: str) -> str:
    """`text` as YAML and JSON both read it, on one line."""
    return json.dumps(text, ensure_ascii=False)


def _listed(name: str, texts: Sequence[str]) -> list[str]:
    return [f"{name}:", *(f"  - {_quoted(text)}" for text in texts)] if texts else []


def _front(lines: Sequence[str], group: Group) -> str:
    return "\n".join(["---", *lines, "---", "", _title(group)]) if lines else _title(group)


def _cursor(group: Group, slug: str) -> str:
    globs = ",".join(group.globs)
    always = "false" if group.globs else "true"
    return _front(
        (f"description: {_quoted(_about(group))}", f"globs: {globs}".rstrip(), f"alwaysApply: {always}"), group
    )


def _copilot(group: Group, slug: str) -> str:
    if not group.globs:
        return "# Guidelines"
    return _front((f"description: {_quoted(_about(group))}", f"applyTo: {_quoted(','.join(group.globs))}"), group)


def _kiro(group: Group, slug: str) -> str:
    if not group.globs:
        return _front(("inclusion: always",), group)
    return _front(("inclusion: fileMatch", *_listed("fileMatchPattern", group.globs)), group)


def _skill(group: Group, slug: str) -> str:
    return _front((f"name: {slug}", f"description: {_quoted(_about(group))}"), group)


CONVENTIONS: dict[str, Convention] = {
    "agents": Convention(
        "AGENTS.md", lambda slug, globs: "AGENTS.md", lambda group, slug: "# Guidelines", ("AGENTS.md",), True
    ),
    "claude": Convention(
        "Claude Code rules",
        lambda slug, globs: f".claude/rules/{slug}.md",
        lambda group, slug: _front(_listed("paths", group.globs), group),
        (".claude/rules/*.md",),
    ),
    "cursor": Convention(
        "Cursor rules", lambda slug, globs: f".cursor/rules/{slug}.mdc", _cursor, (".cursor/rules/*.mdc",)
    ),
    "copilot": Convention(
        "GitHub Copilot instructions",
        lambda slug, globs: (
            f".github/instructions/{slug}.instructions.md" if globs else ".github/copilot-instructions.md"
        ),
        _copilot,
        (".github/copilot-instructions.md", ".github/instructions/*.instructions.md"),
    ),
    "kiro": Convention(
        "Kiro steering", lambda slug, globs: f".kiro/steering/{slug}.md", _kiro, (".kiro/steering/*.md",)
    ),
    "cline": Convention(
        "Cline rules",
        lambda slug, globs: f".clinerules/{slug}.md",
        lambda group, slug: _front(_listed("paths", group.globs), group),
        (".clinerules/*.md",),
    ),
    "skill": Convention(
        "Agent Skills",
        lambda slug, globs: f".agents/skills/{slug}/SKILL.md",
        _skill,
        (".agents/skills/*/SKILL.md",),
        True,
    ),
}
"""By the format's name in memory_export."""
