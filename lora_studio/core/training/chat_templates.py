"""Which chat template other training tools are told to use: known by the model's name alone.

The table follows LLaMA-Factory 0.9.5, read on 2026-11-27: its templates are in `llamafactory/data/template.py`, the
models that they are for in `llamafactory/extras/constants.py`. Told nothing, it takes the tokenizer's template where
it can read that, and none at all where there is none.
"""

from __future__ import annotations

import re

UNKNOWN = "default"
"""LLaMA-Factory's plain template, which it also saves with the adapter's tokenizer."""

_TABLE = (
    (r"deepseek-r1", "deepseekr1"),
    (r"deepseek-(v2-chat-0628|v2\.5|v3)", "deepseek3"),
    (r"deepseek-coder(?!-v2)", "deepseekcoder"),
    (r"deepseek-(llm|math|moe|v2|coder)", "deepseek"),
    (r"gemma-3n", "gemma3n"),
    (r"gemma-4-(e\db|12b)", "gemma4n"),
    (r"gemma-4", "gemma4"),
    (r"gemma-3-(270m|1b)", "gemma2"),  # those that read text alone
    (r"medgemma-27b-text", "gemma2"),
    (r"gemma-3|medgemma", "gemma3"),
    (r"gemma-?2-", "gemma2"),
    (r"(code)?gemma-", "gemma"),
    (r"(meta-)?llama-?2-", "llama2"),
    (r"(meta-)?llama-?3\.2-(11|90)b", "mllama"),
    (r"(meta-)?llama-?3(?!-llava)", "llama3"),
    (r"(meta-)?llama-?4", "llama4"),
    (r"qwen3-vl.*thinking", "qwen3_vl"),
    (r"qwen3-vl", "qwen3_vl_nothink"),
    (r"qwen3-omni.*thinking", "qwen3_omni"),
    (r"qwen3-omni", "qwen3_omni_nothink"),
    (r"qwen3\.5", "qwen3_5"),
    (r"qwen3\.6", "qwen3_6"),
    (r"qwen3-.*instruct|qwen3-coder", "qwen3_nothink"),
    (r"qwen3", "qwen3"),
    (r"qwen2(\.5)?-vl|qvq", "qwen2_vl"),
    (r"qwen2-audio", "qwen2_audio"),
    (r"qwen2\.5-omni", "qwen2_omni"),
    (r"(code)?qwen(1\.5|2)|qwq", "qwen"),
    (r"ministral-3-", "ministral3"),
    (r"ministral|mistral-nemo", "ministral"),
    (r"(mistral|devstral)-small", "mistral_small"),
    (r"pixtral", "pixtral"),
    (r"mistral-7b|mixtral|codestral-22b", "mistral"),
    (r"phi-4-mini", "phi4_mini"),
    (r"phi-4(?!-m)", "phi4"),
    (r"phi-3-small", "phi_small"),
    (r"phi-3(\.5)?-(mini|medium|moe)", "phi"),
    (r"smollm2", "smollm2"),
    (r"smollm-", "smollm"),
    (r"granite-3\.\d-\db", "granite3"),
    (r"granite-4", "granite4"),
    (r"falcon-h1", "falcon_h1"),
    (r"falcon-(7|11|40|180)b", "falcon"),
    (r"exaone-3\.0", "exaone"),
    (r"glm-z1", "glmz1"),
    (r"glm-4\.5(?!v)", "glm4_moe"),
    (r"glm-4-", "glm4"),
    (r"chatglm3", "chatglm3"),
    (r"gpt-oss", "gpt_oss"),
    (r"internlm[23]", "intern2"),
    (r"yi-(coder-|1\.5-)?\d", "yi"),
    (r"lfm2\.5-\d", "lfm2"),
    (r"olmo-(1b|7b)", "olmo"),
    (r"aya-23|c4ai-command-r", "cohere"),
    (r"seed-coder", "seed_coder"),
    (r"seed-oss", "seed_oss"),
    (r"minicpm4", "cpm4"),
    (r"mimo-7b", "mimo"),
    (r"solar-10", "solar"),
    (r"vicuna-", "vicuna"),
    (r"zephyr-7b", "zephyr"),
)
"""The beginning of a model's name in small letters, and its template; the first that fits counts."""

_BASE = re.compile(r"(^|[-_.])base($|[-_.])")
_THINKING = {
    "deepseekr1", "gemma4", "gemma4n", "glm4_moe", "glmz1", "gpt_oss", "mimo", "qwen3", "qwen3_5", "qwen3_6",
    "qwen3_omni", "qwen3_vl", "seed_oss",
}  # fmt: skip
_NO_SYSTEM = re.compile(r"(code)?gemma-(1\.1-|2-)?\d+b")
_TURN_ENDS = (
    (r"gemma-4", "<turn|>"),
    (r"(code|med)?gemma-", "<end_of_turn>"),
    (r"phi-(3|4-mini)", "<|end|>"),
)
"""The token that ends an answer, of models whose tokenizer names another one as its last (their own chat templates)."""


def factory_template(model: str) -> str:
    """LLaMA-Factory's template for `model`, a name on the hub or a folder; UNKNOWN where no name says it."""
    part, template = _first(_TABLE, model)
    taught_no_chat = _BASE.search(part) or ("gemma-" in part and part.endswith("-pt"))
    return UNKNOWN if template is None or taught_no_chat else template


def is_thinking(template: str) -> bool:
    """Whether the template has a place for thoughts, of which rows about guidelines have none."""
    return template in _THINKING


def takes_no_system(model: str) -> bool:
    """Whether the model's own chat template refuses a system message: those of the first two Gemmas do."""
    return any(_NO_SYSTEM.match(part) for part in _parts(model))


def turn_end(model: str) -> str | None:
    """The token that ends an answer where that is not the one that the model's tokenizer calls its end."""
    return _first(_TURN_ENDS, model)[1]


def _first(table: tuple[tuple[str, str], ...], model: str) -> tuple[str, str | None]:
    """The part of the model's name that the table knows, and what it says of it."""
    for part in _parts(model):
        for beginning, said in table:
            if re.match(beginning, part):
                return part, said
    return "", None


def _parts(model: str) -> list[str]:
    """The parts of a name or path in small letters, the last one first."""
    return [part for part in re.split(r"[/\\]|--", model.lower())[::-1] if part]
