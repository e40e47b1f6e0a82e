"""`guotu people`: accounts, posts and divisions from the command line, where no page opens yet."""

import csv
import json
from pathlib import Path
from typing import Any

import click

from guotu.site.cli.django_ready import ready

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(help="人员、岗位、行政区划。")
def command() -> None:
    """Hold the verbs on people together."""


@command.command("list", help="列出账号和今天的岗位；姓名只显示一部分。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def listing(as_json: bool) -> int:
    """List accounts with the posts held today; names are masked."""
    ready()
    from guotu.core.people import personal, queries

    found = queries.persons()
    names = personal.shown_names(person for person, _posts in found)
    rows: list[dict[str, Any]] = [
        {
            "username": person.username,
            "name": names.get(person.pk, ""),
            "active": person.is_active,
            "posts": [{"code": post.code, "name": post.name} for post in posts],
        }
        for person, posts in found
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        posts = "、".join(f"{post['name']}（{post['code']}）" for post in row["posts"]) or "未任职"
        click.echo(f"{row['username']}  {row['name']}  {posts}{'' if row['active'] else '  停用'}")
    click.echo(f"共 {len(rows)} 个账号。")
    return 0


@command.command("open", help="开设账号，印出一次性口令；本人用它设密码。")
@click.argument("username")
@click.option("--name", required=True, help="姓名（加密保存）。")
@click.option("--post", "post_code", default="", help="岗位代号；没有这个岗位时按下面几项新设。")
@click.option("--post-name", default="", help="新岗位的名称。")
@click.option(
    "--tag", default="execute", type=click.Choice(["decide", "execute", "supervise", "support"])
)
@click.option("--power", "powers", multiple=True, help="新岗位的权力，可写多次。")
@click.option("--area", "areas", multiple=True, help="新岗位的地域代码；不写为全县。")
def open_(
    username: str,
    name: str,
    post_code: str,
    post_name: str,
    tag: str,
    powers: tuple[str, ...],
    areas: tuple[str, ...],
) -> int:
    """Open an account, in a post where one is named, and print a one-time code."""
    ready()
    from guotu.core.journal.actions import COUNTY, perform

    post = {"name": post_name, "tag": tag, "powers": list(powers), "areas": list(areas) or None}
    done = perform(
        "people.open_account",
        COUNTY,
        username=username,
        name=name,
        post_code=post_code,
        post=post if post_name else None,
    )
    _print_code(done.answer)
    return 0


@command.command("appoint", help="任职。")
@click.argument("username")
@click.argument("post")
@click.option("--since", type=_DAY, help="自哪天，默认今天。")
@click.option("--until", type=_DAY, help="至哪天（不含）。")
@click.option("--paper", default="", help="任免文件。")
def appoint(username: str, post: str, since: Any, until: Any, paper: str) -> int:
    """Have a person hold a post."""
    ready()
    from guotu.core.journal.actions import COUNTY, perform

    done = perform(
        "people.appoint",
        COUNTY,
        person_id=_person(username).pk,
        post_id=_post(post).pk,
        since=since.date() if since else None,
        until=until.date() if until else None,
        paper=paper,
    )
    click.echo(f"已任职，记录号 {done.sequence}。")
    return 0


@command.command("end", help="结束任职；以此岗的登录立即退出。")
@click.argument("username")
@click.argument("post")
@click.option("--until", type=_DAY, help="自哪天起不再任职，默认今天。")
def end(username: str, post: str, until: Any) -> int:
    """End the holding of a post."""
    ready()
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.people import queries
    from guotu.lib.refusal import Refusal

    held = queries.terms_of(_person(username))["held_now"]
    found = [one for one in held if one.post_id == _post(post).pk]
    if not found:
        raise Refusal(
            "今天不任此岗", where=f"{username} {post}", remedy="用 guotu people list 核对"
        )
    day = until.date() if until else None
    done = perform("people.end_holding", COUNTY, holding_id=found[0].pk, until=day)
    click.echo(f"已结束任职，记录号 {done.sequence}。")
    return 0


@command.command("reset", help="印出一次性口令；本人用它设新密码。")
@click.argument("username")
def reset(username: str) -> int:
    """Issue a one-time code and print it."""
    ready()
    _print_code(_person(username))
    return 0


@command.command("divisions", help="载入行政区划：CSV（代码,名称），或不带文件取现行图层。")
@click.argument("file", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--since", type=_DAY, help="自哪天有效，默认今天。")
def divisions(file: Path | None, since: Any) -> int:
    """Load divisions from a table, or from the layers of townships and villages."""
    ready()
    from guotu.core.journal.actions import COUNTY, perform

    rows = _rows_of(file) if file else layer_rows()
    day = since.date() if since else None
    done = perform("people.load_divisions", COUNTY, rows=rows, since=day)
    begun, renamed, same = (done.outcome[part] for part in ("begun", "renamed", "same"))
    click.echo(f"读入 {len(rows)}：新设 {begun}，改名 {renamed}，未变 {same}。")
    return 0


def layer_rows() -> list[dict[str, str]]:
    """Return the county, its townships and its villages, as the current releases name them."""
    from guotu.core.atlas import queries as atlas

    county = atlas.county()
    found = {county.code: county.name}
    for name, code_field, name_field in (
        ("divisions", "XZQDM", "XZQMC"),
        ("villages", "ZLDWDM", "ZLDWMC"),
    ):
        release = atlas.current_release(name)
        if release is None:
            continue
        table = atlas.read_all(release, [code_field, name_field])
        for row in table.select([code_field, name_field]).to_pylist():
            found[_short(str(row[code_field]))] = str(row[name_field])
    return [{"code": code, "name": name} for code, name in found.items()]


def _short(code: str) -> str:
    # The survey writes the village into nineteen digits, filled up with zeros.
    return code[:12] if len(code) > 12 and not code[12:].strip("0") else code


def _rows_of(file: Path) -> list[dict[str, str]]:
    from guotu.lib.refusal import Refusal

    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = [row for row in csv.reader(handle) if row and row[0].strip()[:1].isdigit()]
    if short := [row for row in rows if len(row) < 2]:
        raise Refusal("有的行没有名称", where=short[0][0], remedy="每行写代码、名称，用逗号隔开")
    return [{"code": row[0].strip(), "name": row[1].strip()} for row in rows]


def _person(username: str) -> Any:
    from guotu.core.people.models import Person
    from guotu.lib.refusal import Refusal

    found = Person.objects.filter(username=username).first()
    if found is None:
        raise Refusal("没有这个账号", where=username, remedy="用 guotu people list 核对")
    return found


def _post(code: str) -> Any:
    from guotu.core.people.models import Post
    from guotu.lib.refusal import Refusal

    found = Post.objects.filter(code=code).first()
    if found is None:
        raise Refusal("没有这个岗位", where=code, remedy="用 guotu people list 核对代号")
    return found


def _print_code(person: Any) -> None:
    from guotu.core.journal.actions import COUNTY, perform

    done = perform("people.issue_code", COUNTY, person_id=person.pk)
    click.echo(f"账号 {person.username} 的一次性口令：{done.answer}")
    click.echo("在登录页选“用一次性口令设密码”；只显示这一次，过期作废。")
