"""Drives Chromium over a served demo county: what a clerk does, and what the browser noticed."""

import atexit
import base64
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from trials.harness import PROJECT_ROOT

ARGUMENTS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--lang=zh-CN",
]
PAGES = {
    "sign-in": "/sign-in/",
    "map": "/",
    "review": "/review/1/",
    "reviews": "/review/",
    "review-new": "/review/new/",
    "layers": "/layers/",
    "layer": "/layers/landuse/",
    "conflicts": "/conflicts/",
    "print": "/print/?lon={lon}&lat={lat}&scale=5000",
    "missing": "/no-such-page/",
}
PARCELS = 1500
_WAIT_MS = 45_000
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_AXE = PROJECT_ROOT / "node_modules" / "axe-core" / "axe.min.js"


@dataclass(frozen=True)
class Served:
    """A served county: its address, an account, a parcel's number and place, a site to review."""

    address: str
    username: str
    password: str
    parcel: str
    lon: float
    lat: float
    site: Path


_running = ExitStack()


@cache
def county() -> Served:
    """Make a small demo county in a folder of its own and serve it until this process ends."""
    atexit.register(_running.close)
    folder = Path(_running.enter_context(tempfile.TemporaryDirectory()))
    environment = {**os.environ, "GUOTU_HOME": str(folder / "home")}
    environment.pop("DATABASE_URL", None)
    guotu = [sys.executable, "-c", "from guotu.site.cli.main import main; main()"]
    quiet: Any = {"env": environment, "cwd": PROJECT_ROOT}
    made = [*guotu, "demo", "--parcels", str(PARCELS)]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **quiet)
    asked = [sys.executable, "-m", "trials._browsing", str(folder)]
    told = subprocess.run(asked, check=True, capture_output=True, text=True, **quiet).stdout
    facts = json.loads(told)
    port = _free_port()
    serve = [*guotu, "serve", "--port", str(port)]
    server = subprocess.Popen(serve, stdout=subprocess.DEVNULL, **quiet)
    _running.callback(_stop, server)
    _wait_for(port)
    return Served(address=f"http://127.0.0.1:{port}", site=Path(facts.pop("site")), **facts)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    server.wait(20)


def describe(folder: Path) -> dict[str, Any]:
    """Return what a visit needs to know of the county, and write a site across two parcels."""
    from guotu.site.cli.django_ready import ready

    ready()
    import numpy as np
    import shapely

    from guotu.core.atlas import queries
    from guotu.lib.geo.crs import frame_of, transform
    from guotu.site.demo.accounts import kept

    release = queries.current_release("landuse")
    rows = queries.rows_of(release, ["TBBH", "DLBM"])
    middle = shapely.union_all(rows.geometry).centroid
    chosen = int(np.argmin(shapely.distance(rows.geometry, middle)))
    around = shapely.point_on_surface(rows.geometry[chosen]).buffer(90, quad_segs=3)
    lonlat = transform(
        np.array([around, around.centroid], object), queries.county_frame(), frame_of(4490)
    )
    shape = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(lonlat[0])}
    path = folder / "site.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [shape]}))
    account = kept()[0]
    return {
        "username": account.username,
        "password": account.password,
        "parcel": rows.fields.column("TBBH")[chosen].as_py(),
        "lon": lonlat[1].x,
        "lat": lonlat[1].y,
        "site": str(path),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(240):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.25)
    raise RuntimeError("the server did not start")


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Debian's Chromium, headless, with software drawing."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """One reader's visit, at a desk (1440x900) or on a phone (390x844)."""

    browser: Any
    served: Served
    phone: bool
    fault: str | None = None
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    ranges: int = 0
    clicks: int = 0

    def __post_init__(self) -> None:
        wide, high = (390, 844) if self.phone else (1440, 900)
        self.size = "phone" if self.phone else "desktop"
        self.expected: list[str] = []
        context = self.browser.new_context(
            viewport={"width": wide, "height": high},
            locale="zh-CN",
            has_touch=self.phone,
            bypass_csp=self.fault == "outside_request",
            accept_downloads=False,
        )
        self.page = context.new_page()
        self.page.set_default_timeout(_WAIT_MS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._broke)
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)
        _PLANT.get(self.fault or "", lambda page: None)(self.page)

    def _heard(self, message: Any) -> None:
        # A page that is missing on purpose is no fault of the pages.
        missing = "/no-such-page/" in (message.location or {}).get("url", "")
        if message.type == "error" and not missing:
            place = (message.location or {}).get("url", "")
            self.errors.append(f"{message.text} ({place} on {self.page.url})")

    def _broke(self, error: Any) -> None:
        self.errors.append(f"{error} {error.stack} (on {self.page.url})")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.served.address, "data:", "blob:")):
            self.outside.append(request.url)

    def _answered(self, response: Any) -> None:
        if ".pmtiles" in response.url and response.status == 206:
            self.ranges += 1

    def click(self, selector: str) -> None:
        """Press something, and count it."""
        self.clicks += 1
        self.page.click(selector)

    def sign_in(self) -> float:
        """Sign in; return the seconds until the map is drawn."""
        self.page.goto(self.served.address + "/sign-in/")
        self.page.fill("#username", self.served.username)
        self.page.fill("#password", self.served.password)
        began = time.perf_counter()
        self.page.click("button.primary")
        self.wait_for_map()
        return time.perf_counter() - began

    def wait_for_map(self) -> bool:
        """Wait until the map has been drawn; say whether it was."""
        from playwright.sync_api import TimeoutError as Late

        timeout = 8000 if self.fault == "no_tiles" else _WAIT_MS
        try:
            self.page.wait_for_selector('#map[data-drawn="yes"]', timeout=timeout, state="attached")
        except Late:
            return False
        self.page.wait_for_timeout(300)
        return True

    def colours(self) -> int:
        """Return how many colours the map's canvas shows."""
        shot = self.page.locator("#map canvas").screenshot()
        code = """async (url) => {
            const image = await createImageBitmap(await (await fetch(url)).blob());
            const canvas = new OffscreenCanvas(image.width, image.height);
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 0, 0);
            const { data } = pen.getImageData(0, 0, image.width, image.height);
            const seen = new Map();
            for (let at = 0; at < data.length; at += 4) {
                const key = (data[at] >> 3) * 1024 + (data[at + 1] >> 3) * 32 + (data[at + 2] >> 3);
                seen.set(key, (seen.get(key) || 0) + 1);
            }
            return [...seen.values()].filter((count) => count > 60).length;
        }"""
        blank = self.browser.new_page()
        try:
            url = "data:image/png;base64," + base64.b64encode(shot).decode()
            return int(blank.evaluate(code, url))
        finally:
            blank.close()

    def find(self, number: str) -> str:
        """Search for a parcel, go there, and return the number that the place says it has."""
        from playwright.sync_api import TimeoutError as Late

        self.open("map")
        self.page.click("#search")
        self.page.keyboard.type(number, delay=15)
        try:
            self.page.wait_for_selector("#search-results [role=option]", timeout=6000)
            self.page.keyboard.press("ArrowDown")
            self.page.keyboard.press("Enter")
            said = self.page.locator("#facts dt:has-text('图斑编号') + dd").first
            said.wait_for(timeout=6000, state="attached")
        except Late:
            return ""
        self.page.wait_for_timeout(1500)
        return str(said.text_content()).strip()

    def review_by_drop(self, site: Path) -> tuple[int, str]:
        """Drop a boundary on the map and press on to the verdict; return (clicks, verdict)."""
        from playwright.sync_api import TimeoutError as Late

        self.open("map")
        self.clicks = 0
        code = """([name, text, lost]) => {
            const carried = new DataTransfer();
            if (!lost) carried.items.add(new File([text], name, { type: "application/geo+json" }));
            const pane = document.getElementById("map-pane");
            for (const kind of ["dragenter", "dragover", "drop"]) {
                pane.dispatchEvent(new DragEvent(kind, {
                    bubbles: true, cancelable: true, dataTransfer: carried,
                }));
            }
        }"""
        self.page.evaluate(code, [site.name, site.read_text(), self.fault == "lost_file"])
        try:
            self.page.wait_for_selector("#review-submit:not([disabled])", timeout=4000)
            self.click("#review-submit")
            self.page.wait_for_url("**/review/*/", timeout=20_000)
            verdict = self.page.locator(".tag").first.text_content()
        except Late:
            return self.clicks, ""
        self._settle()
        return self.clicks, str(verdict).strip()

    def print_scale_error(self) -> float | None:
        """Return how far the printed sheet's scale is from the one it names, the worse way."""
        self.open("print")
        told = self.page.evaluate("() => ({ ...document.getElementById('print-map').dataset })")
        if "zoom" not in told:
            return None
        from pyproj import Geod

        lon, lat, zoom = float(told["lon"]), float(told["lat"]), float(told["zoom"])
        degrees_a_pixel = 360 / (512 * 2**zoom)
        globe = Geod(a=6378137.0, rf=298.257222101)
        pixels = 0.1 / (0.0254 / 96)  # ten centimetres of paper
        east = globe.inv(lon, lat, lon + pixels * degrees_a_pixel, lat)[2]
        # North, a pixel of the drawing is cos(lat) of one east, then stretched on the page.
        up = pixels / float(told["stretch"]) * degrees_a_pixel * math.cos(math.radians(lat))
        north = globe.inv(lon, lat - up / 2, lon, lat + up / 2)[2]
        wanted = 0.1 * float(told["scale"])
        return max(abs(east / wanted - 1), abs(north / wanted - 1))

    def facts_by_keyboard(self) -> str:
        """Reach the map with the Tab key and ask for its centre with Enter."""
        self.open("map")
        self.page.evaluate("() => document.activeElement?.blur()")
        for _ in range(40):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("() => document.activeElement?.tagName") == "CANVAS":
                break
        else:
            return ""
        self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(1500)
        said = self.page.locator("#facts .fact-headline").first
        return str(said.text_content()).strip() if said.count() else ""

    def open(self, name: str) -> None:
        """Open a page by its name and wait until what is on it stands still."""
        address = PAGES[name].format(lon=self.served.lon, lat=self.served.lat)
        self.page.goto(self.served.address + address)
        self._settle()

    def _settle(self) -> None:
        self.page.wait_for_load_state("load")
        if self.page.locator("#map:visible").count():
            self.wait_for_map()
        elif self.page.locator("#print-map").count():
            self.page.wait_for_selector('body[data-ready="yes"]')
        if self.fault == "missing_label":
            self.page.evaluate("() => document.querySelector('label[for=search]')?.remove()")
            self.page.evaluate(
                "() => document.getElementById('search')?.removeAttribute('placeholder')"
            )

    def violations(self, name: str) -> list[str]:
        """Return what axe-core finds against WCAG 2.2 AA on a page."""
        self.open(name)
        found: list[str] = []
        tabs = ["map", "work"] if self.phone and self.page.locator("#tab-map").count() else [""]
        for tab in tabs:
            if tab:
                self.page.click(f"#tab-{tab}")
            self.page.evaluate(_AXE.read_text("utf-8"))
            told = self.page.evaluate(
                "async (tags) => (await axe.run(document, { runOnly: tags })).violations.map("
                "(one) => `${one.id} ${one.nodes[0].html.slice(0, 80)}`)",
                _RULES,
            )
            found += told
        return found


_PLANT: dict[str, Callable[[Any], None]] = {
    "console_error": lambda page: page.add_init_script("console.error('planted')"),
    "outside_request": lambda page: page.add_init_script(
        "fetch('http://127.0.0.1:9/planted').catch(() => 0)"
    ),
    "no_tiles": lambda page: page.route("**/tiles/**", lambda route: route.abort()),
    "no_search": lambda page: page.route(
        "**/search/**", lambda route: route.fulfill(status=200, body="")
    ),
    "wrong_scale": lambda page: page.add_init_script("Math.log2 = (value) => Math.log(value)"),
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(describe(Path(sys.argv[1]))))
