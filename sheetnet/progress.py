"""What takes longer than a second says so, on a terminal.

Knows: one line of standard error, wiped away at the end. Does not know what is done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE, _BEAT = 1.0, 0.2  # seconds until the first word, and between two
_WIDE = 78


@contextmanager
def progress_of(what: str) -> Iterator[Callable[[float], None]]:
    """Tell what the block does while it lasts; the function given is told how much is done."""
    shares = [0.0]
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda share: None
        return
    import threading

    done = threading.Event()

    def tell() -> None:
        if done.wait(_PATIENCE):
            return
        while not done.wait(_BEAT):
            far = f" {shares[0]:.0%}" if shares[0] else " …"
            print(f"\r{what[:_WIDE - len(far)]}{far}", end="", file=sys.stderr, flush=True)
        print(f"\r{' ' * _WIDE}\r", end="", file=sys.stderr, flush=True)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield lambda share: shares.__setitem__(0, share)
    finally:
        done.set()
        teller.join()
