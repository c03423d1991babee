"""Where the program begins: Ctrl+C ends it quietly from its first moment on, with the exit code for that."""

from __future__ import annotations

import sys

CANCELLED = 130


def main() -> int:
    """Runs the program and gives its exit code."""
    try:
        from lora_studio.start import start  # here, for it takes a while

        return start()
    except KeyboardInterrupt:
        return CANCELLED


if __name__ == "__main__":
    sys.exit(main())
