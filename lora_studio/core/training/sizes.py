"""How large a base model is: by its config.json, or by its name.

As with `plan`, the text below the imports is also part of every training script.
"""

from __future__ import annotations

import math
import re

from lora_studio.core.training.plan import Model

# Models between these sizes (parameters, hidden size) are guessed to lie on the lines between them.
SIZES = ((1e7, 128), (1.35e8, 576), (1e9, 2048), (8e9, 4096), (7e10, 8192), (4e11, 16384))


def model_facts(name: str, config: object = None) -> Model:
    """What the model is like by its config.json; without one by the size in its name, else one of 1B."""
    known = _configured(config)
    if known is not None:
        return known
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    size = re.search(r"(?:(\d{1,4})x)?(\d{1,6}(?:\.\d{1,6})?)([bBmM])(?![A-Za-z])", last)
    one = float(size[2]) * (1e6 if size[3] in "mM" else 1e9) if size else 1e9
    one = min(max(one, 1e6), 1e13)
    hidden = _hidden(one)
    parameters = one * min(max(int(size[1]), 1), 1000) if size and size[1] else one
    said = f"its name says {size[0]}" if size else "its name holds no size, so 1B is assumed"
    guess = f"The model {last} is not on this machine: {said}."
    return Model(parameters, hidden, max(1, round(one / (12 * hidden**2))), 128_000, guess)


def _hidden(parameters: float) -> int:
    place = min(max(1, sum(size <= parameters for size, _ in SIZES)), len(SIZES) - 1)
    (low, narrow), (high, wide) = SIZES[place - 1], SIZES[place]
    share = math.log(parameters / low) / math.log(high / low)
    return max(64, round(float(narrow * (wide / narrow) ** share)))


def _configured(config: object) -> Model | None:
    """The model that a config.json describes; None where it does not say enough."""
    if not isinstance(config, dict):
        return None
    text = config.get("text_config")
    values = text if isinstance(text, dict) else config

    def number(*names: str, default: int = 0) -> int:
        found = (values.get(name) for name in names)
        return next((one for one in found if type(one) is int and 0 < one < 10**7), default)

    hidden = number("hidden_size", "n_embd", "d_model")
    layers = number("num_hidden_layers", "n_layer", "num_layers")
    vocabulary = number("vocab_size")
    if not (hidden and layers and vocabulary):
        return None
    heads = number("num_attention_heads", "n_head", default=1)
    head = number("head_dim", default=max(1, hidden // heads))
    attention = 2 * hidden * head * (heads + number("num_key_value_heads", default=heads))
    gated = "intermediate_size" in values  # as every Llama's is
    wide = number("moe_intermediate_size", "intermediate_size", "n_inner", "ffn_dim", default=4 * hidden)
    experts = number("num_local_experts", "num_experts", "n_routed_experts", default=1)
    block = attention + experts * (3 if gated else 2) * hidden * wide
    tables = 1 if config.get("tie_word_embeddings", values.get("tie_word_embeddings", True)) else 2
    return Model(float(layers * block + tables * vocabulary * hidden), hidden, layers, vocabulary)
