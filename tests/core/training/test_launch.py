"""What starts a training on several cards or machines, or by another tool; files that were there are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from scripting import LOCAL, render, write_dataset

from lora_studio.core.errors import Invalid
from lora_studio.core.training.launch import LAUNCHERS, Machines, plan_launch
from lora_studio.core.training.launch_files import Launch, write_launch_files
from lora_studio.core.training.options import LoraOptions
from lora_studio.core.training.other_tools import Job
from lora_studio.core.training.plan import Rows, plan
from lora_studio.core.training.sizes import model_facts

# The fields of the schemas of axolotl 0.19.0 (AxolotlInputConfig, SFTDataset) and LLaMA-Factory 0.9.5 (the dataclasses
# in hparams, transformers' TrainingArguments, DatasetAttr) that may be used here.
AXOLOTL = {
    "base_model",
    "datasets",
    "test_datasets",
    "chat_template",
    "eot_tokens",
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
    "warmup_steps",
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
    "template",
    "enable_thinking",
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
    "warmup_steps",
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


LORA = LoraOptions()
PLAN = plan(Rows(40, longest=100, rules=6), model_facts("8B"))
HOSTILE = "a/model: {x}\n'\""


def job(
    folder: Path,
    format_name: str,
    evals: int = 5,
    data_folder: str = ".",
    model: str = HOSTILE,
    lora: LoraOptions = LORA,
) -> Job:
    dataset = write_dataset(folder, format_name, evals=evals)
    return Job(model, format_name, f"train_{format_name}.py", dataset, data_folder, lora, PLAN, seed=7)


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


@pytest.mark.parametrize("format_name", ["sharegpt", "openai"])
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
    names = ("sequence_len", "micro_batch_size", "gradient_accumulation_steps", "num_epochs", "learning_rate")
    assert [config[name] for name in (*names, "warmup_steps", "seed")] == [
        256,
        PLAN.batch_size,
        PLAN.gradient_accumulation,
        PLAN.epochs,
        PLAN.learning_rate,
        PLAN.warmup_steps,
        7,
    ]


@pytest.mark.parametrize("format_name", ["sharegpt", "alpaca", "openai"])
@pytest.mark.parametrize("evals", [0, 5])
def test_llama_factory(tmp_path: Path, format_name: str, evals: int) -> None:
    one = job(tmp_path / "sets", format_name, evals, data_folder="../sets", lora=LoraOptions(quantization="8bit"))
    launch = plan_launch("llamafactory", one)
    config = only_yaml(launch)
    assert launch.commands == ("llamafactory-cli train llamafactory.yaml",)
    assert set(config) <= FACTORY
    assert (config["lora_target"], config["quantization_bit"], config["stage"]) == ("all", 8, "sft")
    assert (config["num_train_epochs"], config["warmup_steps"], config["seed"]) == (PLAN.epochs, PLAN.warmup_steps, 7)
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
    ("launcher", "format_name"),
    [
        ("axolotl", "chat"),
        ("axolotl", "huggingface"),
        ("axolotl", "alpaca"),
        ("llamafactory", "chat"),
        ("llamafactory", "huggingface"),
    ],
)
@pytest.mark.parametrize("evals", [0, 5])
def test_rows_of_another_form_are_copied_as_messages(
    tmp_path: Path, launcher: str, format_name: str, evals: int
) -> None:
    one = job(tmp_path / "sets", format_name, evals, data_folder="../sets")
    launch = plan_launch(launcher, one)
    out = tmp_path / "out"
    paths, warnings = write_launch_files(out, launch)
    assert warnings == []
    assert {path.name for path in paths} == {path.name for path in out.iterdir()}
    assert one.dataset
    sides = [one.dataset.train, one.dataset.eval][: 2 if evals else 1]
    told = data_files(launch)
    assert [entry[0] for entry in told] == [f"{Path(side.name).stem}_messages.jsonl" for side in sides]
    for (name, column), side in zip(told, sides, strict=True):
        assert column == "messages"
        lines = (tmp_path / "sets" / side.name).read_bytes().split(b"\n")[:-1]
        copied = [json.loads(line) for line in (out / name).read_bytes().split(b"\n")[:-1]]
        assert copied == [{"messages": to_messages(format_name)(json.loads(line))} for line in lines]


def data_files(launch: Launch) -> list[tuple[str, str]]:
    """Path and column of each data file that the tool's config names."""
    files = dict(launch.files)
    if "dataset_info.json" in files:
        entries = json.loads(files["dataset_info.json"]).values()
        return [(entry["file_name"], entry["columns"]["messages"]) for entry in entries]
    config = yaml.safe_load(files["axolotl.yaml"])
    datasets = [*config["datasets"], *config.get("test_datasets", [])]
    return [(dataset["path"], dataset["field_messages"]) for dataset in datasets]


def to_messages(format_name: str) -> Callable[[Any], list[dict[str, str]]]:
    """As the training script reads a row."""
    names: dict[str, Any] = {"__name__": "script", "__file__": str(Path("script.py").absolute())}
    exec(compile(render(format_name), "script.py", "exec", dont_inherit=True), names)
    read: Callable[[Any], list[dict[str, str]]] = names["to_messages"]
    return read


def test_rows_that_were_changed_are_not_copied(tmp_path: Path) -> None:
    launch = plan_launch("axolotl", job(tmp_path / "sets", "chat"))
    train = launch.copies[0].source
    whole = train.read_bytes()
    out = tmp_path / "out"
    for changed, said in (
        (whole.replace(b"Answer 3", b"Answer 4"), "was changed"),
        (whole + b"[]\n", "line 41 is no chat row"),
        (whole + b"{}", "line 41 is no chat row"),
        (None, "cannot be read"),
    ):
        if changed is None:
            train.unlink()
        else:
            train.write_bytes(changed)
        with pytest.raises(Invalid, match=said):
            write_launch_files(out, launch)
        assert list(out.iterdir()) == []


@pytest.mark.parametrize("launcher", ["axolotl", "llamafactory"])
@pytest.mark.parametrize("format_name", ["sharegpt", "chat", "alpaca", "openai"])
def test_every_value_is_written_out_in_its_place(tmp_path: Path, launcher: str, format_name: str) -> None:
    for _, text in plan_launch(launcher, job(tmp_path, format_name)).files:
        assert not any("&id" in line or "*id" in line for line in text.splitlines())


# Of the models that LLaMA-Factory 0.9.5 names in `extras/constants.py`, read on 2026-11-27, and names like them.
@pytest.mark.parametrize(
    ("model", "template"),
    [
        ("google/gemma-2-2b-it", "gemma2"),
        ("google/gemma-2b-it", "gemma"),
        ("google/gemma-3-1b-it", "gemma2"),
        ("google/gemma-3-4b-it", "gemma3"),
        ("meta-llama/Llama-3-8B", "llama3"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "llama3"),
        ("meta-llama/Llama-3.2-1B-Instruct", "llama3"),
        ("unsloth/Meta-Llama-3.1-8B-Instruct-bnb-4bit", "llama3"),
        ("meta-llama/Llama-2-7b-chat-hf", "llama2"),
        ("Qwen/Qwen3-8B", "qwen3"),
        ("Qwen/Qwen3-4B-Instruct-2507", "qwen3_nothink"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwen2_vl"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral"),
        ("mistralai/Mistral-Nemo-Instruct-2407", "ministral"),
        ("mistralai/Mistral-Small-24B-Instruct-2501", "mistral_small"),
        ("microsoft/Phi-3.5-mini-instruct", "phi"),
        ("microsoft/phi-4", "phi4"),
        ("microsoft/Phi-4-mini-instruct", "phi4_mini"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "deepseekr1"),
        ("deepseek-ai/DeepSeek-V3-0324", "deepseek3"),
        ("deepseek-ai/deepseek-llm-7b-chat", "deepseek"),
        ("deepseek-ai/deepseek-coder-6.7b-instruct", "deepseekcoder"),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", "smollm2"),
        ("/models/SmolLM2-135M-Instruct/", "smollm2"),
        ("C:\\models\\Qwen3-0.6B", "qwen3"),
        ("~/.cache/huggingface/hub/models--google--gemma-2-9b-it/snapshots/0123abcd", "gemma2"),
        # Never taught to chat, or not known:
        ("Qwen/Qwen3-8B-Base", "default"),
        ("google/gemma-3-1b-pt", "default"),
        ("NousResearch/Hermes-3-Llama-3.1-8B", "default"),
        ("mistralai/Something-New", "default"),
        ("a/b", "default"),
        (HOSTILE, "default"),
    ],
)
def test_llama_factory_is_told_the_chat_template(tmp_path: Path, model: str, template: str) -> None:
    config = only_yaml(plan_launch("llamafactory", job(tmp_path, "sharegpt", model=model)))
    assert config["model_name_or_path"] == model
    assert config["template"] == template
    assert config.get("enable_thinking") is (False if template in ("qwen3", "deepseekr1") else None)


@pytest.mark.parametrize(
    ("model", "template", "ends"),
    [
        ("google/gemma-2-2b-it", "gemma3", ["<end_of_turn>"]),
        ("google/gemma-7b-it", "gemma3", ["<end_of_turn>"]),
        ("google/codegemma-1.1-7b-it", "gemma3", ["<end_of_turn>"]),
        # It puts a system message into the question by itself:
        ("google/gemma-3-4b-it", "tokenizer_default_fallback_chatml", ["<end_of_turn>"]),
        ("microsoft/Phi-3-mini-4k-instruct", "tokenizer_default_fallback_chatml", ["<|end|>"]),
        ("meta-llama/Llama-3.1-8B-Instruct", "tokenizer_default_fallback_chatml", None),
        (HOSTILE, "tokenizer_default_fallback_chatml", None),
    ],
)
def test_axolotl_learns_where_an_answer_ends_and_what_the_system_says(
    tmp_path: Path, model: str, template: str, ends: list[str] | None
) -> None:
    config = only_yaml(plan_launch("axolotl", job(tmp_path, "sharegpt", model=model)))
    assert (config["chat_template"], config.get("eot_tokens")) == (template, ends)


@pytest.mark.parametrize(
    ("launcher", "format_name", "machines", "field"),
    [
        ("axolotl", "dpo", None, "format"),
        ("llamafactory", "gemini", None, "format"),
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
        plan_launch("axolotl", Job("m", "alpaca", "train_alpaca.py", None, ".", LoraOptions(), None))
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
