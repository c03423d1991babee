"""What a training script tells while it runs: lines that start with "@lora", read as they come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from lora_studio.core.errors import Invalid
from lora_studio.core.files import open_plain

MARK = b"@lora "
CHUNK = 1 << 18
"""Most bytes that one look takes, so that a flood holds nobody up."""
LINE_MAX = 1 << 16
"""A longer line of output is cut: somebody else's progress bar is not worth the memory."""
SHOWN_MAX = 1_000
"""Characters of a line, or of an error, that are shown."""
POINTS_MAX = 1_000
"""Points of a curve that are kept: about as many as can be seen, and are drawn quickly."""


class Event(msgspec.Struct, rename="camel", frozen=True):
    """One line of a script; the docstring of its `tell` says which event has what. Losses are per token."""

    event: str
    step: int | None = None
    of: int | None = None
    epoch: float | None = None
    loss: float | None = None
    eval_loss: float | None = None
    learning_rate: float | None = None
    seconds_left: float | None = None
    rows: int | None = None
    eval_rows: int | None = None
    output: str | None = None
    message: str | None = None
    faults: tuple[str, ...] = ()
    side: str | None = None
    text: str | None = None
    seconds: float | None = None
    outcome: str | None = None


_read_event = msgspec.json.Decoder(Event).decode


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. `state` is "starting", "training", "done", "stopped" or "failed".

    `losses` and `eval_losses` are (step, loss per token). `error` is the script's own sentence.
    """

    state: str = "starting"
    step: int = 0
    of: int = 0
    epoch: float = 0.0
    learning_rate: float | None = None
    seconds_left: float | None = None
    losses: tuple[tuple[int, float], ...] = ()
    eval_losses: tuple[tuple[int, float], ...] = ()
    output: str = ""
    error: str = ""
    outcome: str = ""
    """At its end: "learnt", "hardly_moved" or "got_worse"; empty where the script does not say."""
    verdict: str = ""
    """The script's sentence about the outcome, with what to change where there is something."""


_STATES = {"start": "training", "step": "training", "eval": "training", "save": "training",
           "done": "done", "stopped": "stopped", "error": "failed"}  # fmt: skip


def advanced(now: Progress, events: Iterable[Event]) -> Progress:
    """`now` after `events`."""
    losses, eval_losses = list(now.losses), list(now.eval_losses)
    for event in events:
        if event.event == "start":  # a run that goes on tells the steps after its checkpoint once more
            first = event.step or 0
            losses = [point for point in losses if point[0] <= first]
            eval_losses = [point for point in eval_losses if point[0] <= first]
        if event.step is not None and event.loss is not None:
            losses.append((event.step, event.loss))
        if event.step is not None and event.eval_loss is not None:
            eval_losses.append((event.step, event.eval_loss))
        now = _step(now, event)
    return replace(now, losses=_thinned(losses), eval_losses=_thinned(eval_losses))


def _thinned(points: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Every second point, and the last, where there are too many."""
    while len(points) > POINTS_MAX:
        points = [*points[:-1:2], points[-1]]
    return tuple(points)


def _step(now: Progress, event: Event) -> Progress:
    return replace(
        now,
        state=_STATES.get(event.event, now.state),
        step=now.step if event.step is None else event.step,
        of=now.of if event.of is None else event.of,
        epoch=now.epoch if event.epoch is None else event.epoch,
        learning_rate=now.learning_rate if event.learning_rate is None else event.learning_rate,
        seconds_left=now.seconds_left if event.event in ("eval", "save") else event.seconds_left,
        output=event.output or now.output,
        error=_error(event)[:SHOWN_MAX],
        outcome=event.outcome or "",
        verdict=(event.message or "")[:SHOWN_MAX] if event.outcome else "",
    )


def _error(event: Event) -> str:
    if event.event == "check":
        return " ".join(event.faults)
    return event.message or "" if event.event == "error" else ""


class Follower:
    """Reads what was added to a log since the last look, a piece at a time; the log may not be there yet.

    The first look begins `at` so many bytes.
    """

    def __init__(self, path: Path, at: int = 0) -> None:
        self._path = path
        self._at = at
        self._rest = b""
        self.is_behind = False
        """Whether there was more than the last look took."""

    def read(self) -> tuple[list[Event], list[str]]:
        """The new events, and the new lines of everything else, at most CHUNK bytes of both; nothing new: empty lists.

        Raises OSError where the log cannot be read.
        """
        try:
            with open_plain(self._path) as file:
                file.seek(self._at)
                data = file.read(CHUNK)
        except (FileNotFoundError, Invalid):  # a link or a pipe is no log of ours
            self.is_behind = False
            return [], []
        self._at += len(data)
        self.is_behind = len(data) == CHUNK
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_MAX:
            whole, self._rest = [*whole, self._rest], b""
        events, lines = [], []
        for line in whole:
            event = event_of(line)
            if event is None:
                lines.append(_shown(line))
            else:
                events.append(event)
        return events, lines


def event_of(line: bytes) -> Event | None:
    """The event that `line` tells; None for any other line."""
    if not line.startswith(MARK):
        return None
    try:
        return _read_event(line[len(MARK) :])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _shown(line: bytes) -> str:
    """The line as a terminal would leave it: a progress bar that was drawn over itself shows its last state."""
    last = line[:LINE_MAX].rstrip(b"\r").rpartition(b"\r")[2]
    return last.decode("utf-8", "replace")[:SHOWN_MAX]
