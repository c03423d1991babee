"""How far an export is, how fast, and how long it will still take, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """`step` is 1 while rows are made, 2 while files are written; `done` and `total` count rows, or guidelines
    where nobody knows the rows; `left_s` is None before anything is known."""

    step: int
    done: int
    total: int
    per_second: float
    left_s: float | None


def pace(done: int, total: int, rows: int, elapsed_s: float) -> Pace:
    """The pace where `done` of `total` units are done, half of them for each step, after `elapsed_s` seconds."""
    half = max(1, total // 2)
    step = 1 if done < half else 2
    share = min(1.0, (done - half * (step - 1)) / half)
    units = rows or half
    speed = done / elapsed_s if elapsed_s > 0 else 0.0
    left = (total - done) / speed if speed else None
    return Pace(step, round(units * share), units, units * done / (half * elapsed_s) if elapsed_s > 0 else 0.0, left)


def clock(seconds: float) -> str:
    """`seconds` as 0:07 or 1:02:03."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
