"""Clients that write over HTTP with keys, never give a key up, and note every answer they get."""

import http.client
import json
import random
import threading
import time
import uuid
from urllib.parse import urlencode

_TIMEOUT_SECONDS = 20
_REST_SECONDS = 0.03
_ASK_AGAIN = 0.15


class Clients:
    """`count` threads; `answers` holds the first answer to each key, `differing` those that differ.

    `unsure` are the keys whose answer has not come: they are sent again until it does.
    """

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self.answers: dict[str, tuple[int, str]] = {}
        self.differing: list[str] = []
        self.unsure: set[str] = set()
        self.interrupted = 0
        self._lock = threading.Lock()
        self._over, self._given_up = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(n,)) for n in range(count)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        self._over.set()
        if failed:
            self._given_up.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int, patience_seconds: float = 120) -> None:
        """Wait until so many more keys have their answer."""
        until, wanted = time.monotonic() + patience_seconds, len(self.answers) + more
        while len(self.answers) < wanted:
            if time.monotonic() > until:
                raise TimeoutError("the server does not answer")
            time.sleep(0.01)

    def _write(self, number: int) -> None:
        chance = random.Random(number)
        own: list[str] = []
        while not self._over.is_set():
            again = own and chance.random() < _ASK_AGAIN
            key = chance.choice(own) if again else uuid.uuid4().hex
            self._insist(key)
            if not again:
                own.append(key)

    def _insist(self, key: str) -> None:
        with self._lock:
            self.unsure.add(key)
        tried = 0
        while (answer := self._ask(key)) is None:
            if self._given_up.is_set():
                return
            tried += 1
            time.sleep(_REST_SECONDS)
        with self._lock:
            self.unsure.discard(key)
            self.interrupted += tried > 0
            if self.answers.setdefault(key, answer) != answer:
                self.differing.append(key)

    def _ask(self, key: str) -> tuple[int, str] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_SECONDS)
        try:
            body = urlencode({"key": key, "text": key})
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/trial/mark/", body, form)
            response = connection.getresponse()
            if response.status != http.client.OK:
                return None
            told = json.loads(response.read())
            return told["sequence"], json.dumps(told["outcome"], sort_keys=True)
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
