"""Chat markers in a guideline's text: a model would read them as the end of a turn, so they are made harmless."""

from __future__ import annotations

import re

# The markers of the huggingface format and the special tokens of well-known chat templates:
# Llama 3, Qwen, Phi, GPT <|…|>; DeepSeek <｜…｜>; Llama 2 and Mistral [INST], <<SYS>>, <s>; Gemma <start_of_turn>.
_MARKER = re.compile(
    r"<\|[^\s|<>]{1,64}\|>|<｜[^\s<>]{1,64}｜>|</?s>|<(?:bos|eos|pad|unk)>|<(?:start|end)_of_turn>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<</?SYS>>"
)


def find_marker(text: str) -> str | None:
    """The first chat marker in `text`, if there is one."""
    if "<" not in text and "[" not in text:  # most texts are done here, at the speed of memchr
        return None
    found = _MARKER.search(text)
    return found.group() if found else None


def defuse(text: str) -> str:
    """`text` with a space inside every marker: `<|user|>` becomes `< |user|>`, for people the same, for models text."""
    while _MARKER.search(text):  # breaking one may join its neighbours into another
        text = _MARKER.sub(lambda found: f"{found.group()[0]} {found.group()[1:]}", text)
    return text
