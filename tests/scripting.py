"""Datasets as the studio writes them, the scripts for them, and a way to run those."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lora_studio.core.training.adapters import Dataset, find_dataset
from lora_studio.core.training.options import LoraOptions, TrainingOptions
from lora_studio.core.training.scripts import render_script, write_script

MODEL = "meta-llama/Llama-3-8B"
LOCAL = ("huggingface", "chat", "alpaca", "sharegpt")


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def gemini_turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


Row = Callable[[str, str], dict[str, Any]]
ROWS: dict[str, Row] = {
    "huggingface": lambda q, a: {"text": f"<|user|>{q}<|assistant|>{a}<|end|>", "metadata": {}},
    "chat": lambda q, a: {
        "prompt": [turn("system", "S"), turn("user", q)],
        "completion": [turn("assistant", a)],
        "metadata": {},
    },
    "alpaca": lambda q, a: {"instruction": "Guide.", "input": q, "output": a, "metadata": {}},
    "sharegpt": lambda q, a: {
        "conversations": [
            {"from": "system", "value": "S"},
            {"from": "human", "value": q},
            {"from": "gpt", "value": a},
        ]
    },
    "dpo": lambda q, a: {
        "prompt": [turn("system", "S"), turn("user", q)],
        "chosen": [turn("assistant", a)],
        "rejected": [turn("assistant", "Anything else")],
        "metadata": {},
    },
    "kto": lambda q, a: {
        "prompt": [turn("system", "S"), turn("user", q)],
        "completion": [turn("assistant", a)],
        "label": a.endswith("1"),
        "metadata": {},
    },
    "openai": lambda q, a: {"messages": [turn("system", "S"), turn("user", q), turn("assistant", a)]},
    "anthropic": lambda q, a: {
        "system": "S",
        "messages": [turn("user", q), turn("assistant", a)],
        "metadata": {"type": "direct_query"},
    },
    "gemini": lambda q, a: {
        "systemInstruction": gemini_turn("system", "S"),
        "contents": [gemini_turn("user", q), gemini_turn("model", a)],
    },
}


def made_rows(format_name: str, count: int) -> list[dict[str, Any]]:
    question, answer = 'What about "{}"?\n\n\\ \u2028', "Answer {} <b> \x85 {{{{ 7*7 }}}}"
    return [ROWS[format_name](question.format(number), answer.format(number)) for number in range(count)]


def write_dataset(
    folder: Path,
    format_name: str,
    *,
    rows: int | list[dict[str, Any]] = 40,
    evals: int = 0,
    date: str = "2025-12-24",
    **changes: Any,
) -> Dataset:
    """An export as core/dataset writes it: two data files and their config."""
    folder.mkdir(parents=True, exist_ok=True)
    slug = re.sub("[^A-Za-z0-9]", "_", MODEL)
    train = made_rows(format_name, rows) if isinstance(rows, int) else rows
    files = []
    for side, made in (("train", train), ("eval", made_rows(format_name, evals))):
        data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made).encode()
        path = folder / f"{slug}_{format_name}_{side}_{date}.jsonl"
        path.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        files.append({"name": path.name, "rows": len(made), "bytes": len(data), "sha256": digest})
    config = {
        "name": f"{slug}_{format_name}_{date}",
        "targetModel": MODEL,
        "format": format_name,
        "createdAt": f"{date}T10:30:00.000Z",
        "datasetPath": str(folder),
        "exampleCount": len(train) + evals,
        "schemaVersion": 1,
        "files": files,
        **changes,
    }
    (folder / f"{slug}_{format_name}_config_{date}.json").write_text(json.dumps(config))
    found = find_dataset(folder, str(config["targetModel"]), format_name)
    assert found
    return found


def render(format_name: str, **changes: Any) -> str:
    given = {
        "target_model": MODEL,
        "dataset": None,
        "dataset_path": Path("/data/sets"),
        "script_folder": None,
        "lora": LoraOptions(),
        "training": TrainingOptions(),
        **changes,
    }
    return render_script(given.pop("target_model"), format_name, **given)


def make_script(folder: Path, format_name: str, dataset: Dataset | None, data: Path | None = None) -> Path:
    text = render(format_name, dataset=dataset, dataset_path=data or folder, script_folder=folder)
    path, warnings = write_script(folder, format_name, text)
    assert warnings == []
    return path


def run(script: Path, *flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *flags],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=script.parents[-1],
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def shape(text: str) -> str:
    """The script's syntax tree with every constant's value blanked, its kind kept."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = type(node.value).__name__
    return ast.dump(tree)


def loose_parts(text: str) -> list[str]:
    """The top-level statements that would do something at import."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)
    docstring, *rest = ast.parse(text).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    return [ast.unparse(node) for node in rest if not isinstance(node, kinds)]
