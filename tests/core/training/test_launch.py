"""What starts a training on several cards or machines, or by another tool; files that were there are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from scripting import LOCAL, write_dataset

from lora_studio.core.errors import Invalid
from lora_studio.core.training.launch import LAUNCHERS, Job, Launch, Machines, plan_launch, write_launch_files
from lora_studio.core.training.options import LoraOptions, TrainingOptions

# The fields of the schemas of axolotl 0.19.0 (AxolotlInputConfig, SFTDataset) and LLaMA-Factory 0.9.5 (the dataclasses
# in hparams, transformers' TrainingArguments, DatasetAttr) that may be used here.
AXOLOTL = {
    "base_model",
    "datasets",
    "test_datasets",
    "chat_template",
    "adapter",
    "load_in_4bit",
    "load_in_8bit",
    "lora_r",
    "lora_alpha",
    "lora_dropout",
    "lora_target_linear",
    "lora_target_modules",
    "sequence_len",
    "micro_batch_size",
    "gradient_accumulation_steps",
    "num_epochs",
    "learning_rate",
    "lr_scheduler",
    "optimizer",
    "warmup_ratio",
    "bf16",
    "gradient_checkpointing",
    "seed",
    "output_dir",
}
AXOLOTL_DATASET = {
    "path",
    "split",
    "type",
    "ds_type",
    "field_messages",
    "message_property_mappings",
    "roles_to_train",
}
FACTORY = {
    "model_name_or_path",
    "quantization_bit",
    "stage",
    "do_train",
    "finetuning_type",
    "lora_rank",
    "lora_alpha",
    "lora_dropout",
    "lora_target",
    "dataset_dir",
    "dataset",
    "eval_dataset",
    "eval_strategy",
    "cutoff_len",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "num_train_epochs",
    "learning_rate",
    "lr_scheduler_type",
    "warmup_ratio",
    "seed",
    "bf16",
    "logging_steps",
    "save_strategy",
    "report_to",
    "output_dir",
}
FACTORY_COLUMNS = {
    "prompt",
    "query",
    "response",
    "messages",
}
FACTORY_TAGS = {
    "role_tag",
    "content_tag",
    "user_tag",
    "assistant_tag",
    "system_tag",
}
ACCELERATE = {
    "compute_environment",
    "debug",
    "distributed_type",
    "fsdp_config",
    "machine_rank",
    "main_training_function",
    "mixed_precision",
    "num_machines",
    "num_processes",
    "rdzv_backend",
    "same_network",
    "use_cpu",
}


def job(folder: Path, format_name: str, evals: int = 5, data_folder: str = ".", **options: Any) -> Job:
    dataset = write_dataset(folder, format_name, evals=evals)
    lora = options.pop("lora", LoraOptions())
    return Job(
        "a/model: {x}\n'\"", format_name, f"train_{format_name}.py", dataset, data_folder, lora, TrainingOptions()
    )


def only_yaml(launch: Launch) -> dict[str, Any]:
    (text,) = [text for name, text in launch.files if name.endswith(".yaml")]
    values: dict[str, Any] = yaml.safe_load(text)
    return values


@pytest.mark.parametrize("format_name", LOCAL)
def test_the_script_alone_and_in_several_processes(tmp_path: Path, format_name: str) -> None:
    one = job(tmp_path, format_name)
    name = f"train_{format_name}.py"
    assert plan_launch("python", one) == Launch((f"python {name}",))
    assert plan_launch("torchrun", one) == Launch((f"torchrun --nproc_per_node 2 {name}",))
    assert plan_launch("torchrun", one, Machines(2, 8)).commands == (
        f"torchrun --nproc_per_node 8 --nnodes 2 --node_rank 0 --master_addr HOST --master_port 29500 {name}",
        f"torchrun --nproc_per_node 8 --nnodes 2 --node_rank 1 --master_addr HOST --master_port 29500 {name}",
    )
    ddp = plan_launch("ddp", one, Machines(1, 4))
    assert ddp.commands == (f"accelerate launch --config_file accelerate_ddp.yaml {name}",)
    config = only_yaml(ddp)
    assert set(config) <= ACCELERATE
    assert (config["distributed_type"], config["num_processes"], config["mixed_precision"]) == ("MULTI_GPU", 4, "no")


def test_sharded_over_machines(tmp_path: Path) -> None:
    launch = plan_launch("fsdp2", job(tmp_path, "chat"), Machines(2, 8))
    assert launch.commands == tuple(
        "accelerate launch --config_file accelerate_fsdp2.yaml "
        f"--machine_rank {rank} --main_process_ip HOST --main_process_port 29500 train_chat.py"
        for rank in (0, 1)
    )
    config = only_yaml(launch)
    assert set(config) <= ACCELERATE
    assert (config["distributed_type"], config["num_processes"], config["num_machines"]) == ("FSDP", 16, 2)
    assert config["fsdp_config"]["fsdp_version"] == 2


@pytest.mark.parametrize("format_name", ["sharegpt", "alpaca", "openai"])
@pytest.mark.parametrize("evals", [0, 5])
def test_axolotl(tmp_path: Path, format_name: str, evals: int) -> None:
    one = job(tmp_path, format_name, evals, lora=LoraOptions(quantization="4bit", target_modules=("q_proj", "v_proj")))
    launch = plan_launch("axolotl", one)
    config = only_yaml(launch)
    assert launch.commands == ("axolotl train axolotl.yaml",)
    assert set(config) <= AXOLOTL
    assert config["base_model"] == one.target_model
    assert (config["adapter"], config["load_in_4bit"], config["lora_target_modules"]) == (
        "qlora", True, ["q_proj", "v_proj"],
    )  # fmt: skip
    assert one.dataset
    assert config["datasets"][0]["path"] == one.dataset.train.name
    assert ("test_datasets" in config) is bool(evals)
    for dataset in (*config["datasets"], *config.get("test_datasets", ())):
        assert set(dataset) <= AXOLOTL_DATASET
    assert isinstance(config["learning_rate"], float)


@pytest.mark.parametrize("format_name", ["sharegpt", "alpaca", "openai"])
@pytest.mark.parametrize("evals", [0, 5])
def test_llama_factory(tmp_path: Path, format_name: str, evals: int) -> None:
    one = job(tmp_path / "sets", format_name, evals, data_folder="../sets", lora=LoraOptions(quantization="8bit"))
    launch = plan_launch("llamafactory", one)
    config = only_yaml(launch)
    assert launch.commands == ("llamafactory-cli train llamafactory.yaml",)
    assert set(config) <= FACTORY
    assert (config["lora_target"], config["quantization_bit"], config["stage"]) == ("all", 8, "sft")
    info = json.loads(dict(launch.files)["dataset_info.json"])
    assert one.dataset
    assert info[config["dataset"]]["file_name"] == f"../sets/{one.dataset.train.name}"
    assert set(info) == {config["dataset"], *([config["eval_dataset"]] if evals else [])}
    row = json.loads((tmp_path / "sets" / one.dataset.train.name).read_text().split("\n")[0])
    for entry in info.values():
        assert set(entry["columns"]) <= FACTORY_COLUMNS
        assert set(entry["columns"].values()) <= set(row)
        assert set(entry.get("tags", ())) <= FACTORY_TAGS


@pytest.mark.parametrize(
    ("launcher", "format_name", "machines", "field"),
    [
        ("axolotl", "chat", None, "format"),
        ("llamafactory", "huggingface", None, "format"),
        ("axolotl", "sharegpt", Machines(), "launcher"),
        ("ddp", "openai", None, "launcher"),
        ("python", "chat", Machines(), "launcher"),
    ],
)
def test_what_does_not_go_together_is_refused(
    tmp_path: Path, launcher: str, format_name: str, machines: Machines | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        plan_launch(launcher, job(tmp_path, format_name), machines)
    assert refused.value.field == field


def test_another_tool_needs_the_exact_files() -> None:
    with pytest.raises(Invalid) as refused:
        plan_launch("axolotl", Job("m", "alpaca", "train_alpaca.py", None, ".", LoraOptions(), TrainingOptions()))
    assert refused.value.field == "datasetPath"
    assert set(LAUNCHERS) == {"python", "ddp", "fsdp2", "torchrun", "axolotl", "llamafactory"}


def test_files_that_are_there_are_kept(tmp_path: Path) -> None:
    launch = Launch(("x",), (("dataset_info.json", "{}\n"), ("llamafactory.yaml", "a: 1\n")))
    (tmp_path / "dataset_info.json").write_text("mine")
    paths, warnings = write_launch_files(tmp_path, launch)
    assert [path.read_text() for path in paths] == ["{}\n", "a: 1\n"]
    assert warnings == ["There was another dataset_info.json; it is kept as dataset_info_earlier.json"]
    assert (tmp_path / "dataset_info_earlier.json").read_text() == "mine"
    assert write_launch_files(tmp_path, launch) == (paths, [])
    (tmp_path / "llamafactory.yaml").unlink()
    (tmp_path / "llamafactory.yaml").symlink_to(tmp_path / "dataset_info_earlier.json")
    write_launch_files(tmp_path, launch)
    assert (tmp_path / "dataset_info_earlier.json").read_text() == "mine"
