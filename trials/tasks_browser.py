"""A meeting to closed tasks, by three people in a real browser: given out, reported, checked.

`python -m trials.tasks_browser --pictures` also renews the pictures in `docs/pictures`.
"""

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trials import _browsing as browsing
from trials import _desk, _tasking
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "supervised tasks in headless Chromium: a meeting to closed tasks"
FAULTS = {
    "unproven": "a task is closed without its proof",
    "own_check": "whoever reports checks the own report",
    "nothing_read": "the text names no unit, so that each is chosen by hand",
    "console_error": "a script writes an error to the console",
}
DECISIONS, CLICKS, SECONDS = 20, 12, 120
_WAIT_MS = 90_000
_UNITS = ("用地股", "审核股", "耕地保护股", "档案室", "办公室", "督查室", "执法队")
_WORK = ("摸清底数建立台账", "核实线索查清事实", "修订办事指南", "排查隐患逐点落实", "清理积压件")
_DAYS = ("年底前", "三个工作日内", "下月底前", "2027年3月底前", "每月5日前")
_NO_UNIT, _NO_DAY = 6, 13
_OFFICE, _UNIT, _SUPERVISOR = "d-bangongshi", "d-gengbao", "d-ducha"
PICTURES = PROJECT_ROOT / "docs" / "pictures"


@dataclass
class Reader:
    """One person's browser, at a desk or on a phone: what was pressed, what went wrong."""

    browser: Any
    address: str
    account: str
    phone: bool = False
    fault: str | None = None
    clicks: int = 0
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        wide, high = (390, 844) if self.phone else (1440, 900)
        size = {"width": wide, "height": high}
        context = self.browser.new_context(viewport=size, locale="zh-CN", has_touch=self.phone)
        self.page = context.new_page()
        self.page.set_default_timeout(_WAIT_MS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        if self.fault == "console_error":
            self.page.add_init_script("console.error('planted')")
        self.open("/sign-in/?next=/tasks/")
        self.page.fill("#username", self.account)
        self.page.fill("#password", _desk.PASSWORD)
        self.press("button.primary")
        self.clicks = 0

    def _heard(self, message: Any) -> None:
        # A refusal that is asked for on purpose answers 422, which the browser writes down.
        if message.type == "error" and "422" not in message.text:
            self.errors.append(f"{message.text} ({self.page.url})")

    def open(self, address: str) -> None:
        """Open an address and wait for the page."""
        self.page.goto(self.address + address)
        self.page.wait_for_load_state("load")

    def press(self, selector: str) -> None:
        """Press something that leads to another page, and count it."""
        self.clicks += 1
        self._leave(lambda: self.page.click(selector))

    def _leave(self, press: Callable[[], object]) -> None:
        # The map writes where it looks into the address, which a browser calls a navigation too:
        # what is waited for is another document.
        self.page.evaluate("() => { document.documentElement.dataset.left = 'yes'; }")
        press()
        self.page.wait_for_selector("html:not([data-left])", state="attached")
        self.page.wait_for_load_state("load")

    def change_post(self) -> None:
        """Act in the other post that one holds."""
        other = self.page.locator("form.account-posts button[name=key]").first
        self._leave(lambda: other.evaluate("button => button.click()"))

    def look(self) -> None:
        """Let axe-core look at the page as it stands, against WCAG 2.2 AA."""
        self.page.evaluate(browsing._AXE.read_text("utf-8"))
        told = self.page.evaluate(
            "async (tags) => (await axe.run(document, { runOnly: tags })).violations.map("
            "(one) => `${one.id} ${one.nodes[0].html.slice(0, 80)}`)",
            browsing._RULES,
        )
        where = self.page.url.removeprefix(self.address).split("#")[0]
        self.violations += [f"{where}：{one}" for one in told]

    def sent(self, address: str, **told: str) -> str:
        """Send a form that no button offers; return the page that answers."""
        token = self.page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
        form = {"csrfmiddlewaretoken": token, "confirmed": "yes", **told}
        headers = {"Referer": self.address + "/", "Accept": "text/html"}
        answer = self.page.request.post(self.address + address, form=form, headers=headers)
        return str(answer.text())


def minutes() -> str:
    """Return the minutes of a meeting: twenty decisions among what was only told."""
    lines = ["局长办公会议纪要。", "会议听取了用地股的汇报。"]
    for at in range(DECISIONS):
        unit = "各单位" if at == _NO_UNIT else f"由{_UNITS[at % len(_UNITS)]}"
        day = "" if at == _NO_DAY else _DAYS[at % len(_DAYS)]
        lines.append(f"（{at + 1}）{unit}负责，{day}{_WORK[at % len(_WORK)]}；")
    lines.append("会议指出，过去一年成绩显著。")
    return "\n".join(lines)


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Take a meeting's decisions to closed tasks by three people."""
    if shutil.which("chromium") is None:
        yield Figure("浏览器", "chromium", "没有安装 chromium，未运行", None)
        return
    with _tasking.served(fault) as address, browsing.chromium() as browser:
        figures = list(_tried(browser, address, fault))
    yield from figures


def _tried(browser: Any, address: str, fault: str | None) -> Iterator[Figure]:
    office = Reader(browser, address, _OFFICE, fault=fault)
    made, figures = _given_out(office)
    yield from figures
    readers = [office]
    if fault in (None, "unproven", "own_check"):
        task = _task_of(office, "耕地保护股", made)
        unit, supervisor = (Reader(browser, address, one) for one in (_UNIT, _SUPERVISOR))
        readers += [unit, supervisor]
        kept = _refused("没有佐证就销号", supervisor, f"{task}act/close/", "不能销号")
        yield kept
        if kept.met:
            _reported(unit, task)
            yield _own_check(unit, task)
        if fault is None:
            yield _closed(supervisor, task)
            yield _on_phone(browser, address, task, readers)
    if fault is None:
        yield _accessible(readers)
    errors = [one for reader in readers for one in reader.errors]
    got = f"{len(errors)} 条" + "".join(f"；{one[:120]}" for one in errors[:2])
    yield Figure("控制台报错", "0 条", got, not errors)


def _given_out(office: Reader) -> tuple[str, list[Figure]]:
    """Enter the meeting and give out its decisions; return the source's address and figures."""
    page, began = office.page, time.perf_counter()
    office.press("a.primary[href='/tasks/new/']")
    page.fill("#title", "县自然资源局局长办公会")
    page.fill("#text", minutes())
    office.press("#read")
    _complete(office)
    picture(page, "tasks-new")
    waited = time.perf_counter()
    office.look()
    began += time.perf_counter() - waited
    office.press("#look")
    office.press("#give")
    seconds = time.perf_counter() - began
    rows = page.locator(".task-table tbody tr").count()
    owned = f"{rows} 件，各有单位和期限" if rows == DECISIONS else f"{rows} 件"
    return page.url.split("#")[0].removeprefix(office.address), [
        Figure("二十句部署成为督办事项", f"{DECISIONS} 件", owned, rows == DECISIONS),
        Figure(
            "从打开到交办的点击", f"≤ {CLICKS} 次", f"{office.clicks} 次", office.clicks <= CLICKS
        ),
        Figure(
            "不算思考的时间（十分钟以内）", f"≤ {SECONDS} s", f"{seconds:.0f} s", seconds <= SECONDS
        ),
    ]


def _complete(office: Reader) -> None:
    """Choose a unit and a day where the text named none: a press for each."""
    page = office.page
    page.wait_for_selector("#ticked:not(:empty)")
    for row in page.query_selector_all("tr.is-lacking"):
        at = row.get_attribute("data-row")
        if not page.input_value(f"[name=r{at}-unit]"):
            page.select_option(f"[name=r{at}-unit]", label=_UNITS[0])
            office.clicks += 1
        if not page.input_value(f"[name=r{at}-due]"):
            page.fill(f"[name=r{at}-due]", "2027-06-30")
            office.clicks += 1


def _task_of(office: Reader, unit: str, source: str) -> str:
    office.open(source)
    row = office.page.locator(f".task-table tbody tr:has(td:text-is('{unit}'))").first
    return str(row.locator("th a").first.get_attribute("href"))


def _refused(what: str, reader: Reader, address: str, words: str, **told: str) -> Figure:
    reader.open(re.sub(r"act/.*", "", address))
    said = reader.sent(address, **told)
    refused = words in said
    return Figure(what, "拒绝并说明", "拒绝并说明" if refused else "通过了", refused)


def _reported(unit: Reader, task: str) -> None:
    """Sign for a task and report it done with a file."""
    unit.open(task)
    unit.press("#do-receive")
    unit.press("#confirm")
    with tempfile.TemporaryDirectory() as folder:
        proof = Path(folder) / "台账.txt"
        proof.write_text("已建立台账 2026\n", "utf-8")
        unit.page.fill("#report-text", "台账已经建立，逐块核过")
        unit.page.set_input_files("#report-file", str(proof))
        unit.page.check("#report-done")
        unit.press("#do-report")


def _own_check(unit: Reader, task: str) -> Figure:
    """Let whoever reported, who holds the supervisor's post too, check the report."""
    page = unit.page
    unit.open("/account/")
    unit.change_post()
    unit.open(task)
    feedback = str(page.locator("ol.reports a[download]").first.get_attribute("href"))
    number = feedback.rstrip("/").rsplit("/", 1)[1]
    told = {"feedback": number, "verdict": "confirmed", "text": "我自己看过"}
    return _refused(
        "报告人核查自己的报告", unit, f"{task}act/check/", "不能核查自己报告过的", **told
    )


def _closed(supervisor: Reader, task: str) -> Figure:
    """Check the report and close the task."""
    supervisor.open(task)
    supervisor.look()
    page = supervisor.page
    if page.locator("textarea[name=text]").count():
        page.fill("textarea[name=text]", "抽看台账十块，与图一致")
        supervisor.press("button[name=verdict][value=confirmed]")
        supervisor.press("#confirm")
    if page.locator("#do-close").count():
        supervisor.press("#do-close")
        picture(page, "tasks-close")
        supervisor.press("#confirm")
    done = page.locator(".work-head .light-ended").count() == 1
    got = "已销号" if done else str(page.locator("h1").first.text_content())
    return Figure("督查核查后销号", "已销号", got, done)


def _on_phone(browser: Any, address: str, task: str, readers: list[Reader]) -> Figure:
    """Look at the list and a task on a phone: nothing runs out of the page sideways."""
    phone = Reader(browser, address, _SUPERVISOR, phone=True)
    readers.append(phone)
    wide = []
    for where in ("/tasks/", task, "/tasks/units/", "/tasks/missed/"):
        phone.open(where)
        over = phone.page.evaluate(
            "() => document.getElementById('work').scrollWidth"
            " - document.documentElement.clientWidth"
        )
        if over > 0:
            wide.append(f"{where} 宽出 {over} 像素")
        phone.look()
        if where == "/tasks/":
            picture(phone.page, "tasks-phone")
    return Figure("手机上的清单和事项", "不横着滚", "；".join(wide) or "不横着滚", not wide)


def _accessible(readers: list[Reader]) -> Figure:
    """Look at the pages at a desk, too, and count what axe-core found on any."""
    office = readers[0]
    for where in ("/tasks/", "/tasks/units/", "/tasks/sources/", "/tasks/missed/"):
        office.open(where)
        office.look()
    found = [one for reader in readers for one in reader.violations]
    got = f"{len(found)} 处" + "".join(f"；{one}" for one in found[:4])
    return Figure("axe-core WCAG 2.2 AA 违反", "0 处", got, not found)


_taking: list[bool] = []


def picture(page: Any, name: str) -> None:
    """Renew a picture of the documentation, where that was asked for."""
    if _taking:
        page.wait_for_timeout(1500)
        page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    if "--pictures" in sys.argv:
        _taking.append(True)
    for figure in run(Scale(), None):
        print(figure)
