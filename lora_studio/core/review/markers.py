"""Chat markers in a guideline's text: a model would read them as the end of a turn, so they are made harmless."""

from __future__ import annotations

import re
from typing import NamedTuple

TABLE_VERSION = 2
TABLE_DATE = "2026-11-27"
"""The table below as it was last held against its sources. Another version can change the bytes of an export."""


class Family(NamedTuple):
    """Special tokens that one text of a tokenizer or template shows: which models, where that is written, which signs.

    `pattern` is a regular expression that looks at no more than some 70 characters from where it begins.
    """

    models: str
    source: str
    pattern: str


FAMILIES = (
    Family(
        "our huggingface format; Llama 3 and 4, Qwen, Phi, gpt-oss, Kimi, GLM, Granite, Cohere",
        "https://github.com/openai/harmony/blob/main/docs/format.md",
        r"<\|[^\s|<>]{1,64}\|>",
    ),
    Family(
        "DeepSeek, Hunyuan",
        "https://huggingface.co/deepseek-ai/DeepSeek-V3.1/blob/main/tokenizer_config.json",
        r"<｜[^\s<>]{1,64}｜>",
    ),
    Family(
        "Qwen 3, DeepSeek R1, GLM 4.5, SmolLM 3, MiniMax, Seed: reasoning and calls",
        "https://huggingface.co/Qwen/Qwen3-4B/blob/main/tokenizer_config.json",
        r"</?(?:think|tool_call|tool_response|arg_key|arg_value|minimax:tool_call|seed:(?:think|tool_call|bos|eos|pad))>",
    ),
    Family(
        "Gemma 4",
        "https://ai.google.dev/gemma/docs/core/prompt-formatting-gemma4",
        r"<\|(?:turn|channel|tool|tool_call|tool_response|image|audio|video)>"
        r"|<(?:turn|channel|tool|tool_call|tool_response|image|audio|video)\|>",
    ),
    Family(
        "Gemma 2 and 3",
        "https://ai.google.dev/gemma/docs/core/prompt-structure",
        r"<(?:start|end)_of_(?:turn|image|audio)>|<(?:image|audio)_soft_token>",
    ),
    Family(
        "Llama 2, Mistral and Magistral",
        "https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/tokens/tokenizers/base.py",
        r"\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|MODEL_SETTINGS|THINK)\]|<</?SYS>>"
        r"|\[(?:TOOL_CONTENT|CALL_ID|ARGS|IMG|IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|TRANSCRIBE|PREFIX|MIDDLE|SUFFIX)\]",
    ),
    Family(
        "GLM 4 and ChatGLM",
        "https://huggingface.co/zai-org/GLM-4.5/blob/main/tokenizer_config.json",
        r"\[[gs]?MASK\]|<[se]op>",
    ),
    Family(
        "MiniMax M2",
        "https://huggingface.co/MiniMaxAI/MiniMax-M2/blob/main/chat_template.jinja",
        r"\]~b\]|\]~!b\[|\[e~\[",
    ),
    Family(
        "EXAONE",
        "https://huggingface.co/LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct/blob/main/tokenizer_config.json",
        r"\[\|(?:system|user|assistant|tool|endofturn)\|\]",
    ),
    Family(
        "what nearly every tokenizer begins, ends and fills with",
        "https://huggingface.co/docs/transformers/main_classes/tokenizer",
        r"</?s>|<(?:bos|eos|pad|unk|mask)>|<(?:BOS|EOS|PAD|UNK)_TOKEN>|<(?:extra_id|reserved)_\d{1,4}>|<SPECIAL_\d{1,4}>",
    ),
    Family(
        "pictures in LLaVA, and in LLaMA-Factory, which counts them",
        "https://github.com/hiyouga/LLaMA-Factory/blob/main/src/llamafactory/extras/constants.py",
        r"<image>",  # <video> and <audio> are elements of HTML, of which guidelines speak
    ),
    Family(
        "code completion: StarCoder, Qwen Coder, Granite Code",
        "https://huggingface.co/bigcode/starcoder2-15b/blob/main/tokenizer_config.json",
        r"<fim[_-](?:prefix|middle|suffix|pad)>",
    ),
)
_ANY = "|".join(family.pattern for family in FAMILIES)
_MARKER = re.compile(_ANY)
_FIRST_SIGN = re.compile(rf"(?=(?:{_ANY}))(.)")


def find_marker(text: str) -> str | None:
    """The first chat marker in `text`, if there is one."""
    if "<" not in text and "[" not in text and "]~" not in text:  # most texts are done here, at the speed of memchr
        return None
    found = _MARKER.search(text)
    return found.group() if found else None


def defuse(text: str) -> str:
    """`text` with a space inside every marker: `<|user|>` becomes `< |user|>`, for people the same, for models text.

    Markers that share a sign are all broken in one pass, so that none is left and the time is linear.
    """
    return _FIRST_SIGN.sub(r"\1 ", text) if find_marker(text) else text
