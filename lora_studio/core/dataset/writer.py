"""Rows to files: sorted, split into train and eval, counted and hashed while they are written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from lora_studio.core.dataset.config import FileRecord
from lora_studio.core.dataset.shuffle import Shuffle
from lora_studio.core.dataset.splits import KEY_LENGTH, eval_places, wanted_for_eval

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
        for rows in shuffle.sorted_rows():
            chosen = eval_places(rows, wanted - evaluation.rows, split_by)
            evaluation.write([rows[place][KEY_LENGTH:] for place in chosen])
            for place in reversed(chosen):
                del rows[place]
            train.write([row[KEY_LENGTH:] for row in rows])
            progress(train.rows + evaluation.rows, shuffle.rows)
    return train.record(train_path.name), evaluation.record(eval_path.name)


class _Counted:
    """A file of lines that knows its rows, bytes and SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self.rows = 0
        self._bytes = 0
        self._hash = hashlib.sha256()
        self._file = file

    def write(self, lines: list[bytes]) -> None:
        self.rows += len(lines)
        for start in range(0, len(lines), _BLOCK_LINES):
            block = b"\n".join([*lines[start : start + _BLOCK_LINES], b""])
            self._file.write(block)
            self._hash.update(block)
            self._bytes += len(block)

    def record(self, name: str) -> FileRecord:
        return FileRecord(name, self.rows, self._bytes, self._hash.hexdigest())
