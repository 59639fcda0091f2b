"""Run the cells of a notebook in this process, as Jupyter would, and record what they show, up to a limit."""

import functools
import io
import sys
import traceback
from types import TracebackType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

CUT = "… the rest is left out."
MESSAGE = 2000  # characters of an error's message
LINES = 12  # of a traceback


class Tape(io.TextIOBase):
    """Takes down what is written, until it is full; what comes after is not kept anywhere.

    Examples
    --------
    >>> tape = Tape(5)
    >>> tape.write("1234567"), tape.text()
    (7, '12345… the rest is left out.')
    """

    encoding = "utf-8"

    def __init__(self, limit: int) -> None:
        self.left = limit
        self._pieces: list[str] = []

    def writable(self) -> bool:
        """Say that this is for writing."""
        return True

    def write(self, text: str) -> int:
        """Keep the text, as far as there is room."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text and self.left >= 0:
            self._pieces.append(str(text[: self.left]))
            self.left -= len(text)
            if self.left < 0:
                self._pieces.append(CUT)
        return len(text)

    def text(self) -> str:
        """Return what was kept, and begin again."""
        said = "".join(self._pieces)
        self._pieces.clear()
        return said


class _Results(DisplayHook):
    """Records the value of a cell's last line as text."""

    def __call__(self, result: Any = None) -> None:
        shell: Any = self.shell
        if result is None or self.quiet():
            return
        self.update_user_ns(result)
        shell.last_value = result
        shell.show("result", shell.display_formatter.format(result, include=["text/plain"])[0].get("text/plain", ""))


class _Displays(DisplayPublisher):
    """Records the text of what a cell displays."""

    def publish(self, data: Any, metadata: Any = None, **_: Any) -> None:
        """Take down the text of a display."""
        shell: Any = self.shell
        text = data.get("text/plain", "")
        shell.show("display", text if isinstance(text, str) else repr(text))


class Shell(InteractiveShell):
    """IPython without a terminal, a history and a network."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        self.outputs: list[dict[str, str]] = []
        self.last_value: Any = None
        self.last_error: BaseException | None = None
        self._room = 0
        self._tapes: dict[str, Tape] = {}
        super().__init__(config=config, displayhook_class=_Results, display_pub_class=_Displays)
        InteractiveShell._instance = self  # pyright: ignore[reportAttributeAccessIssue] - what get_ipython returns
        magics: Any = self.magics_manager
        magics.register_function(_no_pictures, "line", "matplotlib")
        self.system = self.system_raw  # the other one needs a terminal
        formatter: Any = self.display_formatter
        formatter.active_types = ["text/plain"]

    def init_io(self) -> None:
        """Leave the streams alone."""

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Show nothing: the error is in the report."""

    showsyntaxerror = showindentationerror = showtraceback

    def show(self, kind: str, text: str) -> None:
        """Record an output of the cell that runs."""
        self._flush()
        kept = text[: max(self._room, 0)]
        self._room -= len(text)
        if kept:
            self.outputs.append({"kind": kind, "text": kept if self._room >= 0 else kept + CUT})

    def perform(self, source: str, limit: int) -> dict[str, Any]:
        """Run a cell, and return a report: what it showed, and the error that stopped it, or None.

        Parameters
        ----------
        source : str, may have magics
        limit : int, characters that are kept of what it shows
        """
        self.outputs, self.last_value, self._room = [], None, limit
        self._tapes = {"stdout": Tape(limit), "stderr": Tape(limit)}
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self._tapes["stdout"], self._tapes["stderr"]
        try:
            result = self.run_cell(source, store_history=True)
        finally:
            sys.stdout, sys.stderr = before
        self._flush()
        self.last_error = error = result.error_before_exec or result.error_in_exec
        return {"outputs": self.outputs, "error": error if error is None else describe(error)}

    @property
    def tape(self) -> Tape | None:
        """Where the output of the cell that runs goes."""
        return self._tapes.get("stdout")

    def _flush(self) -> None:
        for name, tape in self._tapes.items():
            text = tape.text()
            if text and self._room > 0:
                self._room -= len(text)
                self.outputs.append({"kind": name, "text": text})


@functools.cache
def the_shell() -> Shell:
    """Return the shell of this process. The zygote makes it, before it forks."""
    return Shell()


def _no_pictures(line: str) -> None:
    """Stand for %matplotlib: nobody looks at the pictures."""


def describe(error: BaseException) -> dict[str, Any]:
    """Return an exception as text: its name, its message, and the lines of cells that it went through."""
    return {"name": type(error).__name__[:100], "message": message(error), "lines": cell_lines(error.__traceback__)}


def message(error: BaseException) -> str:
    """Return the message of an exception, shortened."""
    try:
        said = str(error)
    except Exception:
        said = ""
    return said if len(said) <= MESSAGE else said[:MESSAGE] + CUT


def cell_lines(tb: TracebackType | None) -> list[list[Any]]:
    """Return number and text of the lines in cells that an exception went through, the innermost last."""
    frames = [frame for frame in traceback.extract_tb(tb, limit=-500) if is_cell(frame.filename)]
    return [[frame.lineno or 0, (frame.line or "")[:300]] for frame in frames[-LINES:]]


def is_cell(filename: str) -> bool:
    """Return whether a code's file name is one that IPython gives to cells."""
    return filename.startswith("<ipython-input-") or "/ipykernel_" in filename
