"""What is worth a second look in a guideline before it becomes training data; of secrets only kind and place.

Severities: "bad" (mend it before an export), "warning" (it will train something that nobody means), "hint".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lora_studio.core.domain import Draft, GuidelineFilter, is_blank
from lora_studio.core.hidden import find_hidden, shown
from lora_studio.core.library.guidelines import count_guidelines
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import guideline as table
from lora_studio.core.library.tables import matching, read_list
from lora_studio.core.review.markers import find_marker
from lora_studio.core.review.personal import find_personal, find_watched
from lora_studio.core.review.secrets import Hit, find_secrets
from lora_studio.core.review.tokens import estimate_tokens

SEVERITIES = {
    "secret": "bad",
    "hidden": "bad",
    "blank": "bad",
    "personal": "warning",
    "watched": "warning",
    "marker": "warning",
    "both": "warning",
    "only_bad": "warning",
    "long": "warning",
    "same_content": "hint",
    "only_good": "hint",
    "no_examples": "hint",
    "name": "hint",
}
"""Every kind of finding, the gravest first, and its severity."""
LONG_TOKENS = 1_500
"""A content of more (estimated) tokens is often cut by what trains on it."""
WINDOW, OVERLAP = 10_000, 1_000
"""Characters of a long text that are looked at in one go, and those that two of them share."""
FINDINGS_MAX = 200
"""Most findings that one guideline is given."""
_FETCH = 500
_APART = "\n\0\n"

Progress = Callable[[int, int], None]
FINDERS: dict[str, Callable[[str, Sequence[str]], list[Hit]]] = {
    "secret": lambda text, watched: find_secrets(text),
    "hidden": lambda text, watched: _hidden(text),
    "personal": lambda text, watched: find_personal(text),
    "watched": find_watched,
    "marker": lambda text, watched: _markers(text),
}
"""What is looked for in every text, by kind."""
_ADVICE = {
    "secret": "revoke it and write a placeholder instead",
    "hidden": "nobody who reviews it sees that, and every model reads it; take it out",
    "personal": "write an invented one instead",
    "watched": "write an invented name instead",
    "marker": "an export makes it harmless with a space; reword it if that matters",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`text` says in one sentence what it is and what to do, and holds no secret.

    `field` is "name", "content", "rationale", "good" or "bad", and `number` the example's place from 0; `start` and
    `end` are the span in that text, equal where the whole is meant. `other` is the id of another guideline concerned.
    """

    kind: str
    text: str
    field: str = "content"
    number: int = 0
    start: int = 0
    end: int = 0
    other: str = ""

    @property
    def severity(self) -> str:
        return SEVERITIES[self.kind]


@dataclass(frozen=True, slots=True)
class LibraryFindings:
    """What a look at many guidelines found: `ids` by kind, in the order of SEVERITIES, kinds without any left out."""

    guidelines: int
    ids: dict[str, tuple[str, ...]]

    def count(self, kind: str) -> int:
        """How many guidelines have a finding of `kind`."""
        return len(self.ids.get(kind, ()))


def findings(guideline: Draft, watch_names: Sequence[str] = (), same: str = "") -> list[Finding]:
    """What is worth a look in `guideline`, the gravest first; `same` is the id of another with the same content."""
    found = [*_in_texts(guideline, watch_names), *_of_whole(guideline)]
    if same:
        said = "Another guideline has the same content; keep one of them, or say how they differ."
        found.append(Finding(kind="same_content", text=said, other=same))
    order = list(SEVERITIES)
    return sorted(found, key=lambda one: order.index(one.kind))[:FINDINGS_MAX]


def _in_texts(guideline: Draft, watch_names: Sequence[str]) -> Iterator[Finding]:
    for field, number, text in texts_of(guideline):
        for kind in FINDERS:
            hits = _hits(kind, text, watch_names)
            if kind == "hidden" and field in ("good", "bad"):
                hits = _hidden(text, code=True)
            for hit in hits:
                where = _place(field, number, text, hit.start)
                said = f"{hit.what[0].upper()}{hit.what[1:]} {where}: {_ADVICE[kind]}."
                yield Finding(kind=kind, text=said, field=field, number=number, start=hit.start, end=hit.end)


def _hits(kind: str, text: str, watch_names: Sequence[str]) -> list[Hit]:
    """What FINDERS find in `text`, long ones in windows: a regular expression keeps all other threads waiting."""
    if len(text) <= WINDOW or kind == "hidden":  # whether such a character is lawful may be said far away
        return FINDERS[kind](text, watch_names)
    found: list[Hit] = []
    for start in range(0, len(text), WINDOW - OVERLAP):
        for what, first, end in FINDERS[kind](text[start : start + WINDOW], watch_names):
            hit = Hit(what, first + start, end + start)
            if found and hit.start < found[-1].end:  # seen by the window before, perhaps cut at its end
                found[-1] = max(found[-1], hit, key=lambda one: one.end - one.start)
            else:
                found.append(hit)
    return found


def texts_of(guideline: Draft) -> Iterator[tuple[str, int, str]]:
    """Every text of `guideline` with its field and, for examples, its place."""
    yield "name", 0, guideline.name
    yield "content", 0, guideline.content
    yield "rationale", 0, guideline.rationale
    for field, examples in (("good", guideline.good), ("bad", guideline.bad)):
        for number, text in enumerate(examples):
            yield field, number, text


def _markers(text: str) -> list[Hit]:
    found: list[Hit] = []
    place = 0
    while len(found) < FINDINGS_MAX and (marker := find_marker(text[place:] if place else text)):
        start = text.index(marker, place)
        place = start + len(marker)
        found.append(Hit("a chat marker", start, place))
    return found


def _hidden(text: str, *, code: bool = False) -> list[Hit]:
    found = find_hidden(text, code=code)[:FINDINGS_MAX]
    return [Hit(f"{what} ({shown(text, start, end)})", start, end) for what, start, end in found]


def _hidden_in_code(good: Sequence[str], bad: Sequence[str]) -> bool:
    return any(find_hidden(text, code=True) for text in (*good, *bad) if not text.isascii())


def _place(field: str, number: int, text: str, start: int) -> str:
    names = {"rationale": "why", "good": f"good example {number + 1}", "bad": f"bad example {number + 1}"}
    name = names.get(field, field)
    line = text.count("\n", 0, start) + 1
    return f"in the {name}, line {line}" if "\n" in text else f"in the {name}"


def _of_whole(guideline: Draft) -> Iterator[Finding]:
    for kind in _shape(guideline.name, guideline.content, guideline.good, guideline.bad):
        if kind == "both":
            good = {text.strip() for text in guideline.good}
            number = next(number for number, text in enumerate(guideline.bad) if text.strip() in good)
            yield Finding(kind=kind, text=_SAID[kind], field="bad", number=number, end=len(guideline.bad[number]))
        elif kind == "long":
            tokens = round(estimate_tokens(guideline.content), -2)
            yield Finding(kind=kind, text=_SAID[kind].format(f"{tokens:,.0f}"))
        else:
            field = {"name": "name", "only_bad": "bad", "only_good": "good", "no_examples": "good"}.get(kind, "content")
            yield Finding(kind=kind, text=_SAID[kind], field=field)


_SAID = {
    "blank": "The content is blank, so it yields no rows: write what the guideline says.",
    "both": "One example is listed as good and as bad: take it out of one of them.",
    "only_bad": "It has only bad examples, so a model learns “no” more often than “yes”: add a good one.",
    "only_good": "It has only good examples: a bad one shows a model where the line is.",
    "no_examples": "It has no examples: a good and a bad one teach more than words.",
    "long": "The content is about {0} tokens long and may be cut in training: split it into several guidelines.",
    "name": "The name reads badly inside a question: leave out line breaks and the sign at its end.",
}


def _shape(name: str, content: str, good: Sequence[str], bad: Sequence[str]) -> Iterator[str]:
    """The kinds of finding that need no look into the texts' words."""
    if is_blank(content):
        yield "blank"
    elif len(content) > LONG_TOKENS and estimate_tokens(content) > LONG_TOKENS:
        yield "long"
    goods, bads = {text.strip() for text in good if not is_blank(text)}, {t.strip() for t in bad if not is_blank(t)}
    if goods & bads:
        yield "both"
    if not (goods and bads):
        yield "only_good" if goods else "only_bad" if bads else "no_examples"
    if reads_badly(name):
        yield "name"


def reads_badly(name: str) -> bool:
    """Whether `name` would spoil the questions made of it, such as `How should I handle {name}?`."""
    end = name.rstrip()
    return is_blank(name) or "\n" in name or end.endswith(("?", "!", ":")) or (end.endswith(".") and end[-2:] != "..")


def twin_of(library: Library, guideline_id: str, content: str) -> str:
    """The id of another guideline with exactly this content; empty for none."""
    same = (table.content == content) & (table.id != guideline_id) & (table.deleted == 0)
    with library.connection():
        found = library.execute(table.select(table.id).where(same).order_by(table.row).limit(1)).fetchone()
    return str(found[0]) if found else ""


def library_findings(
    library: Library,
    wanted: GuidelineFilter,
    watch_names: Sequence[str] = (),
    progress: Progress = lambda done, total: None,
) -> LibraryFindings:
    """Looks through all guidelines that `wanted` means, one after another: some seconds for 100,000.

    `progress` may raise Cancelled. Of guidelines with the same content every one but the first is counted.
    """
    names = [name for name in watch_names if not is_blank(name)]
    ids: dict[str, list[str]] = {kind: [] for kind in SEVERITIES}
    seen: set[int] = set()
    done = 0
    columns = (table.id, table.name, table.content, table.rationale, table.good, table.bad)
    with library.connection():
        total = count_guidelines(library, wanted)
        cursor = library.execute(table.select(*columns).where(matching(wanted)).order_by(table.row))
        while rows := cursor.fetchmany(_FETCH):
            for own_id, name, content, rationale, good, bad in rows:
                examples = read_list(good), read_list(bad)
                for kind in _shape(name, content, *examples):
                    ids[kind].append(own_id)
                text = _APART.join((name, content, rationale, *examples[0], *examples[1]))
                for kind in FINDERS:
                    if _hits(kind, text, names) or (kind == "hidden" and _hidden_in_code(*examples)):
                        ids[kind].append(own_id)
                if (mark := hash(content)) in seen:
                    ids["same_content"].append(own_id)
                seen.add(mark)
            done += len(rows)
            progress(done, total)
    return LibraryFindings(done, {kind: tuple(found) for kind, found in ids.items() if found})
