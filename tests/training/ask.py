"""Run by the training Python in the folder of a dataset: asks the base model, loads the adapter as documented, asks it.

Reads {"base": ..., "conversations": [...]} from stdin; prints the two lists of answers as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def answer(model: Any, tokenizer: Any, messages: list[dict[str, str]]) -> str:
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    given = tokenizer(text, add_special_tokens=False, return_tensors="pt")
    made = model.generate(
        input_ids=given["input_ids"],
        attention_mask=given["attention_mask"],
        max_new_tokens=60,
        do_sample=False,
        pad_token_id=tokenizer.pad_token_id or tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    said: str = tokenizer.decode(made[0][given["input_ids"].shape[1] :], skip_special_tokens=True)
    return said


def main() -> None:
    given = json.load(sys.stdin)
    base_model = AutoModelForCausalLM.from_pretrained(given["base"])
    tokenizer = AutoTokenizer.from_pretrained("./lora_output")
    untuned = [answer(base_model.eval(), tokenizer, one) for one in given["conversations"]]
    model = PeftModel.from_pretrained(base_model, "./lora_output")
    tuned = [answer(model.eval(), tokenizer, one) for one in given["conversations"]]
    sys.stdout.write(json.dumps([untuned, tuned]) + "\n")


if __name__ == "__main__":
    main()
