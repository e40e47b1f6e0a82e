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
    town: str = ""  # the last three digits of the one division it reads and acts in


_READ = ("atlas.read", "approval.read", "files.read", "register.read", "ledger.read")
_HANDLE = ("approval.review", "files.keep", "files.attach")
POSTS = (
    _Post("clerk", "经办", "execute", (*_READ, *_HANDLE), "jingban"),
    _Post("section-head", "科长", "execute", (*_READ, *_HANDLE), "kezhang"),
    _Post("leader", "局领导", "decide", (*_READ, "files.issue_document"), "juzhang"),
    _Post(
        "map-keeper", "数据管理员", "support",
        (*_READ, "atlas.read_secret", "atlas.publish", "files.keep", "approval.rules"), "shuju",
    ),
    _Post("township", "乡镇国土所", "execute", (*_READ, "approval.review"), "xiangzhen", "100"),
    _Post("auditor", "审计监督", "supervise", (*_READ, "journal.read"), "jiandu"),
    _Post(
        "administrator", "系统管理员", "support",
        ("people.read", "people.administer", "people.look", "atlas.read"), "guanli",
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
    for post in POSTS:
        _open(post, known[post.username])
    return [known[post.username] for post in POSTS]


def kept() -> list[Account]:
    """Return the demo accounts of this store; none where it has none."""
    path = _path()
    if not path.exists():
        return []
    return [Account(**one) for one in json.loads(path.read_text("utf-8"))]


def _open(post: _Post, account: Account) -> None:
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
