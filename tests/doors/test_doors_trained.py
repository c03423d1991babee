"""The trained adapters in list_adapters and in the `adapters` command: which they are, and what is never read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driver import KEY, MODEL, Door
from peft_files import put_adapter

from lora_studio.doors.cli import commands
from lora_studio.doors.cli.arguments import parser


def checksums(config: str) -> list[str]:
    return [file["sha256"] for file in json.loads(Path(config).read_text())["files"]]


@pytest.fixture
def config(door: Door, work: Path) -> str:
    """The config of a dataset in `out`."""
    door.add([{"name": f"Rule {n}", "content": f"Do {n}."} for n in range(4)])
    made: str = door.export()["configFile"]
    return made


def test_an_adapter_is_listed_with_the_dataset_that_it_was_trained_on(door: Door, work: Path, config: str) -> None:
    put_adapter(work / "out" / "run" / "lora_output", checksums=checksums(config))
    put_adapter(work / "out" / "foreign", checksums=["f" * 64], r=16, lora_alpha=8.5)
    put_adapter(work / "out" / "a" / "b" / "too deep")
    listed = door.call(action="list_adapters", outputPath="out")
    assert listed["trained"] == [
        {
            "name": "foreign",
            "path": str(work / "out" / "foreign"),
            "baseModel": "meta-llama/Llama-3.2-1B",
            "r": 16,
            "alpha": 8.5,
            "datasetName": None,
        },
        {
            "name": "run/lora_output",
            "path": str(work / "out" / "run" / "lora_output"),
            "baseModel": "meta-llama/Llama-3.2-1B",
            "r": 8,
            "alpha": 32,
            "datasetName": listed["adapters"][0]["name"],
        },
    ]
    assert listed["count"] == 1


def test_nothing_outside_the_search_path_is_read(door: Door, work: Path, config: str) -> None:
    outside = put_adapter(work.parent / "outside", r=99)
    (work / "out" / "link").symlink_to(outside)
    half = work / "out" / "half"
    half.mkdir()
    (half / "adapter_config.json").symlink_to(outside / "adapter_config.json")
    put_adapter(work / "beside")
    assert door.call(action="list_adapters", outputPath="out")["trained"] == []
    refused = door.call(action="list_adapters", outputPath=str(outside))
    assert (refused["error"]["code"], refused["error"]["field"]) == ("VALIDATION", "outputPath")


def test_what_cannot_be_read_is_named_with_its_problem(door: Door, work: Path) -> None:
    (put_adapter(work / "out" / "lost") / "adapter_model.safetensors").unlink()
    (put_adapter(work / "out" / "torn") / "adapter_config.json").write_text("{")
    lost, torn = door.call(action="list_adapters", outputPath="out")["trained"]
    assert lost["problem"] == "adapter_model.safetensors is gone; train again or put it back."
    assert (lost["r"], torn["baseModel"], torn["r"], torn["alpha"]) == (8, None, None, None)
    assert torn["problem"] == "adapter_config.json is not as PEFT writes it; save the adapter again."


def test_the_command_shows_them_in_a_table_of_their_own(
    door: Door, work: Path, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown() -> list[str]:
        commands.show_adapters(commands.adapters(parser().parse_args(["adapters", "out"]), door.home))
        return capsys.readouterr().out.splitlines()

    assert len(shown()) == 2
    put_adapter(work / "out" / "tuned", checksums=checksums(config))
    name = door.call(action="list_adapters", outputPath="out")["adapters"][0]["name"]
    assert shown()[2:] == [
        "",
        "Trained adapter\tBase model\tRank\tDataset\tState",
        f"tuned\tmeta-llama/Llama-3.2-1B\t8\t{name}\twhole",
    ]
    Path(config).unlink()
    lines = shown()
    assert lines[0].startswith("No datasets in ")
    assert lines[-1].endswith("\t8\t?\twhole")
    assert door.export(targetModel=MODEL, admin_key=KEY)["success"]


def test_the_table_says_what_is_wrong_and_tells_neighbours_apart(
    door: Door, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = work / "out"
    for name in ("default", "reference"):
        put_adapter(out / "two" / name)
    (put_adapter(out / "empty") / "adapter_model.safetensors").write_bytes(b"")
    (put_adapter(out / "pickle") / "adapter_model.safetensors").rename(out / "pickle" / "adapter_model.bin")
    for step in (20, 100):
        put_adapter(out / "left" / f"checkpoint-{step}")
    commands.show_adapters(commands.adapters(parser().parse_args(["adapters", "out"]), door.home))
    rows = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines() if "\t" in line)
    assert set(rows) - {"Trained adapter"} == {
        str(Path(*parts))
        for parts in (("two", "default"), ("two", "reference"), ("empty",), ("pickle",), ("left", "checkpoint-100"))
    }
    assert "it is empty" in rows["empty"]
    assert "is a pickle" in rows["pickle"]
    assert "Only checkpoints are left of this training; checkpoint-100" in rows[str(Path("left", "checkpoint-100"))]
    trained = door.call(action="list_adapters", outputPath="out")["trained"]
    assert {one["name"] for one in trained} >= {"two/default", "two/reference", "left/checkpoint-100"}
    assert [one["hint"][:16] for one in trained if "hint" in one] == ["Only checkpoints"]
