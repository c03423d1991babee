"""The log: warnings and our own mistakes, in HOME/logs, for its owner's eyes only."""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from pathlib import Path

from lora_studio.core.files import PRIVATE_FILE, make_private_folder
from lora_studio.core.home import Home

LOG_MAX_BYTES = 1 << 20


def log_to(home: Home) -> None:
    """Sends log records of level WARNING and above to HOME/logs; the file is made with the first of them."""
    handler = _PrivateLog(home)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.raiseExceptions = False  # a log that cannot be written is no reason to disturb anybody
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


class _PrivateLog(logging.FileHandler):
    """A log file that only its owner can read, in a folder made when it is needed; a full one becomes `.1`."""

    def __init__(self, home: Home) -> None:
        super().__init__(home.logs / "lora-studio.log", encoding="utf-8", delay=True)

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        make_private_folder(path.parent)
        if path.exists() and path.stat().st_size > LOG_MAX_BYTES:
            path.replace(path.with_suffix(".log.1"))
        os.close(os.open(path, os.O_CREAT | os.O_APPEND, PRIVATE_FILE))
        return super()._open()
