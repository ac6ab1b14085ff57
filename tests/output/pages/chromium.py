"""A headless Chromium driven over a pipe, for pages that have to work in a browser.

The DevTools protocol in its plainest form: JSON messages with a NUL behind each, on
descriptors 3 and 4 of the browser. No port is opened and no driver is needed.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)


def find():
    """Path of a browser, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One page of one browser; use it in a ``with`` statement.

    Attributes
    ----------
    problems : list of str
        Console errors and warnings, uncaught exceptions and refused content.
    requests : list of str
        Addresses that were asked for.
    """

    def __init__(self, program):
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        # The browser expects its ends at 3 and 4, wherever the pipe put them.
        swap = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        command = ["/bin/bash", "-c", swap, "bash", str(to_browser), str(from_browser)]
        command += [program, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = subprocess.Popen(
            command, pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self._session = None
        self.problems, self.requests, self._seen = [], [], []
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def call(self, method, **parameters):
        """One command and its answer; events on the way are noted."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self._note(answer)

    def _read(self):
        while b"\0" not in self._buffer:
            data = os.read(self._in, 1 << 20)
            assert data, "the browser ended"
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(text)

    def _note(self, event):
        method, own = event.get("method"), event.get("params", {})
        self._seen.append(method)
        if method == "Runtime.exceptionThrown":
            details = own["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled":
            self.problems.append(" ".join(str(one.get("value")) for one in own["args"]))
        elif method == "Log.entryAdded":
            self.problems.append(own["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(own["request"]["url"])

    def open(self, path, *, width=1280, height=900, dark=False, scripts=True, fragment=""):
        """Load a file, with what stands behind the # of its address, and wait until it is there."""
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        if fragment:
            # Otherwise the browser would only look for another place on the page that it has.
            self.visit("about:blank")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        return self.visit(Path(path).absolute().as_uri() + (f"#{fragment}" if fragment else ""))

    def visit(self, address):
        """Load an address and wait until it is there."""
        self._seen.clear()
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + 600
        while "Page.loadEventFired" not in self._seen:
            assert time.monotonic() < deadline, "the page does not load"
            self._note(self._read())
        return self

    def evaluate(self, expression):
        """Value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition):
        """Wait until a JavaScript condition holds, as long as it takes within ten minutes."""
        tried = f"try {{ if ({condition}) return done('yes'); }} catch {{}}"
        look = f"const look = () => {{ {tried} setTimeout(look, 10); }};"
        promise = f"new Promise(done => {{ {look} look(); setTimeout(done, 600000, 'not yet'); }})"
        assert self.evaluate(promise) == "yes", condition

    def texts(self, selector):
        """Visible text of every element that a selector finds."""
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.textContent)")

    def click(self, selector):
        """Click the first element that a selector finds."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def type(self, selector, text):
        """Put text into a field as if it was typed."""
        code = "(f => {{ f.value = {1}; f.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
        self.evaluate((code + "(document.querySelector({0}))").format(json.dumps(selector), json.dumps(text)))

    def press(self, key):
        """Press a key where the focus is."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else text
            code = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowUp": 38, "ArrowDown": 40}.get(key, 0)
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)

    def choose(self, selector, text):
        """Choose the option of a list that reads `text`."""
        code = (
            "((f, t) => { f.value = [...f.options].find(o => o.textContent === t).value;"
            " f.dispatchEvent(new Event('change', {bubbles: true})); })"
        )
        self.evaluate(f"{code}(document.querySelector({json.dumps(selector)}), {json.dumps(text)})")

    def screenshot(self, path, *, whole=False):
        """Save what is to be seen, or the whole page, as PNG."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        Path(path).write_bytes(base64.b64decode(data))
