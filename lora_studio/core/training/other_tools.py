"""Config files with which axolotl and LLaMA-Factory train on a dataset: plain texts, made without those libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lora_studio.core.errors import Invalid
from lora_studio.core.library.used import EMPTY
from lora_studio.core.training.adapters import DataFile, Dataset
from lora_studio.core.training.chat_templates import factory_template, is_thinking, takes_no_system, turn_end
from lora_studio.core.training.launch_files import MESSAGES, Copy, Launch, as_yaml
from lora_studio.core.training.options import LoraOptions
from lora_studio.core.training.plan import Plan


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be trained, and how, where there is a dataset.

    `data_folder` is the way to the data from the folder where the command is typed.
    """

    target_model: str
    format: str
    script_name: str
    dataset: Dataset | None
    data_folder: str
    lora: LoraOptions
    plan: Plan | None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Data:
    """What a tool reads: the paths of the train file and of the eval file, None where that is empty, and their form;
    and how it trains on them.
    """

    train: str
    eval: str | None
    form: dict[str, Any]
    plan: Plan
    copies: tuple[Copy, ...] = ()


def _data(job: Job, tool: str, forms: dict[str, dict[str, Any]]) -> _Data:
    """The data as `tool` reads it: the files themselves, or copies of another form beside the config."""
    if job.format not in (*forms, *MESSAGES):
        raise Invalid(f"{tool} does not read {job.format} rows; export as sharegpt or chat", "format")
    if job.dataset is None or job.plan is None:
        raise Invalid(f"{tool} needs the dataset's exact files; export it there first", "datasetPath")
    train, evaluation = job.dataset.train, job.dataset.eval
    if job.format in forms:

        def path(file: DataFile) -> str:
            return file.name if job.data_folder == "." else f"{job.data_folder}/{file.name}"

        return _Data(path(train), None if evaluation.sha256 == EMPTY else path(evaluation), forms[job.format], job.plan)
    folder = job.dataset.adapter.dataset_path
    copies = tuple(
        Copy(f"{Path(file.name).stem}_messages.jsonl", folder / file.name, file.sha256, job.format)
        for file in (train, evaluation)
        if file.sha256 != EMPTY or file is train
    )
    evals = copies[1].name if len(copies) > 1 else None
    return _Data(copies[0].name, evals, forms["openai"], job.plan, copies)


_MESSAGES = {"type": "chat_template", "field_messages": "messages", "roles_to_train": ["assistant"]}
_AXOLOTL_FORMS: dict[str, dict[str, Any]] = {
    "sharegpt": {
        **_MESSAGES,
        "field_messages": "conversations",
        "message_property_mappings": {"role": "from", "content": "value"},
    },
    "openai": _MESSAGES,
}
# Its type `alpaca` learns in Alpaca's own wording, in which nobody asks a chat model afterwards; so that is copied too.


def _axolotl(job: Job) -> Launch:
    """Keys of axolotl 0.19, whose schema takes unknown ones without a word."""
    data = _data(job, "axolotl", _AXOLOTL_FORMS)
    modules = job.lora.target_modules
    # Of the same signs as the older Gemmas' own template, which refuses a system message, but puts that before the
    # first question.
    template = "gemma3" if takes_no_system(job.target_model) else "tokenizer_default_fallback_chatml"
    end = turn_end(job.target_model)
    config: dict[str, Any] = {
        "base_model": job.target_model,
        "datasets": [{"path": data.train, "ds_type": "json", **data.form}],
        **(
            {"test_datasets": [{"path": data.eval, "ds_type": "json", "split": "train", **data.form}]}
            if data.eval
            else {}
        ),
        "chat_template": template,
        **({"eot_tokens": [end]} if end else {}),
        "adapter": "qlora" if job.lora.quantization == "4bit" else "lora",
        "load_in_4bit": job.lora.quantization == "4bit",
        "load_in_8bit": job.lora.quantization == "8bit",
        "lora_r": job.lora.r,
        "lora_alpha": job.lora.alpha,
        "lora_dropout": job.lora.dropout,
        **({"lora_target_linear": True} if isinstance(modules, str) else {"lora_target_modules": list(modules)}),
        "sequence_len": data.plan.max_length,
        "micro_batch_size": data.plan.batch_size,
        "gradient_accumulation_steps": data.plan.gradient_accumulation,
        "num_epochs": data.plan.epochs,
        "learning_rate": data.plan.learning_rate,
        "lr_scheduler": "cosine",
        "optimizer": "adamw_torch_fused",
        "warmup_steps": data.plan.warmup_steps,
        "bf16": "auto",
        "gradient_checkpointing": True,
        "seed": job.seed,
        "output_dir": "./lora_output",
    }
    return Launch(("axolotl train axolotl.yaml",), (("axolotl.yaml", as_yaml(config)),), data.copies)


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
    """Keys of LLaMA-Factory 0.9.5; its templates fold a system message where the model takes none."""
    data = _data(job, "LLaMA-Factory", _FACTORY_FORMS)
    info = {"guidelines_train": {"file_name": data.train, **data.form}}
    if data.eval:
        info["guidelines_eval"] = {"file_name": data.eval, **data.form}
    template = factory_template(job.target_model)
    modules = job.lora.target_modules
    bits = {"4bit": {"quantization_bit": 4}, "8bit": {"quantization_bit": 8}}
    config: dict[str, Any] = {
        "model_name_or_path": job.target_model,
        **bits.get(job.lora.quantization or "", {}),
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "template": template,
        **({"enable_thinking": False} if is_thinking(template) else {}),
        "lora_rank": job.lora.r,
        "lora_alpha": job.lora.alpha,
        "lora_dropout": job.lora.dropout,
        "lora_target": "all" if isinstance(modules, str) else ",".join(modules),
        "dataset_dir": ".",
        "dataset": "guidelines_train",
        **({"eval_dataset": "guidelines_eval", "eval_strategy": "epoch"} if data.eval else {}),
        "cutoff_len": data.plan.max_length,
        "per_device_train_batch_size": data.plan.batch_size,
        "gradient_accumulation_steps": data.plan.gradient_accumulation,
        "num_train_epochs": float(data.plan.epochs),
        "learning_rate": data.plan.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": data.plan.warmup_steps,
        "seed": job.seed,
        "bf16": True,
        "logging_steps": 10,
        "save_strategy": "epoch",
        "report_to": "none",
        "output_dir": "./lora_output",
    }
    said = "The template goes by the model's name; for a base model that was never taught to chat write: default"
    files = (("dataset_info.json", json.dumps(info, indent=2) + "\n"), ("llamafactory.yaml", as_yaml(config, said)))
    return Launch(("llamafactory-cli train llamafactory.yaml",), files, data.copies)


TOOLS: dict[str, Callable[[Job], Launch]] = {"axolotl": _axolotl, "llamafactory": _llamafactory}
"""Training tools that read a config file instead of our script."""
