"""JSON from a publisher's server within limits: of time, of size once unpacked, and of the host that was named."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from evaltools.errors import CatalogueError

SILENCE = 60  # seconds without a byte
LONGEST = 300.0  # seconds for one answer, however steadily it drips
ATTEMPTS = 4  # of one request that the server asks to repeat later
LONGEST_WAIT = 60.0  # seconds; the limit is counted by the minute
MOST_BYTES = 100_000_000  # of an answer, unpacked
MOST_REDIRECTS = 3
CHUNK = 65_536
REDIRECTS = (301, 302, 303, 307, 308)


class BackgroundError(CatalogueError):
    """Why a table was not fetched. Nothing was changed."""

    below = "background.error"
    status = 1


class Client:
    """A session with one server. ``wait`` is called with the seconds the server asks for.

    Every failure is a BackgroundError: no network, a status, an answer too large, too slow, cut off or no JSON, and a
    redirect to another host.
    """

    def __init__(self, wait: Callable[[float], None] = time.sleep):
        self.wait = wait
        self.session = requests.Session()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def json(self, method: str, url: str, **asked: Any) -> Any:
        """What the server answers. Where it asks for patience (429, 503) it is asked again, a few times."""
        for attempt in range(ATTEMPTS):
            response, content = _in_time(lambda: self._request(method, url, **asked), url)
            if response.status_code in (429, 503) and attempt + 1 < ATTEMPTS:
                self.wait(_patience(response, attempt))
                continue
            break
        if response.status_code != 200:
            known = f"status_{response.status_code}"
            what = known if known in ("status_400", "status_403", "status_404", "status_429") else "status"
            raise BackgroundError(what, url=url, status=response.status_code)
        try:
            return json.loads(content.decode("utf-8-sig"))
        except ValueError:
            raise BackgroundError("truncated", url=url) from None

    def _request(self, method: str, url: str, **asked: Any) -> tuple[requests.Response, bytes]:
        """One answer with its content, redirects followed within the host."""
        at = url
        for _ in range(MOST_REDIRECTS + 1):
            try:
                with self.session.request(
                    method, at, timeout=SILENCE, stream=True, allow_redirects=False, **asked
                ) as response:
                    if response.status_code not in REDIRECTS:
                        return response, _content(response, url)
                    to = urljoin(at, response.headers.get("Location", ""))
            except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
                raise BackgroundError("truncated", url=url) from None
            except requests.exceptions.RequestException as error:
                raise BackgroundError("no_network", url=url, error=type(error).__name__) from None
            if urlsplit(to)[:2] != urlsplit(url)[:2]:
                raise BackgroundError("redirected", url=url, host=urlsplit(to).netloc)
            at = to
        raise BackgroundError("redirected", url=url, host=urlsplit(at).netloc)


def _content(response: requests.Response, url: str) -> bytes:
    """The body, unpacked piece by piece and given up where it grows too large."""
    content = bytearray()
    for piece in response.iter_content(CHUNK):
        content += piece
        if len(content) > MOST_BYTES:
            raise BackgroundError("too_large", url=url)
    promised = response.headers.get("Content-Length", "")
    if promised.isdigit() and not response.headers.get("Content-Encoding") and len(content) < int(promised):
        raise BackgroundError("truncated", url=url)
    return bytes(content)


def _in_time(request: Callable[[], tuple[requests.Response, bytes]], url: str) -> tuple[requests.Response, bytes]:
    """A request in a thread of its own: one that never ends is left behind, since its socket cannot be interrupted."""
    outcome: list[tuple[requests.Response, bytes] | BaseException] = []

    def run() -> None:
        try:
            outcome.append(request())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LONGEST)
    if not outcome:
        raise BackgroundError("too_slow", url=url, seconds=f"{LONGEST:g}")
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _patience(response: requests.Response, attempt: int) -> float:
    """Seconds to wait: as the server says, else longer each time."""
    said = response.headers.get("Retry-After", "")
    return min(float(said), LONGEST_WAIT) if said.isdigit() else min(5.0 * 3**attempt, LONGEST_WAIT)
