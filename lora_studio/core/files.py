"""Files and folders: owner-only creation, atomic writes, locks that end with their process, allowed paths."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from lora_studio.core.errors import Invalid, StorageError

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
DEEPEST_PATH = 200
LONGEST_NAME = 255
"""Most folders in a path, and most bytes in a file's name on nearly every disk."""
SMALL_FILE_MAX = 1 << 20
"""Largest config or script that is read, in bytes. A real one has a few thousand."""


@contextlib.contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turns the system's refusals inside the block into one sentence: `what` says what was being done."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"Cannot {what}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    hints = {
        errno.ENOSPC: "the disk is full; free some space and try again",
        errno.EDQUOT: "your disk quota is used up; free some space and try again",
        errno.EROFS: "the disk is read-only; choose another folder",
        errno.EACCES: "the folder or file may not be written; change its permissions or choose another",
        errno.EPERM: "the folder or file may not be written; change its permissions or choose another",
        errno.ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
        errno.ENAMETOOLONG: "the name is too long for this disk; choose a shorter one",
        errno.EMFILE: "too many files are open; close some programs and try again",
    }
    return hints.get(error.errno or 0, error.strerror or str(error))


def make_private_folder(folder: Path) -> None:
    """Makes `folder` and its parents; a new one is readable by its owner only."""
    if not folder.is_dir():
        with storage_errors(f"create the folder {folder}"):
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` survive a power cut, where the system can."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, text: str | Iterable[str], mode: int = 0o644) -> None:
    """Writes `path` whole or not at all: a temporary file beside it, flushed, then renamed over it."""
    with storage_errors(f"write {path}"):
        part = _written_beside(path, text, mode)
        try:
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def write_all(texts: Mapping[Path, str]) -> None:
    """Writes several files, each whole and with the permissions that it had. Every one lies complete beside its place
    before the first is renamed, so that a full disk changes none."""
    parts: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            with storage_errors(f"write {path}"):
                mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
                parts[path] = _written_beside(path, text, mode)
        for path in texts:
            with storage_errors(f"write {path}"):
                parts[path].replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _written_beside(path: Path, text: str | Iterable[str], mode: int) -> Path:
    """A temporary file beside `path` that holds `text`, on the disk."""
    handle, name = tempfile.mkstemp(prefix=".lora-studio-", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines([text] if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def read_small_file(path: Path, most: int = SMALL_FILE_MAX) -> bytes:
    """The bytes of a plain file of at most `most` bytes. Never blocks, never follows a link.

    Raises Invalid, with a reason for the end of a sentence, for a link, a folder, a pipe, a device or a larger
    file, and OSError where the system refuses.
    """
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(most + 1) if size <= most else b""
        if size > most or len(data) > most:
            raise Invalid(f"it is larger than {most >> 20} MiB")
        return data


@contextlib.contextmanager
def open_plain(path: Path) -> Iterator[BinaryIO]:
    """A plain file open for reading. Never blocks, never follows a link; raises as `read_small_file` does."""
    if path.is_symlink():
        raise Invalid("it is a link")
    # The two flags hold where the file is exchanged for a pipe or a link between the look and the opening.
    handle = os.open(path, os.O_RDONLY | _flag("O_NONBLOCK") | _flag("O_NOFOLLOW") | _flag("O_BINARY"))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Invalid("it is not a plain file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(handle)


def append_plain(path: Path) -> BinaryIO:
    """A plain file open for writing at its end, made if it is not there. Never blocks, never follows a link.

    Raises Invalid for what is no plain file, and OSError.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _flag("O_NONBLOCK") | _flag("O_NOFOLLOW") | _flag("O_BINARY")
    if path.is_symlink():
        raise Invalid(f"{path} is a link; take it away and try again")
    file = os.fdopen(os.open(path, flags, 0o666), "ab")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise Invalid(f"{path} is not a plain file; take it away and try again")
    return file


def _flag(name: str) -> int:
    return int(getattr(os, name, 0))


@contextlib.contextmanager
def locked(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Holds `folder` against every other process; the lock ends with the process, however that ends.

    Gives False, without the lock, when `wait` is False and another process holds it.
    """
    if sys.platform == "win32":
        with _locked_file(folder / ".lora-studio.lock", wait) as held:
            yield held
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


if sys.platform == "win32":  # pragma: no cover
    import msvcrt
    import time

    @contextlib.contextmanager
    def _locked_file(path: Path, wait: bool) -> Iterator[bool]:
        with path.open("a+b") as file:
            while True:
                try:
                    file.seek(0)
                    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                    break
                except OSError:
                    if not wait:
                        yield False
                        return
                    time.sleep(0.05)
            yield True
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        with contextlib.suppress(OSError):
            path.unlink()


def allowed_path(text: str, allowed: Sequence[Path], field: str, *, folder: bool = True) -> Path:
    """The absolute path that `text` names, links followed, if it lies inside one of the `allowed` folders.

    Relative paths start from the working folder. Raises Invalid, naming `field`, for a path that leaves them,
    for NUL, for a blank one, and for a file where a folder is meant.
    """
    path = plain_path(text, field, folder=folder)
    if not any(path.is_relative_to(Path(home).resolve()) for home in allowed):
        raise Invalid(
            f"{field} leads outside the allowed folders; use a path inside the working folder (the root is none), "
            "or let the owner add the folder in the window's Settings, or as allowed_folders in settings.toml",
            field,
        )
    return path


def plain_path(text: str, field: str, *, folder: bool = True) -> Path:
    """The absolute path that a person typed or picked, links followed. Raises Invalid, naming `field`."""
    if not text.strip():
        raise Invalid(f"{field} must not be blank", field)
    if "\0" in text:
        raise Invalid(f"{field} must not contain NUL", field)
    try:
        path = Path(text).expanduser().resolve()
        is_wrong_kind = folder and path.exists() and not path.is_dir()
        blocked = next((p for p in path.parents if p.exists() and not p.is_dir()), None)
    except (OSError, RuntimeError, ValueError):
        raise Invalid(f"{field} is not a usable path; choose another", field) from None
    if len(path.parts) > DEEPEST_PATH or any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts):
        raise Invalid(f"{field} is too long or nested too deeply; choose a shorter path", field)
    if is_wrong_kind or blocked:
        raise Invalid(f"{field} must be a folder, but {str(blocked or path)!r} is a file", field)
    return path


def path_text(path: Path) -> str:
    """The path as text that UTF-8 can hold: bytes in a file name that are no text are replaced."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
