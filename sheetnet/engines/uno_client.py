"""A helper process that answers each line of JSON with a line of JSON.

Knows: how to start one in a process group of its own, wait no longer than allowed, and leave
nothing behind, however Python ends. Does not know: what is asked (see `libreoffice`).
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

CLOSE_SECONDS = 8.0


class HelperGone(Exception):
    """The helper ended without an answer; the text is what it said last."""


class HelperTimeout(Exception):
    """The helper did not answer in time and was killed."""


class Helper:
    """A running helper with a temporary folder, which is removed with it.

    `command` makes the command line from that folder; `leftovers` names files elsewhere that a
    helper may leave when it is killed. Raises OSError when it cannot be started.
    """

    def __init__(
        self,
        command: Callable[[Path], list[str]],
        leftovers: Callable[[Path], list[Path]] = lambda folder: [],
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sheetnet-"))
        self._said = self.folder / "stderr.txt"
        try:
            with self._said.open("wb") as said:
                self._process = subprocess.Popen(
                    command(self.folder),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    env=os.environ | {"TMPDIR": str(self.folder)},
                    start_new_session=True,
                )
        except OSError:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self._answers: queue.Queue[bytes] = queue.Queue()
        assert self._process.stdout is not None
        threading.Thread(
            target=_listen, args=(self._process.stdout, self._answers), daemon=True
        ).start()
        self._finish = weakref.finalize(
            self, _end, self._process, [self.folder, *leftovers(self.folder)]
        )

    def send(self, request: dict[str, Any]) -> None:
        """Send one request. Raises HelperGone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:  # ValueError: it was closed
            raise self._gone() from error

    def receive(self, timeout: float) -> dict[str, Any]:
        """The next answer. Raises HelperGone, or HelperTimeout after `timeout` seconds."""
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            self.kill()
            raise HelperTimeout(f"no answer within {timeout:g} s") from None
        except BaseException:  # an interrupt: do not leave it at work on something unwanted
            self.kill()
            raise
        if not line:
            raise self._gone()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _gone(self) -> HelperGone:
        said = ""
        with contextlib.suppress(OSError):
            said = self._said.read_text("utf-8", "replace").strip()[-500:]
        self.kill()
        return HelperGone(said or f"it ended with status {self._process.returncode}")

    def kill(self) -> None:
        """End the helper and everything it started at once."""
        _kill_group(self._process)
        self.close()

    def close(self) -> None:
        """Let the helper end by itself, see that it does, and remove its folder."""
        self._finish()


def _listen(stream: IO[bytes], answers: queue.Queue[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in stream:
            answers.put(line)
    answers.put(b"")


def _end(process: subprocess.Popen[bytes], remove: list[Path]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()  # asks it to end
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(CLOSE_SECONDS)
    _kill_group(process)
    process.wait()
    for path in remove:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "nt":
        if process.poll() is None:
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)],
                capture_output=True,
                check=False,
                timeout=30,
            )
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # the group bears the number of its first process
