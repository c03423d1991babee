"""What starts a training: commands, the files that they read, and rows in the form that another tool reads."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lora_studio.core.dataset.formats import ASSISTANT_MARK, END_MARK, USER_MARK
from lora_studio.core.errors import Invalid
from lora_studio.core.files import locked, make_private_folder, open_plain, storage_errors, write_atomically


@dataclass(frozen=True, slots=True)
class Copy:
    """The rows of the data file `source`, written anew as `name`: one column of chat messages."""

    name: str
    source: Path
    sha256: str
    format: str


@dataclass(frozen=True, slots=True)
class Launch:
    """`commands`, one for each machine, and what they read: files (name, text), and copies of the rows."""

    commands: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()
    copies: tuple[Copy, ...] = ()


def write_launch_files(folder: Path, launch: Launch) -> tuple[list[Path], list[str]]:
    """Writes the files of `launch` into `folder`, then its copies; gives their paths, and what there is to know.

    Another file of a file's name is kept as `NAME_earlier`. Raises Invalid for rows that were changed since their
    export, and StorageError where the folder does not let us.
    """
    paths, warnings = [], []
    make_private_folder(folder)
    with storage_errors(f"write into {folder}"), locked(folder):
        for one in launch.copies:
            _write_copy(folder / one.name, one)
        for name, text in launch.files:
            path = folder / name
            if os.path.lexists(path) and not _holds(path, text):
                number = 1
                while os.path.lexists(kept := path.with_stem(f"{path.stem}_earlier{f'_{number}' * (number > 1)}")):
                    number += 1
                path.rename(kept)
                warnings.append(f"There was another {name}; it is kept as {kept.name}")
            write_atomically(path, text)
            paths.append(path)
    return [*paths, *(folder / one.name for one in launch.copies)], warnings


def as_yaml(values: dict[str, Any], comment: str = "") -> str:
    """`values` as a config file, each value written out in its place, under a line of comment."""
    text = yaml.dump(values, Dumper=_Plain, sort_keys=False, allow_unicode=False, width=10_000)
    return f"# {comment}\n{text}" if comment else text


class _Plain(yaml.SafeDumper):
    """Never says `*id001` for a value that stands elsewhere too: not every reader of a config takes that."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _holds(path: Path, text: str) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 4 * len(text):
        return False
    return path.read_bytes() == text.encode()


def _write_copy(path: Path, copy: Copy) -> None:
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open_plain(copy.source))
        except (Invalid, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise Invalid(f"{copy.source} cannot be read: {reason}; export the dataset again") from None
        write_atomically(path, _lines(copy, file), stat.S_IMODE(os.fstat(file.fileno()).st_mode))


def _lines(copy: Copy, file: Iterable[bytes]) -> Iterator[str]:
    """The rows one by one. The last thing it does is to compare the checksum: until then nothing is in place."""
    digest = hashlib.sha256()
    for number, line in enumerate(file, start=1):
        digest.update(line)
        try:
            messages = MESSAGES[copy.format](json.loads(line))
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            raise Invalid(f"{copy.source}, line {number} is no {copy.format} row; export the dataset again") from None
        yield json.dumps({"messages": messages}, ensure_ascii=False) + "\n"
    if digest.hexdigest() != copy.sha256:
        raise Invalid(f"{copy.source} was changed since its export; export the dataset again")


def _marked(row: dict[str, Any]) -> list[dict[str, str]]:
    question, answer = str.split(row["text"], ASSISTANT_MARK, 1)
    if not question.startswith(USER_MARK) or not answer.endswith(END_MARK):
        raise ValueError("the marks are missing")
    question, answer = question.removeprefix(USER_MARK), answer.removesuffix(END_MARK)
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def _alpaca(row: dict[str, Any]) -> list[dict[str, str]]:
    question = "\n\n".join(part for part in (row["instruction"], row["input"]) if part)
    return [{"role": "user", "content": question}, {"role": "assistant", "content": row["output"]}]


MESSAGES: dict[str, Callable[[dict[str, Any]], list[dict[str, str]]]] = {
    "chat": lambda row: [*row["prompt"], *row["completion"]],
    "huggingface": _marked,
    "alpaca": _alpaca,
}
"""By format: the messages of a row, as the training script makes them (`resources/scripts/messages.py.j2`)."""
