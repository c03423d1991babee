"""What points to one rule alone: key words and passages by which plain search among a dataset's rules finds it first.

So that a question without the title has one answer.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import combinations, pairwise

from lora_studio.core.domain import SourceRow, is_blank
from lora_studio.core.library.tables import read_list

_COLUMNS = "name, content, rationale, tags, examples"
_WEIGHTS = "10.0, 3.0, 1.0, 5.0, 1.0"
"""As in the library's own search."""
LEAD = 1.2
"""So many times as well as the second rule the meant one must fit."""
COMMON = 200
"""A word that stands in more rules tells next to nothing, and would make the search of a large library slow."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_](?:[^\W_]|['’](?=[^\W_]))*")
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+|(?<=。)")
_STEM = 5
PASSAGE_MAX = 300
"""Characters of a passage that a question quotes."""
_COMMON_WORDS = """
a about above after again all also always am an and any are as at be because been before being below between
both but by can cannot come comes could did do does done during each either else even ever every few for from
further get give given gives goes going had has have he her here his how however i if in instead into is it
its itself just last least less like made make many may me mean means meanwhile might more most much must my
need neither never no nobody none nor not nothing now of off often on once one only onto or other others
otherwise our out over own per put rather really same say says see shall she should since so some such take
than that the their them then there these they thing things this those though through to together too under
unless until up upon us use used uses using very want wants was we well were what whatever when where whether
which while who whoever whole whose why will with within without would yes yet you your
aber alle als auch auf aus bei bis da damit dann das dass dem den denn der des die dies diese diesem diesen
dieser doch du durch ein eine einem einen einer eines er es für gegen hat haben ich ihr immer im ist jede
jeder jedes kann kein keine man mit muss nach nicht nie noch nur ob oder ohne sein sich sie sind soll sollte
um und uns vom von vor wenn wer werden wie wir wird zu zum zur über
"""
_SMALL = frozenset(_COMMON_WORDS.split())


class RuleSearch:
    """Full-text search over the rules of one dataset, as they were exported."""

    def __init__(self, sources: Iterable[SourceRow]) -> None:
        self._base = sqlite3.connect(":memory:")
        self._base.execute(
            f"CREATE VIRTUAL TABLE rule USING fts5({_COLUMNS}, tokenize = 'unicode61 remove_diacritics 2')"
        )
        self._base.execute("CREATE VIRTUAL TABLE word USING fts5vocab(rule, 'row')")
        self._base.executemany(
            f"INSERT INTO rule (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
            ((source.row, *map(_spaced, _texts(source))) for source in sources),
        )

    def frequency(self, word: str) -> int:
        """In how many rules a word stands."""
        found = self._base.execute("SELECT doc FROM word WHERE term = ?", (word.casefold(),)).fetchone()
        return found[0] if found else 0

    def points_to(self, question: str, source: SourceRow) -> bool:
        """Whether the rule of `source` fits the words of `question` clearly better than any other."""
        words = {word for word in _queried(question) if word not in _SMALL and self.frequency(word) <= COMMON}
        if not words:
            return False
        query = " OR ".join(f'"{word}"' for word in sorted(words))
        found = self._base.execute(
            f"SELECT rowid, -bm25(rule, {_WEIGHTS}) AS fit FROM rule WHERE rule MATCH ? ORDER BY fit DESC LIMIT 2",
            (query,),
        ).fetchall()
        if not found or found[0][0] != source.row:
            return False
        return len(found) == 1 or found[0][1] >= LEAD * found[1][1]

    def close(self) -> None:
        """Lets go of the index."""
        self._base.close()

    def key_words(self, source: SourceRow) -> list[tuple[str, str]]:
        """Pairs of telling words of a rule's text which its title does not have, the rarest first."""
        title = _stems(source.name)
        found: dict[str, str] = {}
        for word in _WORD.findall(source.content):
            if _is_plain(word) and _stem(word) not in title:
                found.setdefault(_stem(word), word)
        rare = sorted(found.values(), key=lambda word: (self.frequency(word), -len(word)))[:6]
        apart = list(zip(rare[::2], rare[1::2], strict=False))
        return [*apart, *(pair for pair in combinations(rare, 2) if pair not in apart)]


def searching(sources: Iterable[SourceRow]) -> closing[RuleSearch]:
    """A search that is closed at the end of a `with`."""
    return closing(RuleSearch(sources))


def scraps(source: SourceRow) -> Iterator[str]:
    """Some words of a rule's text that stand together, without its title's words, numbers or names."""
    title = _stems(source.name)
    for sentence in _SENTENCE.split(source.content):
        if _UNSPACED.search(sentence):
            yield from (run[:8] for run in _WORD.findall(sentence) if len(run) >= 5)
            continue
        run: list[str] = []
        for word in [*sentence.split(), "."]:
            bare = word.strip(".,;:!?()\"'“”‘’…")
            is_free = bare and _stem(bare) not in title and bare == bare.lower() and bare.replace("'", "").isalpha()
            if is_free:
                run.append(bare)
            if not is_free or bare != word or len(run) == 6:
                if len(run) >= 4:
                    yield " ".join(run)
                run = []


def situations(source: SourceRow, but: Iterable[str] = ()) -> Iterator[str]:
    """Passages that a rule's title could be asked for: of its reason, its examples and its text, in this order.

    Not those that hold the title, and not the examples in `but`.
    """
    examples = [text for text in (*read_list(source.bad), *read_list(source.good)) if text not in set(but)]
    sentences = [*_SENTENCE.split(source.rationale), *examples, *_SENTENCE.split(source.content)]
    title = source.name.casefold()
    for free in (True, False):  # those without any word of the title come first
        for text in sentences:
            passage = text.strip()
            fits = not is_blank(passage) and len(passage) <= PASSAGE_MAX and title not in passage.casefold()
            if fits and (not _stems(passage) & _stems(source.name)) is free:
                yield passage


def _texts(source: SourceRow) -> tuple[str, ...]:
    examples = "\n".join((*read_list(source.good), *read_list(source.bad)))
    return source.name, source.content, source.rationale, " ".join(read_list(source.tags)), examples


def _spaced(text: str) -> str:
    """The letters of scripts without spaces apart, so that two of them in a row can be looked for."""
    return _UNSPACED.sub(r" \g<0> ", text)


def _queried(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.casefold()):
        if _UNSPACED.search(word):
            yield from (f"{one} {other}" for one, other in pairwise(word))
        else:
            yield from re.findall(r"\w+", word)


def _is_plain(word: str) -> bool:
    """Whether a word tells something and is neither a name nor a number, which would be half of the answer."""
    is_word = len(word) >= 4 and word.isalpha() and word == word.lower() and not _UNSPACED.search(word)
    return is_word and word not in _SMALL


def _stem(word: str) -> str:
    return word.casefold()[:_STEM]


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text) if word.casefold() not in _SMALL}
