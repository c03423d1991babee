"""The guideline that a question means, by plain search: its title in the question, else the words they share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lora_studio.core.domain import GuidelineFilter
from lora_studio.core.library.search import index_query
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import guideline, matching

_WORD = re.compile(r"[^\W_]{3,}")
_QUOTES = "\"'“”„‟«»‘’`"
_WEIGHTS = "10.0, 3.0, 1.0, 5.0, 1.0"
"""As the search weighs them: name, content, rationale, tags, examples."""
WORDS_MAX = 64
LEAST_SHARED = 2
LEAST_SHARE = 1 / 3
"""So many words of the question, and such a share of them, a guideline must hold to be meant by it."""
_PASSED_OVER = frozenset(
    re.findall(
        r"\w+",
        """
        a about all an and any approach are can code correct could did do does follow for from give guideline guidelines
        has have here how into its just like may mean must need not our practice please rule rules say says shall should
        show tell than that the their them then there these they this those use using want was way what when where which
        who why will with would you your
        aber alle als auch auf aus bei bitte darf das dass dem den der des die dies diese durch ein eine einem einen
        einer für gilt haben ich ihr ihre ist kann man mit muss nach nicht oder regel regeln sagt sich sie sind soll
        sollen über und uns unser unsere von wann warum was welche wenn werden wer wie wir wird wollen zum zur
        """,
    )
)
"""Words that questions have and that say nothing about which rule is meant, in English and German."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A guideline that a question is about: its right answer is its content."""

    id: str
    name: str
    content: str


def meant(library: Library, question: str, run: int | None = None) -> Meant | None:
    """The guideline that `question` means, of those that the export `run` used and as it used them, otherwise of all
    active ones; None where none fits.
    """
    with library.connection():
        rows, values = _among(run)
        row = _titled(library, question, rows, values) or _likeliest(library, question, rows, values)
        return None if row is None else _record(library, row, run)


def _among(run: int | None) -> tuple[str, tuple[object, ...]]:
    """The rows that count, as a query and its values."""
    if run is not None:
        return "SELECT guideline FROM export_guideline WHERE run = ?", (run,)
    sql, values = guideline.select(guideline.row).where(matching(GuidelineFilter())).sql()
    return sql, tuple(values)


def _titled(library: Library, question: str, rows: str, values: tuple[object, ...]) -> int | None:
    """The guideline whose title stands in the question, the longest title first; a single word counts in quotes."""
    query = f"""SELECT row, name FROM guideline WHERE row IN ({rows}) AND instr(lower(?), lower(name)) > 0
        ORDER BY length(name) DESC, row LIMIT ?"""
    for row, name in library.sql(query, (*values, question, WORDS_MAX)):
        quoted = f"[{_QUOTES}]{re.escape(name)}[{_QUOTES}]"
        plain = rf"(?<!\w){re.escape(name)}(?!\w)" if index_query(name) else re.escape(name)
        wanted = plain if len(name.split()) > 1 or index_query(name) is None else quoted
        if name.strip() and re.search(wanted, question, re.IGNORECASE):
            return int(row)
    return None


def _likeliest(library: Library, question: str, rows: str, values: tuple[object, ...]) -> int | None:
    """The guideline that the search ranks first for any of the question's words, where they share enough of them."""
    said = dict.fromkeys(word for word in _WORD.findall(question.lower()) if word not in _PASSED_OVER)
    words = [_index_word(word) for word in list(said)[:WORDS_MAX]]
    if not words:
        return None
    query = f"""SELECT rowid FROM guideline_search WHERE guideline_search MATCH ? AND rowid IN ({rows})
        ORDER BY bm25(guideline_search, {_WEIGHTS}), rowid LIMIT 1"""
    found = library.sql(query, (" OR ".join(words), *values)).fetchone()
    if found is None:
        return None
    holds = "SELECT 1 FROM guideline_search WHERE guideline_search MATCH ? AND rowid = ?"
    shared = sum(library.sql(holds, (word, found[0])).fetchone() is not None for word in words)
    is_enough = shared >= min(LEAST_SHARED, len(words)) and shared >= LEAST_SHARE * len(words)
    return int(found[0]) if is_enough else None


def _index_word(word: str) -> str:
    """The word as the beginning of one in the index, without the s of a plural."""
    return f'"{word[:-1] if word.endswith("s") and len(word) > 4 else word}"*'


def _record(library: Library, row: int, run: int | None) -> Meant:
    """The guideline as the export used it, otherwise as it is."""
    query = "SELECT id, name, content FROM guideline WHERE row = ?"
    values: tuple[int, ...] = (row,)
    if run is not None:
        query = """SELECT g.id, v.name, v.content FROM export_guideline u JOIN guideline g ON g.row = u.guideline
            JOIN guideline_version v ON v.guideline = u.guideline AND v.version = u.version
            WHERE u.guideline = ? AND u.run = ?"""
        values = (row, run)
    return Meant(*library.sql(query, values).fetchone())
