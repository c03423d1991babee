"""Parts of a training script that need none of the libraries: its lock, what --resume takes over, what it concludes."""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import time
import types
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from scripting import make_script, render, run, write_dataset

PATIENCE_S = 20
HOLDS = """
import runpy, sys, time, types, pathlib
script = runpy.run_path(sys.argv[1])
options = types.SimpleNamespace(output=pathlib.Path(sys.argv[2]))
script["hold_output"](options)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def script() -> Iterator[dict[str, Any]]:
    """What stands in a script, with nothing run."""
    module = types.ModuleType("a_script")
    module.__file__ = "train_chat.py"
    sys.modules[module.__name__] = module  # where dataclasses look
    exec(render("chat"), module.__dict__)
    yield module.__dict__
    del sys.modules[module.__name__]


def options(output: Path, **changes: Any) -> argparse.Namespace:
    values = {
        "model": "base", "epochs": 3, "learning_rate": 2e-4, "adapter": None, "dataset": output, "output": output,
        "cpu": True, "resume": False, "check": False, "verbose": False, "given": {},
    }  # fmt: skip
    return argparse.Namespace(**{**values, **changes})


def resumed(output: Path, **given: Any) -> argparse.Namespace:
    return options(output, resume=True, given=given, **given)


@pytest.fixture
def begun(tmp_path: Path, script: dict[str, Any]) -> Path:
    """The output of a run that has a checkpoint."""
    (tmp_path / "checkpoints" / "checkpoint-22").mkdir(parents=True)
    own = options(tmp_path, epochs=9, learning_rate=1e-3, adapter=tmp_path / "above")
    script["keep_options"](own, {"configFile": "c.json"})
    return tmp_path


def test_one_training_holds_an_output_until_it_ends(tmp_path: Path, script: dict[str, Any]) -> None:
    path = make_script(tmp_path, "chat", write_dataset(tmp_path, "chat"))
    output = tmp_path / "lora_output"
    command = [sys.executable, "-c", HOLDS, str(path), str(output)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as first:
        assert first.stdout
        assert first.stdout.readline() == b"held\n"
        refused = run(path)
        taken = f"Another training is writing to {output}; wait for its end, or name another folder with --output."
        assert (refused.returncode, refused.stderr) == (1, taken + "\n")
        assert taken in run(path, "--check").stderr
        assert run(path, RANK="1").stderr != taken + "\n"  # another process of one training does not ask
        first.kill()
    end = time.monotonic() + PATIENCE_S
    while taken in run(path).stderr:
        assert time.monotonic() < end


def test_going_on_takes_every_value_from_the_run(begun: Path, script: dict[str, Any]) -> None:
    own = resumed(begun, epochs=9)
    script["recall_options"](own)
    assert (own.epochs, own.learning_rate, own.adapter) == (9, 1e-3, begun / "above")
    script["keep_options"](own, {"configFile": "c.json"})
    kept = json.loads((begun / "options.json").read_text())
    assert kept["options"] == {"model": "base", "epochs": 9, "learning_rate": 1e-3, "adapter": str(begun / "above")}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"epochs": 3}, "--epochs 9, and"),
        ({"learning_rate": 1.0}, "--learning-rate 0.001, and"),
        ({"model": "m", "learning_rate": 1.0}, "--model base, --lear"),
    ],
)
def test_other_values_than_those_of_the_run_are_refused_by_name(
    begun: Path, script: dict[str, Any], given: dict[str, Any], said: str
) -> None:
    with pytest.raises(SystemExit, match=said) as refused:
        script["recall_options"](resumed(begun, **given))
    assert "leave the flag out, or start without --resume" in str(refused.value)


def test_other_rows_or_another_number_of_processes_are_refused(
    begun: Path, script: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = resumed(begun)
    script["recall_options"](own)
    with pytest.raises(SystemExit, match="The dataset has changed since the run"):
        script["keep_options"](own, {"configFile": "d.json"})
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SystemExit, match="began with 1 processes"):
        script["keep_options"](own, {"configFile": "c.json"})


def test_nothing_to_go_on_from_is_told_at_once(tmp_path: Path, script: dict[str, Any]) -> None:
    with pytest.raises(SystemExit, match=r"There is no checkpoint in .*; start without --resume\."):
        script["recall_options"](resumed(tmp_path))
    (tmp_path / "checkpoints" / "checkpoint-2").mkdir(parents=True)
    own = resumed(tmp_path)
    script["recall_options"](own)  # begun by a script that kept nothing
    assert own.epochs == 3
    (tmp_path / "options.json").write_text("[]")
    with pytest.raises(SystemExit, match=r"options\.json cannot be read; start without --resume\."):
        script["recall_options"](resumed(tmp_path))


def test_what_the_command_line_itself_says(script: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train_chat.py", "--resume", "--seed", "0", "--r=8"])
    parsed = script["arguments"]()
    assert parsed.given == {"resume": True, "seed": 0, "r": 8}
    assert {"given", "resume", "cpu", "verbose", "output"}.isdisjoint(script["decided"](parsed))
    assert {"r", "seed", "model", "max_steps", "precision"} <= set(script["decided"](parsed))


@pytest.mark.parametrize(
    ("losses", "evals", "outcome", "words"),
    [
        ([4.16, 4.0, 3.6, 3.5], [3.68, 3.45], "hardly_moved", "Hardly anything was learnt: the loss went from 4.16 to"),
        ([4.16, 1.0, 0.1, 0.1], [3.68, 0.2], "learnt", "Learnt: the loss went from 4.16 to"),
        ([4.16, 1.0, 0.1, 0.1], [1.0, 2.0], "got_worse", "their loss went from 1.00 to 2.00"),
        ([4.16, 1.0, 0.1, 0.1], [0.24, 0.21, 0.26], "learnt", "the adapter of before is kept"),
        ([0.25, 0.25, 0.25, 0.24], [], "learnt", "Learnt"),
        ([2.0, 5.0, 6.0, 7.0], [], "got_worse", "Use a smaller learning rate"),
        ([2.0, float("nan")], [], "got_worse", "Use a smaller learning rate"),
        ([2.0], [1.0], None, None),
    ],
)
def test_what_the_figures_say(
    script: dict[str, Any], losses: list[float], evals: list[float], outcome: str | None, words: str | None
) -> None:
    history = [{"loss": one} for one in losses] + [{"eval_loss": one} for one in evals]
    found, sentence = script["outcome"](history)
    assert found == outcome
    assert (words or "") in (sentence or "")


@pytest.mark.parametrize(
    ("torch_says", "flags", "knows"),
    [
        ({"_is_avx512_bf16_supported": True}, "", True),
        ({"_is_avx512_bf16_supported": False, "_is_amx_tile_supported": True}, "", True),
        ({}, "fpu avx512_bf16 vme", True),
        ({}, "fpu amx_bf16", True),
        ({"_is_avx512_bf16_supported": False, "_is_amx_tile_supported": False}, "fpu avx512f", False),
        ({}, None, False),
    ],
)
def test_a_processor_that_knows_bf16_is_known(
    tmp_path: Path,
    script: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    torch_says: dict[str, bool],
    flags: str | None,
    knows: bool,
) -> None:
    cpu = types.SimpleNamespace(**{name: partial(bool, said) for name, said in torch_says.items()})
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(cpu=cpu))
    path = tmp_path / "cpuinfo"
    if flags is not None:
        path.write_text(f"flags\t\t: {flags}\n")
    assert script["cpu_knows_bf16"](path) is knows
    monkeypatch.setitem(script, "cpu_knows_bf16", lambda: knows)
    asked = {name: types.SimpleNamespace(precision=name) for name in ("auto", "float32", "bf16")}
    found = {name: script["bf16_on_cpu"](one, "cpu") for name, one in asked.items()}
    assert found == {"auto": knows, "float32": False, "bf16": True}
    assert not script["bf16_on_cpu"](asked["bf16"], "bf16")  # a graphics card decides for itself


def test_libraries_keep_to_themselves_what_is_no_error(
    script: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "warnoptions", [])
    monkeypatch.setattr("os.environ", {"TRANSFORMERS_VERBOSITY": "info"})
    log = logging.getLogger("bitsandbytes.backends.cpu.ops")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        script["quiet"]()
        warnings.warn("it is deprecated", FutureWarning, stacklevel=1)
        log.warning("Failed to load CPU gemm_4bit_forward")
        log.error("a real error")
    logging.getLogger("bitsandbytes").setLevel(logging.NOTSET)
    assert [one.message for one in caplog.records] == ["a real error"]
    caplog.clear()
    assert script["os"].environ["TRANSFORMERS_VERBOSITY"] == "info"  # a person's own wish


@pytest.mark.parametrize("is_there", [True, False])
def test_a_missing_or_emptied_eval_file_is_warned_of(tmp_path: Path, is_there: bool) -> None:
    dataset = write_dataset(tmp_path, "chat", evals=5)
    script = make_script(tmp_path, "chat", dataset)
    path = tmp_path / dataset.eval.name
    path.write_bytes(b"") if is_there else path.unlink()
    checked = run(script, "--check")
    assert "40 train rows, 0 eval rows" in checked.stdout
    state = "empty" if is_there else "missing"
    assert f"{path} is {state}, so nothing measures the training on unseen rows." in checked.stderr


def test_stop_is_looked_at_between_the_rows_of_a_step(script: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", types.SimpleNamespace(TrainerCallback=object))
    asked: list[bool] = [False, True]
    monkeypatch.setitem(script, "stop_asked", lambda options, device: asked.pop(0))
    callback = script["progress"](options(Path("x")), 4, 0)
    args, control = types.SimpleNamespace(device="cpu"), types.SimpleNamespace(should_evaluate=True)
    callback.on_substep_end(args, None, control)
    assert vars(control) == {"should_evaluate": True}
    callback.on_substep_end(args, None, control)
    assert vars(control) == {"should_training_stop": True, "should_save": True, "should_evaluate": False}


def test_only_what_takes_no_time_to_load_has_no_bar(script: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    hidden: list[str] = []
    bars = types.SimpleNamespace(disable_progress_bar=lambda: hidden.append("bar"))
    monkeypatch.setitem(sys.modules, "transformers.utils", types.SimpleNamespace(logging=bars))
    for model, verbose in (("org/name", False), ("/a/folder", True), ("/a/folder", False)):
        assert not hidden
        script["hide_bars"](options(Path("x"), model=model, verbose=verbose))
    assert hidden == ["bar"]
