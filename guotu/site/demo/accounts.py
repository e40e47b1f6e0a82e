"""Accounts: one demo account for each post, with a password nobody chose."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from guotu.core.atlas import queries
from guotu.core.journal.actions import COUNTY, perform

FILE_NAME = "demo-accounts.json"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for one another


@dataclass(frozen=True)
class Account:
    """A demo account: sign-in name, password, and the post it holds."""

    username: str
    password: str
    name: str


@dataclass(frozen=True)
class _Post:
    code: str
    name: str
    tag: str
    powers: tuple[str, ...]
    username: str
    unit: str
    town: str = ""  # the last three digits of the one division it reads and acts in


BUREAU = "县自然资源局"
UNITS = ("办公室", "用地管理科", "政务服务窗口", "监察审计科", "信息中心", "乡镇国土所")
_READ = (
    "atlas.read", "approval.read", "files.read", "register.read", "ledger.read",
    "cases.read", "tasks.read",
)  # fmt: skip
_HANDLE = (
    "approval.review", "files.keep", "files.attach",
    "cases.handle", "cases.execute", "cases.suspend", "tasks.report",
)  # fmt: skip
POSTS = (
    _Post("clerk", "经办", "execute", (*_READ, *_HANDLE), "jingban", "用地管理科"),
    _Post("section-head", "科长", "execute", (*_READ, *_HANDLE), "kezhang", "用地管理科"),
    _Post(
        "leader", "局领导", "decide",
        (
            *_READ, "files.issue_document", "cases.handle", "cases.decide", "cases.terminate",
            "cases.extend", "tasks.confirm", "tasks.change_due", "tasks.drop",
        ),
        "juzhang", BUREAU,
    ),
    _Post(
        "window", "受理窗口", "execute",
        (
            *_READ, "files.keep", "files.attach", "cases.open", "cases.handle", "cases.execute",
            "cases.withdraw",
        ),
        "chuangkou", "政务服务窗口",
    ),
    _Post(
        "office", "办公室", "support",
        (
            *_READ, "files.keep", "cases.handle", "cases.allot", "cases.archive",
            "cases.calendar", "tasks.assign",
        ),
        "bangongshi", "办公室",
    ),
    _Post(
        "map-keeper", "数据管理员", "support",
        (*_READ, "atlas.read_secret", "atlas.publish", "files.keep", "approval.rules"),
        "shuju", "信息中心",
    ),
    _Post(
        "township", "乡镇国土所", "execute",
        (*_READ, "approval.review", "cases.handle", "cases.execute", "tasks.report"),
        "xiangzhen", "乡镇国土所", "100",
    ),
    _Post(
        "auditor", "审计监督", "supervise",
        (
            *_READ, "journal.read", "cases.handle", "cases.supervise",
            "cases.read_interventions", "tasks.check", "tasks.close",
        ),
        "jiandu", "监察审计科",
    ),
    _Post(
        "administrator", "系统管理员", "support",
        (
            "people.read", "people.administer", "people.look", "atlas.read", "cases.read",
            "cases.deploy",
        ),
        "guanli", "信息中心",
    ),
)  # fmt: skip


def open_all() -> list[Account]:
    """Open the accounts that are not open yet and keep their passwords; return all of them."""
    known = {one.username: one for one in kept()}
    for post in POSTS:
        if post.username in known:
            continue
        account = Account(post.username, _password(), post.name)
        # Kept before it is opened: a stop in between loses nothing.
        known[post.username] = account
        _keep(list(known.values()))
    units = _units()
    for post in POSTS:
        _open(post, known[post.username], units[post.unit])
    return [known[post.username] for post in POSTS]


def kept() -> list[Account]:
    """Return the demo accounts of this store; none where it has none."""
    path = _path()
    if not path.exists():
        return []
    return [Account(**one) for one in json.loads(path.read_text("utf-8"))]


def _units() -> dict[str, int]:
    """Set up the units that are not there yet; return all by name."""
    from guotu.core.people.models import Unit

    known = dict(Unit.objects.values_list("name", "pk"))
    for name in (BUREAU, *UNITS):
        if name not in known:
            above = None if name == BUREAU else known[BUREAU]
            made = perform("people.open_unit", COUNTY, reason="演示", name=name, above_id=above)
            known[name] = made.answer.pk
    return known


def _open(post: _Post, account: Account, unit_id: int) -> None:
    from guotu.core.people.models import Person

    if Person.objects.filter(username=account.username).exists():
        return
    perform(
        "people.open_account",
        COUNTY,
        reason="演示",
        username=account.username,
        name=account.name,
        password=account.password,
        post_code=post.code,
        post={
            "name": post.name,
            "tag": post.tag,
            "unit_id": unit_id,
            "powers": list(post.powers),
            "areas": [queries.county().code + post.town] if post.town else None,
        },
    )


def _password() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _path() -> Path:
    return Path(settings.GUOTU_HOME) / FILE_NAME


def _keep(accounts: list[Account]) -> None:
    path = _path()
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump([asdict(one) for one in accounts], handle, ensure_ascii=False, indent=1)
    fresh.replace(path)
