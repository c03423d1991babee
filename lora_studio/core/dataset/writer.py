"""Rows to files: sorted, split into train and eval, counted and hashed while they are written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from lora_studio.core.dataset.config import FileRecord
from lora_studio.core.dataset.shuffle import Shuffle
from lora_studio.core.dataset.splits import eval_places, wanted_for_eval

_BLOCK_LINES = 4_096


def write_split(
    shuffle: Shuffle,
    train_path: Path,
    eval_path: Path,
    split_by: str,
    ratio: float,
    progress: Callable[[int, int], None],
) -> tuple[FileRecord, FileRecord]:
    """Writes all rows of `shuffle` in its order, each into one of the two files; `progress` counts rows."""
    wanted = wanted_for_eval(shuffle.rows, split_by, ratio)
    with train_path.open("wb") as train_file, eval_path.open("wb") as eval_file:
        train, evaluation = _Counted(train_file), _Counted(eval_file)
        for keys, lines in shuffle.sorted_rows():
            chosen = eval_places(keys, wanted - evaluation.rows, split_by)
            evaluation.write(lines[place] for place in chosen)
            train.write(_without(lines, chosen))
            progress(train.rows + evaluation.rows, shuffle.rows)
    return train.record(train_path.name), evaluation.record(eval_path.name)


def _without(lines: list[bytes], chosen: list[int]) -> Iterator[bytes]:
    start = 0
    for place in chosen:
        yield from lines[start:place]
        start = place + 1
    yield from lines[start:]


class _Counted:
    """A file of lines that knows its rows, bytes and SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self.rows = 0
        self._bytes = 0
        self._hash = hashlib.sha256()
        self._file = file

    def write(self, lines: Iterable[bytes]) -> None:
        pending = list(lines)
        self.rows += len(pending)
        for start in range(0, len(pending), _BLOCK_LINES):
            block = b"\n".join([*pending[start : start + _BLOCK_LINES], b""])
            self._file.write(block)
            self._hash.update(block)
            self._bytes += len(block)

    def record(self, name: str) -> FileRecord:
        return FileRecord(name, self.rows, self._bytes, self._hash.hexdigest())
