"""How a training is started: alone, on several graphics cards or machines, or by axolotl or LLaMA-Factory.

Config files are plain texts; nothing here needs the libraries that will read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lora_studio.core.errors import Invalid
from lora_studio.core.training.launch_files import Launch, as_yaml
from lora_studio.core.training.other_tools import TOOLS, Job
from lora_studio.pasting import command_line

PROCESSES_RANGE = (1, 1024)
PORT = 29500
LAUNCHERS = ("python", "ddp", "fsdp2", "torchrun", *TOOLS)
"""DDP where the model fits on each card, FSDP2 where the cards must share it."""


@dataclass(frozen=True, slots=True)
class Machines:
    """How many machines, and how many graphics cards in each."""

    count: int = 1
    processes: int = 2


def plan_launch(launcher: str, job: Job, machines: Machines | None = None) -> Launch:
    """How `launcher`, one of LAUNCHERS, does the job.

    Raises Invalid where it cannot: a hosted model on one's own machines, rows of a form that the tool does not read.
    """
    if launcher in TOOLS:
        if machines:
            raise Invalid(f"launcher {launcher} takes no machines and processes; leave them out", "launcher")
        return TOOLS[launcher](job)
    if job.format in ("openai", "anthropic", "gemini") and launcher != "python":
        raise Invalid(f"launcher {launcher} is for training on your own machines; leave it out", "launcher")
    if launcher == "python":
        if machines:
            raise Invalid("machines and processes go with launcher ddp, fsdp2 or torchrun", "launcher")
        return Launch((command_line("python", job.script_name),))
    machines = machines or Machines()
    if launcher == "torchrun":
        return Launch(tuple(_torchrun(job, machines, rank) for rank in range(machines.count)))
    name = f"accelerate_{launcher}.yaml"
    commands = tuple(_accelerate(job, machines, name, rank) for rank in range(machines.count))
    return Launch(commands, ((name, as_yaml(_accelerate_config(launcher, machines))),))


def _torchrun(job: Job, machines: Machines, rank: int) -> str:
    command: list[object] = ["torchrun", "--nproc_per_node", machines.processes]
    if machines.count > 1:
        command += ["--nnodes", machines.count, "--node_rank", rank, "--master_addr", "HOST", "--master_port", PORT]
    return command_line(*command, job.script_name)


def _accelerate(job: Job, machines: Machines, config: str, rank: int) -> str:
    command = ["accelerate", "launch", "--config_file", config]
    if machines.count > 1:
        command += ["--machine_rank", str(rank), "--main_process_ip", "HOST", "--main_process_port", str(PORT)]
    return command_line(*command, job.script_name)


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
