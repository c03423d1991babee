"""Run by the training Python: the same training as a person writes it with TRL alone, for `against_trl`.

Takes the model, the train file, an output folder, the rows a step, the rate, the most tokens a row, and the steps.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from datasets import Dataset
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer


def main(model: str, train: str, output: str, batch: str, rate: str, length: str, steps: str) -> None:
    rows = [json.loads(line) for line in Path(train).read_text().splitlines()]
    values = SFTConfig(
        output_dir=output, max_steps=int(steps), per_device_train_batch_size=int(batch), learning_rate=float(rate),
        max_length=int(length), lr_scheduler_type="cosine", use_cpu=True, bf16=False, save_strategy="no",
        logging_steps=1, report_to="none", disable_tqdm=True, gradient_checkpointing=False,
        model_init_kwargs={"dtype": "float32"},
    )  # fmt: skip
    lora = LoraConfig(r=8, lora_alpha=32, lora_dropout=0.1, target_modules="all-linear", task_type="CAUSAL_LM")
    data = Dataset.from_list([{name: row[name] for name in ("prompt", "completion")} for row in rows])
    trainer = SFTTrainer(model=model, args=values, train_dataset=data, peft_config=lora)
    trainer.train()
    trainer.save_model(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
