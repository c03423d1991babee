"""How well the Markdown reader finds rules, against labels made by hand: `python -m benchmarks.rules.score`."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, field
from pathlib import Path

from lora_studio.core.importing.markdown import read_markdown
from lora_studio.core.importing.records import Found

HERE = Path(__file__).parent
OWN, REAL = HERE / "own", HERE.parents[2] / "shared" / "data" / "rules"
LABELS = {OWN: HERE / "own_labels.txt", REAL: HERE / "real_labels.txt"}
_MARKUP = re.compile(r"^\s*(?:[-*+•]\s|\d+[.)]\s|//\s|>\s)*\s*(?:\[[ xX]\]\s)?")


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled example: its lines, from 1, and the first lines of the rules that it may stand with."""

    kind: str
    start: int
    end: int
    rules: frozenset[int]


@dataclass(slots=True)
class Labels:
    """What a careful reader says of a file: the last line of each rule by its first one, those that are open, and the
    examples.
    """

    part: str
    rules: dict[int, int] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class Score:
    """Counts, summed over files."""

    ticked: int = 0
    ticked_rules: int = 0
    merges: int = 0
    rules: int = 0
    found_alone: int = 0
    examples: int = 0
    examples_right: int = 0
    notes: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The four figures with their floors."""
        return [
            _share("ticked proposals that are rules (at least 88 %)", self.ticked_rules, self.ticked),
            _share("rules that are proposed one by one (at least 85 %)", self.found_alone, self.rules),
            _share("ticked proposals that merge rules (at most 3 %)", self.merges, self.ticked),
            _share("examples with the right rule (at least 95 %)", self.examples_right, self.examples),
        ]


def _share(what: str, part: int, whole: int) -> str:
    return f"{part / whole:7.1%}  {part:4} of {whole:4}  {what}" if whole else f"      -  {what}"


def read_labels(path: Path) -> dict[str, Labels]:
    """The labels in `path` by the names of the files."""
    made: dict[str, Labels] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        first, *rest = line.partition("#")[0].split() or [""]
        if len(rest) == 1 and rest[0] in ("tune", "count"):
            labels = made[first] = Labels(rest[0])
            continue
        for word in [first, *rest] if first else []:
            _add(labels, word)
    return made


def _add(labels: Labels, word: str) -> None:
    lines, _, rules = word.lstrip("?+-").partition(">")
    start, _, end = lines.partition("-")
    if word[0] in "+-":
        kind = "good" if word[0] == "+" else "bad"
        labels.examples.append(Example(kind, int(start), int(end or start), frozenset(map(int, rules.split(",")))))
        return
    labels.rules.setdefault(int(start), int(end or start))
    if word[0] == "?":
        labels.unsure.add(int(start))


def _plain(text: str) -> str:
    """A line without its markers; a row of a table as the reader writes it."""
    if text.startswith("|"):
        return ": ".join(cell.strip() for cell in text.strip("| ").split("|"))
    return " ".join(_MARKUP.sub("", text).split())


def score_file(text: str, path: Path, labels: Labels, score: Score) -> None:
    """Adds what `path` adds to `score`."""
    found, _ = read_markdown(text, path)
    lines = text.splitlines()
    holders = {start: _holder(found, lines[start - 1], start) for start in labels.rules}
    sure = set(labels.rules) - labels.unsure
    for number, one in enumerate(found):
        own = [start for start, holder in holders.items() if holder == number]
        mine = [start for start in own if start in sure]
        open_ = any(start in own or start <= one.line <= labels.rules[start] for start in labels.unsure)
        if not one.reason and (mine or not open_):
            score.ticked += 1
            score.ticked_rules += bool(mine)
            score.merges += len(mine) > 1
            if len(mine) != 1:
                score.notes.append(f"{path.name}:{one.line} ticked, {len(mine)} rules: {one.draft.name}")
        score.found_alone += not one.reason and len(mine) == 1
        if one.reason and mine:
            score.notes.append(f"{path.name}:{one.line} {len(mine)} rules, but {one.reason}: {one.draft.name}")
    score.rules += len(sure)
    score.notes += [
        f"{path.name}:{start} a rule that is nowhere: {lines[start - 1].strip()[:60]}"
        for start in sorted(sure)
        if holders[start] < 0
    ]
    for example in labels.examples:
        right = any(holders[rule] >= 0 and _holds(found[holders[rule]], lines, example) for rule in example.rules)
        score.examples += 1
        score.examples_right += right
        if not right:
            score.notes.append(f"{path.name}:{example.start} an example that is not with its rule")


def _holder(found: list[Found], line: str, start: int) -> int:
    """The last proposal from above that holds `line`; -1 for none."""
    best = -1
    for number, one in enumerate(found):
        draft = one.draft
        texts = (draft.content, *draft.good, *draft.bad)
        if one.line <= start and any(_plain(line) in _plain(part) for text in texts for part in text.split("\n")):
            best = number
    return best


def _holds(one: Found, lines: list[str], example: Example) -> bool:
    texts = one.draft.good if example.kind == "good" else one.draft.bad
    return any(" ".join(lines[example.start - 1].split()) in " ".join(text.split()) for text in texts)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.rules.score", description="See benchmarks/README.md")
    parser.add_argument("--rules", type=Path, default=REAL, metavar="FOLDER", help="the real rule files")
    parser.add_argument("--part", choices=("tune", "count"), help="only these of the real files")
    parser.add_argument("--notes", action="store_true", help="name each miss")
    chosen = parser.parse_args()
    for folder, path in ((OWN, LABELS[OWN]), (chosen.rules, LABELS[REAL])):
        scores: dict[str, Score] = {}
        for name, labels in read_labels(path).items():
            if (folder / name).is_file() and chosen.part in (None, labels.part):
                score = scores.setdefault(labels.part, Score())
                score_file((folder / name).read_text(encoding="utf-8"), folder / name, labels, score)
        for part, score in scores.items():
            print(f"{'own files' if folder == OWN else 'real files'}, to {part} on")
            print("\n".join([*score.lines(), *(score.notes if chosen.notes else ())]))


if __name__ == "__main__":
    main()
