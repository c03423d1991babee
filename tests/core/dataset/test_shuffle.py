"""Sorting rows in bounded memory gives what sorting them all at once gives."""

from __future__ import annotations

import random
import tempfile

import pytest

from lora_studio.core.dataset import shuffle
from lora_studio.core.dataset.shuffle import Shuffle


@pytest.mark.parametrize("buffer", [1 << 20, 3_000, 1])
def test_rows_come_back_sorted_whatever_fits_into_memory(monkeypatch: pytest.MonkeyPatch, buffer: int) -> None:
    monkeypatch.setattr(shuffle, "BUFFER_BYTES", buffer)
    chance = random.Random(3)
    rows = [f"{chance.getrandbits(60):015x}1row {n} ä".encode() for n in range(500)]
    with tempfile.TemporaryFile() as scratch:
        sorter = Shuffle(scratch)
        for start in range(0, len(rows), 7):
            sorter.add(rows[start : start + 7])
        batches = list(sorter.sorted_rows())
    assert [row for batch in batches for row in batch] == sorted(rows)
    assert sorter.rows == 500


def test_no_rows_give_nothing() -> None:
    with tempfile.TemporaryFile() as scratch:
        assert list(Shuffle(scratch).sorted_rows()) == []
