"""LoRA and training values as requests name them, and the plan as responses show it."""

from __future__ import annotations

from typing import Any

from lora_studio.core.training import options
from lora_studio.core.training.plan import Plan
from lora_studio.doors import fields
from lora_studio.doors.fields import Faults, Field


def _target_modules(value: Any, name: str, faults: Faults) -> str | tuple[str, ...]:
    if value == options.ALL_LINEAR:
        return options.ALL_LINEAR
    names: tuple[str, ...] = fields.array_of(fields.text(1, 200), options.TARGET_MODULES_MAX, least=1)(
        value, name, faults
    )
    return names


def lora_options(values: dict[str, Any], prefix: str, faults: Faults) -> options.LoraOptions:
    quantization = values["quantization"]
    return options.LoraOptions(
        r=values["r"],
        alpha=values["alpha"],
        dropout=values["dropout"],
        target_modules=values["targetModules"],
        quantization=None if quantization == "none" else quantization,
    )


def training_options(values: dict[str, Any], prefix: str, faults: Faults) -> options.TrainingOptions:
    return options.TrainingOptions(
        epochs=values["epochs"],
        steps=values["steps"],
        learning_rate=values["learningRate"],
        batch_size=values["batchSize"],
        gradient_accumulation=values["gradientAccumulation"],
        max_length=values["maxLength"],
        replay=values.get("replay"),  # preferences have none
        seed=values["seed"],
    )


LORA = options.LoraOptions()
LORA_FIELDS = {
    "r": Field(fields.integer(*options.R_RANGE), default=LORA.r),
    "alpha": Field(fields.integer(*options.ALPHA_RANGE), default=LORA.alpha),
    "dropout": Field(fields.number(*options.DROPOUT_RANGE), default=LORA.dropout),
    "targetModules": Field(_target_modules, default=LORA.target_modules),
    "quantization": Field(fields.choice(("none", "4bit", "8bit")), default="none"),
}
TRAINING_FIELDS = {
    "epochs": Field(fields.integer(*options.EPOCHS_RANGE)),
    "steps": Field(fields.integer(*options.STEPS_RANGE)),
    "learningRate": Field(fields.number(*options.LEARNING_RATE_RANGE)),
    "batchSize": Field(fields.integer(*options.BATCH_SIZE_RANGE)),
    "gradientAccumulation": Field(fields.integer(*options.GRADIENT_ACCUMULATION_RANGE)),
    "maxLength": Field(fields.integer(*options.MAX_LENGTH_RANGE)),
    "seed": Field(fields.integer(*options.SEED_RANGE), default=0),
}
"""What is left out is as planned."""
REPLAY = Field(fields.number(*options.REPLAY_RANGE))


def plan_json(made: Plan) -> dict[str, Any]:
    """The plan as a response shows it; null for what is not known."""
    return {
        "steps": made.steps,
        "epochs": made.epochs,
        "learningRate": made.learning_rate,
        "batchSize": made.batch_size,
        "gradientAccumulation": made.gradient_accumulation,
        "warmupSteps": made.warmup_steps,
        "maxLength": made.max_length,
        "replay": made.replay,
        "rows": made.rows,
        "seconds": made.seconds,
        "memoryBytes": made.memory_bytes,
        "reasons": list(made.reasons),
    }
