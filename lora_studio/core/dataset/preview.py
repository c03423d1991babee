"""What an export would write: counts of all rows and a page of them, without writing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from lora_studio.core.dataset.cautions import Caution, cautions
from lora_studio.core.dataset.census import Census, Shape, shown_rows, sources_at, take_census
from lora_studio.core.dataset.dealing import Asked, Make, asked_of, deal, reckoned, reckoned_sides
from lora_studio.core.dataset.examples import Recipe, recipes
from lora_studio.core.dataset.pages import Look, Page, PreviewRow, SideOf, marker_of, page_of, row_source
from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.dataset.rich.rows import rich_count
from lora_studio.core.dataset.templates import all_templates
from lora_studio.core.domain import Example, ExportOptions
from lora_studio.core.library.store import Library
from lora_studio.core.review.tokens import row_tokens
from lora_studio.core.settings import Settings

EXACT_MAX = 1_000
"""Up to so many guidelines every row is made and dealt out as the export does; above, the split is reckoned."""
EXACT_ROWS_MAX = 20_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of the sampled guidelines and the estimated tokens of each, and the options that they hold for."""

    key: tuple[object, ...]
    examples: tuple[list[Example], ...]
    lengths: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Counts of all rows that an export with `options` writes, and a page of them.

    `total` is exact where `total_is_exact`, and `train` and `eval` where `split_is_exact`; without that the two
    `shared` counts (see Dealt) are None. `lengths` holds tokens and side of sampled rows; `coverage` the rows of each
    category, most first; `kinds` those of each type of question that there are any of, exact where the total is made
    of every guideline (`asked`), else reckoned from the sample; `types` all types that the format has.
    """

    options: ExportOptions
    census: Census
    asked: tuple[Asked, ...] | None
    sample: Sample
    page: Page
    total: int
    train: int
    eval: int
    total_is_exact: bool
    split_is_exact: bool
    shared_wordings: int | None
    shared_answers: int | None
    tokens: int
    lengths: tuple[tuple[float, str], ...]
    coverage: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    types: tuple[str, ...]
    cautions: tuple[Caution, ...]

    @property
    def rows(self) -> tuple[PreviewRow, ...]:
        return self.page.rows


def preview(
    library: Library,
    settings: Settings,
    options: ExportOptions,
    look: Look | None = None,
    *,
    census: Census | None = None,
    before: Preview | None = None,
    progress: Progress = lambda done, total: None,
) -> Preview:
    """What an export with `options` would write, with the rows that `look` asks for.

    `census`, if it is given, is that of the same filter, and `before` an earlier preview of that census: what the
    new options leave as it was is taken from there. Raises Invalid for a template that cannot be filled.
    """
    if census is None:
        census = take_census(library, settings, shown_rows(library, options.filter, "", ()), progress)
    make, types = row_source(library, settings, options, census.guidelines)
    made_by = (options.format in PREFERENCES and options.format, options.include_examples, options.variety)
    key = (*made_by, options.examples_per_guideline)
    known = before if before is not None and before.census is census else None
    guess = _reckoned_coverage(census, settings, options)
    asked = None
    if census.guidelines <= EXACT_MAX and sum(guess.values()) <= EXACT_ROWS_MAX:
        same = known is not None and known.sample.key[: len(key)] == key
        asked = known.asked if known and same else _ask_all(library, census, make, progress)
    dealt = deal(asked, options) if asked is not None else None
    is_counted = options.format not in PREFERENCES and options.variety == "documented"
    coverage = _coverage(asked) if asked is not None else guess
    total = sum(coverage.values())
    sides = (dealt.train, dealt.eval) if dealt else reckoned(census, total, options)

    def side_of(place: int, examples: list[Example]) -> list[str]:
        if dealt:
            return [dealt.side(place, number) for number in range(len(examples))]
        return reckoned_sides(census, options, sides, examples)

    sample = _sample(census, make, (*key, options.format, options.strict), known)
    lengths = _sided(census, sample, side_of)
    return Preview(
        options=options,
        census=census,
        asked=asked,
        sample=sample,
        page=page_of(library, census, look or Look(), make, side_of, marker_of(settings, options)),
        total=total,
        train=sides[0],
        eval=sides[1],
        total_is_exact=dealt is not None or is_counted,
        split_is_exact=dealt is not None or (options.split_by == "example" and is_counted),
        shared_wordings=dealt.shared_wordings if dealt else None,
        shared_answers=dealt.shared_answers if dealt else None,
        tokens=round(sum(length for length, _ in lengths) * total / max(1, len(lengths))),
        lengths=lengths,
        coverage=tuple(sorted(coverage.items(), key=lambda item: (-item[1], item[0]))),
        kinds=_kinds(types, asked, sample, total),
        types=types,
        cautions=cautions(census, options, sides, asked, sample.lengths),
    )


def _ask_all(library: Library, census: Census, make: Make, progress: Progress) -> tuple[Asked, ...]:
    asked: list[Asked] = []
    for source in sources_at(library, census.rows):
        progress(len(asked), census.guidelines)
        asked.append(asked_of(source, make))
    return tuple(asked)


def _coverage(asked: Sequence[Asked]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for one in asked:
        counted[one.category] += len(one.questions)
    return +counted


def _kinds(
    types: Sequence[str], asked: Sequence[Asked] | None, sample: Sample, total: int
) -> tuple[tuple[str, int], ...]:
    """How many rows of each of the `types` there are."""
    if asked is not None:
        counted = Counter(kind for one in asked for kind in one.types)
        return tuple((kind, counted[kind]) for kind in types if counted[kind])
    seen = Counter(example.type for examples in sample.examples for example in examples)
    scale = total / max(1, seen.total())
    return tuple((kind, round(seen[kind] * scale)) for kind in types if seen[kind])


def _reckoned_coverage(census: Census, settings: Settings, options: ExportOptions) -> Counter[str]:
    """Rows by category from the shapes alone: exact, but for preferences and rich rows, where nobody knows which are
    left out."""
    count = _preference_count if options.format in PREFERENCES else _row_count
    if options.variety == "rich" and options.format not in PREFERENCES:
        count = partial(_rich_count, sum(shape.guidelines for shape in census.shapes))
    plan = recipes(all_templates(settings.templates), include_examples=options.include_examples)
    counted: Counter[str] = Counter()
    for shape in census.shapes:
        counted[shape.category] += shape.guidelines * count(shape, plan, options)
    return +counted


def _row_count(shape: Shape, plan: Sequence[Recipe], options: ExportOptions) -> int:
    cap = options.examples_per_guideline
    shown = {"guideline": 1, "good": min(cap, shape.good), "bad": min(cap, shape.bad), "pair": min(cap, shape.pairs)}
    return sum(shown[recipe.source] for recipe in plan)


def _rich_count(guidelines: int, shape: Shape, plan: Sequence[Recipe], options: ExportOptions) -> int:
    has_both = options.include_examples and min(shape.good, shape.bad, options.examples_per_guideline) > 0
    return _row_count(shape, plan, options) + rich_count(guidelines, has_both=has_both)


def _preference_count(shape: Shape, plan: Sequence[Recipe], options: ExportOptions) -> int:
    cap = options.examples_per_guideline
    good, bad = min(cap, shape.good), min(cap, shape.bad)
    return good + bad + min(good, bad) if options.format == "dpo" else 3 * (good + bad)


def _sample(census: Census, make: Make, key: tuple[object, ...], known: Preview | None) -> Sample:
    if known is not None and known.sample.key == key:
        return known.sample
    made = [make(source) for source in census.sample]
    texts: dict[str, float] = {}
    lengths = tuple(tuple(row_tokens(row, texts) for _, row in rows) for rows in made)
    return Sample(key, tuple([example for example, _ in rows] for rows in made), lengths)


def _sided(census: Census, sample: Sample, side_of: SideOf) -> tuple[tuple[float, str], ...]:
    """Tokens and side of each sampled row."""
    known = zip(census.sample_places, sample.examples, sample.lengths, strict=True)
    return tuple(
        pair for place, examples, lengths in known for pair in zip(lengths, side_of(place, examples), strict=True)
    )
