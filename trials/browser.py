"""The pages in a real browser: headless Chromium on a small demo county, as a clerk uses them.

`python -m trials.browser --pictures` also renews the pictures in `docs/pictures`.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trials import _browsing as browsing
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "the page in headless Chromium"
TIMED = True
FAULTS = {
    "console_error": "a script writes an error to the console",
    "missing_label": "the search box has lost its label",
    "outside_request": "a page asks another host for something",
    "no_tiles": "the server sends no tiles",
    "no_search": "the search finds nothing",
    "lost_file": "the dropped file does not reach the form",
    "wrong_scale": "the printed map is not at the scale it names",
}
CLICKS = 3
SCALE_ERROR = 0.001


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Use the pages as a clerk does, at a desk and on a phone."""
    if shutil.which("chromium") is None:
        yield Figure("浏览器", "chromium", "没有安装 chromium，未运行", None)
        return
    served = browsing.county()
    # Collected before they are handed on: a reader that stops early must not leave Chromium open.
    with browsing.chromium() as browser:
        if fault is None:
            desk = browsing.Visit(browser, served, phone=False)
            figures = list(_used(desk, browsing.Visit(browser, served, phone=True)))
        else:
            figures = list(_tried(browsing.Visit(browser, served, phone=False, fault=fault)))
    yield from figures


def _used(desk: browsing.Visit, phone: browsing.Visit) -> Iterator[Figure]:
    yield from _opens(desk)
    phone.sign_in()
    for visit in (desk, phone):
        yield _finds(visit)
        yield _reviews(visit)
    yield _prints(desk)
    yield _by_keyboard(desk)
    yield _accessible([desk, phone], list(browsing.PAGES))
    yield from _quiet([desk, phone])


def _tried(visit: browsing.Visit) -> Iterator[Figure]:
    """Use only as much of the pages as shows the planted fault."""
    if visit.fault == "no_tiles":
        yield from _opens(visit)
        return
    visit.sign_in()
    shows = {"no_search": _finds, "lost_file": _reviews, "wrong_scale": _prints}
    if visit.fault in shows:
        yield shows[visit.fault](visit)
    elif visit.fault == "missing_label":
        yield _accessible([visit], ["layers"])
    else:
        yield from _quiet([visit])


def _opens(visit: browsing.Visit) -> Iterator[Figure]:
    seconds = visit.sign_in()
    drawn = visit.wait_for_map()
    yield Figure("登录后到地图画完", "画完", f"{seconds:.1f} s" if drawn else "没有画完", drawn)
    yield Figure("瓦片按字节范围取（206）", "≥ 1", str(visit.ranges), visit.ranges > 0)
    colours = visit.colours() if drawn else 0
    yield Figure("地图画布上的颜色数", "≥ 8", str(colours), colours >= 8)


def _finds(visit: browsing.Visit) -> Figure:
    number = visit.served.parcel
    found = visit.find(number)
    return Figure(
        f"按图斑编号查找（{visit.size}）",
        f"到图上，说出 {number}",
        found or "没有找到",
        found == number,
    )


def _reviews(visit: browsing.Visit) -> Figure:
    clicks, verdict = visit.review_by_drop(visit.served.site)
    met = bool(verdict) and clicks <= CLICKS
    got = f"{clicks} 次，{verdict}" if verdict else "没有到结论页"
    return Figure(f"拖入文件到结论页的点击次数（{visit.size}）", f"≤ {CLICKS} 次", got, met)


def _prints(visit: browsing.Visit) -> Figure:
    error = visit.print_scale_error()
    line = "没有画完" if error is None else f"{error:.1e}"
    met = error is not None and error <= SCALE_ERROR
    return Figure("打印比例尺的相对误差", f"≤ {SCALE_ERROR}", line, met)


def _by_keyboard(visit: browsing.Visit) -> Figure:
    said = visit.facts_by_keyboard()
    return Figure("只用键盘看地图中心处", "说出地类", said or "没有说出", bool(said))


def _accessible(visits: list[browsing.Visit], names: list[str]) -> Figure:
    found: list[str] = []
    pages = 0
    for visit in visits:
        for name in names:
            pages += 1
            found += [f"{name}（{visit.size}）：{one}" for one in visit.violations(name)]
    got = f"{len(found)} 处（{pages} 页次）" + "".join(f"；{one}" for one in found[:3])
    return Figure("axe-core WCAG 2.2 AA 违反", "0 处", got, not found)


def _quiet(visits: list[browsing.Visit]) -> Iterator[Figure]:
    errors = [line for visit in visits for line in visit.errors]
    outside = [line for visit in visits for line in visit.outside]
    yield Figure("控制台错误", "0 条", _listed(errors), not errors)
    yield Figure("向外的请求", "0 次", _listed(outside), not outside)


def _listed(lines: list[str]) -> str:
    return f"{len(lines)}" + "".join(f"；{line[:200]}" for line in lines[:3])


def pictures(folder: Path) -> None:
    """Take the pictures of the documents, at a desk and on a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    served = browsing.county()
    with browsing.chromium() as browser:
        for phone in (False, True):
            visit = browsing.Visit(browser, served, phone=phone)
            visit.sign_in()
            visit.wait_for_map()
            for name, take in _scenes(visit, served):
                take()
                visit.page.screenshot(path=folder / f"{name}-{visit.size}.png")


def _scenes(visit: browsing.Visit, served: browsing.Served) -> list[tuple[str, Any]]:
    scenes: list[tuple[str, Any]] = [
        ("map", lambda: visit.find(served.parcel)),
        ("review", lambda: visit.review_by_drop(served.site)),
    ]
    return scenes if visit.phone else [*scenes, ("print", lambda: visit.open("print"))]


if __name__ == "__main__":
    if "--pictures" in sys.argv:
        pictures(PROJECT_ROOT / "docs" / "pictures")
    for line in run(Scale(0.1), None):
        sys.stdout.write(re.sub(r"^Figure", "", repr(line)) + "\n")
