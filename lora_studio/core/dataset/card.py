"""The dataset card: README.md with the YAML by which Hugging Face's `load_dataset(folder)` finds the splits."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from lora_studio.core.dataset.layout import CARD, dataset_configs
from lora_studio.core.errors import Invalid
from lora_studio.core.files import read_small_file

SIGN = "<!-- This card is written by LoRA Studio; delete this line to keep your own text. -->"
_CARD_MAX = 16 << 20
"""Largest card that is looked at, in bytes: one of a folder with many thousands of datasets."""
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def may_write_card(folder: Path) -> bool:
    """Whether the folder has no README.md, or one of ours: a person's own is never overwritten."""
    path = folder / CARD
    try:
        return SIGN.encode() in read_small_file(path, _CARD_MAX)
    except FileNotFoundError:
        return True
    except (Invalid, OSError):
        return False


def card_text(folder: Path, config_name: str, config: dict[str, Any]) -> str:
    """The card of `folder` once the dataset `config` lies there as `config_name`: it is the default one, and the
    others there can be loaded by their names."""
    others = [(other.get("name"), other) for name, other in dataset_configs(folder) if name != config_name]
    configs = [_hub_config("default", config, default=True)]
    configs += [_hub_config(str(name), other) for name, other in others if _splits(other)]
    total = config["exampleCount"]
    head = {
        "pretty_name": config["name"],
        "task_categories": ["text-generation"],
        "tags": ["lora", "guidelines", config["format"]],
        "size_categories": [next((label for limit, label in _SIZES if total < limit), "1M<n<10M")],
        "configs": configs,
    }
    front = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1_000)
    return f"---\n{front}---\n{SIGN}\n\n{_body(config)}"


def _splits(config: dict[str, Any]) -> list[tuple[str, str]]:
    """The splits with rows and their files; an empty file makes `load_dataset` fail."""
    files = config.get("files")
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        return []
    named: Iterable[tuple[str, dict[str, Any]]] = zip(("train", "validation"), files, strict=False)
    return [(split, str(file.get("name"))) for split, file in named if file.get("rows")]


def _hub_config(name: str, config: dict[str, Any], *, default: bool = False) -> dict[str, Any]:
    files = [{"split": split, "path": path} for split, path in _splits(config)]
    return {"config_name": name, **({"default": True} if default else {}), "data_files": files}


def _body(config: dict[str, Any]) -> str:
    train, evaluation = config["files"]
    rows = [
        f"| {split} | `{file['name']}` | {file['rows']:,} | `{file['sha256']}` |"
        for split, file in (("train", train), ("eval", evaluation))
    ]
    return "\n".join(
        [
            f"# {config['name']}",
            "",
            f"{config['exampleCount']:,} examples from {config['guidelines']['count']:,} guidelines,"
            f" format `{config['format']}`.",
            "",
            "| split | file | rows | sha256 |",
            "|---|---|---|---|",
            *rows,
            "",
            "From which guidelines and with which options it was made stands in the config file beside it.",
            "",
        ]
    )
