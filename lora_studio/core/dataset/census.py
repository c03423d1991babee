"""Which guidelines an export means and what they hold, counted once for many previews."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import msgspec
from peewee import SQL

from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.domain import GuidelineFilter, SourceRow
from lora_studio.core.library.browse import narrowed
from lora_studio.core.library.runs import SOURCE_COLUMNS
from lora_studio.core.library.search import matching_rows, read_rows
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import any_of, guideline, matching
from lora_studio.core.settings import Settings

SAMPLE = 120
"""Of so many guidelines, evenly spread, the tokens of all are estimated."""
IDS_MAX = 50
"""So many guidelines are named with what is odd about them."""
_AT_ONCE = 20_000
_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\ufeff\u200b"
"""What `is_blank` passes over, as a text for SQL's trim."""
_HAS_TEXT = f"trim(value, '{_BLANKS}') <> ''"
# Only a list with an item that does not begin with a visible sign needs the slow look.
_COUNT = (
    "(CASE WHEN {0} GLOB '*[[,]\"[^!#-Z^-~]*'"
    f" THEN (SELECT count(*) FROM json_each({{0}}) WHERE {_HAS_TEXT}) ELSE json_array_length({{0}}) END)"
)
_GOOD, _BAD = _COUNT.format("good"), _COUNT.format("bad")
_PAIRS = (
    "(SELECT count(*) FROM json_each(good) AS a JOIN json_each(bad) AS b USING (key)"
    f" WHERE trim(a.value, '{_BLANKS}') <> '' AND trim(b.value, '{_BLANKS}') <> '')"
)
_BLANK = f"(unicode(content) NOT BETWEEN 33 AND 126 AND trim(content, '{_BLANKS}') = '')"

Progress = Callable[[int, int], None]


class Shape(NamedTuple):
    """So many guidelines of one category have so many good, bad and paired examples; blank ones are not counted."""

    category: str
    good: int
    bad: int
    pairs: int
    guidelines: int


@dataclass(frozen=True, slots=True)
class Census:
    """The rows of the guidelines that are meant, in order, and what they hold.

    `shapes` leaves out the `blank` guidelines, those without text. `blank_ids` and `only_bad_ids` are the first of
    them. `sample` are some, evenly spread, at `sample_places` of `rows`. The options of an export change nothing here.
    """

    rows: array[int]
    shapes: tuple[Shape, ...]
    blank: int
    blank_ids: tuple[str, ...]
    only_bad_ids: tuple[str, ...]
    sample_places: tuple[int, ...]
    sample: tuple[SourceRow, ...]

    @property
    def guidelines(self) -> int:
        return len(self.rows)


def shown_rows(library: Library, wanted: GuidelineFilter, search: str, selected: Sequence[str]) -> array[int]:
    """The rows of exactly what a list shows: its selection, or else all that it finds. Quick for 100,000."""
    if selected:
        wanted, search = replace(wanted, ids=tuple(selected)), ""
    query, values = guideline.select(guideline.row).where(matching(wanted)).order_by(guideline.row).sql()
    with library.connection():
        text = library.sql(f"SELECT json_group_array(row) FROM ({query})", values).fetchone()[0]
        return narrowed(array("q", read_rows(text)), matching_rows(library, search))


def shown_filter(library: Library, wanted: GuidelineFilter, search: str, selected: Sequence[str]) -> GuidelineFilter:
    """The filter for exactly what a list shows: its selection, or else all that it finds."""
    if selected:
        return replace(wanted, ids=tuple(selected))
    with library.connection():
        found = matching_rows(library, search)
        if found is None:
            return wanted
        query = guideline.select(guideline.id).where(matching(wanted) & _among(found))
        ids = tuple(one for (one,) in library.execute(query))
    return replace(wanted, ids=ids or ("",))  # no id at all would mean every guideline


def take_census(
    library: Library, settings: Settings, rows: array[int], progress: Progress = lambda done, total: None
) -> Census:
    """Counts what the guidelines in `rows` hold: a third of a second for 100,000. `progress` may raise Cancelled."""
    has_pairs = any(template.enabled and template.source == "pair" for template in all_templates(settings.templates))
    columns = (guideline.category, *map(SQL, (_BLANK, _GOOD, _BAD, _PAIRS if has_pairs else "0")))
    counted: Counter[tuple[str, int, int, int]] = Counter()
    blank = 0
    with library.connection():
        for start in range(0, len(rows), _AT_ONCE):
            progress(start, len(rows))
            part = guideline.select(*columns, SQL("count(*)")).where(_among(rows[start : start + _AT_ONCE]))
            for category, is_blank, good, bad, pairs, count in library.execute(part.group_by(*map(SQL, "12345"))):
                if is_blank:
                    blank += count
                else:
                    counted[category, good, bad, pairs] += count
        shapes = tuple(Shape(*key, count) for key, count in sorted(counted.items()))
        only_bad = any(shape.bad and not shape.good for shape in shapes)
        places = tuple(sorted({number * len(rows) // SAMPLE for number in range(SAMPLE)})) if rows else ()
        return Census(
            rows=rows,
            shapes=shapes,
            blank=blank,
            blank_ids=_ids_where(library, rows, _BLANK) if blank else (),
            only_bad_ids=_ids_where(library, rows, f"bad <> '[]' AND {_GOOD} = 0 AND {_BAD} > 0") if only_bad else (),
            sample_places=places,
            sample=tuple(sources_at(library, [rows[place] for place in places])),
        )


def sources_at(library: Library, rows: Sequence[int]) -> list[SourceRow]:
    """The guidelines in `rows`, in the order of their numbers."""
    query = guideline.select(*SOURCE_COLUMNS).where(_among(rows)).order_by(guideline.row)
    with library.connection():
        return [SourceRow._make(row) for row in library.execute(query)]


def names_of(library: Library, ids: Sequence[str]) -> list[tuple[str, str]]:
    """Id and name of each of `ids` that is there, in order of the names."""
    query = guideline.select(guideline.id, guideline.name).where(any_of(guideline.id, ids)).order_by(guideline.name)
    with library.connection():
        return list(library.execute(query))


def find_names(library: Library, rows: Sequence[int], text: str, limit: int = 50) -> list[tuple[int, str]]:
    """Row and name of the first guidelines in `rows`, by name, whose name holds `text` in whatever case."""
    query = guideline.select(guideline.row, guideline.name).where(_among(rows) & guideline.name.contains(text))
    with library.connection():
        return list(library.execute(query.order_by(guideline.name, guideline.row).limit(limit)))


def _ids_where(library: Library, rows: Sequence[int], condition: str) -> tuple[str, ...]:
    query = guideline.select(guideline.id).where(_among(rows) & SQL(f"({condition})")).limit(IDS_MAX)
    return tuple(one for (one,) in library.execute(query))


def _among(rows: Sequence[int]) -> Any:
    listed = msgspec.json.encode(list(rows)).decode()
    return guideline.row.in_(SQL("(SELECT value FROM json_each(?))", (listed,)))
