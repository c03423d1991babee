"""An agent-memory SQLite database: read where it lies and never written to, whatever state its program left it in."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from lora_studio.core.errors import Cancelled, Invalid
from lora_studio.core.importing.checked import checked, found_in, without_unfit_examples
from lora_studio.core.importing.fields import Left
from lora_studio.core.importing.files import DATA_FILE_MAX
from lora_studio.core.importing.records import Found, NotTaken, Problem, Tick

_TABLES = {"_migrations", "guidelines", "guideline_versions", "tags", "entry_tags"}
_STEPS_BETWEEN_TELLING = 200_000
_CELL_MAX = 64 << 20
_ROW_COST = 100
_QUERY = """
SELECT g.id, g.name, v.content, g.category, g.priority, g.scope_type, g.scope_id, v.rationale, v.examples,
  g.is_active, v.version_num,
  (SELECT group_concat(t.name, char(31)) FROM entry_tags e JOIN tags t ON t.id = e.tag_id
    WHERE e.entry_type = 'guideline' AND e.entry_id = g.id)
FROM guidelines g LEFT JOIN guideline_versions v ON v.id = g.current_version_id
ORDER BY g.rowid
"""


def read_agent_memory(path: Path, tick: Tick) -> tuple[list[Found], list[Problem], list[NotTaken]]:
    """The guidelines in the database, each as it is now, those that cannot be kept, and the columns that none took.

    Raises Invalid.
    """
    found: list[Found] = []
    problems: list[Problem] = []
    not_taken: list[NotTaken] = []
    try:
        with _opened(path) as connection:
            _stop_when_told(connection, tick)
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "guideline_version" in tables:
                raise Invalid("It is a library of this program; export it as JSON there and import that")
            if not tables >= _TABLES:
                raise Invalid("It is an SQLite database, but not one of agent-memory")
            for line, row in enumerate(_rows(connection), start=1):
                try:
                    one, lost, left = _guideline(row, line)
                except Invalid as error:
                    problems.append(Problem(str(path), line, f"{str(row[1])[:80]!r}: {error.message}"))
                else:
                    found.append(one)
                    problems += [Problem(str(path), line, lost)] if lost else []
                    not_taken += [NotTaken(str(path), line, name, why) for name, why in left.items()]
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise Cancelled from error
        raise Invalid(f"It cannot be read as a database: {error}") from None
    except sqlite3.DatabaseError as error:
        raise Invalid(f"It cannot be read as a database: {error}") from None
    return found, problems, not_taken


def _rows(connection: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """The rows, as long as there is no more in them than a file can hold: a column may be made up as it is read."""
    size = 0
    for row in connection.execute(_QUERY):
        size += _ROW_COST + sum(len(cell) for cell in row if isinstance(cell, (str, bytes)))
        if size > DATA_FILE_MAX:
            raise Invalid(f"It holds more than {DATA_FILE_MAX >> 20} MiB of text; import a part of it")
        yield row


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database as it was last written. While its program runs, the newest part lies beside it (-wal): then both are
    read from a copy, as SQLite would write to the originals."""
    log = path.with_name(f"{path.name}-wal")
    if log.is_symlink() or not log.is_file() or not log.stat().st_size:
        with closing(_connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1")) as connection:
            yield connection
        return
    if log.stat().st_size > DATA_FILE_MAX:
        raise Invalid(f"Its newest part ({log.name}) is larger than {DATA_FILE_MAX >> 20} MiB; close its program first")
    with tempfile.TemporaryDirectory(prefix="lora-studio-") as folder:
        copy = Path(folder) / "memory.db"
        shutil.copyfile(path, copy)
        shutil.copyfile(log, copy.with_name("memory.db-wal"))
        with closing(_connect(copy.as_uri())) as connection:
            yield connection


def _connect(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")  # it stores half characters too
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _CELL_MAX)
    return connection


def _stop_when_told(connection: sqlite3.Connection, tick: Tick) -> None:
    def tell() -> int:
        try:
            tick()
        except Cancelled:
            return 1
        return 0

    connection.set_progress_handler(tell, _STEPS_BETWEEN_TELLING)


def _guideline(row: tuple[object, ...], line: int) -> tuple[Found, str, Left]:
    (an_id, name, content, category, priority, scope_type, scope_id, rationale, examples, active, version, tags) = row
    kept, not_whole = _examples(examples)
    one, left = found_in(
        {
            "id": an_id,
            "name": name,
            "content": content or "",
            "category": category,
            "priority": round(priority) if isinstance(priority, float) and abs(priority) < 1_000 else priority,
            "scopeType": scope_type,
            "scopeId": scope_id,
            "rationale": rationale,
            "examples": kept,
            "active": active == 1,
            "version": version,
            "tags": str(tags).split("\x1f") if tags else (),
        },
        line,
    )
    left |= dict.fromkeys(not_whole, "Not all of it is good and bad examples as texts; the rest was left out")
    draft, lost = without_unfit_examples(one.draft)
    checked(draft)
    return Found(draft=draft, line=line, id=one.id, names_scope=True), lost, left


def _examples(text: object) -> tuple[dict[str, list[str]], list[str]]:
    """The texts in the column, and the parts of it of which that is not all: its program takes nearly anything."""
    try:
        stored = json.loads(str(text or "{}"))
    except (ValueError, RecursionError):
        return {}, ["examples"]
    if not isinstance(stored, dict):
        return {}, ["examples"]
    listed = {kind: value if isinstance(value, list) else [value] for kind, value in stored.items() if value}
    kept = {kind: [item for item in listed.get(kind, ()) if isinstance(item, str)] for kind in ("good", "bad")}
    return kept, [f"examples.{kind}"[:200] for kind, items in listed.items() if len(kept.get(kind, ())) < len(items)]
