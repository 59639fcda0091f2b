"""What the command prints: tables, a progress bar, faults, and one line for an error."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from rnn_course.grading.grade import Batch


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong in one line on stderr, and end."""
    click.echo(f"error: {message}", err=True)
    sys.exit(code)


def verdict(passed: bool, name: str, said: str) -> None:
    """Print a line with a mark, a name, and what is said of it."""
    from rich.console import Console
    from rich.text import Text

    mark = ("✓ ", "green") if passed else ("✗ ", "red")
    Console(highlight=False, soft_wrap=True).print(Text.assemble(mark, (name, "bold"), f": {said}"))


def table(title: str, heads: Sequence[str], lines: Iterable[Sequence[str]], numbers: Sequence[str] = ()) -> None:
    """Print lines under headings; the columns whose headings are in ``numbers`` are set flush right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", title_style="bold")
    for head in heads:
        drawn.add_column(head, justify="right" if head in numbers else "left")
    for line in lines:
        drawn.add_row(*(Text(cell, style={"✓": "green", "✗": "red"}.get(cell, "")) for cell in line))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200  # a log or a pipe has no width, and a table folded at 80 is hard to read
    console.print(drawn)


def track(what: str) -> Callable[[Sequence[str]], Iterator[str]]:
    """Return what passes students on and shows a progress bar."""

    def passing(students: Sequence[str]) -> Iterator[str]:
        with _progress() as bar:
            task = bar.add_task(what, total=len(students))
            for student in students:
                bar.update(task, description=f"{what}: {student}")
                yield student
                bar.advance(task)
            bar.update(task, description=what)

    return passing


@contextmanager
def _progress() -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield bar


def summary(slug: str, did: str, batch: "Batch") -> None:
    """Print what became of a class; if some of it failed, end with exit code 1."""
    click.echo(f"{slug}: {len(batch.done)} {did}, {len(batch.skipped)} were already, {len(batch.failed)} failed")
    for student, reason in sorted(batch.zeros.items()):
        click.echo(f"  {printable(student)} has no points: {printable(reason)}")
    report(batch.failed, f"{len(batch.failed)} could not be {did}")


def printable(text: str) -> str:
    """Return text that somebody else wrote without what would steer a terminal.

    Examples
    --------
    >>> printable("ada" + chr(27) + "[2J.ipynb")
    'ada·[2J.ipynb'
    """
    return "".join(letter if letter.isprintable() else "·" for letter in text)


def report(faults: dict[str, str], summary: str) -> None:
    """Name each fault on a line of its own; if there are any, end with exit code 1."""
    for name, reason in sorted(faults.items()):
        click.echo(f"  {printable(name)}: {printable(reason)}", err=True)
    if faults:
        fail(summary)
