"""DPO and KTO that truly train: the model comes to prefer what the good examples show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from driver import KEY, prepare
from twenty import RULES
from workshop import FILES, Prepared, Trainer, Workshop, events

pytestmark = pytest.mark.training

LORA = {"r": 16, "alpha": 32, "dropout": 0.0}
TRAINING = {"epochs": 6, "learningRate": 5e-3, "batchSize": 10, "gradientAccumulation": 1, "maxLength": 256}


@pytest.fixture(scope="module")
def judged(trainer: Trainer, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A library of twenty guidelines with a good and a bad example each, and a base that has read all their texts."""
    folder = tmp_path_factory.mktemp("judged")
    door = prepare(folder / "home")
    door.add(
        [
            {**rule, "examples": {"good": [f"{rule['name']}: done with care"], "bad": [f"{rule['name']}: left out"]}}
            for rule in RULES
        ]
    )
    shop = Workshop(trainer, door, folder / "base")
    rows = train_rows(preference(shop, "texts", "dpo"))
    texts = {turn["content"] for row in rows for side in ("prompt", "chosen", "rejected") for turn in row[side]}
    given = {"folder": str(shop.base), "texts": sorted(texts)}
    trainer.run("python", FILES / "make_base.py", folder=folder, stdin=json.dumps(given))
    return shop


def preference(shop: Workshop, folder: str, format_name: str, **fields: Any) -> Prepared:
    out = shop.door.home.path / folder
    names = {"targetModel": str(shop.base), "format": format_name, "admin_key": KEY, "outputPath": str(out)}
    exported = shop.door.call(tool="memory_rl", action="export", agentId="t", trainEvalSplit=1, **names)
    assert exported["success"], exported
    given = {"lora": LORA, "training": TRAINING, **fields}
    generated = shop.door.call(tool="memory_rl", action="generate_script", datasetPath=str(out), **names, **given)
    assert generated["success"], generated
    return Prepared(out, Path(generated["scriptPath"]).name, exported, generated)


def train_rows(made: Prepared) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(made.exported["trainFile"]).read_text().splitlines()]


def last_epoch(output: str, figure: str, steps: int) -> float:
    """The mean of a figure over the last epoch."""
    values = [one[figure] for one in events(output) if one["event"] == "step"][-steps:]
    mean: float = sum(values) / len(values)
    return mean


def adapter_files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_dpo_prefers_the_chosen_answers(judged: Workshop) -> None:
    made = preference(judged, "dpo", "dpo")
    assert len(train_rows(made)) == 60
    told = judged.train(made).stdout
    assert last_epoch(told, "accuracy", 6) > 0.8
    assert last_epoch(told, "margin", 6) > 1
    note = json.loads((made.folder / "lora_output" / "lora_studio.json").read_text())
    assert note["options"]["preference"] == {"beta": 0.1, "lossType": "sigmoid", "adapter": None}
    asked = {"base": str(judged.base), "adapter": True, "conversations": [[{"role": "user", "content": "Hello"}]]}
    judged.trainer.run("python", FILES / "ask.py", folder=made.folder, stdin=json.dumps(asked))


def test_kto_learns_which_answers_are_wanted(judged: Workshop) -> None:
    made = preference(judged, "kto", "kto", training={**TRAINING, "epochs": 10, "learningRate": 1e-3})
    assert {row["label"] for row in train_rows(made)} == {True, False}
    assert len(train_rows(made)) == 120
    told = judged.train(made).stdout
    losses = [one["loss"] for one in events(told) if one["event"] == "step"]
    assert losses[0] == pytest.approx(0.5, abs=0.05)
    assert last_epoch(told, "loss", 12) < 0.43
    assert last_epoch(told, "margin", 12) > 0.7


def test_dpo_goes_on_from_a_trained_adapter_and_leaves_that_as_it_was(judged: Workshop) -> None:
    first = judged.prepare("first", "chat", lora=LORA, training={**TRAINING, "epochs": 20, "replay": 0})
    judged.train(first)
    trained = first.folder / "lora_output"
    before = (trained / "adapter_model.safetensors").read_bytes()
    made = preference(judged, "first", "dpo", adapterPath=str(trained))
    assert "ADAPTER = 'lora_output'\n" in made.generated["script"]
    refused = judged.train(made, ok=False)
    said = f"{trained} would be overwritten; name another folder with --output."
    assert (refused.returncode, refused.stderr.strip().splitlines()[-1]) == (1, said)
    told = judged.train(made, "--output", "on_top").stdout
    assert last_epoch(told, "accuracy", 6) > 0.8
    assert (trained / "adapter_model.safetensors").read_bytes() == before
    assert (made.folder / "on_top" / "adapter_model.safetensors").read_bytes() != before
    assert "ref" not in adapter_files(made.folder / "on_top")
    refused = judged.train(made, "--output", "on_top", "--resume", "--epochs", "7", ok=False)
    assert (refused.returncode, "--epochs" in refused.stderr) == (1, True)
    again = judged.train(made, "--output", "on_top", "--resume").stdout
    assert events(again)[0]["step"] == events(again)[-1]["of"] == 36


@pytest.mark.parametrize("format_name", ["dpo", "kto"])
def test_check_tries_a_step_without_a_download(judged: Workshop, format_name: str) -> None:
    made = preference(judged, f"check_{format_name}", format_name)
    done = judged.train(made, "--check")
    assert events(done.stdout)[-1] == {"event": "check", "faults": []}
    assert "One step on a tiny model works, and its adapter loads." in done.stdout


@pytest.mark.parametrize(
    ("format_name", "loss"), [("dpo", "hinge"), ("dpo", "ipo"), ("dpo", "apo_zero"), ("kto", "apo_zero_unpaired")]
)
def test_every_loss_runs(judged: Workshop, format_name: str, loss: str) -> None:
    made = preference(judged, f"loss_{loss}", format_name, training={**TRAINING, "lossType": loss, "beta": 0.2})
    told = events(judged.train(made, "--max-steps", "2").stdout)
    assert told[-1]["event"] == "done"


def test_a_damaged_pair_and_a_changed_file_are_refused(judged: Workshop) -> None:
    made = preference(judged, "damaged", "dpo")
    path = Path(made.exported["trainFile"])
    path.write_bytes(path.read_bytes() + b"\n")
    done = judged.train(made, ok=False)
    assert done.returncode == 1
    assert done.stderr.strip() == f"{path} was changed or is being replaced; export the dataset again."
