"""A script finds its data, compares it, and says in a sentence what is wrong, before any library is loaded."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from scripting import LOCAL, MODEL, ROWS, make_script, render, run, turn, write_dataset

from lora_studio.core.training.scripts import write_script


@pytest.mark.parametrize("format_name", ROWS)
@pytest.mark.parametrize("known", [True, False], ids=["named", "found"])
def test_help_and_check_run_without_the_training_libraries(tmp_path: Path, format_name: str, known: bool) -> None:
    folder = tmp_path / "a folder [x] é"
    dataset = write_dataset(folder, format_name, evals=5)
    script = make_script(folder, format_name, dataset if known else None)
    assert script.stat().st_mode & 0o777 == 0o755
    helped = run(script, "--help", COLUMNS="200")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert MODEL in helped.stdout
    checked = run(script, "--check", PYTHONWARNINGS="error")
    assert checked.returncode == 1  # for want of the libraries only
    assert all(" is not installed; run: pip install " in line for line in checked.stderr.splitlines()[-1:])
    assert "The dataset is complete: 40 train rows, 5 eval rows, checksums agree.\n" in checked.stdout


@pytest.mark.parametrize("format_name", LOCAL)
def test_an_empty_eval_file_is_fine(tmp_path: Path, format_name: str) -> None:
    script = make_script(tmp_path, format_name, write_dataset(tmp_path, format_name, rows=1))
    checked = run(script, "--check")
    assert "1 train rows, 0 eval rows" in checked.stdout


def error_line(message: str) -> str:
    """What a program is told of a refusal."""
    return "@lora " + json.dumps({"event": "error", "message": message.rstrip("\n")})


@pytest.mark.parametrize("known", [True, False], ids=["named", "found"])
@pytest.mark.parametrize("side", ["train", "eval"])
def test_a_changed_file_is_refused(tmp_path: Path, side: str, known: bool) -> None:
    dataset = write_dataset(tmp_path, "chat", evals=3)
    script = make_script(tmp_path, "chat", dataset if known else None)
    changed = tmp_path / (dataset.train if side == "train" else dataset.eval).name
    changed.write_bytes(changed.read_bytes() + b"\n")
    refused = run(script)
    assert (refused.returncode, refused.stdout.splitlines()) == (1, [error_line(refused.stderr)])
    assert refused.stderr == f"{changed} was changed or is being replaced; export the dataset again.\n"


def test_an_export_made_again_is_taken_with_its_new_checksums(tmp_path: Path) -> None:
    script = make_script(tmp_path, "chat", write_dataset(tmp_path, "chat"))
    write_dataset(tmp_path, "chat", rows=50)
    assert "50 train rows" in run(script, "--check").stdout


def test_without_its_config_the_script_goes_by_its_own_checksums(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path, "chat")
    script = make_script(tmp_path, "chat", dataset)
    dataset.adapter.config_file.unlink()
    assert "40 train rows" in run(script, "--check").stdout
    (tmp_path / dataset.train.name).write_text("{}\n")
    assert run(script, "--check").returncode == 1


def test_the_newest_export_of_the_same_model_and_format_is_found(tmp_path: Path) -> None:
    write_dataset(tmp_path, "alpaca", rows=3, date="2025-12-24")
    write_dataset(tmp_path, "alpaca", rows=4, date="2025-12-25")
    write_dataset(tmp_path, "alpaca", rows=5, date="2025-12-26", targetModel="another/model")
    write_dataset(tmp_path, "chat", rows=6, date="2025-12-27")
    (tmp_path / "x_alpaca_config_2025-12-28.json").write_text("[" * 100_000)
    (tmp_path / "y_alpaca_config_2025-12-28.json").write_text("null")
    script = make_script(tmp_path, "alpaca", None)
    assert "4 train rows" in run(script, "--check").stdout


def test_a_folder_without_an_export_is_refused_in_one_sentence(tmp_path: Path) -> None:
    script = make_script(tmp_path, "chat", None)
    refused = run(script)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"There is no chat export for {MODEL} in {tmp_path}; make one, or name its folder: --dataset.\n"
    )
    refused = run(script, "--dataset", str(tmp_path / "missing"))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"The dataset folder {tmp_path / 'missing'} does not exist; name the right one with --dataset.\n"
    )


@pytest.mark.parametrize("format_name", LOCAL)
def test_a_row_of_another_kind_is_refused_in_one_sentence(tmp_path: Path, format_name: str) -> None:
    script = make_script(tmp_path, format_name, write_dataset(tmp_path, format_name))
    for row in ({"text": 3, "prompt": "p", "completion": "c", "conversations": [1]}, {}, ROWS[format_name]("Q", " ")):
        write_dataset(tmp_path, format_name, rows=[row])
        refused = run(script)
        assert refused.returncode == 1
        assert run(script, "--check").stderr.startswith(refused.stderr)
        assert refused.stderr == (
            f"Row 1 of the train file is no {format_name} row with question and answer; export again.\n"
        )


def twice(role: str) -> dict[str, Any]:
    return {"messages": [turn(role, "Q"), turn(role, "A")]}


@pytest.mark.parametrize(
    ("format_name", "rows", "reason"),
    [
        ("openai", 9, "OpenAI wants at least 10 train rows, here are 9; export more."),
        ("openai", [ROWS["openai"]("Q", " ")], "Row 1 of the train file: a message is empty"),
        ("openai", [ROWS["anthropic"]("Q", "A")], "the row must hold messages and nothing else"),
        ("openai", [twice("user")], "the last message must be the assistant's"),
        ("openai", [twice("narrator")], "every message needs a role (system, user, assistant) and content"),
        ("anthropic", 31, "Bedrock takes 32 to 10000 train rows, here are 31; export accordingly."),
        ("anthropic", [ROWS["openai"]("Q", "A")], "user and assistant must take turns, the user first"),
        ("anthropic", [ROWS["anthropic"]("Q", "A" * 96_000)], "it is longer than about 32000 tokens"),
        ("anthropic", [twice("user")], "user and assistant must take turns, the user first"),
        ("gemini", [ROWS["gemini"]("Q", "")], "user and model must take turns with some text each, the model last"),
        ("gemini", [ROWS["openai"]("Q", "A")], "the row must hold contents"),
    ],
)
def test_what_a_service_would_refuse_is_refused_before_the_upload(
    tmp_path: Path, format_name: str, rows: int | list[dict[str, Any]], reason: str
) -> None:
    script = make_script(tmp_path, format_name, write_dataset(tmp_path, format_name, rows=rows))
    refused = run(script, "--check")
    assert (refused.returncode, "The dataset is complete" in refused.stdout) == (1, False)
    (told,) = [json.loads(line[6:]) for line in refused.stdout.splitlines() if line.startswith("@lora ")]
    assert (told["event"], reason in told["faults"][0], told["faults"][0] in refused.stderr) == ("check", True, True)


def test_the_notice_on_availability_comes_first(tmp_path: Path) -> None:
    for format_name in ("openai", "anthropic"):
        script = make_script(tmp_path, format_name, write_dataset(tmp_path, format_name))
        assert "As of November 2026" in run(script, "--help").stdout
        assert run(script, "--check").stderr.startswith("As of November 2026")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a folder name")
def test_names_that_no_terminal_can_show_are_still_shown(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"odd \xff %s {0} 'x'")
    write_dataset(folder, "chat", targetModel="%(prog)s 模型", datasetPath="odd")
    text = render("chat", target_model="%(prog)s 模型", dataset_path=folder, script_folder=tmp_path)
    script, _ = write_script(tmp_path, "chat", text)
    for flag in ("--help", "--check"):
        shown = run(script, flag, PYTHONIOENCODING="ascii")
        assert "Traceback" not in shown.stderr
        assert shown.stdout.isascii()
    refused = run(script, "--dataset", str(tmp_path), PYTHONIOENCODING="ascii")
    assert refused.stderr.startswith("There is no chat export for %(prog)s \\u6a21\\u578b in ")


def test_without_the_training_libraries_a_script_says_what_to_install(tmp_path: Path) -> None:
    script = make_script(tmp_path, "chat", write_dataset(tmp_path, "chat"))
    blocked = tmp_path / "blocked" / "torch"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('no torch here')")
    refused = run(script, PYTHONPATH=str(blocked.parent))
    assert (refused.returncode, refused.stdout.splitlines()) == (1, [error_line(refused.stderr)])
    assert refused.stderr == (
        "The training libraries cannot be loaded (no torch here). "
        "Install them: pip install torch transformers trl peft datasets accelerate\n"
    )


def test_a_moved_folder_still_works(tmp_path: Path) -> None:
    data, scripts = tmp_path / "old" / "data", tmp_path / "old" / "scripts"
    script = make_script(scripts, "chat", write_dataset(data, "chat"), data)
    (tmp_path / "old").rename(tmp_path / "new")
    moved = tmp_path / "new" / "scripts" / script.name
    assert "40 train rows" in run(moved, "--check").stdout
