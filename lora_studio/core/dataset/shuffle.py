"""Sorting any number of rows in bounded memory: sorted runs in a scratch file, read back bucket by bucket."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

BUFFER_BYTES = 8 << 20
_EDGES = [f"{bucket:02x}".encode() for bucket in range(256)]
"""Where each bucket begins: rows start with hexadecimal digits, evenly spread."""


@dataclass(slots=True)
class Shuffle:
    """Takes rows that start with their key and gives them back sorted. `scratch` is an empty file open for update.

    Rows must not contain a newline; compact JSON never does. What fits into one buffer never touches the disk.
    """

    scratch: IO[bytes]
    rows: int = 0
    _buffer: list[bytes] = field(default_factory=list)
    _buffered: int = 0
    _runs: list[array[int]] = field(default_factory=list)

    def add(self, rows: list[bytes]) -> None:
        """Takes the rows of one guideline."""
        self._buffer += rows
        self._buffered += sum(map(len, rows))
        self.rows += len(rows)
        if self._buffered >= BUFFER_BYTES:
            self._write_run()

    def sorted_rows(self) -> Iterator[list[bytes]]:
        """All rows in order, a list at a time. Rows with the same first two digits always come together."""
        if not self._runs:
            self._buffer.sort()
            if self._buffer:
                yield self._buffer
            return
        if self._buffer:
            self._write_run()
        for bucket in range(len(_EDGES)):
            rows: list[bytes] = []
            for offsets in self._runs:
                start, end = offsets[bucket], offsets[bucket + 1]
                if end > start:
                    self.scratch.seek(start)
                    rows += self.scratch.read(end - start - 1).split(b"\n")
            rows.sort()
            yield rows

    def _write_run(self) -> None:
        """Sorts the buffer and writes it, noting where each bucket starts."""
        rows = self._buffer
        rows.sort()
        edges = [bisect_left(rows, edge) for edge in _EDGES]
        offset = self.scratch.seek(0, 2)
        offsets = array("q", [offset])
        for start, end in zip(edges, [*edges[1:], len(rows)], strict=True):
            if end > start:
                offset += self.scratch.write(b"\n".join([*rows[start:end], b""]))
            offsets.append(offset)
        self._runs.append(offsets)
        self._buffer = []
        self._buffered = 0
