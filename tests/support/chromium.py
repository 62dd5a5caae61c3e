"""A real browser for the tests: Debian's chromium without a screen, by its DevTools protocol.

Knows: how to start it, open a file, press keys and the mouse as a person does, and what the page
said or asked for meanwhile. Needs `chromium` on the machine and PyPI's websocket-client.
"""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import websocket

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--mute-audio", "--hide-scrollbars", "--remote-debugging-port=0",
    "--remote-allow-origins=*", "--disable-dev-shm-usage", "--force-color-profile=srgb",
]  # fmt: skip
_PATIENCE = 60.0  # seconds; a machine may be busy
_KEYS = {
    "Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), " ": (32, " "), "Home": (36, ""),
    "End": (35, ""), "ArrowLeft": (37, ""), "ArrowUp": (38, ""), "ArrowRight": (39, ""),
    "ArrowDown": (40, ""), "Backspace": (8, ""), "F2": (113, ""),
}  # fmt: skip
CONTROL, SHIFT = 2, 8


def program() -> str | None:
    """The browser's path, or None where there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Chromium:
    """One running browser with one tab. Use with `with`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sheetnet-chromium-")
        path = program()
        assert path is not None, "no chromium on this machine"
        self._process = subprocess.Popen(
            [path, *_FLAGS, f"--user-data-dir={self._folder.name}/profile", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            self._socket = websocket.create_connection(self._address(), timeout=_PATIENCE)
        except BaseException:
            self.close()
            raise
        self._number = 0
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.downloads = Path(self._folder.name) / "downloads"
        self.downloads.mkdir()
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        self.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))

    def _address(self) -> str:
        told = Path(self._folder.name) / "profile" / "DevToolsActivePort"
        limit = time.monotonic() + _PATIENCE
        while time.monotonic() < limit:
            with contextlib.suppress(OSError, ValueError, StopIteration):
                port = int(told.read_text(encoding="utf-8").split("\n")[0])
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
                    tabs = json.load(answer)
                return next(t["webSocketDebuggerUrl"] for t in tabs if t["type"] == "page")
            time.sleep(0.1)
        raise TimeoutError("chromium did not start")

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the browser and remove its files."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(OSError):
            self._folder.cleanup()

    # --- the protocol --------------------------------------------------------------------------

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One call of the protocol, and its result; what happens meanwhile is noted."""
        self._number += 1
        call = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(call))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message['error']}"
                return dict(message.get("result", {}))
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                thrown = details.get("exception", {}).get("description", details.get("text"))
                self.problems.append(str(thrown))
            case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "warning", "assert"):
                self.problems.append(str(parameters["args"]))
            case "Log.entryAdded" if parameters["entry"]["level"] in ("error", "warning"):
                self.problems.append(parameters["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])

    def run(self, script: str) -> Any:
        """The value of an expression in the page (a promise is waited for)."""
        answer = self.ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = _PATIENCE) -> Any:
        """Wait until an expression is true; returns its value."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if value := self.run(script):
                return value
            time.sleep(0.02)
        raise AssertionError(f"never true: {script}")

    # --- what a person does --------------------------------------------------------------------

    def size(self, width: int, height: int, *, dark: bool = False, touch: bool = False) -> None:
        """The window's size, and whether the person likes dark screens."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=2 if touch else 1, mobile=touch,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, address: str | Path) -> None:
        """Open a file as by a double click, or an address; waits until it is drawn."""
        where = Path(address).as_uri() if isinstance(address, Path) else address
        self.problems.clear()
        self.ask("Page.navigate", url="about:blank")
        self.requests.clear()
        self.ask("Page.navigate", url=where)
        self.wait("document.readyState === 'complete' && !!document.sheetnet")
        self.frame()

    def frame(self) -> None:
        """Until the page has drawn what it had to draw."""
        twice = "requestAnimationFrame(() => requestAnimationFrame(() => done(1)))"
        self.run(f"new Promise((done) => {twice})")

    def click(self, selector: str, count: int = 1) -> None:
        """Click the middle of an element."""
        x, y = self.middle(selector)
        self.press(x, y, count)

    def press(self, x: float, y: float, count: int = 1) -> None:
        """Click at a place."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.ask(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=count
            )
        self.frame()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse at one place, move it to another, release it."""
        self.ask("Input.dispatchMouseEvent", type="mousePressed", x=start[0], y=start[1],
                 button="left", clickCount=1)  # fmt: skip
        for k in range(1, 6):
            x, y = (a + (b - a) * k / 5 for a, b in zip(start, end, strict=True))
            self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left")
        self.ask("Input.dispatchMouseEvent", type="mouseReleased", x=end[0], y=end[1],
                 button="left", clickCount=1)  # fmt: skip
        self.frame()

    def middle(self, selector: str) -> tuple[float, float]:
        """The middle of an element on the screen."""
        box = self.run(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        return float(box[0]), float(box[1])

    def key(self, key: str, modifiers: int = 0) -> None:
        """Press and release one key."""
        plain = ord(key.upper()) if len(key) == 1 and key.isalnum() else 0  # "." is no key 46
        code, text = _KEYS.get(key, (plain, key))
        shown = "" if modifiers & CONTROL else text
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=shown, **common)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **common)
        self.frame()

    def write(self, text: str) -> None:
        """Type a text, key by key."""
        for letter in text:
            self.key(letter)

    def saved(self, name: str, action: Callable[[], None]) -> Path:
        """The file of that name which the action saves."""
        target = self.downloads / name
        target.unlink(missing_ok=True)
        action()
        limit = time.monotonic() + _PATIENCE
        while time.monotonic() < limit:
            if target.exists() and target.stat().st_size:
                return target
            time.sleep(0.05)
        raise AssertionError(f"{name} was not saved; there are {list(self.downloads.iterdir())}")

    def picture(self, path: Path) -> None:
        """A screenshot."""
        self.frame()
        data = self.ask("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))
