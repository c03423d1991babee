"""The other ways in which a script runs: several processes, four bits, stop and resume, --check."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from workshop import Prepared, Workshop, events

pytestmark = pytest.mark.training

LOCAL = ("huggingface", "alpaca", "chat", "sharegpt")
SHORT = {"epochs": 4, "learningRate": 1e-3, "batchSize": 5, "gradientAccumulation": 1, "maxLength": 256, "replay": 0}
"""Twelve steps in each of four epochs: 60 rows, five at a time."""


@pytest.fixture
def short(workshop: Workshop, request: pytest.FixtureRequest) -> Prepared:
    return workshop.prepare(request.node.name, "chat", training=SHORT)


def expect_loads(workshop: Workshop, made: Prepared) -> None:
    """The adapter that lies beside the script answers, whatever it says."""
    workshop.right_answers(made.folder, [])


@pytest.mark.parametrize("launcher", ["torchrun", "ddp"])
def test_two_processes_make_one_adapter(workshop: Workshop, launcher: str) -> None:
    made = workshop.prepare(f"two_{launcher}", "chat", training=SHORT, launcher=launcher, processes=2)
    (command,) = made.generated["launchCommands"]
    done = workshop.trainer.run(*command.split(), "--cpu", folder=made.folder)
    told = events(done.stdout)
    assert [told[0]["event"], told[-1]["event"]] == ["start", "done"]
    assert sum(one["event"] == "start" for one in told) == 1
    assert told[-1]["of"] == 24  # half of the steps, each of twice the rows
    assert done.stdout.count("The adapter is saved in") == 1
    expect_loads(workshop, made)


def test_a_base_model_in_four_bits(workshop: Workshop, short: Prepared) -> None:
    told = events(workshop.train(short, "--quantization", "4bit", "--max-steps", "6").stdout)
    assert (told[-1]["event"], told[-1]["step"]) == ("done", 6)
    note = json.loads((short.folder / "lora_output" / "lora_studio.json").read_text())
    assert note["options"]["lora"]["quantization"] == "4bit"
    expect_loads(workshop, short)


def test_stop_saves_what_was_learnt_and_resume_goes_on(workshop: Workshop, short: Prepared) -> None:
    output = short.folder / "lora_output"
    told = []
    with workshop.trainer.start("python", short.script, "--epochs", "20", folder=short.folder) as process:
        assert process.stdout
        for line in process.stdout:
            told += events(line)
            if told and told[-1]["event"] == "step" and told[-1]["step"] >= 15:
                (output / "STOP").touch()
    assert process.returncode == 0
    assert told[-1]["event"] == "stopped"
    stopped = told[-1]["step"]
    assert 15 <= stopped < told[-1]["of"] == 240
    assert json.loads((output / "lora_studio.json").read_text())["stopped"] is True
    assert not (output / "STOP").exists()
    expect_loads(workshop, short)

    told = events(workshop.train(short, "--epochs", "20", "--resume").stdout)
    assert (told[0]["event"], told[0]["step"]) == ("start", stopped)
    assert (told[-1]["event"], told[-1]["step"]) == ("done", 240)
    note = json.loads((output / "lora_studio.json").read_text())
    assert (note["stopped"], note["step"]) == (False, 240)


def test_the_note_links_the_adapter_to_its_dataset(workshop: Workshop, short: Prepared) -> None:
    workshop.train(short, "--r", "4", "--max-steps", "2")
    note = json.loads((short.folder / "lora_output" / "lora_studio.json").read_text())
    config = json.loads(Path(short.exported["configFile"]).read_text())
    assert note["baseModel"] == str(workshop.base)
    assert note["dataset"] == {
        "configFile": Path(short.exported["configFile"]).name,
        "files": [{"name": one["name"], "sha256": one["sha256"]} for one in config["files"]],
    }
    assert note["options"]["lora"]["r"] == 4
    assert note["options"]["training"] == SHORT | {"steps": None, "seed": 0}
    card = (short.folder / "lora_output" / "README.md").read_text()
    assert f'base_model: "{workshop.base}"\n' in card
    (short.folder / "use.py").write_text(card.partition("```python\n")[2].partition("```\n")[0])
    assert workshop.trainer.run("python", "use.py", folder=short.folder).stdout.strip()
    first = (short.folder / "lora_output" / "adapter_model.safetensors").read_bytes()
    workshop.train(short, "--r", "4", "--max-steps", "2")
    assert (short.folder / "lora_output" / "adapter_model.safetensors").read_bytes() == first


@pytest.mark.parametrize("format_name", LOCAL)
def test_check_finds_all_in_order_and_leaves_nothing(workshop: Workshop, format_name: str) -> None:
    made = workshop.prepare(f"check_{format_name}", format_name)
    before = sorted(made.folder.iterdir())
    done = workshop.train(made, "--check")
    assert sorted(made.folder.iterdir()) == before
    assert events(done.stdout) == [{"event": "check", "faults": []}]
    for sentence in (
        "The dataset is complete: 60 train rows, 0 eval rows, checksums agree.",
        "The answers are learnt in the model's own chat template.",
        "Planned: 60 rows, ",
        " suits a model of hidden size ",
        "of memory are needed",
        "One step on a tiny model works, and its adapter loads.",
        "Nothing stands in the way.",
    ):
        assert sentence in done.stdout


def test_check_names_every_fault_at_once(workshop: Workshop) -> None:
    made = workshop.prepare("faulty", "chat")
    away = workshop.train(made, "--check", "--model", "./away", "--resume", ok=False)
    (told,) = events(away.stdout)
    assert away.returncode == 1
    assert [fault.split(" ")[:4] for fault in told["faults"]] == [
        ["There", "is", "no", "checkpoint"],
        ["The", "model", "./away", "cannot"],
    ]
    assert away.stderr.rstrip().endswith("\n".join(told["faults"]))
    assert "One step on a tiny model works" in away.stdout
    odd = workshop.train(made, "--check", "--target-modules", "q_proj,c_attn", ok=False)
    assert events(odd.stdout)[0]["faults"] == ["The model has no layer c_attn; use --target-modules all-linear."]
    far = workshop.train(made, "--check", "--model", "meta-llama/Llama-3-8B", "--quantization", "4bit")
    assert "is not on this machine yet; the training will download it." in far.stdout
    assert "8 billion parameters" in far.stdout


def test_a_base_model_without_a_chat_template_gets_a_plain_one(workshop: Workshop, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(workshop.base, plain)
    (plain / "chat_template.jinja").unlink()
    made = workshop.prepare("plain", "chat", training=SHORT)
    checked = workshop.train(made, "--check", "--model", str(plain))
    assert "The answers are learnt in a plain template." in checked.stdout
    workshop.train(made, "--max-steps", "2", "--model", str(plain))
    assert "### Assistant:" in (made.folder / "lora_output" / "chat_template.jinja").read_text()
    expect_loads(workshop, made)
