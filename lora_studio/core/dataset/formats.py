"""The row formats: an example in, one JSON-ready dict out, keys in the contract's order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lora_studio.core.domain import Example

USER_MARK, ASSISTANT_MARK, END_MARK = "<|user|>", "<|assistant|>", "<|end|>"
ALPACA_INSTRUCTION = "Provide guidance based on established guidelines."

Row = dict[str, Any]
MakeRow = Callable[[Example, str], Row]
"""An example and the system sentence in, one row out."""


@dataclass(frozen=True, slots=True)
class Format:
    """A row format: how a row is made, what it is called, where it goes, and what to know about that place."""

    title: str
    goes_to: str
    make_row: MakeRow
    notice: str = ""


def metadata(example: Example) -> dict[str, Any]:
    """Where a row comes from."""
    source = example.source
    head = {"type": example.type, "category": source.category, "priority": source.priority}
    if example.example_type:
        head["exampleType"] = example.example_type
    return head | {"guidelineId": source.id, "guidelineVersion": source.version, "guidelineName": source.name}


def turn(role: str, content: str) -> dict[str, str]:
    """One message of a conversation."""
    return {"role": role, "content": content}


def huggingface_row(example: Example, system: str) -> Row:
    """Tagged text, markers once each."""
    text = f"{USER_MARK}{example.prompt}{ASSISTANT_MARK}{example.completion}{END_MARK}"
    return {"text": text, "metadata": metadata(example)}


def openai_row(example: Example, system: str) -> Row:
    """OpenAI's chat format; no further key is allowed."""
    turns = [turn("system", system), turn("user", example.prompt), turn("assistant", example.completion)]
    return {"messages": turns}


def anthropic_row(example: Example, system: str) -> Row:
    """The Claude format as documented, with metadata."""
    return {**bedrock_row(example, system), "metadata": metadata(example)}


def bedrock_row(example: Example, system: str) -> Row:
    """The Claude format as Amazon Bedrock takes it: no extra keys."""
    return {"system": system, "messages": [turn("user", example.prompt), turn("assistant", example.completion)]}


def alpaca_row(example: Example, system: str) -> Row:
    """Stanford Alpaca's instruction format."""
    return {
        "instruction": ALPACA_INSTRUCTION,
        "input": example.prompt,
        "output": example.completion,
        "metadata": metadata(example),
    }


def chat_row(example: Example, system: str) -> Row:
    """TRL's conversational prompt and completion: the loss is on the answer alone."""
    return {
        "prompt": [turn("system", system), turn("user", example.prompt)],
        "completion": [turn("assistant", example.completion)],
        "metadata": metadata(example),
    }


def sharegpt_row(example: Example, system: str) -> Row:
    """ShareGPT's conversations."""
    said = (("system", system), ("human", example.prompt), ("gpt", example.completion))
    return {"conversations": [{"from": who, "value": text} for who, text in said]}


def gemini_row(example: Example, system: str) -> Row:
    """Vertex AI's supervised tuning format."""
    return {
        "systemInstruction": {"parts": [{"text": system}]},
        "contents": [
            {"role": "user", "parts": [{"text": example.prompt}]},
            {"role": "model", "parts": [{"text": example.completion}]},
        ],
    }


FORMATS: dict[str, Format] = {
    "huggingface": Format("Hugging Face", "tagged text for local LoRA", huggingface_row),
    "openai": Format(
        "OpenAI",
        "messages for OpenAI-style services and TRL",
        openai_row,
        "OpenAI takes no new fine-tuning jobs from 2027-01-06; compatible services still do.",
    ),
    "anthropic": Format(
        "Anthropic",
        "Claude on Amazon Bedrock",
        anthropic_row,
        "The only Claude that Bedrock could tune reached its end of life on 2026-09-10.",
    ),
    "alpaca": Format("Alpaca", "instruction, input, output for local LoRA", alpaca_row),
    "chat": Format("Chat", "local LoRA with TRL, trains on the answers only", chat_row),
    "sharegpt": Format("ShareGPT", "LLaMA-Factory, axolotl, Unsloth", sharegpt_row),
    "gemini": Format("Gemini", "supervised tuning on Vertex AI", gemini_row),
}


def row_maker(name: str, *, strict: bool = False) -> MakeRow:
    """The function that makes the rows of the format `name`; `strict` leaves out what its service refuses."""
    return bedrock_row if strict and name == "anthropic" else FORMATS[name].make_row
