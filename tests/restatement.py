"""The contract's formats, examples, file names and counts, written down a second time and independently of the
program, so that a test can compare every byte."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

Guideline = dict[str, Any]
Question = tuple[str, str, dict[str, Any]]
"""A prompt, its completion, and the metadata of the row."""

NO_METADATA = ("openai", "sharegpt", "gemini")
FORMATS = ("huggingface", "openai", "anthropic", "alpaca", "chat", "sharegpt", "gemini")


def is_blank(text: str) -> bool:
    return all(character.isspace() or character in "\ufeff\u200b" for character in text)


def questions(guideline: Guideline, cap: int = 3, include_examples: bool = True) -> Iterator[Question]:
    """What one guideline, as `get` shows it, yields."""
    name, content = guideline["name"], guideline["content"]
    if is_blank(content):
        return
    yield f'What is the guideline for "{name}"?', content, _metadata(guideline, "direct_query")
    yield (
        f"I need guidance on {name}. What should I know?",
        f"Here's the guideline: {content}",
        _metadata(guideline, "contextual_query"),
    )
    yield f"How should I handle {name}?", content, _metadata(guideline, "validation_query")
    if not include_examples:
        return
    for kind, verdict in (("good", "Yes, this follows the guideline."), ("bad", "No, this violates the guideline.")):
        shown = [example for example in guideline["examples"][kind] if not is_blank(example)][:cap]
        for example in shown:
            metadata = _metadata(guideline, "example_validation", kind)
            yield f"Is this approach correct?\n\n{example}", f"{verdict} {content}", metadata


def _metadata(guideline: Guideline, kind: str, example_type: str = "") -> dict[str, Any]:
    metadata = {"type": kind, "category": guideline["category"], "priority": guideline["priority"]}
    if example_type:
        metadata["exampleType"] = example_type
    metadata["guidelineId"] = guideline["id"]
    metadata["guidelineVersion"] = guideline["version"]
    metadata["guidelineName"] = guideline["name"]
    return metadata


def row(format_name: str, question: Question, system: str) -> dict[str, Any]:
    """One line of a format, as an object."""
    prompt, completion, metadata = question
    first = {"role": "system", "content": system}
    user, assistant = {"role": "user", "content": prompt}, {"role": "assistant", "content": completion}
    said: dict[str, Any]
    if format_name == "huggingface":
        said = {"text": f"<|user|>{prompt}<|assistant|>{completion}<|end|>"}
    elif format_name == "openai":
        said = {"messages": [first, user, assistant]}
    elif format_name == "anthropic":
        said = {"system": system, "messages": [user, assistant]}
    elif format_name == "alpaca":
        instruction = "Provide guidance based on established guidelines."
        said = {"instruction": instruction, "input": prompt, "output": completion}
    elif format_name == "chat":
        said = {"prompt": [first, user], "completion": [assistant]}
    elif format_name == "sharegpt":
        turns = (("system", system), ("human", prompt), ("gpt", completion))
        said = {"conversations": [{"from": who, "value": text} for who, text in turns]}
    else:
        contents = [{"role": "user", "parts": [{"text": prompt}]}, {"role": "model", "parts": [{"text": completion}]}]
        said = {"systemInstruction": {"parts": [{"text": system}]}, "contents": contents}
    return said if format_name in NO_METADATA else {**said, "metadata": metadata}


def line(data: dict[str, Any]) -> bytes:
    """A row as it stands in the file: compact, UTF-8 unescaped, one newline."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def lines(format_name: str, guidelines: Iterable[Guideline], system: str, **how: Any) -> list[bytes]:
    """All lines of a dataset, sorted. `how`: cap, include_examples."""
    return sorted(line(row(format_name, one, system)) for each in guidelines for one in questions(each, **how))


def system_of(format_name: str, first_line: bytes) -> str:
    """The system sentence that a line holds; "" for a format without one."""
    data = json.loads(first_line)
    places: dict[str, tuple[str | int, ...]] = {
        "openai": ("messages", 0, "content"),
        "anthropic": ("system",),
        "chat": ("prompt", 0, "content"),
        "sharegpt": ("conversations", 0, "value"),
        "gemini": ("systemInstruction", "parts", 0, "text"),
    }
    for step in places.get(format_name, ()):
        data = data[step]
    return data if format_name in places else ""


def file_names(model: str, format_name: str, date: str, number: int = 1) -> tuple[str, str, str]:
    """The names of the train, eval and config file."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    slug = "".join(character if character in letters else "_" for character in model)
    end = f"{date}_{number}" if number > 1 else date
    return (
        f"{slug}_{format_name}_train_{end}.jsonl",
        f"{slug}_{format_name}_eval_{end}.jsonl",
        f"{slug}_{format_name}_config_{end}.json",
    )


def train_count(total: int, ratio: float) -> int:
    """How many rows go to train when they are split by example."""
    return math.floor(total * ratio)
