"""Run by the training Python: a tiny Llama from scratch, as good as a base model can be in some seconds.

It has read every question and every answer, but never which belong together: random weights could not be taught
by LoRA, whose output layer is frozen. Reads {"folder": ..., "texts": [...]} from stdin.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

STEPS = 300
ROWS = 16
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|pad|>"]
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'"
    " + message['content'] + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)


def make_tokenizer(texts: list[str]) -> Any:
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=768, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    inner.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token=SPECIAL[0], eos_token="<|eot_id|>", pad_token="<|pad|>"
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def make_model(tokenizer: Any) -> Any:
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return LlamaForCausalLM(config)


def conversation(chance: random.Random, texts: list[str]) -> list[dict[str, str]]:
    """A question that belongs to no answer, asked and answered twice, so that looking back pays."""
    asked, answered = chance.choice(texts), chance.choice(texts)
    turns = ("user", asked), ("assistant", answered), ("user", asked), ("assistant", answered)
    return [{"role": role, "content": content} for role, content in turns]


def main() -> None:
    given = json.load(sys.stdin)
    texts: list[str] = given["texts"]
    torch.manual_seed(0)
    torch.set_num_threads(1)
    chance = random.Random(0)
    tokenizer = make_tokenizer(texts)
    model = make_model(tokenizer)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(STEPS):
        rows = [tokenizer.apply_chat_template(conversation(chance, texts), tokenize=False) for _ in range(ROWS)]
        batch = tokenizer(rows, padding=True, return_tensors="pt", add_special_tokens=False)
        labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
        loss = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    tokenizer.save_pretrained(given["folder"])
    model.save_pretrained(given["folder"])
    sys.stdout.write(f"The base model's loss is {loss.item():.3f}\n")


if __name__ == "__main__":
    main()
