"""Adapters as PEFT saves them are read without torch; whatever else lies there is one sentence."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest
from peft_files import lora_tensors, put_adapter, put_state, safetensors

from lora_studio.core.errors import Invalid
from lora_studio.core.training.peft import Losses, read_losses, read_trained
from lora_studio.core.training.safetensors import HEADER_MAX, read_weights

SHA = "0123456789abcdef" * 4


def test_everything_that_peft_says(tmp_path: Path) -> None:
    trained = read_trained(put_adapter(tmp_path, checksums=[SHA], use_dora=True))
    assert (trained.base_model, trained.kind, trained.task) == ("meta-llama/Llama-3.2-1B", "LORA", "CAUSAL_LM")
    assert (trained.r, trained.alpha, trained.dropout, trained.bias) == (8, 32, 0.1, "none")
    assert trained.target_modules == ("q_proj", "v_proj")
    assert (trained.rslora, trained.dora, trained.modules_to_save) == (False, True, ())
    assert trained.checksums == {SHA}
    assert (trained.problem, trained.is_missing) == ("", False)
    assert trained.bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
    weights = trained.weights
    assert weights is not None
    assert (weights.tensors, weights.parameters, weights.modules, weights.blocks) == (8, 8 * 4 * 8, 4, 2)
    assert weights.dtypes == ("F32",)


def test_an_adapter_of_another_kind(tmp_path: Path) -> None:
    put_adapter(tmp_path)
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "IA3", "target_modules": "all-linear"}))
    trained = read_trained(tmp_path)
    assert (trained.kind, trained.r, trained.alpha, trained.base_model) == ("IA3", None, None, "")
    assert trained.target_modules == ("all-linear",)


def header(**tensor: Any) -> bytes:
    text = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **tensor}}).encode()
    return struct.pack("<Q", len(text)) + text + bytes(8)


GOOD = safetensors(lora_tensors())
HOSTILE = {
    "empty": b"",
    "short": b"\x01\x02",
    "only a length": struct.pack("<Q", 100),
    "a length beyond the file": struct.pack("<Q", 2**63) + b"{}",
    "cut": GOOD[:-1],
    "longer": GOOD + b"x",
    "no json": struct.pack("<Q", 5) + b"hello",
    "a list": struct.pack("<Q", 2) + b"[]",
    "deep": struct.pack("<Q", 200_000) + b"[" * 200_000,
    "not utf-8": struct.pack("<Q", 4) + b'{"\xff"',
    "odd kind": header(dtype="F31"),
    "a negative size": header(shape=[-2]),
    "a huge size": header(shape=[2**60, 2**60]),
    "sizes that make nothing": header(shape=[2**53, 0]),
    "offsets that overlap": header(data_offsets=[4, 12]),
    "offsets the wrong way": header(data_offsets=[8, 0]),
    "a tensor that is a text": struct.pack("<Q", 9) + b'{"a":"b"}',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_damaged_weights_file_is_one_sentence(tmp_path: Path, kind: str) -> None:
    put_adapter(tmp_path)
    (tmp_path / "adapter_model.safetensors").write_bytes(HOSTILE[kind])
    trained = read_trained(tmp_path)
    assert trained.weights is None
    assert not trained.is_missing
    assert trained.problem.startswith("adapter_model.safetensors cannot be used: ")
    assert trained.problem.count(".") == 2  # that of the name, and the end


def test_a_header_that_claims_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "adapter_model.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 2 << 30))
        file.truncate(3 << 30)
    with pytest.raises(Invalid, match=f"header is larger than {HEADER_MAX >> 20} MiB"):
        read_weights(path)


def test_a_file_of_many_gigabytes_is_known_by_its_header_alone(tmp_path: Path) -> None:
    text = json.dumps({"a": {"dtype": "F32", "shape": [1 << 30, 1], "data_offsets": [0, 4 << 30]}}).encode()
    path = tmp_path / "adapter_model.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + (4 << 30))
    assert read_weights(path).parameters == 1 << 30


def test_a_pickle_is_named_and_never_opened(tmp_path: Path) -> None:
    put_adapter(tmp_path)
    (tmp_path / "adapter_model.safetensors").unlink()
    os.mkfifo(tmp_path / "adapter_model.bin")  # opening it would wait for ever
    trained = read_trained(tmp_path)
    assert "adapter_model.bin is a pickle" in trained.problem
    assert not trained.is_missing


def test_missing_weights_are_missing(tmp_path: Path) -> None:
    put_adapter(tmp_path)
    (tmp_path / "adapter_model.safetensors").unlink()
    assert read_trained(tmp_path).is_missing


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = put_adapter(tmp_path / "outside")
    inside = put_adapter(tmp_path / "inside")
    for name in ("adapter_model.safetensors", "trainer_state.json"):
        (inside / name).unlink()
        (inside / name).symlink_to(outside / name)
    assert (
        read_trained(inside).problem
        == "adapter_model.safetensors cannot be used: it is a link; save the adapter again."
    )
    assert read_losses(inside) == Losses()
    (inside / "adapter_config.json").unlink()
    (inside / "adapter_config.json").symlink_to(outside / "adapter_config.json")
    with pytest.raises(Invalid, match="it is a link"):
        read_trained(inside)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"peft_type": 3}', b'{"peft_type": "LORA", "r": "8"}',
     b'{"peft_type": "LORA", "r": 1.5}', b" " * (2 << 20)],
)  # fmt: skip
def test_a_damaged_config_is_one_sentence(tmp_path: Path, text: bytes) -> None:
    put_adapter(tmp_path)
    (tmp_path / "adapter_config.json").write_bytes(text)
    with pytest.raises(Invalid, match=r"^adapter_config\.json .*save the adapter again\.$"):
        read_trained(tmp_path)


def test_foreign_text_is_short_and_on_one_line(tmp_path: Path) -> None:
    put_adapter(tmp_path, base_model_name_or_path="a\n\x1b[2J" + "b" * 5_000, target_modules=["x" * 500] * 1_000)
    trained = read_trained(tmp_path)
    assert trained.base_model.isprintable()
    assert len(trained.base_model) <= 300
    assert len(trained.target_modules) <= 200


def test_losses_come_from_the_log_beside_it_or_from_the_last_checkpoint(tmp_path: Path) -> None:
    put_adapter(tmp_path, losses=False)
    assert read_losses(tmp_path) == Losses()
    put_state(tmp_path / "checkpoints" / "checkpoint-9", 5)
    put_state(tmp_path / "checkpoints" / "checkpoint-10", 20)
    losses = read_losses(tmp_path)
    assert list(losses.train)[:1] == [(1, 3.0)]
    assert (len(losses.train), list(losses.eval)) == (19, [(10, 0.35), (20, 0.175)])
    put_state(tmp_path, 3)
    assert len(read_losses(tmp_path).train) == 2


def test_a_loss_that_is_no_number_is_left_out(tmp_path: Path) -> None:
    put_adapter(tmp_path, losses=False)
    text = (
        '{"log_history": [{"step": 1, "loss": NaN}, {"step": 4, "eval_loss": Infinity}, '
        '{"step": 2, "loss": 0.5}, {"loss": 9}, {"step": 3, "loss": -Infinity}]}'
    )
    (tmp_path / "trainer_state.json").write_text(text)
    assert read_losses(tmp_path).train == ((2, 0.5),)


@pytest.mark.parametrize("text", ["{}", "[", '{"log_history": 3}', '{"log_history": [3]}', "[" * 100_000])
def test_a_damaged_log_is_no_curve(tmp_path: Path, text: str) -> None:
    put_adapter(tmp_path, losses=False)
    (tmp_path / "trainer_state.json").write_text(text)
    assert read_losses(tmp_path) == Losses()


def test_hashes_are_found_wherever_they_stand_in_the_note(tmp_path: Path) -> None:
    put_adapter(tmp_path)
    note = {"a": [{"b": SHA}], "c": SHA[::-1], "d": "no", "e": {"f": {"g": {"h": {"i": SHA.replace("0", "1")}}}}}
    (tmp_path / "lora_studio.json").write_text(json.dumps(note))
    assert read_trained(tmp_path).checksums == {SHA, SHA[::-1]}


def test_a_folder_without_an_adapter_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        read_trained(tmp_path)
    assert (
        str(refused.value) == f"There is no adapter_config.json in {tmp_path}; choose the folder of a trained adapter."
    )


def test_what_other_tools_leave_is_named(tmp_path: Path) -> None:
    pointer = put_adapter(tmp_path / "pointer")
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA}\nsize 12345\n"
    (pointer / "adapter_model.safetensors").write_text(text)
    assert "is a Git LFS pointer, not the weights; fetch them with: git lfs pull" in read_trained(pointer).problem
    empty = put_adapter(tmp_path / "empty")
    (empty / "adapter_model.safetensors").write_bytes(b"")
    assert "cannot be used: it is empty; save the adapter again." in read_trained(empty).problem
    mlx = tmp_path / "mlx"
    mlx.mkdir()
    config = {"fine_tune_type": "lora", "num_layers": 16, "model": "acme/tiny", "lora_parameters": {"rank": 8}}
    (mlx / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(Invalid, match="an adapter of MLX"):
        read_trained(mlx)


@pytest.mark.parametrize(
    "odd", ['"2.5"', '"much"', "null", "[1]", "true", "NaN", "1" * 500, '"' + "1" * 5_000 + '"', "{}"]
)
def test_one_odd_figure_hides_no_other(tmp_path: Path, odd: str) -> None:
    put_adapter(tmp_path, losses=False)
    log = f'{{"step": 1, "loss": 3.0}}, {{"step": 2, "loss": {odd}}}, {{"step": "3", "loss": "1.5"}}'
    (tmp_path / "trainer_state.json").write_text(f'{{"log_history": [{log}]}}')
    train = read_losses(tmp_path).train
    assert (train[0], train[-1]) == ((1.0, 3.0), (3.0, 1.5))
    assert len(train) == (3 if odd == '"2.5"' or odd.startswith('"1') else 2)
