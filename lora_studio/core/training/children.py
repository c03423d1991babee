"""Children, Pythons that write their log to a file: how they start, whether one is alive, and how they end.

The child writes to a file, not to a pipe, so it outlives the window where the person says so, and whoever looks later
reads the same. It holds a lock on its log for as long as it lives, however it ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from lora_studio.core.errors import Conflict, Invalid
from lora_studio.core.files import append_plain, make_private_folder, open_plain, storage_errors
from lora_studio.core.training.pythons import environment, isolated, safe_folder

Child = subprocess.Popen[bytes]
END_PATIENCE_S = 5.0
VERBOSE = "--verbose"
_QUIET = {
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
}


def start_child(command: Sequence[str], log_file: Path, *, goes_on: bool = False, listens: bool = False) -> Child:
    """Starts `command`, a Python with its script, isolated; what it says is written to `log_file`, after what stands
    there if it `goes_on`. One that `listens` has a pipe for its stdin, all others nothing.

    Raises Conflict while a child writes that log already, and StorageError.
    """
    make_private_folder(log_file.parent)
    with storage_errors(f"write {log_file}"), append_plain(log_file) as log:
        if not _lock(log, log_file):
            raise Conflict("This runs already; stop it first", "folder")
        if not goes_on:
            log.truncate(0)
        with storage_errors(f"start {command[0]}"):
            return subprocess.Popen(
                isolated(command),
                cwd=safe_folder(command[0]),
                stdin=subprocess.PIPE if listens else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**environment(), **({} if VERBOSE in command else _QUIET)},
                start_new_session=True,
                creationflags=_FLAGS,
            )


def is_running(log_file: Path) -> bool:
    """Whether a child that writes this log is alive, whoever started it."""
    try:
        with open_plain(log_file) as log:
            return not _lock(log, log_file, alone=False)
    except (Invalid, OSError):
        return False


def end_child(child: Child) -> None:
    """Ends a child at once, with everything that it started; the last checkpoint stays."""
    if child.poll() is not None:
        return
    _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + END_PATIENCE_S
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if child.poll() is None:
        _signal(child, _KILL)
    child.wait()


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP
    _KILL = signal.SIGTERM

    def _signal(child: Child, number: int) -> None:
        child.terminate()

    def _lock(log: IO[bytes], path: Path, *, alone: bool = True) -> bool:
        """Windows does not hand a lock on; a file that a child has open cannot be renamed there instead."""
        try:
            msvcrt.get_osfhandle(log.fileno())
            path.replace(path)
        except OSError:
            return False
        return True

else:
    import fcntl

    _FLAGS = 0
    _KILL = signal.SIGKILL

    def _signal(child: Child, number: int) -> None:
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            return  # it has just ended by itself

    def _lock(log: IO[bytes], path: Path, *, alone: bool = True) -> bool:
        """Takes the lock, which whatever inherits the open file then shares; False where a child has it.

        Those who only look are not `alone`: two at once would take each other for a child.
        """
        try:
            fcntl.flock(log, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
