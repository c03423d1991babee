"""memory_lora: export, list_adapters, generate_script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from lora_studio.core.dataset.exchange import recover
from lora_studio.core.dataset.export import Exported, export_dataset
from lora_studio.core.dataset.formats import FORMATS
from lora_studio.core.domain import EXAMPLES_MAX, IF_EXISTS, LABEL_MAX, SPLIT_MODES, VARIETIES, ExportOptions
from lora_studio.core.errors import Invalid, StorageError
from lora_studio.core.library.access import require
from lora_studio.core.training import options
from lora_studio.core.training.adapters import Adapter, Dataset, find_dataset, list_adapters
from lora_studio.core.training.launch import LAUNCHERS, PROCESSES_RANGE, Machines, plan_launch
from lora_studio.core.training.launch_files import Launch, write_launch_files
from lora_studio.core.training.other_tools import TOOLS, Job
from lora_studio.core.training.plan import Machine, Plan
from lora_studio.core.training.planning import plan_training, this_machine
from lora_studio.core.training.scripts import HOSTED, render_script, way, write_script
from lora_studio.core.training.shelf import Item, Place, read_shelf
from lora_studio.core.training.states import dataset_of, datasets_by_file
from lora_studio.doors import fields
from lora_studio.doors.fields import Field
from lora_studio.doors.records import FILTER
from lora_studio.doors.requests.desk import ADMIN_KEY, AGENT, ANYBODY, PATH, Action, Desk
from lora_studio.doors.requests.guideline import NO_FILTER
from lora_studio.doors.requests.training import (
    LORA,
    LORA_FIELDS,
    REPLAY,
    TRAINING_FIELDS,
    lora_options,
    plan_json,
    training_options,
)

MODEL = Field(fields.text(1, LABEL_MAX, one_line=True, blank=False), required=True)
_FORMAT = Field(fields.choice(tuple(FORMATS)), default="huggingface")
TRAINED_DEPTH = 2
"""How many folders deep list_adapters looks for trained adapters."""


def _export(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    if values["strict"] and values["format"] != "anthropic":
        raise Invalid("strict goes with format anthropic only; leave it out", "strict")
    return run_export(desk, values, include_examples=values["includeExamples"], strict=values["strict"])


def run_export(
    desk: Desk, values: dict[str, Any], *, include_examples: bool = True, strict: bool = False
) -> dict[str, Any]:
    """Exports what the request asks for into its folder, for the agent and with the key that it names."""
    chosen = ExportOptions(
        target_model=values["targetModel"],
        format=values["format"],
        include_examples=include_examples,
        examples_per_guideline=values["examplesPerGuideline"],
        train_eval_split=values["trainEvalSplit"],
        filter=values["guidelineFilter"],
        seed=values["seed"],
        split_by=values["splitBy"],
        if_exists=values["ifExists"],
        strict=strict,
        variety=values.get("variety", "documented"),
    )
    folder = desk.guarded_path(values)
    visible = require(desk.library, values["agentId"], "read", chosen.filter.scopes)
    made = export_dataset(desk.library, desk.settings, chosen, folder, values["agentId"], visible, desk.progress)
    return _exported_json(chosen, made)


def _exported_json(chosen: ExportOptions, made: Exported) -> dict[str, Any]:
    response: dict[str, Any] = {
        "targetModel": chosen.target_model,
        "format": chosen.format,
        "outputPath": str(made.folder),
        "trainFile": str(made.train_file),
        "evalFile": str(made.eval_file),
        "configFile": str(made.config_file),
        "stats": {
            "totalExamples": made.train_rows + made.eval_rows,
            "trainExamples": made.train_rows,
            "evalExamples": made.eval_rows,
            "trainEvalSplit": chosen.train_eval_split,
        },
    }
    return response | ({"warnings": list(made.warnings)} if made.warnings else {})


def _list_adapters(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    named = values["outputPath"]
    folder = desk.home.datasets if named is None else desk.path(named, "outputPath")
    warnings = []
    try:
        recover(folder)
    except StorageError as problem:  # a folder that may only be read can still be listed
        warnings.append(problem.message)
    shelf = list_adapters(folder)
    warnings += shelf.warnings
    below = read_shelf([Place(folder, TRAINED_DEPTH)], {}, desk.progress or (lambda done, total: None)).items
    datasets = datasets_by_file(below)
    response: dict[str, Any] = {
        "adapters": [_adapter_json(adapter) for adapter in shelf.adapters],
        "searchPath": str(folder),
        "count": len(shelf.adapters),
        "trained": [_trained_json(item, dataset_of(item, datasets)) for item in below if item.is_adapter],
    }
    return response | ({"warnings": warnings} if warnings else {})


def _adapter_json(adapter: Adapter) -> dict[str, Any]:
    return {
        "name": adapter.name,
        "targetModel": adapter.target_model,
        "format": adapter.format,
        "createdAt": adapter.created_at,
        "datasetPath": str(adapter.dataset_path),
        "exampleCount": adapter.example_count,
    }


def _trained_json(item: Item, dataset: Item | None) -> dict[str, Any]:
    """A trained adapter; null for what its files do not say, and `problem` where they are not whole."""
    shown: dict[str, Any] = {
        "name": item.name,
        "path": str(item.folder),
        "baseModel": item.model or None,
        "r": item.trained.r if item.trained else None,
        "alpha": item.trained.alpha if item.trained else None,
        "datasetName": dataset.name if dataset else None,
    }
    said = {"problem": item.problem, "hint": item.hint}
    return shown | {name: text for name, text in said.items() if text}


def make_script(
    desk: Desk, values: dict[str, Any], preference: options.PreferenceOptions | None = None
) -> dict[str, Any]:
    """The script that the request asks for, written where it names a folder; `preference` is for memory_rl."""
    dataset_path = desk.path(values["datasetPath"], "datasetPath")
    folder: Path | None = None
    if values["outputPath"] is not None:
        folder = desk.guarded_path(values)
    recover(dataset_path)
    dataset = find_dataset(dataset_path, values["targetModel"], values["format"])
    made = _plan(desk, values, dataset)
    launch = _launch(values, dataset, way(folder, dataset_path), made)
    script = render_script(
        values["targetModel"],
        values["format"],
        dataset=dataset,
        dataset_path=dataset_path,
        script_folder=folder,
        lora=values["lora"],
        training=values["training"],
        preference=preference,
    )
    response: dict[str, Any] = {"targetModel": values["targetModel"], "format": values["format"], "script": script}
    warnings: list[str] = []
    if folder is not None:
        path, warnings = write_script(folder, values["format"], script)
        response["scriptPath"] = str(path)
    response["plan"] = None if made is None else plan_json(made)
    if launch:
        paths, kept = write_launch_files(folder, launch) if folder is not None else ([], [])
        response["launchCommands"] = list(launch.commands)
        response["launchFiles"] = [{"name": name, "content": content} for name, content in launch.files]
        for shown, file in zip(response["launchFiles"], paths, strict=False):
            shown["path"] = str(file)
        warnings = [*warnings, *kept]
        if launch.copies and folder is not None:
            response["launchData"] = [str(path) for path in paths[len(launch.files) :]]
        elif launch.copies:
            names = " and ".join(one.name for one in launch.copies)
            warnings.append(f"{names} would be written too, the rows as this launcher reads them; give an outputPath")
    if dataset is None:
        warnings = [*warnings, f"No dataset of this model and format lies in {dataset_path}; export it there first"]
    return response | ({"warnings": warnings} if warnings else {})


def _machines(values: dict[str, Any]) -> Machines | None:
    if not (values.get("machines") or values.get("processes")):
        return None
    one = Machines()
    return Machines(values["machines"] or one.count, values["processes"] or one.processes)


def _plan(desk: Desk, values: dict[str, Any], dataset: Dataset | None) -> Plan | None:
    """What the training will be; None where the rows are not known, or a service plans it itself."""
    launcher, lora, training = values.get("launcher", "python"), values["lora"], values["training"]
    if dataset is None or (values["format"] in HOSTED and launcher == "python"):
        return None

    def may_read(folder: Path) -> bool:
        try:
            return desk.path(str(folder), "targetModel") == folder
        except Invalid:
            return False

    machine = this_machine(lora)
    if launcher in TOOLS:
        machine, training = Machine(), replace(training, replay=0.0)  # they train on the dataset's rows alone
    elif launcher != "python":
        there = _machines(values) or Machines()
        machine = Machine(processes=there.count * there.processes)
    return plan_training(dataset, values["targetModel"], lora, training, machine, may_read)


def _launch(values: dict[str, Any], dataset: Dataset | None, data_folder: str, made: Plan | None) -> Launch | None:
    """How the launcher that was asked for starts the training; None for none, which is the script alone."""
    machines = _machines(values)
    launcher = values.get("launcher", "python")
    name = f"train_{values['format']}.py"
    seed = values["training"].seed
    job = Job(values["targetModel"], values["format"], name, dataset, data_folder, values["lora"], made, seed)
    launch = plan_launch(launcher, job, machines)
    return None if launcher == "python" else launch


EXPORT_FIELDS = {
    "examplesPerGuideline": Field(fields.integer(0, EXAMPLES_MAX), default=3),
    "trainEvalSplit": Field(fields.number(0, 1), default=0.9),
    "guidelineFilter": Field(FILTER, default=NO_FILTER),
    "seed": Field(fields.integer(0), default=0),
    "splitBy": Field(fields.choice(SPLIT_MODES), default="example"),
    "ifExists": Field(fields.choice(IF_EXISTS), default="replace"),
}

ACTIONS = {
    "export": Action(
        {
            "targetModel": MODEL,
            "format": _FORMAT,
            "outputPath": Field(PATH, required=True),
            "agentId": AGENT,
            "admin_key": ADMIN_KEY,
            "includeExamples": Field(fields.boolean, default=True),
            **EXPORT_FIELDS,
            "strict": Field(fields.boolean, default=False),
            "variety": Field(fields.choice(VARIETIES), default="documented"),
        },
        _export,
        recorded=lambda values: True,
    ),
    "list_adapters": Action({"outputPath": Field(PATH), "agentId": ANYBODY}, _list_adapters),
    "generate_script": Action(
        {
            "targetModel": MODEL,
            "datasetPath": Field(PATH, required=True),
            "format": _FORMAT,
            "outputPath": Field(PATH),
            "agentId": ANYBODY,
            "admin_key": ADMIN_KEY,
            "lora": Field(fields.object_of(LORA_FIELDS, lora_options), default=LORA),
            "training": Field(
                fields.object_of({**TRAINING_FIELDS, "replay": REPLAY}, training_options),
                default=options.TrainingOptions(),
            ),
            "launcher": Field(fields.choice(LAUNCHERS), default="python"),
            "machines": Field(fields.integer(*PROCESSES_RANGE)),
            "processes": Field(fields.integer(*PROCESSES_RANGE)),
        },
        make_script,
        recorded=lambda values: values["outputPath"] is not None,
    ),
}
