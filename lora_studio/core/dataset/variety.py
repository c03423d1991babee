"""How many ways of asking an export has: the documented ones alone, or the rich rows beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lora_studio.core.dataset.examples import Recipe, examples_of, first_marker
from lora_studio.core.dataset.held_out import shown_pairs
from lora_studio.core.dataset.rich.rows import rich_examples
from lora_studio.core.dataset.rich.titles import IsTitle
from lora_studio.core.dataset.rich.verdicts import says
from lora_studio.core.domain import Example, ExportOptions, SourceRow, is_blank
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import guideline, read_list, write_list
from lora_studio.core.review.markers import defuse

RICH_TYPES = (
    "titled_query", "untitled_query", "naming", "rationale_query", "review", "rewrite", "verdict", "decline",
)  # fmt: skip
"""The types of the rich rows, in their order."""

MakeExamples = Callable[[SourceRow], list[Example]]


def example_maker(plan: Sequence[Recipe], options: ExportOptions, is_title: IsTitle, guidelines: int) -> MakeExamples:
    """What makes all examples of one guideline, for an export of so many `guidelines`."""
    cap = options.examples_per_guideline
    if options.variety != "rich":
        return lambda source: examples_of(source, plan, cap)
    most = cap if options.include_examples else 0

    def make(source: SourceRow) -> list[Example]:
        if is_blank(source.content):
            return []
        pairs = shown_pairs(read_list(source.good), read_list(source.bad))
        good, bad = ([pair[side] for pair in pairs] for side in (0, 1))
        shown = source._replace(good=write_list(good), bad=write_list(bad))
        documented = examples_of(shown, plan, cap)
        if not any(good) or not any(bad):  # verdicts that are all the same teach the verdict, not the rule
            documented = [one for one in documented if not one.example_type]
        surplus = sum(says(one.completion) for one in documented if one.example_type)
        rich = rich_examples(shown, capped(pairs, most), is_title, guidelines, surplus)
        if first_marker(source):
            rich = [one._replace(prompt=defuse(one.prompt), completion=defuse(one.completion)) for one in rich]
        return [one._replace(source=source) for one in (*documented, *rich)]

    return make


def capped(pairs: Sequence[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """The first `most` of either side, as they stand beside each other."""
    kept = []
    goods = bads = 0
    for good, bad in pairs:
        goods, bads = goods + bool(good), bads + bool(bad)
        kept.append((good if goods <= most else "", bad if bads <= most else ""))
    return [pair for pair in kept if any(pair)]


def title_check(library: Library) -> IsTitle:
    """Whether a guideline of the library has a title, in whatever case; deleted and inactive ones count too."""
    with library.connection():
        names = frozenset(hash(name.casefold()) for (name,) in library.execute(guideline.select(guideline.name)))
    return lambda title: hash(title.casefold()) in names
