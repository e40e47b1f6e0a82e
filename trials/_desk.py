"""A served demo county with a small bureau: nine people, the general process, cases on desks."""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from trials import _browsing as browsing
from trials.harness import PROJECT_ROOT

PARCELS = 800
PASSWORD = "an-open-trial-password"
_READ = ["atlas.read", "files.read", "cases.read", "cases.handle", "tasks.read"]
_KEEP = ["files.keep", "files.attach"]
# account -> (post, unit, tag, powers besides those of reading and handling, role in the process)
PEOPLE: dict[str, tuple[str, str, str, list[str], str]] = {
    "chuangkou": ("窗口受理", "政务服务中心", "support",
                  [*_KEEP, "cases.open", "cases.execute", "cases.withdraw"], "window"),
    "chengban": ("用地承办", "用地股", "execute",
                 [*_KEEP, "cases.execute", "cases.suspend"], "undertaker"),
    "shenhe": ("审核", "审核股", "execute", ["cases.execute"], "reviewer"),
    "juzhang": ("局长", "云溪县自然资源局", "decide",
                ["cases.decide", "cases.terminate", "cases.extend",
                 "tasks.confirm", "tasks.change_due", "tasks.drop"], "approver"),
    "jiandu": ("执法监督", "执法队", "supervise", ["cases.supervise"], "supervisor"),
    "dangan": ("档案", "档案室", "support", ["cases.archive", "cases.allot"], "archivist"),
    "bangongshi": ("办公室督办", "办公室", "support", ["tasks.assign"], ""),
    "ducha": ("督查", "督查室", "supervise", ["tasks.check", "tasks.close"], ""),
    "gengbao": ("耕保承办", "耕地保护股", "execute", ["tasks.report", *_KEEP], ""),
}  # fmt: skip


@dataclass(frozen=True)
class Office:
    """A served county with its bureau: where it is, and a place on its map in a township."""

    address: str
    lon: float
    lat: float
    folder: Path


_running = ExitStack()


@cache
def office() -> Office:
    """Make the county in a folder of its own and serve it until this process ends."""
    atexit.register(_running.close)
    folder = Path(_running.enter_context(tempfile.TemporaryDirectory()))
    environment = {**os.environ, "GUOTU_HOME": str(folder / "home")}
    environment.pop("DATABASE_URL", None)
    guotu = [sys.executable, "-c", "from guotu.site.cli.main import main; main()"]
    quiet: Any = {"env": environment, "cwd": PROJECT_ROOT}
    made = [*guotu, "demo", "--parcels", str(PARCELS)]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **quiet)
    asked = [sys.executable, "-m", "trials._desk", str(folder)]
    told = subprocess.run(asked, check=True, capture_output=True, text=True, **quiet).stdout
    facts = json.loads(told.splitlines()[-1])
    port = browsing._free_port()
    serve = [*guotu, "serve", "--port", str(port)]
    server = subprocess.Popen(serve, stdout=subprocess.DEVNULL, **quiet)
    _running.callback(browsing._stop, server)
    browsing._wait_for(port)
    return Office(f"http://127.0.0.1:{port}", facts["lon"], facts["lat"], folder)


def prepare(folder: Path) -> dict[str, Any]:
    """Open units, posts and accounts, put the general process into force, give out its roles."""
    from guotu.site.cli.django_ready import ready

    ready()
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.people.models import Unit

    def do(verb: str, **told: Any) -> Any:
        return perform(verb, COUNTY, reason="试验", **told).answer

    top = PEOPLE["juzhang"][1]
    root = do("people.open_unit", name=top)
    for account, (post, unit, tag, powers, role) in PEOPLE.items():
        if not Unit.objects.filter(name=unit).exists():
            do("people.open_unit", name=unit, above_id=root.pk)
        told = {"code": f"desk-{account}", "name": post, "tag": tag, "powers": [*_READ, *powers]}
        kept = do("people.open_post", unit_id=Unit.objects.get(name=unit).pk, **told)
        person = do("people.open_account", username=f"d-{account}", name=post, password=PASSWORD)
        do("people.appoint", person_id=person.pk, post_id=kept.pk)
        if role:
            do("cases.assign_role", role=role, post=kept.pk)
    here = PROJECT_ROOT / "guotu" / "core" / "cases" / "processes"
    files = {path.name: path.read_bytes() for path in sorted(here.glob("*.bpmn"))}
    do("cases.deploy_process", files=files)
    facts = browsing.describe(folder)
    _open_cases(facts["lon"], facts["lat"])
    return {"lon": facts["lon"], "lat": facts["lat"]}


# What already lies on the desks: subject, how far it has come, how many days it has been there.
_LYING = [
    ("石门水库除险加固用地", 3, 0),
    ("安定镇标准厂房用地", 2, 6),
    ("宅基地占用耕地核查", 2, 0),
    ("设施农业用地备案", 1, 9),
    ("采石场越界举报核实", 1, 0),
    ("梅仙镇小学扩建用地", 1, 2),
    ("电站输变电线路用地", 0, 0),
    ("乡村公路拓宽用地", 0, 1),
]
_TAKEN: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("chuangkou", "intake", {"papers": "齐全"}, {}),
    (
        "chengban",
        "undertake",
        {"finding": "符合规划，拟准予"},
        {"材料和现场是否核实": {"note": "已到现场核对四至"}},
    ),
    ("shenhe", "review", {"verdict": "通过"}, {}),
]


def _open_cases(lon: float, lat: float) -> None:
    """Let some cases lie on the desks already, at places around one."""
    import datetime

    from guotu.core.cases.models import Case, Step
    from guotu.core.journal import clock
    from guotu.core.journal.actions import perform
    from guotu.core.people.models import Person
    from guotu.core.people.queries import actor_of

    actors = {name: actor_of(Person.objects.get(username=f"d-{name}")) for name in PEOPLE}
    for place, (title, far, days) in enumerate(_LYING):
        spot = (lon + 0.006 * (place % 3 - 1), lat + 0.005 * (place // 3 - 1))
        facts: dict[str, Any] = {"process": "general", "title": title, "place": spot}
        case = perform("cases.open", actors["chuangkou"], reason="申请", **facts).answer
        for who, element, data, evidence in _TAKEN[:far]:
            step = Step.objects.get(case=case, element=element, state="waiting")
            given: dict[str, Any] = {"step": step.pk, "data": data, "evidence": evidence}
            perform("cases.complete", actors[who], **given)
        # As if it had lain there: what a trial may do, and nothing in the product.
        back = datetime.timedelta(days=days)
        Step.objects.filter(case=case, state="waiting").update(came_at=clock.now() - back)
        if days > 1:
            due = clock.now() + datetime.timedelta(days=4 - days)
            Case.objects.filter(pk=case.pk).update(due_at=due)


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(prepare(Path(sys.argv[1]))))
