"""What people see: lines, tables, a progress bar, one-line errors. Rich is loaded only when it is needed."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lora_studio.terminal import block, data, is_terminal, line, part, problem, to_stdout, visible

__all__ = ["StatusBar", "block", "data", "line", "part", "problem", "progress_bar", "status_bar", "table"]

Progress = Callable[[int, int], None]


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table at a terminal; tab-separated lines into a pipe."""
    rows = [[visible(" ".join(cell.split())) for cell in row] for row in rows]
    if not is_terminal(sys.stdout):
        block("\n".join("\t".join(row) for row in (columns, *rows)))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))  # Text: brackets in a name are no markup
    with to_stdout():
        Console().print(made)


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """A progress callable that draws a bar on stderr; None where stderr is no terminal."""
    if not is_terminal(sys.stderr):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell


@dataclass(frozen=True, slots=True)
class StatusBar:
    """A bar with words beside it: `draw(done, total, words)`, a total of None for unknown; `say(line)` above it."""

    draw: Callable[[int, int | None, str], None]
    say: Callable[[str], None]


@contextlib.contextmanager
def status_bar(title: str) -> Iterator[StatusBar]:
    """A bar on stderr, which must be a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.text import Text

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, words="")

        def draw(done: int, total: int | None, words: str) -> None:
            bar.update(task, completed=done, total=total, words=words)

        yield StatusBar(draw, lambda text: bar.console.print(Text(visible(text))))
