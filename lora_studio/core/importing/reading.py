"""From paths to the guidelines in them: each file by its kind, each fault as one sentence, nothing passed over."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from lora_studio.core.domain import LABEL_MAX, TAGS_MAX
from lora_studio.core.errors import Invalid
from lora_studio.core.hidden import find_hidden, shown
from lora_studio.core.importing.agent_memory import read_agent_memory
from lora_studio.core.importing.bridges import pointed_at, without_imports
from lora_studio.core.importing.conventions import TEXT, is_rule_folder, kind_of, place_of, why_not_read
from lora_studio.core.importing.data_files import read_data
from lora_studio.core.importing.encodings import as_text
from lora_studio.core.importing.files import FITS, File, files_at, read_file, size_limit
from lora_studio.core.importing.front_matter import fields_not_taken
from lora_studio.core.importing.markdown import read_markdown
from lora_studio.core.importing.records import Found, NotRead, NotTaken, Problem, Progress, Reading, Source, Tick
from lora_studio.core.importing.text_blocks import front_matter
from lora_studio.core.importing.xml_rules import as_markdown

_SQLITE = b"SQLite format 3\0"
_BELOW = "/**"


def read_paths(paths: Sequence[Path], progress: Progress) -> Reading:
    """Every file at `paths` and below them that holds guidelines, each once, what could not be read, and what was left.

    Files that a rule file of a folder points to or imports are read too where they lie in that folder. `progress` is
    told how many files are read; it may raise Cancelled.
    """
    sources: list[Source] = []
    problems: list[Problem] = []
    trail = _Trail()
    for path in paths:
        trail.waiting += files_at(path.expanduser().absolute(), trail.left, partial(progress, 0, 1))
    seen: set[Path] = set()
    while trail.waiting:
        file = trail.waiting.popleft()
        done, total = len(seen), len(seen) + len(trail.waiting) + 1
        progress(done, total)
        try:
            real = file.path.resolve()
            if real not in seen:
                seen.add(real)
                if source := _source(real, file, trail, partial(progress, done, total)):
                    hidden = _hidden(source.found, real)
                    sources.append(replace(source, problems=(*source.problems, *hidden)))
        except Invalid as error:
            problems.append(Problem(str(file.path), 0, error.message))
        except (OSError, RuntimeError):
            problems.append(Problem(str(file.path), 0, "Its path is unusable"))
    problems += [problem for source in sources for problem in source.problems]
    progress(len(seen), len(seen))
    return Reading(tuple(sources), tuple(problems), tuple(trail.left))


@dataclass
class _Trail:
    """The files that are still to be read, and what was left alone."""

    waiting: deque[File] = field(default_factory=deque)
    left: list[NotRead] = field(default_factory=list)


def _source(path: Path, file: File, trail: _Trail, tick: Tick) -> Source | None:
    """One file; None where it only leads to others. Raises Invalid, in one sentence, where none of it can be read."""
    if not path.exists():
        raise Invalid("There is no such file or folder")
    kind = kind_of(path) or kind_of(file.path)
    data = read_file(path, size_limit(kind))
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(_SQLITE):
        del data
        found, problems, not_taken = read_agent_memory(path, tick)
        return Source(path, digest, tuple(found), tuple(problems), tuple(not_taken))
    if kind == "database":
        raise Invalid("It is not an SQLite database")
    if not kind:
        raise Invalid(f"Its kind is unknown; what fits: {FITS}")
    if not data.strip():
        raise Invalid("It is empty")
    if kind in ("markdown", "xml"):
        return _rule_file(kind, data, path, file, trail, digest)
    found, problems, not_taken = read_data(kind, data, str(path), tick)
    if not found and not problems:
        raise Invalid("It holds no guidelines")
    return Source(path, digest, tuple(found), tuple(problems), tuple(not_taken))


def _rule_file(kind: str, data: bytes, path: Path, file: File, trail: _Trail, digest: str) -> Source | None:
    text = as_text(data)
    if "\0" in text:
        raise Invalid(f"It contains NUL (line {text.count(chr(10), 0, text.index(chr(0))) + 1}), so it is no text")
    if kind == "xml":
        text = as_markdown(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    fields, first = front_matter(lines)
    if target := pointed_at("\n".join(lines[first:])):
        why = _followed(target, file, trail)
        trail.left.append(NotRead(str(file.path), f"It only points to {target}: {why or 'that is read instead'}"))
        return None
    text, imports = without_imports(text)
    for number, target in imports:
        if why := _followed(target, file, trail):
            trail.left.append(NotRead(target, f"{path.name} (line {number}) imports it: {why}"))
    if imports and not text.strip():
        trail.left.append(NotRead(str(file.path), "It only imports other files"))
        return None
    found, problems = read_markdown(text, path)
    place = _place(file)
    found = [_placed(one, place) for one in found]
    if not found and not problems:
        raise Invalid("It holds no guidelines")
    not_taken = [NotTaken(str(path), line, name, why) for line, name, why in fields_not_taken(lines, fields)]
    return Source(path, digest, tuple(found), tuple(problems), tuple(not_taken))


def _hidden(found: Sequence[Found], path: Path) -> Iterator[Problem]:
    """A sentence for each guideline that holds what nobody sees who looks it through."""
    for one in found:
        for text, code in _texts(one):
            if hits := find_hidden(text, code=code):
                what, start, end = hits[0]
                more = f" and {len(hits) - 1:,} more such places" if len(hits) > 1 else ""
                why = f"{one.draft.name[:80]!r} holds {what}, seen by no reviewer and read by every model{more}"
                yield Problem(str(path), one.line, f"{why}: {shown(text, start, end)}")
                break


def _texts(one: Found) -> Iterator[tuple[str, bool]]:
    yield from ((text, False) for text in (one.draft.name, one.draft.content, one.draft.rationale))
    yield from ((text, True) for text in (*one.draft.good, *one.draft.bad))


def _place(file: File) -> str:
    """The folder below the chosen one for which the file speaks; empty for all of it, and for a file by itself."""
    folder = file.path.parent.resolve()
    if file.root is None or not folder.is_relative_to(file.root):
        return ""
    place = place_of(folder.relative_to(file.root).parts, file.path.name)
    return place if len(place) <= LABEL_MAX - len(_BELOW) else ""


def _placed(found: Found, place: str) -> Found:
    """`found` with the folder in which it holds, as a tag too: of two rules for one thing the nearer one counts there.

    What names its scope itself is an export of ours and stays as it was.
    """
    if not place or found.names_scope or len(found.draft.tags) >= TAGS_MAX:
        return found
    tags = tuple(dict.fromkeys((*found.draft.tags, place + _BELOW)))
    return replace(found, place=place, draft=replace(found.draft, tags=tags))


def _followed(target: str, file: File, trail: _Trail) -> str:
    """Puts the file that `target` names (as `file` has it) in front of those to be read; else says why it is not."""
    if file.root is None:
        return "import that file as well"
    named = Path(target.replace("\\", "/"))
    for start in (file.path.parent, file.root):
        place = start / (str(named).lstrip("/") if start == file.root else named)
        real = place.resolve()
        if not real.is_relative_to(file.root) or not real.is_file():
            continue
        parts = real.relative_to(file.root).parts[:-1]
        reason = why_not_read(real, is_rule_folder(parts))
        if reason in ("", TEXT):
            trail.waiting.appendleft(File(real, file.root))
            return ""
        return "its name is none of a file of rules; import it by name if it holds some"
    return "it is not in the folder that is imported; import that file itself"
