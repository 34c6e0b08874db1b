"""A progress bar for terminals and notebooks."""
from __future__ import annotations

import importlib
import sys
from typing import Any, Callable, Optional, Union

Progress = Union[None, bool, Callable[[int, int], object]]
"""None: a bar where somebody can see it; True, False: with and without; or a function of done and all."""

WIDTH = 30


def progress_of(asked: Progress, label: str) -> Optional[Callable[[int, int], object]]:
    """What a run calls with how many are done and how many there are, or None for nobody."""
    if callable(asked):
        return asked
    in_notebook = _is_notebook()
    if asked is False or (asked is None and not in_notebook and not sys.stderr.isatty()):
        return None
    return _NotebookBar(label) if in_notebook else _TerminalBar(label)


def _is_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class _TerminalBar:
    """One line of standard error that is written over."""

    def __init__(self, label: str) -> None:
        self._label = label

    def __call__(self, done: int, total: int) -> None:
        filled = WIDTH * done // max(total, 1)
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total} {self._label}{end}")
        sys.stderr.flush()


class _NotebookBar:
    """An output of the cell that changes."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._handle: Any = None

    def __call__(self, done: int, total: int) -> None:
        display: Any = importlib.import_module("IPython.display")
        shown = display.HTML(f"<progress value='{done}' max='{total}' style='width:20em'></progress> "
                             f"{done}/{total} {self._label}")
        if self._handle is None:
            self._handle = display.display(shown, display_id=True)
        else:
            self._handle.update(shown)
