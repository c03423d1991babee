"""A training as it runs, on the command line: a bar at a terminal, otherwise a line now and then; never silence."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Protocol

from lora_studio.core.errors import Cancelled
from lora_studio.core.training.children import Child
from lora_studio.core.training.progress import Follower, Progress, advanced
from lora_studio.core.training.runs import Run, ask_to_stop
from lora_studio.doors.cli import show
from lora_studio.terminal import is_terminal

LOOK_EVERY_S = 0.2
LINE_EVERY_S, LINE_EVERY_SHARE = 10.0, 0.05
"""Without a terminal a line comes after so many seconds, or so much of the way, whichever is first."""
SILENCE_S = 60.0
"""After so long a line comes even where no step has ended."""
LINES_KEPT = 1_000


class Watch(Protocol):
    """What is shown of a training."""

    def draw(self, now: Progress) -> None:
        """Shows where it stands."""

    def say(self, line: str) -> None:
        """Shows a line that the training said."""


def in_words(now: Progress) -> str:
    """Where a training stands, in one line: "step 40 of 206, loss 1.92, about 5 min left"."""
    if not now.of:
        return "loading the libraries and the model"
    parts = [f"step {now.step:,} of {now.of:,}"]
    if now.losses:
        parts.append(f"loss {now.losses[-1][1]:.2f}")
    if now.eval_losses:
        parts.append(f"eval loss {now.eval_losses[-1][1]:.2f}")
    if now.seconds_left:
        parts.append(f"about {duration(now.seconds_left)} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Roughly so long: seconds, minutes or hours."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class Lines:
    """The watch without a terminal."""

    def __init__(self) -> None:
        self._shown, self._step, self._at = "", 0, time.monotonic()

    def draw(self, now: Progress) -> None:
        waited = time.monotonic() - self._at
        far = now.of and (now.step - self._step) / now.of >= LINE_EVERY_SHARE
        words = in_words(now)
        if waited < SILENCE_S and (words == self._shown or not (far or waited >= LINE_EVERY_S)):
            return
        self._shown, self._step, self._at = words, now.step, time.monotonic()
        show.problem(words)

    def say(self, line: str) -> None:
        show.problem(line)


@contextlib.contextmanager
def watching() -> Iterator[Watch]:
    """A bar on stderr where that is a terminal, otherwise lines."""
    if not is_terminal(sys.stderr):
        yield Lines()
        return
    with show.status_bar("Training") as bar:
        yield _Bar(bar)


class _Bar:
    def __init__(self, bar: show.StatusBar) -> None:
        self._bar = bar

    def draw(self, now: Progress) -> None:
        self._bar.draw(now.step, now.of or None, in_words(now))

    def say(self, line: str) -> None:
        self._bar.say(line)


def follow(run: Run, child: Child, watch: Watch, at: int = 0) -> tuple[Progress, list[str]]:
    """Shows what the child tells until its end, from byte `at` of its log on; how it stood last, and its last lines.

    The first Ctrl+C asks it to stop and save, the second raises Cancelled.
    """
    follower, now = Follower(run.log, at), Progress()
    lines: list[str] = []
    interrupted = ended = False
    while not ended or follower.is_behind:
        try:
            ended = child.poll() is not None  # before the look, so that nothing comes after the last one
            events, more = follower.read()
            now = advanced(now, events)
            lines = [*lines, *more][-LINES_KEPT:]
            for line in more:
                watch.say(line)
            watch.draw(now)
            if interrupted and any(event.event == "start" for event in events):
                ask_to_stop(run)  # the script forgets what was asked before it began
            if not ended and not follower.is_behind:
                time.sleep(LOOK_EVERY_S)
        except KeyboardInterrupt:
            if interrupted:
                raise Cancelled from None
            interrupted = True
            show.problem("Stopping after the present rows, and saving; Ctrl+C once more ends at once.")
            ask_to_stop(run)
    return now, lines
