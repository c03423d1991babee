"""Sorting any number of rows by key in bounded memory: sorted runs in a scratch file, read back bucket by bucket."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import IO

BUFFER_BYTES = 8 << 20
BUCKETS = 256
_BUCKET_BITS = 64 - 8
_KEY_BYTES = 8


@dataclass(slots=True)
class Shuffle:
    """Takes rows as (key, line) and gives them back sorted. `scratch` is an empty file open for update.

    Lines must not contain a newline; compact JSON never does. What fits into one buffer never touches the disk.
    """

    scratch: IO[bytes]
    rows: int = 0
    _buffer: list[tuple[int, bytes]] = field(default_factory=list)
    _buffered: int = 0
    _runs: list[tuple[array[int], array[int], array[int]]] = field(default_factory=list)

    def add(self, keys: list[int], lines: list[bytes]) -> None:
        """Takes the rows of one guideline."""
        self._buffer += zip(keys, lines, strict=True)
        self._buffered += sum(map(len, lines))
        self.rows += len(lines)
        if self._buffered >= BUFFER_BYTES:
            self._write_run()

    def sorted_rows(self) -> Iterator[tuple[list[int], list[bytes]]]:
        """All rows in the order of their keys, rows with one key by their bytes: a list of keys and one of lines
        at a time. Rows with one key always come together."""
        if not self._runs:
            self._buffer.sort()
            yield from _unzipped(self._buffer)
            return
        if self._buffer:
            self._write_run()
        for bucket in range(BUCKETS):
            rows: list[tuple[int, bytes]] = []
            for places, key_offsets, line_offsets in self._runs:
                count = places[bucket + 1] - places[bucket]
                if count:
                    keys = array("Q", self._read(key_offsets[bucket], count * _KEY_BYTES))
                    size = line_offsets[bucket + 1] - line_offsets[bucket]
                    lines = self._read(line_offsets[bucket], size).split(b"\n")
                    rows += zip(keys, lines[:-1], strict=True)
            rows.sort()
            yield from _unzipped(rows)

    def _read(self, offset: int, size: int) -> bytes:
        self.scratch.seek(offset)
        return self.scratch.read(size)

    def _write_run(self) -> None:
        """Sorts the buffer and writes it: all keys, then all lines; notes where each bucket starts in both."""
        rows = self._buffer
        rows.sort()
        keys = array("Q", map(itemgetter(0), rows))
        places = array("q", (bisect_left(keys, bucket << _BUCKET_BITS) for bucket in range(BUCKETS)))
        places.append(len(rows))
        start = self.scratch.seek(0, 2)
        self.scratch.write(keys.tobytes())
        offset = start + len(rows) * _KEY_BYTES
        line_offsets = array("q", [offset])
        for bucket in range(BUCKETS):
            lines = [line for _, line in rows[places[bucket] : places[bucket + 1]]]
            if lines:
                lines.append(b"")
                offset += self.scratch.write(b"\n".join(lines))
            line_offsets.append(offset)
        key_offsets = array("q", (start + place * _KEY_BYTES for place in places))
        self._runs.append((places, key_offsets, line_offsets))
        self._buffer = []
        self._buffered = 0


def _unzipped(rows: list[tuple[int, bytes]]) -> Iterator[tuple[list[int], list[bytes]]]:
    if rows:
        yield [key for key, _ in rows], [line for _, line in rows]
