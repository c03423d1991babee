"""How a training is started: alone, on several graphics cards or machines, or by axolotl or LLaMA-Factory.

Config files are plain texts; nothing here needs the libraries that will read them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lora_studio.core.errors import Invalid
from lora_studio.core.files import locked, make_private_folder, storage_errors, write_atomically
from lora_studio.core.library.used import EMPTY
from lora_studio.core.training.adapters import DataFile, Dataset
from lora_studio.core.training.options import LoraOptions, TrainingOptions

PROCESSES_RANGE = (1, 1024)
PORT = 29500


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be trained. `data_folder` is the way to the data from the folder where the command is typed."""

    target_model: str
    format: str
    script_name: str
    dataset: Dataset | None
    data_folder: str
    lora: LoraOptions
    training: TrainingOptions


@dataclass(frozen=True, slots=True)
class Machines:
    """How many machines, and how many graphics cards in each."""

    count: int = 1
    processes: int = 2


@dataclass(frozen=True, slots=True)
class Launch:
    """`commands`, one for each machine, and the files (name, text) that they read."""

    commands: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()


def plan_launch(launcher: str, job: Job, machines: Machines | None = None) -> Launch:
    """How `launcher`, one of LAUNCHERS, does the job.

    Raises Invalid where it cannot: a hosted model on one's own machines, rows of a form that the tool does not read.
    """
    if launcher in _TOOLS:
        if machines:
            raise Invalid(f"launcher {launcher} takes no machines and processes; leave them out", "launcher")
        return _TOOLS[launcher](job)
    if job.format in ("openai", "anthropic", "gemini") and launcher != "python":
        raise Invalid(f"launcher {launcher} is for training on your own machines; leave it out", "launcher")
    if launcher == "python":
        if machines:
            raise Invalid("machines and processes go with launcher ddp, fsdp2 or torchrun", "launcher")
        return Launch((f"python {job.script_name}",))
    machines = machines or Machines()
    if launcher == "torchrun":
        return Launch(tuple(_torchrun(job, machines, rank) for rank in range(machines.count)))
    name = f"accelerate_{launcher}.yaml"
    commands = tuple(_accelerate(job, machines, name, rank) for rank in range(machines.count))
    return Launch(commands, ((name, _yaml(_accelerate_config(launcher, machines))),))


def write_launch_files(folder: Path, launch: Launch) -> tuple[list[Path], list[str]]:
    """Writes the files of `launch` into `folder`; gives their paths, and what there is to know.

    Another file of the same name is kept as `NAME_earlier`. Raises StorageError where the folder does not let us.
    """
    paths, warnings = [], []
    make_private_folder(folder)
    with storage_errors(f"write into {folder}"), locked(folder):
        for name, text in launch.files:
            path = folder / name
            if os.path.lexists(path) and not _holds(path, text):
                number = 1
                while os.path.lexists(kept := path.with_stem(f"{path.stem}_earlier{f'_{number}' * (number > 1)}")):
                    number += 1
                path.rename(kept)
                warnings.append(f"There was another {name}; it is kept as {kept.name}")
            write_atomically(path, text)
            paths.append(path)
    return paths, warnings


def _holds(path: Path, text: str) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 4 * len(text):
        return False
    return path.read_bytes() == text.encode()


def _yaml(values: dict[str, Any]) -> str:
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=False, width=10_000)


def _torchrun(job: Job, machines: Machines, rank: int) -> str:
    command = ["torchrun", f"--nproc_per_node {machines.processes}"]
    if machines.count > 1:
        command += [f"--nnodes {machines.count} --node_rank {rank} --master_addr HOST --master_port {PORT}"]
    return " ".join([*command, job.script_name])


def _accelerate(job: Job, machines: Machines, config: str, rank: int) -> str:
    command = [f"accelerate launch --config_file {config}"]
    if machines.count > 1:
        command += [f"--machine_rank {rank} --main_process_ip HOST --main_process_port {PORT}"]
    return " ".join([*command, job.script_name])


def _accelerate_config(launcher: str, machines: Machines) -> dict[str, Any]:
    sharded: dict[str, Any] = {
        "fsdp_config": {
            "fsdp_version": 2,
            "fsdp_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "fsdp_reshard_after_forward": True,
            "fsdp_state_dict_type": "FULL_STATE_DICT",
            "fsdp_cpu_ram_efficient_loading": True,
            "fsdp_activation_checkpointing": True,
            "fsdp_offload_params": False,
        }
    }
    return {
        "compute_environment": "LOCAL_MACHINE",
        "debug": False,
        "distributed_type": "FSDP" if launcher == "fsdp2" else "MULTI_GPU",
        **(sharded if launcher == "fsdp2" else {}),
        "machine_rank": 0,
        "main_training_function": "main",
        # Under DDP the script knows best what the cards can do.
        "mixed_precision": "bf16" if launcher == "fsdp2" else "no",
        "num_machines": machines.count,
        "num_processes": machines.count * machines.processes,
        "rdzv_backend": "static",
        "same_network": True,
        "use_cpu": False,
    }


def _data(job: Job, tool: str) -> tuple[str, str | None]:
    """The paths of the train file and of the eval file, None where that is empty."""
    if job.dataset is None:
        raise Invalid(f"{tool} needs the dataset's exact files; export it there first", "datasetPath")

    def path(file: DataFile) -> str:
        return file.name if job.data_folder == "." else f"{job.data_folder}/{file.name}"

    evaluation = None if job.dataset.eval.sha256 == EMPTY else path(job.dataset.eval)
    return path(job.dataset.train), evaluation


def _form(job: Job, tool: str, forms: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if job.format not in forms:
        raise Invalid(f"{tool} does not read {job.format} rows; export as {' or '.join(forms)}", "format")
    return forms[job.format]


_MESSAGES = {"type": "chat_template", "field_messages": "messages", "roles_to_train": ["assistant"]}
_AXOLOTL_FORMS: dict[str, dict[str, Any]] = {
    "sharegpt": {
        **_MESSAGES,
        "field_messages": "conversations",
        "message_property_mappings": {"role": "from", "content": "value"},
    },
    "alpaca": {"type": "alpaca"},
    "openai": _MESSAGES,
}


def _axolotl(job: Job) -> Launch:
    """Keys of axolotl 0.19, whose schema takes unknown ones without a word."""
    form = _form(job, "axolotl", _AXOLOTL_FORMS)
    train, evaluation = _data(job, "axolotl")
    modules = job.lora.target_modules
    config: dict[str, Any] = {
        "base_model": job.target_model,
        "datasets": [{"path": train, "ds_type": "json", **form}],
        **(
            {"test_datasets": [{"path": evaluation, "ds_type": "json", "split": "train", **form}]} if evaluation else {}
        ),
        "chat_template": "tokenizer_default_fallback_chatml",
        "adapter": "qlora" if job.lora.quantization == "4bit" else "lora",
        "load_in_4bit": job.lora.quantization == "4bit",
        "load_in_8bit": job.lora.quantization == "8bit",
        "lora_r": job.lora.r,
        "lora_alpha": job.lora.alpha,
        "lora_dropout": job.lora.dropout,
        **({"lora_target_linear": True} if isinstance(modules, str) else {"lora_target_modules": list(modules)}),
        "sequence_len": job.training.max_length,
        "micro_batch_size": job.training.batch_size,
        "gradient_accumulation_steps": job.training.gradient_accumulation,
        "num_epochs": job.training.epochs,
        "learning_rate": job.training.learning_rate,
        "lr_scheduler": "cosine",
        "optimizer": "adamw_torch_fused",
        "warmup_ratio": 0.05,
        "bf16": "auto",
        "gradient_checkpointing": True,
        "seed": job.training.seed,
        "output_dir": "./lora_output",
    }
    return Launch(("axolotl train axolotl.yaml",), (("axolotl.yaml", _yaml(config)),))


_FACTORY_FORMS: dict[str, dict[str, Any]] = {
    "sharegpt": {
        "formatting": "sharegpt",
        "columns": {"messages": "conversations"},
        "tags": {
            "role_tag": "from",
            "content_tag": "value",
            "user_tag": "human",
            "assistant_tag": "gpt",
            "system_tag": "system",
        },
    },
    "alpaca": {
        "formatting": "alpaca",
        "columns": {"prompt": "instruction", "query": "input", "response": "output"},
    },
    "openai": {
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    },
}


def _llamafactory(job: Job) -> Launch:
    """Keys of LLaMA-Factory 0.9.5; with no `template` it takes the tokenizer's own."""
    form = _form(job, "LLaMA-Factory", _FACTORY_FORMS)
    train, evaluation = _data(job, "LLaMA-Factory")
    info = {"guidelines_train": {"file_name": train, **form}}
    if evaluation:
        info["guidelines_eval"] = {"file_name": evaluation, **form}
    modules = job.lora.target_modules
    bits = {"4bit": {"quantization_bit": 4}, "8bit": {"quantization_bit": 8}}
    config: dict[str, Any] = {
        "model_name_or_path": job.target_model,
        **bits.get(job.lora.quantization or "", {}),
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "lora_rank": job.lora.r,
        "lora_alpha": job.lora.alpha,
        "lora_dropout": job.lora.dropout,
        "lora_target": "all" if isinstance(modules, str) else ",".join(modules),
        "dataset_dir": ".",
        "dataset": "guidelines_train",
        **({"eval_dataset": "guidelines_eval", "eval_strategy": "epoch"} if evaluation else {}),
        "cutoff_len": job.training.max_length,
        "per_device_train_batch_size": job.training.batch_size,
        "gradient_accumulation_steps": job.training.gradient_accumulation,
        "num_train_epochs": float(job.training.epochs),
        "learning_rate": job.training.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_ratio": 0.05,
        "seed": job.training.seed,
        "bf16": True,
        "logging_steps": 10,
        "save_strategy": "epoch",
        "report_to": "none",
        "output_dir": "./lora_output",
    }
    files = (("dataset_info.json", json.dumps(info, indent=2) + "\n"), ("llamafactory.yaml", _yaml(config)))
    return Launch(("llamafactory-cli train llamafactory.yaml",), files)


_TOOLS: dict[str, Callable[[Job], Launch]] = {"axolotl": _axolotl, "llamafactory": _llamafactory}
LAUNCHERS = ("python", "ddp", "fsdp2", "torchrun", *_TOOLS)
"""DDP where the model fits on each card, FSDP2 where the cards must share it."""
