"""Order and split: each row gets a key from the seed and its guideline alone, and rows are sorted by key.

A key is 16 ASCII characters: 15 hexadecimal digits that give the row's place, and "1" where the row may go to eval,
"0" where it may not. The writer sends the first rows that may, in key order, to eval until it has as many as the
ratio asks for. So neither order nor split depends on the order of reading, and nothing has to be kept in memory.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import groupby

KEY_LENGTH = 16
_DIGITS = KEY_LENGTH - 1
_DIGEST_BYTES = 60  # eight keys
_MAY, _MAY_NOT = b"1", b"0"
_MAY_CODE = _MAY[0]


def row_keys(
    seed: int, split_by: str, ratio: float, guideline_id: str, count: int, prompts: Callable[[], Sequence[str]]
) -> list[bytes]:
    """One key for each of a guideline's `count` rows, whose questions `prompts` gives when they are needed.

    example: every row may go to eval. guideline: all of them do, or none, by a hash of seed and id. question: rows
    with the same question share a key, and one question always stays in train: the most frequent one, so that eval
    can be filled finely, or the rarest, where eval is to be large; of equal ones the one with the greatest key.
    """
    places = _places(seed, guideline_id, count)
    if split_by == "example":
        return [place + _MAY for place in places]
    if split_by == "guideline":
        flag = _MAY if _share(seed, guideline_id) >= ratio else _MAY_NOT
        return [place + flag for place in places]
    asked = prompts()
    if len(set(asked)) == count:  # nearly every guideline, and much the quicker way
        stays = max(places, default=b"")
        return [place + (_MAY_NOT if place == stays else _MAY) for place in places]
    first: dict[str, bytes] = {}
    for prompt, place in zip(asked, places, strict=True):
        first.setdefault(prompt, place)
    sign = 1 if ratio >= 0.5 else -1
    stays = max(((sign * times, first[prompt]) for prompt, times in Counter(asked).items()), default=(0, b""))[1]
    return [place + (_MAY_NOT if place == stays else _MAY) for place in map(first.__getitem__, asked)]


def wanted_for_eval(total: int, split_by: str, ratio: float) -> int:
    """How many of `total` rows are to go to eval: what floor(total × ratio) leaves, or all that may by guideline."""
    return total if split_by == "guideline" else total - math.floor(total * ratio)


def eval_places(rows: Sequence[bytes], room: int, split_by: str) -> list[int]:
    """The places in `rows`, sorted and with their keys in front, that go to eval when `room` more are wanted.

    Of the rows of one question all go or none, so that eval may stay a little short of what is wanted.
    """
    if room <= 0:
        return []
    if split_by != "question":
        return [place for place, row in enumerate(rows) if row[_DIGITS] == _MAY_CODE][:room]
    chosen: list[int] = []
    for key, same in groupby(range(len(rows)), lambda place: rows[place][:KEY_LENGTH]):
        if key.endswith(_MAY):
            group = list(same)
            if len(group) <= room - len(chosen):
                chosen += group
    return chosen


def _places(seed: int, guideline_id: str, count: int) -> list[bytes]:
    digits = b""
    block = 0
    while len(digits) < count * _DIGITS:
        digest = blake2b(f"{seed}:{guideline_id}:{block}".encode(), digest_size=_DIGEST_BYTES)
        digits += digest.hexdigest().encode()
        block += 1
    return [digits[start : start + _DIGITS] for start in range(0, count * _DIGITS, _DIGITS)]


def _share(seed: int, guideline_id: str) -> float:
    """A number in [0, 1) that only seed and id decide."""
    digest = blake2b(f"split:{seed}:{guideline_id}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "little") / 2**48
