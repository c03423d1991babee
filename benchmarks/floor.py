"""The least that an export can cost: one scan of the table, the rows as dicts, the JSON encoder, one file.

Run as `python -m benchmarks.floor LIBRARY`.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec

_read_list = msgspec.json.Decoder(tuple[str, ...]).decode


def rows_of(guideline: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """The rows of one guideline in the huggingface format, written out by hand."""
    guideline_id, version, name, content, category, priority, good, bad = guideline
    asked: list[tuple[str, str | None, str, str]] = [
        ("direct_query", None, f'What is the guideline for "{name}"?', content),
        (
            "contextual_query",
            None,
            f"I need guidance on {name}. What should I know?",
            f"Here's the guideline: {content}",
        ),
        ("validation_query", None, f"How should I handle {name}?", content),
    ]
    for which, verdict, texts in (
        ("good", "Yes, this follows the guideline. ", good),
        ("bad", "No, this violates the guideline. ", bad),
    ):
        prompts = [f"Is this approach correct?\n\n{text}" for text in _read_list(texts)]
        asked += [("example_validation", which, prompt, verdict + content) for prompt in prompts]
    for kind, example_type, prompt, completion in asked:
        metadata = {"type": kind, "category": category, "priority": priority}
        if example_type:
            metadata["exampleType"] = example_type
        metadata |= {"guidelineId": guideline_id, "guidelineVersion": version, "guidelineName": name}
        yield {"text": f"<|user|>{prompt}<|assistant|>{completion}<|end|>", "metadata": metadata}


def main(library: str) -> None:
    encoder = msgspec.json.Encoder()
    buffer = bytearray()
    columns = "id, version, name, content, category, priority, good, bad"
    with closing(sqlite3.connect(library)) as connection, tempfile.TemporaryFile() as file:
        for guideline in connection.execute(f"SELECT {columns} FROM guideline"):
            for row in rows_of(guideline):
                encoder.encode_into(row, buffer, len(buffer))
                buffer += b"\n"
            if len(buffer) > 1 << 20:
                file.write(buffer)
                buffer.clear()
        file.write(buffer)


if __name__ == "__main__":
    main(sys.argv[1])
