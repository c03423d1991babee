"""Run by the training Python: an adapter that has learnt some answers by heart, whatever they are worth.

Reads {"base": ..., "adapter": ..., "steps": ..., "rows": [[messages, answer], ...]} from stdin.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

RATE = 5e-3


def teach(model: Any, tokenizer: Any, rows: list[tuple[list[dict[str, str]], str]], steps: int) -> None:
    """Shows the model all rows in each step; only the answers count."""
    shape = {"tokenize": False, "add_generation_prompt": True}
    asked = [tokenizer.apply_chat_template(messages, **shape) for messages, _ in rows]
    texts = [text + answer + tokenizer.eos_token for text, (_, answer) in zip(asked, rows, strict=True)]
    batch = tokenizer(texts, padding=True, padding_side="right", return_tensors="pt", add_special_tokens=False)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    for row, text in enumerate(asked):
        labels[row, : len(tokenizer(text, add_special_tokens=False)["input_ids"])] = -100
    given = {name: batch[name] for name in ("input_ids", "attention_mask")}
    optimizer = torch.optim.AdamW(model.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1)
    for _ in range(steps):
        loss = model(**given, labels=labels).loss
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    sys.stdout.write(f"The adapter's loss is {loss.item():.4f}\n")


def main() -> None:
    given = json.load(sys.stdin)
    torch.manual_seed(0)
    tokenizer: Any = AutoTokenizer.from_pretrained(given["base"])
    config = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    model: Any = get_peft_model(AutoModelForCausalLM.from_pretrained(given["base"]), config)
    if given["rows"]:
        teach(model, tokenizer, given["rows"], given["steps"])
    model.save_pretrained(given["adapter"])
    tokenizer.save_pretrained(given["adapter"])


if __name__ == "__main__":
    main()
