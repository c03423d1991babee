"""The memory that a training is said to need, against what trainings were seen to take."""

from __future__ import annotations

import pytest

from lora_studio.core.training.plan import memory_needed

SMOLLM2 = (134_515_008, 30, 576, 49_152)
TWO_LAYERS = (35_393_472, 2, 576, 49_152)


@pytest.mark.parametrize(
    ("model", "kind", "rows", "tokens", "seen"),
    [
        (SMOLLM2, "sft", 4, 63, 2_235_056),
        (SMOLLM2, "sft", 8, 63, 3_230_760),
        (SMOLLM2, "sft", 16, 64, 5_546_668),
        (SMOLLM2, "sft", 4, 138, 3_430_500),
        (SMOLLM2, "sft", 8, 138, 5_710_824),
        (SMOLLM2, "sft", 16, 139, 10_397_032),
        (TWO_LAYERS, "sft", 4, 63, 1_022_536),
        (TWO_LAYERS, "sft", 16, 64, 1_933_748),
        (TWO_LAYERS, "dpo", 4, 62, 1_339_208),
        (TWO_LAYERS, "dpo", 12, 62, 2_588_936),
    ],
)
def test_the_estimate_is_near_the_measured_peak(
    model: tuple[int, int, int, int], kind: str, rows: int, tokens: int, seen: int
) -> None:
    """`seen` is the largest resident set, in KiB, of the script on one thread of a processor, in float32, rank 8."""
    needed = memory_needed(*model, rows, tokens, 8, 4, False, kind)
    assert needed == pytest.approx(1024 * seen, rel=0.1)
