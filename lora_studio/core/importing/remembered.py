"""What the library remembers of imports: which guideline a rule of a file became, and what the file said then."""

from __future__ import annotations

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


def known_source(library: Library, path: Path, digest: str, scope: Scope) -> tuple[int, bool]:
    """The number under which the source is remembered (0: it is not), and whether its file lay elsewhere then."""
    at_home = library.sql(
        "SELECT row FROM import_source WHERE path = ? AND scope_type = ? AND scope_id = ?",
        (path_text(path), scope.type, scope.id),
    ).fetchone()
    if at_home:
        return at_home[0], False
    rows = library.sql(
        "SELECT row, path, digest FROM import_source WHERE scope_type = ? AND scope_id = ?", (scope.type, scope.id)
    ).fetchall()
    away = [
        (row, old) for row, old, was in rows if (was == digest or Path(old).name == path.name) and not _is_there(old)
    ]
    return (away[0][0], True) if len(away) == 1 else (0, False)


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:
        return True


def vanished_sources(library: Library, folder: Path, scope: Scope) -> list[tuple[int, Path]]:
    """The sources below `folder` whose files are no longer there."""
    start = path_text(folder).rstrip("/\\")
    rows = library.sql(
        "SELECT row, path FROM import_source WHERE scope_type = ? AND scope_id = ? AND substr(path, 1, ?) = ?",
        (scope.type, scope.id, len(start), start),
    ).fetchall()
    return [(row, Path(path)) for row, path in rows if Path(path).is_relative_to(folder) and not _is_there(path)]


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
    library: Library, path: Path, digest: str, scope: Scope, entries: Sequence[tuple[Entry, str]], moved_from: int
) -> None:
    """Notes the source, and which guidelines (by id) the entries became. Needs a transaction."""
    where = (path_text(path), scope.type, scope.id)
    if moved_from:
        library.sql("UPDATE import_source SET path = ? WHERE row = ?", (where[0], moved_from))
    row = library.sql(
        "INSERT INTO import_source (path, scope_type, scope_id, digest, imported_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (path, scope_type, scope_id) DO UPDATE SET digest = ifnull(nullif(excluded.digest, ''), digest),"
        " imported_at = excluded.imported_at RETURNING row",
        (*where, digest, timestamp()),
    ).fetchone()[0]
    for entry, an_id in entries:
        if entry.said is None or entry.instead:
            library.sql(
                "DELETE FROM import_origin WHERE source = ? AND guideline = (SELECT row FROM guideline WHERE id = ?)",
                (row, entry.instead or an_id),
            )
        if entry.said is not None:
            said = msgspec.json.encode(entry.said).decode()
            library.sql(
                "INSERT OR REPLACE INTO import_origin SELECT ?, row, ?, ? FROM guideline WHERE id = ?",
                (row, entry.place, said, an_id),
            )
