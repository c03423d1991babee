"""What the library remembers of imports: which guideline a rule of a file became, and what the file said then."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lora_studio.core.clock import timestamp
from lora_studio.core.domain import Draft, Guideline, Scope
from lora_studio.core.files import path_text
from lora_studio.core.importing.records import Entry
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import GUIDELINE_COLUMNS, any_of, guideline, guideline_from_row

_DRAFT = msgspec.json.Decoder(Draft)


@dataclass(frozen=True, slots=True)
class Origin:
    """One rule of a source as it was last imported, and the guideline that it became, as that is now."""

    said: Draft
    guideline: Guideline


READER = 1
"""The number of today's way to cut files into rules; larger wherever an unchanged file would be cut otherwise."""


@dataclass(frozen=True, slots=True)
class Known:
    """A source as it is remembered: its number, its scope, its file's SHA-256 and the reader that cut it then; `moved`:
    the file lay elsewhere."""

    row: int
    scope: Scope
    digest: str
    reader: int
    moved: bool


def known_source(library: Library, path: Path, digest: str, scope: Scope | None) -> Known | None:
    """The source as it is remembered in `scope`; for None in the scope into which it went last."""
    home = path_text(path)
    at_home = _known(library, "path = ?", (home,), scope)
    if at_home:
        return at_home[0][1]
    name = path_text(Path(path.name))
    away = _known(library, "digest = ? OR substr(path, ?) = ?", (digest, -len(name), name), scope, moved=True)
    lost = [one for old, one in away if (one.digest == digest or Path(old).name == path.name) and not _is_there(old)]
    return lost[0] if len(lost) == 1 else None


def _known(
    library: Library, condition: str, values: tuple[object, ...], scope: Scope | None, moved: bool = False
) -> list[tuple[str, Known]]:
    rows = library.sql(
        f"SELECT path, row, scope_type, scope_id, digest, reader FROM import_source WHERE ({condition})"
        " ORDER BY imported_at DESC, row DESC",
        values,
    ).fetchall()
    found = [
        (path, Known(row, Scope(kind, an_id), digest, reader, moved)) for path, row, kind, an_id, digest, reader in rows
    ]
    return [(path, one) for path, one in found if scope in (None, one.scope)]


def source_paths(library: Library) -> list[Path]:
    """The files of all sources, each once, in the order in which they were first imported."""
    return [Path(path) for (path,) in library.sql("SELECT path FROM import_source GROUP BY path ORDER BY min(row)")]


def declined(library: Library, source: int) -> set[str]:
    """The digests of the contents that a person left out of the source."""
    rows = library.sql("SELECT digest FROM import_declined WHERE source = ?", (source,)).fetchall()
    return {digest for (digest,) in rows}


def content_digest(draft: Draft) -> str:
    """The SHA-256 of a rule's content, under which it is remembered that somebody left it out."""
    return hashlib.sha256(draft.content.encode()).hexdigest()


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:
        return True


def vanished_sources(library: Library, folder: Path, scope: Scope | None) -> list[tuple[Known, Path]]:
    """The sources below `folder` (of one scope, or of all) whose files are no longer there."""
    start = path_text(folder).rstrip("/\\")
    rows = _known(library, "substr(path, 1, ?) = ?", (len(start), start), scope)
    return [(one, Path(path)) for path, one in rows if Path(path).is_relative_to(folder) and not _is_there(path)]


def origins(library: Library, source: int) -> list[Origin]:
    """What the source's rules became, in the order in which it had them."""
    rows = library.sql(
        "SELECT g.id, o.said FROM import_origin o JOIN guideline g ON g.row = o.guideline WHERE o.source = ?"
        " ORDER BY o.place",
        (source,),
    ).fetchall()
    known = guidelines_by_id(library, [an_id for an_id, _ in rows])
    return [Origin(_DRAFT.decode(said), known[an_id]) for an_id, said in rows]


def last_said(library: Library, guideline_id: str) -> Draft | None:
    """What any source said of the guideline when it was last imported."""
    row = library.sql(
        "SELECT o.said FROM guideline g JOIN import_origin o ON o.guideline = g.row JOIN import_source s"
        " ON s.row = o.source WHERE g.id = ? ORDER BY s.imported_at DESC LIMIT 1",
        (guideline_id,),
    ).fetchone()
    return _DRAFT.decode(row[0]) if row else None


def guidelines_by_id(library: Library, ids: Sequence[str]) -> dict[str, Guideline]:
    """The guidelines with one of `ids`, deleted ones too."""
    rows = library.execute(guideline.select(*GUIDELINE_COLUMNS).where(any_of(guideline.id, ids)))
    return {one.id: one for one in map(guideline_from_row, rows)}


def guidelines_by_name(library: Library, scope: Scope, names: Sequence[str]) -> dict[str, Guideline]:
    """The guidelines of `scope` with one of `names`."""
    condition = (
        (guideline.deleted == 0)
        & (guideline.scope_type == scope.type)
        & (guideline.scope_id == scope.id)
        & any_of(guideline.name, names)
    )
    rows = library.execute(guideline.select(*GUIDELINE_COLUMNS).where(condition))
    return {one.name: one for one in map(guideline_from_row, rows)}


def id_by_name(library: Library, scope: Scope, name: str) -> str:
    """The id of the guideline of that name in `scope`, empty for none. Asked for each name that a plan tries out."""
    row = library.sql(
        "SELECT id FROM guideline WHERE deleted = 0 AND scope_type = ? AND scope_id = ? AND name = ?",
        (scope.type, scope.id, name),
    ).fetchone()
    return str(row[0]) if row else ""


def names_by_content(library: Library, scope: Scope, contents: Sequence[str]) -> dict[str, str]:
    """For each of `contents` that a guideline of `scope` has, that guideline's name."""
    condition = (
        (guideline.deleted == 0)
        & (guideline.scope_type == scope.type)
        & (guideline.scope_id == scope.id)
        & any_of(guideline.content, contents)
    )
    rows = library.execute(guideline.select(guideline.content, guideline.name).where(condition))
    return dict(rows.fetchall())


def remember(
    library: Library,
    path: Path,
    cut: tuple[str, int],
    scope: Scope,
    entries: Sequence[tuple[Entry, str]],
    left_out: Sequence[Entry],
    moved_from: int,
) -> None:
    """Notes the source, which guidelines (by id) the entries became, and what a person left out. Needs a transaction.

    `cut`: the SHA-256 of the file and the number of the reader that cut it.
    """
    where = (path_text(path), scope.type, scope.id)
    if moved_from:
        library.sql("UPDATE import_source SET path = ? WHERE row = ?", (where[0], moved_from))
    row = library.sql(
        "INSERT INTO import_source (path, scope_type, scope_id, digest, reader, imported_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (path, scope_type, scope_id) DO UPDATE SET digest = ifnull(nullif(excluded.digest, ''), digest),"
        " reader = excluded.reader, imported_at = excluded.imported_at RETURNING row",
        (*where, *cut, timestamp()),
    ).fetchone()[0]
    for entry in left_out:
        library.sql(
            "INSERT OR IGNORE INTO import_declined VALUES (?, ?)", (row, content_digest(entry.said or entry.draft))
        )
    for entry, an_id in entries:
        if entry.said is None or entry.instead:
            library.sql(
                "DELETE FROM import_origin WHERE source = ? AND guideline = (SELECT row FROM guideline WHERE id = ?)",
                (row, entry.instead or an_id),
            )
        if entry.said is not None:
            if entry.declined:
                library.sql(
                    "DELETE FROM import_declined WHERE source = ? AND digest = ?", (row, content_digest(entry.said))
                )
            said = msgspec.json.encode(entry.said).decode()
            library.sql(
                "INSERT OR REPLACE INTO import_origin SELECT ?, row, ?, ? FROM guideline WHERE id = ?",
                (row, entry.place, said, an_id),
            )
