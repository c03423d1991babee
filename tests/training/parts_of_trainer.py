"""Run by the training Python with a training script's path: what it adds to the trainer, on a tiny model."""

from __future__ import annotations

import json
import runpy
import sys
import types
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

VOCABULARY = 97


class Words:
    """A tokenizer of two words."""

    def __call__(self, text: str, **more: Any) -> dict[str, list[int]]:
        return {"input_ids": [3, {"Yes": 11, "No": 12}[text.strip()]]}

    def decode(self, tokens: list[int]) -> str:
        return {11: "Yes", 12: "No"}.get(tokens[0], " ")


class Plain:
    """A trainer that must not be asked for its own loss."""

    args = types.SimpleNamespace(world_size=1)

    def compute_loss(self, *arguments: Any) -> float:
        return -1.0


def small_model(dropout: float) -> Any:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2
    )
    lora = LoraConfig(r=4, lora_alpha=8, lora_dropout=dropout, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(LlamaForCausalLM(config), lora)


def losses(script: dict[str, Any]) -> dict[str, float]:
    """The loss of our trainer beside one computed the long way, with and without the weights of first tokens."""
    model = small_model(0.0).eval()
    inputs = {"input_ids": torch.randint(20, VOCABULARY, (4, 9)), "attention_mask": torch.ones(4, 9, dtype=torch.long)}
    labels = inputs["input_ids"].clone()
    labels[:, :4] = -100
    labels[0, 4], labels[1, 4], labels[1, 6] = 11, 12, 11  # two verdicts, and the word once more inside an answer
    scores = model(**inputs).logits[:, :-1].reshape(-1, VOCABULARY)
    meant = labels[:, 1:].reshape(-1)
    each = torch.nn.functional.cross_entropy(scores, meant, reduction="none", ignore_index=-100)
    weight = torch.ones_like(each)
    weight[3::8] = script["FIRST_WEIGHT"]
    weight[3] = weight[8 + 3] = script["VERDICT_WEIGHT"]
    ours = script["weighted"](Plain, Words())()
    count = (meant != -100).sum()
    found = {
        "ours": ours.compute_loss(model, {**inputs, "labels": labels}),
        "longWay": (each * weight).sum() / count,
        "others": ours.compute_loss(model.get_base_model(), {**inputs, "labels": labels}),
        "evalOurs": ours.compute_loss(model, {**inputs, "labels": labels}, num_items_in_batch=count),
    }
    return {name: float(loss) for name, loss in found.items()}


def together(script: dict[str, Any]) -> dict[str, Any]:
    """Rows of several lengths that begin alike: what model and gradients say of them, and in how many tokens."""
    model = small_model(0.0).train()
    for name, one in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(one, std=0.1)
    body = model.get_base_model().model
    ids = torch.randint(20, VOCABULARY, (4, 12))
    ids[:, :5] = ids[0, :5]
    ids[1, :8] = ids[0, :8]
    attention = torch.ones_like(ids)
    attention[2, 10:] = attention[3, 7:] = 0
    given = {"input_ids": ids, "attention_mask": attention}
    real = attention.bool()
    can = script["can_read_together"](model, body, given)
    gradients, states = [], []
    for read in (script["read_together"], lambda body, given: body(**given, use_cache=False).last_hidden_state):
        model.zero_grad()
        states.append(read(body, given)[real])
        states[-1].pow(2).sum().backward()
        gradients.append(torch.cat([one.grad.flatten() for _, one in script["trained"](model)]))
    no_tree = {"input_ids": torch.arange(24).reshape(2, 12), "attention_mask": torch.ones(2, 12, dtype=torch.long)}
    return {
        "can": can,
        "tokens": len(script["in_a_tree"]([row[mask].tolist() for row, mask in zip(ids, real, strict=True)])[0]),
        "apart": float((states[0] - states[1]).abs().max()),
        "gradientsApart": float((gradients[0] - gradients[1]).abs().max() / gradients[1].abs().max()),
        "withoutGain": script["read_together"](body, no_tree) is None,
        "stillTraining": model.training,
    }


def dropout(script: dict[str, Any]) -> dict[str, Any]:
    """What is left of ones, and whether the masks differ."""
    model = small_model(0.25).train()
    script["quick_dropout"](model, "cpu")
    layers = [one for name, one in model.named_modules() if "lora_dropout.default" in name]
    ones = torch.ones(4, 50, 100, requires_grad=True)
    first, second = layers[0](ones), layers[0](ones)
    first.sum().backward()
    assert ones.grad is not None
    return {
        "layers": len({type(one).__name__ for one in layers}),
        "kind": type(layers[0]).__name__,
        "dropped": float((first == 0).float().mean()),
        "mean": float(first.mean()),
        "differ": bool((first != second).any()),
        "gradient": bool(torch.equal(ones.grad, first.detach())),
        "atRest": bool(torch.equal(layers[0].eval()(ones), ones)),
    }


def best(script: dict[str, Any]) -> dict[str, Any]:
    """Looks that get better, then worse: when it ends, and which weights are there then."""
    model = small_model(0.0)
    name, weight = script["trained"](model)[0]
    keeps = script["keeps_best"](None)
    control = types.SimpleNamespace(should_training_stop=False)
    ended = None
    for step, loss in enumerate((2.0, 1.0, 1.1, 1.2, 1.3)):
        weight.data.fill_(step)
        keeps.on_evaluate(None, types.SimpleNamespace(global_step=step), control, {"eval_loss": loss}, model=model)
        if control.should_training_stop and ended is None:
            ended = step
    keeps.on_train_end(None, None, control, model=model)
    return {"ended": ended, "kept": float(dict(script["trained"](model))[name].mean())}


def main() -> None:
    script = runpy.run_path(sys.argv[1])
    told = {"losses": losses(script), "together": together(script), "dropout": dropout(script), "best": best(script)}
    sys.stdout.write("told " + json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
