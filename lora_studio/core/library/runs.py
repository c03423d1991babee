"""What exports read from the library, and what it remembers of them: the exact version of each guideline used."""

from __future__ import annotations

import json
from array import array
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from peewee import fn

from lora_studio.core.clock import timestamp
from lora_studio.core.domain import GuidelineFilter, Scope
from lora_studio.core.files import path_text
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import export_run, guideline, matching

SOURCE_COLUMNS = tuple(
    getattr(guideline, name)
    for name in (
        "row", "id", "version", "name", "content", "category", "priority", "tags", "rationale", "good", "bad",
    )
)  # fmt: skip
_FETCH = 256


def source_rows(
    library: Library, wanted: GuidelineFilter, visible: Sequence[Scope] | None
) -> Generator[tuple[Any, ...]]:
    """The texts of all wanted guidelines as tuples of SOURCE_COLUMNS, in the order of their rows.

    One statement, so one moment of the library, whatever others write meanwhile; needs an open connection.
    """
    query = guideline.select(*SOURCE_COLUMNS).where(matching(wanted, visible)).order_by(guideline.row)
    cursor = library.execute(query)
    while rows := cursor.fetchmany(_FETCH):
        yield from rows


def run_rows(library: Library, run: int) -> Generator[tuple[Any, ...]]:
    """The guidelines of an earlier export as they were then, as tuples of SOURCE_COLUMNS; needs an open connection."""
    texts = ", ".join(f"v.{column.name}" for column in SOURCE_COLUMNS[3:])
    query = f"""SELECT g.row, g.id, v.version, {texts} FROM export_guideline u
        JOIN guideline g ON g.row = u.guideline
        JOIN guideline_version v ON v.guideline = u.guideline AND v.version = u.version
        WHERE u.run = ? ORDER BY g.row"""
    cursor = library.sql(query, (run,))
    while rows := cursor.fetchmany(_FETCH):
        yield from rows


def prepare_run(
    library: Library, who: str, folder: Path, config: dict[str, Any], used: Mapping[int, array[int]]
) -> int:
    """Notes an export that is about to be put in place, with the rows it `used` by their versions; gives its number."""
    values = {
        "at": timestamp(),
        "who": who,
        "state": "prepared",
        "name": config["name"],
        "folder": path_text(folder),
        "format": config["format"],
        "target_model": config["targetModel"],
        "config": json.dumps(config),
    }
    with library.writing():
        run = library.execute(export_run.insert(values)).lastrowid
        for version, rows in used.items():  # most share a few versions: one statement each, a third of the time
            listed = msgspec.json.encode(rows.tolist()).decode()
            library.sql("INSERT INTO export_guideline SELECT ?, value, ? FROM json_each(?)", (run, version, listed))
    assert run is not None
    return run


def finish_run(library: Library, run: int) -> None:
    """Notes that the files of the run `run` are in place."""
    with library.connection():
        library.execute(export_run.update({export_run.state: "done"}).where(export_run.row == run))


def recent_models(library: Library, limit: int = 8) -> list[str]:
    """The models that were exported for, the last one first."""
    return _recent(library, export_run.target_model, limit)


def recent_folders(library: Library, limit: int = 100) -> list[Path]:
    """The folders that were exported to, the last one first."""
    return [Path(folder) for folder in _recent(library, export_run.folder, limit)]


def _recent(library: Library, column: Any, limit: int) -> list[str]:
    query = export_run.select(column).where(export_run.state == "done").group_by(column)
    with library.connection():
        rows = library.execute(query.order_by(fn.max(export_run.row).desc()).limit(limit))
        return [value for (value,) in rows]
