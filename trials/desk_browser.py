"""A case from intake to archive by six people in headless Chromium, and the desk as each finds it.

`python -m trials.desk_browser --pictures` also renews its pictures in `docs/pictures`.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trials import _browsing as browsing
from trials import _desk as desk
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "the desk in headless Chromium"
FAULTS = {
    "console_error": "a script writes an error to the console",
    "no_drawing": "the drawing of the process does not arrive",
    "missing_label": "the search box has lost its label",
    "no_second_look": "a step is taken without its consequences being shown",
}
SUBJECT = "双桥村通村公路用地"
# who, the step as the desk names it, the button, what is filled in by label
WALK: list[tuple[str, str, str, dict[str, str]]] = [
    ("chuangkou", "受理审查", "齐全", {}),
    (
        "chengban",
        "承办",
        "承办",
        {"承办意见": "符合规划，拟准予", "材料和现场是否核实": "已到现场核对四至"},
    ),
    ("shenhe", "审核", "通过", {}),
    ("juzhang", "审批", "准予许可", {"有无请托、打招呼": "无人过问本件"}),
    ("chuangkou", "送达", "送达", {"送达之日": "{today}"}),
    ("jiandu", "事后监管", "事后监管", {"事后监管情况": "按期开工，用途未变"}),
    ("dangan", "整理案卷", "整理案卷", {}),
]
PAGES = ("/desk/", "/cases/", "/cases/1/", "/cases/leader/", "/cases/processes/1/")


class Clerk(browsing.Visit):
    """One of the bureau at a desk or on a phone; pages are opened by their address."""

    def open(self, name: str) -> None:
        """Open an address and wait until what is on it stands still."""
        self.page.goto(self.served.address + name)
        self._settle()
        if self.fault == "no_second_look":
            self.page.evaluate(
                "() => document.querySelectorAll('.next-step form[data-draft-url]').forEach("
                "(one) => one.insertAdjacentHTML('beforeend',"
                " '<input type=hidden name=confirmed value=yes>'))"
            )

    def _settle(self) -> None:
        """Wait until the page is there; for the map only who needs it waits."""
        self.page.wait_for_load_state("load")
        if self.fault == "missing_label":
            self.page.evaluate("() => document.querySelector('label[for=search]')?.remove()")
            self.page.evaluate(
                "() => document.getElementById('search')?.removeAttribute('placeholder')"
            )

    def enter(self) -> None:
        """Sign in and go to the desk."""
        self.page.goto(f"{self.served.address}/sign-in/?next=/desk/")
        self.page.fill("#username", self.served.username)
        self.page.fill("#password", self.served.password)
        self.page.click("button.primary")
        self.page.wait_for_url("**/desk/*")
        self._settle()

    def take(self, step: str, button: str, fills: dict[str, str]) -> list[str]:
        """Take a step from the desk; return the consequences that were shown beforehand."""
        self.open("/desk/")
        self.page.click(f"a.case-title:has-text('{step}：{SUBJECT}')")
        self._settle()
        if self.fault == "no_second_look":
            self.open(self.page.url.removeprefix(self.served.address).partition("#")[0])
        panel = self.page.locator(".next-step").first
        for label, text in fills.items():
            field = panel.get_by_label(label)
            field.fill(text.format(today=self.page.evaluate("new Date().toLocaleDateString('sv')")))
        panel.get_by_role("button", name=button, exact=True).click()
        return self.confirm()

    def confirm(self) -> list[str]:
        """Read what an act would do, and confirm it with a double click: it acts once."""
        planted = self.fault == "no_second_look"
        self.page.wait_for_selector(".notice-good" if planted else ".consequences")
        self.page.wait_for_load_state("load")
        shown = [one.strip() for one in self.page.locator(".consequences li").all_text_contents()]
        if shown:
            self.page.locator("form[data-once] button.primary").dblclick(no_wait_after=True)
            self.page.wait_for_url(re.compile(r"/cases/\d+/(#.*)?$"))
            self._settle()
        return shown

    def open_case(self) -> list[str]:
        """Take in a new case; its place is pressed on the map."""
        self.page.get_by_role("link", name="新收办件").click()
        self._settle()
        self.wait_for_map()
        self.page.fill("#title", SUBJECT)
        self.page.locator("#map canvas").click(position={"x": 320, "y": 400})
        self.page.wait_for_function("document.getElementById('longitude').value !== ''")
        self.page.get_by_role("button", name="登记").click()
        return self.confirm()

    def token_drawn(self) -> bool:
        """Say whether the drawing of the open case shows where it stands."""
        from playwright.sync_api import TimeoutError as Late

        try:
            self.page.wait_for_selector("#drawing .djs-element.here", timeout=15_000)
        except Late:
            return False
        return True


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Walk a case from desk to desk, look at every page, and listen for errors."""
    if shutil.which("chromium") is None:
        yield Figure("浏览器", "chromium", "没有安装 chromium，未运行", None)
        return
    with browsing.chromium() as browser:
        figures = list(_walked(browser)) if fault is None else list(_tried(browser, fault))
    yield from figures


def _clerk(browser: Any, who: str, phone: bool = False, fault: str | None = None) -> Clerk:
    office = desk.office()
    facts = "", office.lon, office.lat, office.folder
    served = browsing.Served(office.address, f"d-{who}", desk.PASSWORD, *facts)
    clerk = Clerk(browser, served, phone=phone, fault=fault)
    if fault == "no_drawing":
        clerk.page.route("**/*.bpmn*", lambda route: route.fulfill(status=200, body="<none/>"))
    return clerk


def _walked(browser: Any) -> Iterator[Figure]:
    clerks = {who: _clerk(browser, who) for who in dict.fromkeys(one[0] for one in WALK)}
    for clerk in clerks.values():
        clerk.enter()
    said = clerks["chuangkou"].open_case()
    yield _figure("受理前先显示编号、期限和去向", "3 项", [
        word for word in ("编号", "期限", "受理审查") if any(word in one for one in said)
    ], 3)  # fmt: skip
    yield _token(clerks["chuangkou"])
    shown = 0
    for who, step, button, fills in WALK:
        shown += bool(clerks[who].take(step, button, fills))
    yield Figure("先看后果再办的步数", f"{len(WALK)}", str(shown), shown == len(WALK))
    yield _archived(clerks["dangan"])
    yield _once(clerks["dangan"])
    people = len(clerks)
    yield Figure("经手的人数", "≥ 5 人", f"{people} 人", people >= 5)
    phone = _clerk(browser, "chengban", phone=True)
    phone.enter()
    visits = [clerks["chengban"], phone]
    yield _accessible(visits)
    yield _fits(phone)
    yield from _quiet([*clerks.values(), phone])


def _tried(browser: Any, fault: str) -> Iterator[Figure]:
    clerk = _clerk(browser, "chuangkou", fault=fault)
    clerk.enter()
    if fault == "no_drawing":
        clerk.open("/cases/1/")
        yield _token(clerk)
    elif fault == "missing_label":
        yield _accessible([clerk], ("/cases/",))
    elif fault == "no_second_look":
        clerk.page.click("a.case-title:has-text('受理审查：') >> nth=0")
        clerk.open(clerk.page.url.removeprefix(clerk.served.address).partition("#")[0])
        clerk.page.locator(".next-step").first.get_by_role("button", name="齐全").click()
        shown = clerk.confirm()
        yield Figure("先看后果再办", "有后果", "、".join(shown) or "没有", bool(shown))
    else:
        yield from _quiet([clerk])


def _token(clerk: Clerk) -> Figure:
    drawn = clerk.token_drawn()
    return Figure("流程图上标出办到哪里", "标出", "标出" if drawn else "没有标出", drawn)


def _archived(clerk: Clerk) -> Figure:
    clerk.page.get_by_role("button", name="归档", exact=True).click()
    shown = clerk.confirm()
    body = clerk.page.locator("#work").inner_text()
    done = bool(shown) and "办结" in body and "归档" in body
    return Figure(
        "由受理办到归档", "办结并有归档号", "归档" if done else body[:80].replace("\n", " "), done
    )


def _once(clerk: Clerk) -> Figure:
    """Every confirmation was pressed twice: each step stands once in the record."""
    trail = clerk.page.locator("[aria-labelledby=trail-title] tbody").first.inner_text()
    taken = sum(trail.count(f"“{one[1]}”已办") for one in WALK)
    return Figure("双击确认：办了几次", f"{len(WALK)} 步各一次", str(taken), taken == len(WALK))


def _accessible(visits: list[Clerk], pages: tuple[str, ...] = PAGES) -> Figure:
    found = [
        f"{page}（{visit.size}）：{one}"
        for visit in visits
        for page in pages
        for one in visit.violations(page)
    ]
    got = f"{len(found)} 处（{len(visits) * len(pages)} 页次）" + "".join(
        f"；{one}" for one in found[:3]
    )
    return Figure("axe-core WCAG 2.2 AA 违反", "0 处", got, not found)


def _fits(phone: Clerk) -> Figure:
    """Nothing on a phone runs out of the page sideways."""
    wide = []
    for page in PAGES:
        phone.open(page)
        phone.page.click("#tab-work")
        measure = "(one) => one.scrollWidth - one.clientWidth"
        over = phone.page.locator("#work").evaluate(measure)
        if over > 0:
            wide.append(f"{page} +{over}px")
    return Figure("390 像素宽时横向溢出的页", "0 页", "、".join(wide) or "0 页", not wide)


def _figure(what: str, goal: str, got: list[str], wanted: int) -> Figure:
    return Figure(what, goal, "、".join(got) or "没有", len(got) == wanted)


def _quiet(visits: list[Clerk]) -> Iterator[Figure]:
    errors = [line for visit in visits for line in visit.errors]
    outside = [line for visit in visits for line in visit.outside]
    yield Figure("控制台错误", "0 条", _listed(errors), not errors)
    yield Figure("向外的请求", "0 次", _listed(outside), not outside)


def _listed(lines: list[str]) -> str:
    return f"{len(lines)}" + "".join(f"；{line[:200]}" for line in lines[:3])


def pictures(folder: Path) -> None:
    """Take the pictures of the documents, at a desk and on a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    with browsing.chromium() as browser:
        for phone in (False, True):
            visit = _clerk(browser, "chengban", phone=phone)
            visit.enter()
            scenes = {"desk": "/desk/", "cases": "/cases/", "case": "/cases/2/"}
            scenes["leader"] = "/cases/leader/"
            for name, address in scenes.items():
                visit.open(address)
                if not phone:
                    visit.wait_for_map()
                visit.page.wait_for_timeout(2500)
                visit.page.screenshot(path=folder / f"{name}-{visit.size}.png")


if __name__ == "__main__":
    if "--pictures" in sys.argv:
        pictures(PROJECT_ROOT / "docs" / "pictures")
