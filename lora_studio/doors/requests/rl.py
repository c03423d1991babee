"""memory_rl: export preference data (DPO, KTO) from good and bad examples, and generate_script that trains on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lora_studio.core.dataset.preferences import PREFERENCES
from lora_studio.core.training import options
from lora_studio.doors import fields
from lora_studio.doors.fields import Faults, Field
from lora_studio.doors.requests.desk import ADMIN_KEY, AGENT, ANYBODY, PATH, Action, Desk
from lora_studio.doors.requests.lora import EXPORT_FIELDS, MODEL, make_script, run_export
from lora_studio.doors.requests.training import LORA, LORA_FIELDS, TRAINING_FIELDS, lora_options, training_options

_FORMAT = Field(fields.choice(tuple(PREFERENCES)), default="dpo")
_PREFERENCE = options.PreferenceOptions()
_LOSS_TYPES = tuple(loss for losses in options.LOSS_TYPES.values() for loss in losses)

_TRAINING_FIELDS = {
    **TRAINING_FIELDS,
    "beta": Field(fields.number(*options.BETA_RANGE), default=_PREFERENCE.beta),
    "lossType": Field(fields.choice(_LOSS_TYPES)),
}

Training = tuple[options.TrainingOptions, options.PreferenceOptions]


def _generate_script(desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    training, preference = values["training"]
    if values["adapterPath"] is not None:
        preference = replace(preference, adapter=desk.path(values["adapterPath"], "adapterPath"))
    values["training"] = training
    return make_script(desk, values, preference)


def _training(values: dict[str, Any], prefix: str, faults: Faults) -> Training:
    preference = options.PreferenceOptions(beta=values["beta"], loss_type=values["lossType"])
    return training_options(values, prefix, faults), preference


ACTIONS = {
    "export": Action(
        {
            "targetModel": MODEL,
            "format": _FORMAT,
            "outputPath": Field(PATH, required=True),
            "agentId": AGENT,
            "admin_key": ADMIN_KEY,
            **EXPORT_FIELDS,
        },
        run_export,
        recorded=lambda values: True,
    ),
    "generate_script": Action(
        {
            "targetModel": MODEL,
            "datasetPath": Field(PATH, required=True),
            "format": _FORMAT,
            "adapterPath": Field(PATH),
            "outputPath": Field(PATH),
            "agentId": ANYBODY,
            "admin_key": ADMIN_KEY,
            "lora": Field(fields.object_of(LORA_FIELDS, lora_options), default=LORA),
            "training": Field(
                fields.object_of(_TRAINING_FIELDS, _training), default=(options.TrainingOptions(), _PREFERENCE)
            ),
        },
        _generate_script,
        recorded=lambda values: values["outputPath"] is not None,
    ),
}
