"""Does what a newcomer does in a copy of the project: `make run`, then opens the county.

`python3 tools/newcomer.py [FOLDER]` prints the seconds from the command to the county's map and
the first bytes of its tiles, and stops the server again. Standard library only: it runs before
anything is installed. Exit status 1 when the county did not come up.
"""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

ADDRESS = "http://127.0.0.1:8000"
PATIENCE_SECONDS = 1500


class NoCounty(Exception):
    """The county did not come up; the message says why."""


def seconds_to_county(folder: Path, environment: Mapping[str, str]) -> float:
    """Run `make run` in `folder` and return the seconds until a signed-in clerk sees tiles."""
    if _answers(ADDRESS):
        raise NoCounty("port 8000 is in use")
    log = folder / "newcomer.log"
    began = time.monotonic()
    with log.open("w") as out:
        server = subprocess.Popen(
            ["make", "run"],
            cwd=folder,
            env=dict(environment),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(server, log)
        _open_county(folder)
        return time.monotonic() - began
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def _wait(server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE_SECONDS * 2):
        if server.poll() is not None:
            raise NoCounty("make run ended early:\n" + log.read_text()[-3000:])
        if _answers(ADDRESS):
            return
        time.sleep(0.5)
    raise NoCounty("no answer:\n" + log.read_text()[-3000:])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address + "/sign-in/", timeout=5) as page:
            return page.status == 200
    except OSError:
        return False


def _open_county(folder: Path) -> None:
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    account = json.loads((folder / ".guotu" / "demo-accounts.json").read_text())[0]
    page = opener.open(ADDRESS + "/sign-in/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = urllib.parse.urlencode(
        {
            "username": account["username"],
            "password": account["password"],
            "csrfmiddlewaretoken": token.group(1) if token else "",
        }
    )
    request = urllib.request.Request(
        ADDRESS + "/sign-in/", form.encode(), headers={"Referer": ADDRESS + "/sign-in/"}
    )
    if "sign-in" in opener.open(request).geturl():
        raise NoCounty("the demo account cannot sign in")
    layers = json.loads(opener.open(ADDRESS + "/api/atlas/layers").read())
    tiles = re.findall(r"/tiles/\d+\.pmtiles", json.dumps(layers))
    if not tiles:
        raise NoCounty("no layer has tiles")
    first = urllib.request.Request(ADDRESS + tiles[0], headers={"Range": "bytes=0-6"})
    if opener.open(first).read() != b"PMTiles":
        raise NoCounty("the tiles cannot be read by range")


def main() -> int:
    """Run it in the folder named on the command line, or here."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    try:
        took = seconds_to_county(folder, os.environ)
    except (NoCounty, urllib.error.URLError, KeyError, IndexError) as fault:
        sys.stdout.write(f"县没有打开：{fault}\n")
        return 1
    sys.stdout.write(f"从 make run 到县的地图：{took:.0f} 秒\n")
    sys.stdout.write((folder / "newcomer.log").read_text()[-1500:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
