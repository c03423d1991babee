"""What is worth knowing before an export: a sentence each, with the guidelines that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lora_studio.core.dataset.census import IDS_MAX, Census
from lora_studio.core.dataset.dealing import Asked
from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.domain import ExportOptions
from lora_studio.core.review.findings import LibraryFindings

FEW_ROWS = 100
FEW_ROWS_OF_A_RULE = 40
"""Rows of a rule in a rich export."""
LARGE = 24
"""Guidelines that make a library large: there each one gets fewer rows by design, so none is said to have few."""
LONG_ROW = 2_048
"""Tokens that a training script takes of a row, as it is shipped."""
ORDER = (
    "secret", "hidden", "train_empty", "eval_empty", "blank", "personal", "watched", "marker", "both", "only_bad",
    "long", "same_content", "thin", "few",
)  # fmt: skip
"""The kinds of caution, the gravest first."""
_IN_TEXTS = ("secret", "hidden", "personal", "watched", "marker", "both", "same_content")
"""Those that only a look into all texts tells."""
GRAVE = ("secret", "hidden", "train_empty", "eval_empty")


@dataclass(frozen=True, slots=True)
class Caution:
    """`count` guidelines (0: the whole export) give reason for the sentence `text`; `ids` are the first of them."""

    kind: str
    text: str
    count: int = 0
    ids: tuple[str, ...] = ()


def cautions(
    census: Census,
    options: ExportOptions,
    sides: tuple[int, int],
    asked: Sequence[Asked] | None,
    lengths: Sequence[Sequence[float]],
) -> tuple[Caution, ...]:
    """What the counts tell; `asked` is None where not every guideline was looked at, `lengths` are of the sample."""
    total = sum(sides)
    found: list[Caution] = []
    if total and not sides[0]:
        found.append(Caution("train_empty", "Train is empty: this split leaves no rows for it; raise its share."))
    if total and not sides[1]:
        found.append(Caution("eval_empty", "Eval is empty: this split leaves no rows for it; lower train's share."))
    if census.blank:
        found.append(_about("blank", census.blank, census.blank_ids))
    marked = tuple(one.id for one in asked or () if one.marked)
    if marked:
        found.append(_about("marker", len(marked), marked))
    if options.format not in PREFERENCES:
        found += _about_rows(census, options, asked or ())
    sampled = zip(census.sample, lengths, strict=True)
    long = tuple(source.id for source, rows in sampled if max(rows, default=0) > LONG_ROW)
    if long:
        found.append(_too_long(long, is_all=len(census.sample) == census.guidelines))
    if 0 < total < FEW_ROWS:
        text = f"Fewer than {FEW_ROWS} rows: enough for a try, little for a model to learn from."
        found.append(Caution("few", text))
    return in_order(found)


def _about_rows(census: Census, options: ExportOptions, asked: Sequence[Asked]) -> list[Caution]:
    """Guidelines whose rows teach little: in a rich export too few, in another one `no` alone."""
    if options.variety == "rich":
        thin = tuple(one.id for one in asked if 0 < len(one.questions) < FEW_ROWS_OF_A_RULE)
        return [_about("thin", len(thin), thin)] if thin and census.guidelines <= LARGE else []
    only_bad = sum(shape.guidelines for shape in census.shapes if shape.bad and not shape.good)
    is_shown = options.include_examples and options.examples_per_guideline
    return [_about("only_bad", only_bad, census.only_bad_ids)] if only_bad and is_shown else []


def cautions_from(findings: LibraryFindings) -> tuple[Caution, ...]:
    """What a look into all texts found that concerns an export."""
    return in_order([_about(kind, len(ids), ids) for kind, ids in findings.ids.items() if kind in _IN_TEXTS])


def in_order(found: Sequence[Caution]) -> tuple[Caution, ...]:
    """Each kind once (the first of `found`), the gravest first."""
    by_kind = {one.kind: one for one in reversed(found)}
    return tuple(by_kind[kind] for kind in ORDER if kind in by_kind)


def _about(kind: str, count: int, ids: Sequence[str]) -> Caution:
    one, many, said = _SAID[kind]
    return Caution(kind, f"{count:,} {one if count == 1 else many} {said}", count, tuple(ids[:IDS_MAX]))


def _too_long(ids: tuple[str, ...], *, is_all: bool) -> Caution:
    some = f"{len(ids):,} {'guideline yields' if len(ids) == 1 else 'guidelines yield'}"
    who = some if is_all else f"Of the guidelines that were sampled {len(ids):,} yield"
    text = f"{who} rows of more than {LONG_ROW:,} tokens (estimate): a script as it is shipped cuts them."
    return Caution("long", text, len(ids), ids[:IDS_MAX])


_SAID = {
    "secret": ("guideline holds", "guidelines hold", "what looks like a key or password: take it out first."),
    "hidden": (
        "guideline holds",
        "guidelines hold",
        "characters that nobody sees and a model reads: take them out first.",
    ),
    "personal": ("guideline holds", "guidelines hold", "personal data, such as an address or a number."),
    "watched": ("guideline names", "guidelines name", "somebody on your watch list."),
    "blank": ("guideline has", "guidelines have", "no text and will be left out."),
    "marker": ("guideline contains", "guidelines contain", "a chat marker; a space will make it harmless."),
    "both": ("guideline lists", "guidelines list", "an example both as good and as bad."),
    "only_bad": ("guideline has", "guidelines have", "only bad examples: the model learns “no” more often than “yes”."),
    "thin": (
        "guideline yields",
        "guidelines yield",
        f"fewer than {FEW_ROWS_OF_A_RULE} rows: give a short one a reason and examples, split a long one.",
    ),
    "same_content": ("guideline says", "guidelines say", "word for word what another one says."),
}
