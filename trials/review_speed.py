"""From file handed in to verdict on the page, over HTTP, beside the time of an empty page."""

import http.cookiejar
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import shapely

from trials import _brute
from trials._county import ACCOUNT, environment, home_of, releases
from trials._sites import sites
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "one site in a county of 200,000 parcels, from file to verdict"
TIMED = True
FAULTS = {"waits": "each review waits for something else for a second and a half"}
PARCELS, SITES = 200_000, 200
GOAL_SECONDS = 1.0
_START_SECONDS = 60


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield the 95th percentile from POST to the verdict page read, and an empty page beside it."""
    parcels = scale.count(PARCELS, least=20_000)
    home = home_of(parcels)
    files = _files(home, scale.count(SITES, least=8))
    with _server(home, fault) as clerk:
        clerk.sign_in()
        for file in files[:3]:
            clerk.review(file)
        empty = [clerk.timed("/review/?verdict=pass&q=nothing-is-called-this") for _ in range(20)]
        taken = [clerk.review(file) for file in files]
    p95 = float(np.quantile(taken, 0.95))
    yield Figure(
        f"file to verdict on the page, county of {parcels:,} parcels, {len(files)} sites: p95",
        f"≤ {GOAL_SECONDS:g} s",
        f"p95 {p95:.3f} s, median {statistics.median(taken):.3f} s; "
        f"empty page median {statistics.median(empty):.3f} s",
        p95 <= GOAL_SECONDS,
    )


def _files(home: Path, count: int) -> list[bytes]:
    """Return boundary files as a clerk has them: GeoJSON with a `crs`, in the county's frame."""
    survey = _brute.Layer.read(releases(home)["landuse"])
    west, south, east, north = shapely.total_bounds(survey.geometry)
    made = []
    for plot in sites(np.random.default_rng(29), shapely.box(west, south, east, north)):
        middle = shapely.box(*shapely.centroid(plot).buffer(1).bounds)
        if any(survey.geometry[row].intersects(plot) for row in survey.near(middle)):
            crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
            geometry = json.loads(shapely.to_geojson(plot))
            feature = {"type": "Feature", "properties": {}, "geometry": geometry}
            whole = {"type": "FeatureCollection", "crs": crs, "features": [feature]}
            made.append(json.dumps(whole).encode())
        if len(made) >= count:
            return made
    raise AssertionError("sites never end")


class _Clerk:
    """A browser without a screen: cookies, forms, and a clock."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._open = urllib.request.build_opener(jar).open

    def get(self, path: str) -> str:
        with self._open(self._address + path) as answer:
            return str(answer.read().decode())

    def timed(self, path: str) -> float:
        began = time.perf_counter()
        self.get(path)
        return time.perf_counter() - began

    def sign_in(self) -> None:
        token = _token(self.get("/sign-in/"))
        form = {"csrfmiddlewaretoken": token, "username": ACCOUNT[0], "password": ACCOUNT[1]}
        with self._open(self._address + "/sign-in/", urllib.parse.urlencode(form).encode()):
            self._form_token = _token(self.get("/review/new/"))

    def review(self, file: bytes) -> float:
        """Hand a file in and read the verdict page; return the seconds it took."""
        edge = uuid.uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
            f"{self._form_token}\r\n".encode(),
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.geojson"\r\n'
            "Content-Type: application/geo+json\r\n\r\n".encode(),
            file,
            f"\r\n--{edge}--\r\n".encode(),
        ]
        request = urllib.request.Request(
            f"{self._address}/review/new/",
            b"".join(parts),
            {"Content-Type": f"multipart/form-data; boundary={edge}", "Accept": "text/html"},
        )
        began = time.perf_counter()
        with self._open(request) as answer:
            page = answer.read().decode()
        taken = time.perf_counter() - began
        if not re.search(r"/review/\d+/$", answer.url) or "审批权限" not in page:
            raise RuntimeError(f"no verdict at {answer.url}")
        return taken


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("the page has no form")
    return found.group(1)


@contextmanager
def _server(home: Path, fault: str | None) -> Iterator[_Clerk]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "trials.review_speed", fault or "", str(port)],
            cwd=PROJECT_ROOT,
            env=environment(home),
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            clerk = _Clerk(port)
            _wait(clerk)
            yield clerk
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


def _wait(clerk: _Clerk) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            clerk.get("/sign-in/")
            return
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _serve(fault: str, port: str) -> None:
    if fault == "waits":
        from guotu.apps.approval.rules import reviewing

        quick = reviewing.area_table

        def slow(*given: object) -> object:
            time.sleep(1.5)
            return quick(*given)

        reviewing.area_table = slow
    from guotu.site.cli.main import main

    main(["serve", "--port", port])


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2])
