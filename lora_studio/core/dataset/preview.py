"""What an export would write: the first rows, and counts of all, without writing anything."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from peewee import SQL

from lora_studio.core.dataset.assembly import encode
from lora_studio.core.dataset.examples import Recipe, examples_of, first_marker, recipes
from lora_studio.core.dataset.formats import MakeRow, row_maker
from lora_studio.core.dataset.splits import eval_places, row_keys, wanted_for_eval
from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.dataset.tokens import row_tokens
from lora_studio.core.domain import Example, ExportOptions, GuidelineFilter, SourceRow
from lora_studio.core.library.runs import SOURCE_COLUMNS, source_rows
from lora_studio.core.library.search import matching_rows
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import guideline, matching
from lora_studio.core.settings import Settings

EXACT_MAX = 1_000
"""Up to so many guidelines every row is made and dealt out as the export does; above, the split is reckoned."""
SAMPLE = 120
"""From about so many guidelines, evenly spread, the tokens of all are estimated."""
FIRST = 20
"""Of so many guidelines the rows are shown, as long as they are not more than ROWS_MAX."""
ROWS_MAX = 200
FEW_ROWS = 100
_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\ufeff\u200b"
"""What `is_blank` passes over, as a text for SQL's trim."""
_MARK = "\ue0f1completion\ue0f1"  # private use: nobody's text has this

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Census:
    """How many guidelines `wanted` means, and how many of them have how many good, bad and paired examples.

    `shapes` holds (good, bad, pairs, guidelines); blank examples are not counted, guidelines without text only
    in `blank`. `first` are the first guidelines, `sample` some spread over all. The options of an export change
    nothing in all this, so it is taken once for many previews.
    """

    wanted: GuidelineFilter
    guidelines: int
    blank: int
    shapes: tuple[tuple[int, int, int, int], ...]
    first: tuple[SourceRow, ...]
    sample: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row as it would be written. `trained` is the start and length of the answer in `line`; `side` is "train"
    or "eval", or "" where the split is only reckoned."""

    example: Example
    line: str
    trained: tuple[int, int]
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows and the counts of all. `shared_wordings` are the eval rows whose question stands in train too.

    `total` is exact; `split_is_exact` says whether `train`, `eval` are, and without that `shared_wordings` is None.
    """

    census: Census
    rows: tuple[PreviewRow, ...]
    total: int
    train: int
    eval: int
    split_is_exact: bool
    shared_wordings: int | None
    tokens: int
    warnings: tuple[str, ...]


def shown_filter(library: Library, wanted: GuidelineFilter, search: str, selected: Sequence[str]) -> GuidelineFilter:
    """The filter for exactly what a list shows: its selection, or else all that it finds."""
    if selected:
        return replace(wanted, ids=tuple(selected))
    with library.connection():
        found = matching_rows(library, search)
        if found is None:
            return wanted
        among = guideline.row.in_(SQL("(SELECT value FROM json_each(?))", (json.dumps(found),)))
        query = guideline.select(guideline.id).where(matching(wanted) & among)
        ids = tuple(one for (one,) in library.execute(query))
    return replace(wanted, ids=ids or ("",))  # no id at all would mean every guideline


def take_census(library: Library, settings: Settings, wanted: GuidelineFilter, limit: int = FIRST) -> Census:
    """Counts the guidelines that `wanted` means and their examples: half a second for 100,000."""
    has_pairs = any(template.enabled and template.source == "pair" for template in all_templates(settings.templates))
    some = "(SELECT count(*) FROM json_each({}) WHERE trim(value, ?) <> '')"
    pairs = (
        "(SELECT count(*) FROM json_each(good) AS a JOIN json_each(bad) AS b USING (key)"
        " WHERE trim(a.value, ?) <> '' AND trim(b.value, ?) <> '')"
    )
    columns = (
        # A text that starts with a letter or a sign is not blank; only others need the slow look.
        SQL("(unicode(content) NOT BETWEEN 33 AND 126 AND trim(content, ?) = '')", (_BLANKS,)),
        SQL(some.format("good"), (_BLANKS,)),
        SQL(some.format("bad"), (_BLANKS,)),
        SQL(pairs, (_BLANKS, _BLANKS)) if has_pairs else SQL("0"),
    )
    query = guideline.select(*columns, SQL("count(*)")).where(matching(wanted)).group_by(*map(SQL, "1234"))
    with library.connection():
        rows = library.execute(query).fetchall()
        count = sum(row[4] for row in rows)
        first, sample = _sources(library, wanted, limit), _sources(library, wanted, SAMPLE, spread_over=count)
    shapes = tuple(tuple(row[1:]) for row in rows if not row[0])
    return Census(wanted, count, sum(row[4] for row in rows if row[0]), shapes, first, sample)


def preview(
    library: Library,
    settings: Settings,
    options: ExportOptions,
    limit: int = FIRST,
    *,
    census: Census | None = None,
    progress: Progress | None = None,
) -> Preview:
    """What an export with `options` would write, with the rows of the first `limit` guidelines.

    `census`, if it is given, is that of the same filter and limit. Raises Invalid for a template that cannot be filled.
    """
    known = census or take_census(library, settings, options.filter, limit)
    options = replace(options, filter=known.wanted)
    plan = recipes(all_templates(settings.templates), include_examples=options.include_examples)
    total = _total(known, plan, options.examples_per_guideline)
    exact = known.guidelines <= EXACT_MAX
    dealt = _deal(library, options, plan, progress or (lambda done, of: None)) if exact else None
    make_row = row_maker(options.format, strict=options.strict)
    train, evaluation = (dealt.train, dealt.eval) if dealt else _reckoned(known, total, options)
    return Preview(
        census=known,
        rows=_rows(known.first, plan, make_row, settings.system_prompt, options.examples_per_guideline, dealt),
        total=total,
        train=train,
        eval=evaluation,
        split_is_exact=dealt is not None,
        shared_wordings=dealt.shared if dealt else None,
        tokens=_tokens(known.sample, plan, make_row, settings.system_prompt, options.examples_per_guideline, total),
        warnings=_warnings(known, options, total, (train, evaluation), dealt),
    )


def _total(census: Census, plan: Sequence[Recipe], cap: int) -> int:
    times = {source: sum(recipe.source == source for recipe in plan) for source in ("guideline", "good", "bad", "pair")}
    return sum(
        count
        * (
            times["guideline"]
            + times["good"] * min(cap, good)
            + times["bad"] * min(cap, bad)
            + times["pair"] * min(cap, pairs)
        )
        for good, bad, pairs, count in census.shapes
    )


def _sources(library: Library, wanted: GuidelineFilter, limit: int, *, spread_over: int = 0) -> tuple[SourceRow, ...]:
    """The first `limit` guidelines, or about as many spread evenly by a hash of their rows over `spread_over`."""
    query = guideline.select(*SOURCE_COLUMNS).where(matching(wanted))
    if spread_over > limit:
        query = query.where(SQL("(row * 40503) % 65536 < ?", (65_536 * limit // spread_over + 1,)))
    else:
        query = query.order_by(guideline.row).limit(limit)
    return tuple(SourceRow._make(row) for row in library.execute(query))


@dataclass(frozen=True, slots=True)
class _Dealt:
    """Every row's side, in the order of reading, and what only a look at all rows can tell."""

    is_eval: tuple[bool, ...]
    shared: int
    marked: int

    @property
    def eval(self) -> int:
        return sum(self.is_eval)

    @property
    def train(self) -> int:
        return len(self.is_eval) - self.eval


def _deal(library: Library, options: ExportOptions, plan: Sequence[Recipe], tell: Progress) -> _Dealt:
    """Deals out all rows as the export does."""
    by, ratio = options.split_by, options.train_eval_split
    make_keys = partial(row_keys, options.seed, by, ratio)
    keys: list[bytes] = []
    questions: list[str] = []
    marked = 0
    with library.connection(), closing(source_rows(library, options.filter, None)) as rows:
        for done, row in enumerate(rows):
            tell(done, EXACT_MAX)
            source = SourceRow._make(row)
            asked = [example.prompt for example in examples_of(source, plan, options.examples_per_guideline)]
            if asked:
                keys += make_keys(source.id, len(asked), asked.copy)
                questions += asked
                marked += first_marker(source) is not None
    order = sorted(range(len(keys)), key=keys.__getitem__)
    places = eval_places([keys[place] for place in order], wanted_for_eval(len(keys), by, ratio), by)
    chosen = {order[place] for place in places}
    is_eval = tuple(place in chosen for place in range(len(keys)))
    trained = {question for question, away in zip(questions, is_eval, strict=True) if not away}
    return _Dealt(is_eval, sum(questions[place] in trained for place in chosen), marked)


def _reckoned(census: Census, total: int, options: ExportOptions) -> tuple[int, int]:
    """About how many rows go to train and eval, for more guidelines than are worth a look at each."""
    train = math.floor(total * options.train_eval_split)
    if options.split_by == "question":  # one wording of each guideline stays in train
        train = max(train, min(total, census.guidelines - census.blank))
    return train, total - train


def _rows(
    sources: Sequence[SourceRow], plan: Sequence[Recipe], make_row: MakeRow, system: str, cap: int, dealt: _Dealt | None
) -> tuple[PreviewRow, ...]:
    made: list[PreviewRow] = []
    for source in sources:
        for example in examples_of(source, plan, cap):
            if len(made) == ROWS_MAX:
                return tuple(made)
            side = ("train", "eval")[dealt.is_eval[len(made)]] if dealt else ""
            line = encode(make_row(example, system)).decode()
            start = encode(make_row(example._replace(completion=_MARK), system)).decode().index(_MARK)
            length = len(encode(example.completion).decode()) - 2
            made.append(PreviewRow(example, line, (start, length), side))
    return tuple(made)


def _tokens(
    sources: Sequence[SourceRow], plan: Sequence[Recipe], make_row: MakeRow, system: str, cap: int, total: int
) -> int:
    known: dict[str, float] = {}
    counted: list[float] = [
        row_tokens(make_row(example, system), known) for source in sources for example in examples_of(source, plan, cap)
    ]
    return round(sum(counted) * total / len(counted)) if counted else 0


def _warnings(
    census: Census, options: ExportOptions, total: int, sides: tuple[int, int], dealt: _Dealt | None
) -> tuple[str, ...]:
    only_bad = sum(count for good, bad, _, count in census.shapes if bad and not good)
    shows_bad = options.include_examples and options.examples_per_guideline > 0
    marked = dealt.marked if dealt else 0
    found: tuple[tuple[Any, str], ...] = (
        (total and not sides[0], "Train is empty: this split leaves no rows for it; raise its share."),
        (total and not sides[1], "Eval is empty: this split leaves no rows for it; lower the share of train."),
        (
            only_bad and shows_bad,
            f"{_some(only_bad, 'guideline has', 'guidelines have')} only bad examples:"
            " the model learns “no” more often than “yes”.",
        ),
        (census.blank, f"{_some(census.blank, 'guideline has', 'guidelines have')} no text and will be left out."),
        (
            marked,
            f"{_some(marked, 'guideline contains', 'guidelines contain')} a chat marker;"
            " a space will make it harmless.",
        ),
        (0 < total < FEW_ROWS, f"Fewer than {FEW_ROWS} rows: enough for a try, little for a model to learn from."),
    )
    return tuple(text for applies, text in found if applies)


def _some(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
