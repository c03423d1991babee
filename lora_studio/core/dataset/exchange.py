"""Files that appear together or not at all: written in a hidden folder beside their place, then moved.

The hidden folder `.lora-studio-….part` is locked by its writer. Renaming it to `….commit` is the moment from which
the new set counts: whatever happens then, `recover` finishes the moves. A folder whose writer is gone before that
moment is removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_studio.core.dataset.card import may_write_card
from lora_studio.core.dataset.layout import CARD
from lora_studio.core.files import PRIVATE_FOLDER, locked, storage_errors, sync_folder

_STAGE = re.compile(r"\.lora-studio-[A-Za-z0-9_]+\.(part|commit)")
_MOVED = re.compile(r"[A-Za-z0-9_]+_[a-z]+_(train|eval|config)_\d{4}-\d\d-\d\d(_\d+)?\.jsonl?")


@dataclass(frozen=True, slots=True)
class Stage:
    """A hidden folder to write into, held against other processes by `lock`."""

    path: Path
    lock: contextlib.ExitStack


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Stage]:
    """A new hidden folder inside `folder`, which is made if need be; both are taken away again unless something
    was put in place from it."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    # The name is made before the folder, so that an interrupt finds what to take away.
    stage = Stage(folder / f".lora-studio-{secrets.token_hex(8)}.part", contextlib.ExitStack())
    with storage_errors(f"write into {folder}"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder):
                _finish_all(folder)
                stage.path.mkdir(PRIVATE_FOLDER)
                stage.lock.enter_context(locked(stage.path))
            yield stage
        finally:
            stage.lock.close()
            shutil.rmtree(stage.path, ignore_errors=True)
            for made in missing:
                with contextlib.suppress(OSError):  # not empty: the export succeeded, or somebody else uses it
                    made.rmdir()


def put_in_place(stage: Stage, folder: Path, names: Sequence[str]) -> None:
    """Moves the finished files `names` from `stage` to `folder`, the last of them last. The caller holds `folder`."""
    for name in names:
        with (stage.path / name).open("rb+") as file:
            os.fsync(file.fileno())
    sync_folder(stage.path)
    stage.lock.close()  # the folder's lock guards it from here; Windows renames no folder with an open file
    commit = stage.path.rename(stage.path.with_suffix(".commit"))
    sync_folder(folder)
    for name in names:
        (commit / name).replace(folder / name)
    sync_folder(folder)
    shutil.rmtree(commit, ignore_errors=True)


def recover(folder: Path) -> None:
    """Finishes the exchange of a writer that was killed in the middle of it, and removes what others left.

    Does nothing where another process is at work in the folder: it has done so itself.
    """
    try:
        with os.scandir(folder) as entries:
            found = any(_STAGE.fullmatch(entry.name) for entry in entries)
    except OSError:
        return
    if found:
        with storage_errors(f"finish an interrupted export in {folder}"), locked(folder, wait=False) as held:
            if held:
                _finish_all(folder)


def _finish_all(folder: Path) -> None:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        kind = _STAGE.fullmatch(entry.name)
        stage = Path(entry.path)
        if kind and kind.group(1) == "part" and entry.is_file(follow_symlinks=False):
            with contextlib.suppress(OSError):
                stage.unlink()  # a script's or another file's, whose writer held this folder's lock and was killed
        if not kind or not entry.is_dir(follow_symlinks=False):
            continue
        if kind.group(1) == "commit":
            _finish_moves(stage, folder)
            shutil.rmtree(stage, ignore_errors=True)
            continue
        # An error: its writer takes it away right now, or it is another user's.
        with contextlib.suppress(OSError), locked(stage, wait=False) as abandoned:
            if abandoned:
                shutil.rmtree(stage, ignore_errors=True)


def _finish_moves(commit: Path, folder: Path) -> None:
    """Moves what is left, configs last, as `put_in_place` would have; nothing but files that an export makes."""
    for file in sorted(commit.iterdir(), key=lambda file: ("_config_" in file.name, file.name)):
        is_ours = may_write_card(folder) if file.name == CARD else _MOVED.fullmatch(file.name)
        if is_ours and stat.S_ISREG(file.lstat().st_mode):
            file.replace(folder / file.name)
    sync_folder(folder)
