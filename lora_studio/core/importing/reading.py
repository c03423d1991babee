"""From paths to the guidelines in them: each file by its kind, each fault as one sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from lora_studio.core.errors import Invalid
from lora_studio.core.hidden import find_hidden, shown
from lora_studio.core.importing.agent_memory import read_agent_memory
from lora_studio.core.importing.data_files import as_text, read_data
from lora_studio.core.importing.files import DATA_FILE_MAX, FITS, RULE_FILE_MAX, files_at, kind_of, read_file
from lora_studio.core.importing.markdown import read_markdown
from lora_studio.core.importing.records import Found, Problem, Progress, Source, Tick

_SQLITE = b"SQLite format 3\0"


def read_sources(paths: Sequence[Path], progress: Progress) -> tuple[list[Source], list[Problem]]:
    """Every file at `paths` and below them that holds guidelines, each once, and what could not be read and why.

    `progress` is told how many files are read; it may raise Cancelled.
    """
    sources: list[Source] = []
    problems: list[Problem] = []
    files = [
        file for path in paths for file in files_at(path.expanduser().absolute(), problems, partial(progress, 0, 1))
    ]
    seen: set[Path] = set()
    for number, file in enumerate(files):
        progress(number, len(files))
        try:
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                sources.append(read_source(real, partial(progress, number, len(files))))
        except Invalid as error:
            problems.append(Problem(str(file), 0, error.message))
        except (OSError, RuntimeError):
            problems.append(Problem(str(file), 0, "Its path is unusable"))
    problems += [problem for source in sources for problem in source.problems]
    progress(len(files), len(files))
    return sources, problems


def read_source(path: Path, tick: Tick) -> Source:
    """One file. Raises Invalid, in one sentence, where the whole of it cannot be read."""
    if not path.exists():
        raise Invalid("There is no such file or folder")
    kind = kind_of(path)
    data = read_file(path, RULE_FILE_MAX if kind == "markdown" else DATA_FILE_MAX)
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(_SQLITE):
        del data
        found, problems = read_agent_memory(path, tick)
    else:
        found, problems = _read_text(kind, data, path, tick)
    return Source(path, digest, tuple(found), (*problems, *_hidden(found, path)))


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


def _read_text(kind: str, data: bytes, path: Path, tick: Tick) -> tuple[list[Found], list[Problem]]:
    if kind == "database":
        raise Invalid("It is not an SQLite database")
    if not kind:
        raise Invalid(f"Its kind is unknown; what fits: {FITS}")
    if not data.strip():
        raise Invalid("It is empty")
    if kind != "markdown":
        found, problems = read_data(kind, data, str(path), tick)
    else:
        text = as_text(data)
        if "\0" in text:
            raise Invalid(f"It contains NUL (line {text.count(chr(10), 0, text.index(chr(0))) + 1}), so it is no text")
        found, problems = read_markdown(text, path)
    if not found and not problems:
        raise Invalid("It holds no guidelines")
    return found, problems
