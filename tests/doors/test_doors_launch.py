"""The launcher of generate_script: extra keys, extra files, and refusals that change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from driver import KEY, MODEL, Door
from samples import plain


@pytest.fixture
def folder(door: Door) -> Path:
    door.add(plain(20))
    out = door.home.path / "lora"
    assert door.export(str(out), format="sharegpt")["success"]
    return out


def ask(door: Door, folder: Path, **more: object) -> dict[str, object]:
    names = {"targetModel": MODEL, "format": "sharegpt", "datasetPath": str(folder), "admin_key": KEY}
    return door.call(**{"action": "generate_script", **names, **more})


def test_without_a_launcher_the_answer_is_as_ever(door: Door, folder: Path) -> None:
    assert list(ask(door, folder)) == ["success", "targetModel", "format", "script", "plan"]
    assert ask(door, folder) == ask(door, folder, launcher="python")


def test_files_are_shown_or_written(door: Door, folder: Path) -> None:
    shown = ask(door, folder, launcher="ddp", processes=4)
    assert list(shown) == ["success", "targetModel", "format", "script", "plan", "launchCommands", "launchFiles"]
    assert shown["launchCommands"] == ["accelerate launch --config_file accelerate_ddp.yaml train_sharegpt.py"]
    out = door.home.path / "scripts"
    written = ask(door, folder, launcher="llamafactory", outputPath=str(out))
    assert {path.name for path in out.iterdir()} == {
        "train_sharegpt.py", "requirements.txt", "dataset_info.json", "llamafactory.yaml",
    }  # fmt: skip
    files = written["launchFiles"]
    assert isinstance(files, list)
    assert [Path(file["path"]).read_text() for file in files] == [file["content"] for file in files]
    told = yaml.safe_load(files[1]["content"])
    assert told["model_name_or_path"] == MODEL
    made = written["plan"]
    assert isinstance(made, dict)
    assert (told["num_train_epochs"], told["learning_rate"]) == (made["epochs"], made["learningRate"])
    assert (made["replay"], made["seconds"], made["memoryBytes"]) == (0, None, None)  # not known of another's machine


def test_a_refusal_writes_nothing(door: Door, folder: Path) -> None:
    out = door.home.path / "scripts"
    for more, field in (
        ({"launcher": "axolotl", "processes": 2}, "launcher"),
        ({"processes": 2}, "launcher"),
        ({"launcher": "ddp", "processes": 0}, "processes"),
        ({"launcher": "slurm"}, "launcher"),
        ({"launcher": "axolotl", "format": "gemini"}, "format"),
    ):
        refused = ask(door, folder, **{"outputPath": str(out), **more})
        error = refused["error"]
        assert isinstance(error, dict)
        assert (error["code"], error["field"]) == ("VALIDATION", field)
        assert not out.exists()


def test_rows_that_the_tool_does_not_read_are_written_as_it_does(door: Door, folder: Path) -> None:
    assert door.export(str(folder), format="chat")["success"]
    shown = ask(door, folder, launcher="llamafactory", format="chat")
    assert "launchData" not in shown
    assert "_messages.jsonl would be written too" in str(shown["warnings"])
    out = door.home.path / "scripts"
    written = ask(door, folder, launcher="llamafactory", format="chat", outputPath=str(out))
    data = written["launchData"]
    assert isinstance(data, list)
    assert "warnings" not in written
    sources = sorted(folder.glob("*_chat_*.jsonl"), reverse=True)  # train, eval
    assert [Path(one).name for one in data] == [f"{source.stem}_messages.jsonl" for source in sources]
    assert [Path(one).read_text().count("\n") for one in data] == [source.read_text().count("\n") for source in sources]
