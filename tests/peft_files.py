"""Folders as PEFT leaves them, made by hand: no torch is needed to write a safetensors file."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CONFIG: dict[str, Any] = {
    "peft_type": "LORA",
    "base_model_name_or_path": "meta-llama/Llama-3.2-1B",
    "task_type": "CAUSAL_LM",
    "r": 8,
    "lora_alpha": 32,
    "lora_dropout": 0.1,
    "bias": "none",
    "target_modules": ["q_proj", "v_proj"],
    "modules_to_save": None,
    "use_rslora": False,
    "use_dora": False,
    "revision": None,
}
WIDTH = 4


def safetensors(tensors: dict[str, tuple[int, ...]], dtype: str = "F32", size: int = 4) -> bytes:
    """A file with tensors of these shapes, all zeros."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name, shape in tensors.items():
        length = size
        for number in shape:
            length *= number
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [place, place + length]}
        place += length
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(place)


def lora_tensors(layers: int = 2, r: int = 8) -> dict[str, tuple[int, ...]]:
    """Two adapted parts in each layer."""
    return {
        f"base_model.model.model.layers.{layer}.self_attn.{part}.lora_{side}.weight": shape
        for layer in range(layers)
        for part in ("q_proj", "v_proj")
        for side, shape in (("A", (r, WIDTH)), ("B", (WIDTH, r)))
    }


def put_adapter(folder: Path, *, checksums: Sequence[str] = (), losses: bool = True, **changes: Any) -> Path:
    """A whole adapter in `folder`: two layers, the figures of twenty steps, and a note of what it was trained on."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_model.safetensors").write_bytes(safetensors(lora_tensors()))
    (folder / "adapter_config.json").write_text(json.dumps(CONFIG | changes))
    if checksums:
        files = [{"name": f"{number}.jsonl", "sha256": one} for number, one in enumerate(checksums)]
        (folder / "lora_studio.json").write_text(json.dumps({"schemaVersion": 1, "dataset": {"files": files}}))
    if losses:
        put_state(folder)
    return folder


def put_state(folder: Path, steps: int = 20) -> None:
    """The log of a training: a loss every step, one on the eval rows every ten."""
    folder.mkdir(parents=True, exist_ok=True)
    history: list[dict[str, float]] = [
        {"step": step, "loss": 3.0 / step, "epoch": step / 10} for step in range(1, steps)
    ]
    history += [{"step": step, "eval_loss": 3.5 / step} for step in range(10, steps + 1, 10)]
    (folder / "trainer_state.json").write_text(json.dumps({"log_history": history, "global_step": steps}))
