"""Order and split: each row gets a key from the seed and its guideline alone, and rows are sorted by key.

A key is 64 bits. The upper 63 give the row's place; the lowest says whether the row may go to eval. The writer
sends the first such rows, in key order, to eval until it has as many as the ratio asks for. So neither order nor
split depends on the order of reading, and nothing has to be kept in memory.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from hashlib import blake2b
from itertools import groupby

KEYS_A_DIGEST = 8
_UNPACK = struct.Struct(f"<{KEYS_A_DIGEST}Q").unpack
MAY_BE_EVAL = 1


def row_keys(seed: int, guideline_id: str, prompts: Sequence[str], split_by: str, ratio: float) -> list[int]:
    """One key for each of a guideline's rows, whose questions are `prompts`.

    example: every row may go to eval. guideline: all of them do, or none, by a hash of seed and id. question: rows
    with the same question share a key, and one question, the one with the greatest key, always stays in train.
    """
    keys = _random_keys(seed, guideline_id, len(prompts))
    if split_by == "example":
        return [key | MAY_BE_EVAL for key in keys]
    if split_by == "guideline":
        flag = MAY_BE_EVAL if _share(seed, guideline_id) >= ratio else 0
        return [key & ~MAY_BE_EVAL | flag for key in keys]
    first: dict[str, int] = {}
    for prompt, key in zip(prompts, keys, strict=True):
        first.setdefault(prompt, key & ~MAY_BE_EVAL)
    stays = max(first.values(), default=0)
    return [key if (key := first[prompt]) == stays else key | MAY_BE_EVAL for prompt in prompts]


def wanted_for_eval(total: int, split_by: str, ratio: float) -> int:
    """How many of `total` rows are to go to eval: what floor(total × ratio) leaves, or all that may by guideline."""
    return total if split_by == "guideline" else total - math.floor(total * ratio)


def eval_places(keys: Sequence[int], room: int, split_by: str) -> list[int]:
    """The places in sorted `keys` that go to eval when `room` more rows are wanted.

    Of the rows of one question all go or none, so that eval may stay a little short of what is wanted.
    """
    if split_by != "question":
        return [place for place, key in enumerate(keys) if key & MAY_BE_EVAL][:room] if room > 0 else []
    chosen: list[int] = []
    for key, same in groupby(range(len(keys)), keys.__getitem__):
        if len(chosen) >= room:
            break
        if key & MAY_BE_EVAL:
            group = list(same)
            if len(group) <= room - len(chosen):
                chosen += group
    return chosen


def _random_keys(seed: int, guideline_id: str, count: int) -> list[int]:
    keys: list[int] = []
    block = 0
    while len(keys) < count:
        keys += _UNPACK(blake2b(f"{seed}:{guideline_id}:{block}".encode(), digest_size=64).digest())
        block += 1
    return keys[:count]


def _share(seed: int, guideline_id: str) -> float:
    """A number in [0, 1) that only seed and id decide."""
    digest = blake2b(f"split:{seed}:{guideline_id}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "little") / 2**48
