"""Which files belong to one dataset or adapter alone, so that these and nothing else can go to the bin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lora_studio.core.dataset.card import may_write_card
from lora_studio.core.dataset.layout import CARD
from lora_studio.core.errors import Invalid
from lora_studio.core.files import read_small_file
from lora_studio.core.training.scripts import is_ours
from lora_studio.core.training.shelf import Item, stamp_of

_OF_AN_ADAPTER = re.compile(
    r"adapter_(config\.json|model\.(safetensors|bin))|lora_studio\.json|trainer_state\.json|training_args\.bin"
    r"|checkpoints(_earlier)?|checkpoint-\d+|tokenizer(_config)?\.json|special_tokens_map\.json|chat_template\.jinja"
    r"|STOP"
)
_CARD_SIGN = b"<!-- This model card is written by LoRA Studio;"
"""In the README.md that a training script writes (`resources/scripts/adapter_card.py.j2`)."""


def belongings(item: Item, others: Iterable[Item]) -> tuple[Path, ...]:
    """The files of `item` that are there, its config last; for an adapter its folder, unless others live in that too.

    A script and a card count only when they are ours, unchanged, and of no other dataset. Links are never among them.
    """
    rest = [one for one in others if one.path != item.path]
    if item.is_adapter:
        return _adapter(item, rest)
    here = [one for one in rest if one.folder == item.folder and not one.is_adapter]
    taken = {file.name for one in here if one.facts for file in one.facts.files}
    names = [file.name for file in item.facts.files if file.name not in taken] if item.facts else []
    if not any(one.shape == item.shape for one in here):
        names += [name for name in (f"train_{item.shape}.py",) if is_ours(item.folder / name)]
    if not here and may_write_card(item.folder):
        names.append(CARD)
    return tuple(path for name in (*names, item.path.name) if stamp_of(path := item.folder / name))


def _adapter(item: Item, rest: Iterable[Item]) -> tuple[Path, ...]:
    if item.path.is_symlink():
        return ()
    if not any(one.path.is_relative_to(item.path) for one in rest) and not _has_more(item.path):
        return (item.path,)
    return tuple(sorted(_parts(item.path)))


def _parts(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        is_its_own = _OF_AN_ADAPTER.fullmatch(path.name) or (path.name == CARD and _is_model_card(path))
        if is_its_own and not path.is_symlink() and (path.is_dir() or path.is_file()):
            yield path


def _is_model_card(path: Path) -> bool:
    try:
        return _CARD_SIGN in read_small_file(path)
    except (Invalid, OSError):
        return False


def _has_more(folder: Path) -> bool:
    """Whether the folder holds folders of other things."""
    inside = (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    return any(not _OF_AN_ADAPTER.fullmatch(path.name) for path in inside)
