"""`guotu people`: accounts, posts, terms and divisions from the command line, and no traceback."""

import datetime
import json
import re

import pytest
from django.test import Client

from guotu.core.journal import clock
from guotu.core.people import queries
from guotu.core.people.models import Division, Person
from guotu.site.cli.main import main

DAY = datetime.timedelta(days=1)


@pytest.fixture
def guotu(county, capsys):
    """Give what runs a command: its exit status, what it said, and what went wrong."""

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["people", *map(str, arguments)])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert "程序内部出错" not in said.err
        return left.value.code, said.out, said.err

    return run


@pytest.fixture
def opened(guotu):
    """Open an account in a new post; return its one-time code."""
    post = ["--post", "p1", "--post-name", "审批岗", "--tag", "decide", "--power", "atlas.read"]
    status, out, err = guotu("open", "lin", "--name", "林知远", *post)
    assert (status, err) == (0, "")
    return re.search(r"一次性口令：(\S+)", out)[1]


def test_an_account_is_opened_and_its_code_sets_a_password(opened):
    person = Person.objects.get(username="lin")
    (capacity,) = queries.capacities(person)
    assert (capacity.post.code, capacity.post.tag, capacity.post.areas) == ("p1", "decide", None)
    told = {"username": "lin", "code": opened}
    words = {"fresh": "a-long-password", "again": "a-long-password"}
    client = Client(HTTP_HOST="localhost")
    assert client.post("/sign-in/code/", told | words).status_code == 302
    assert client.login(username="lin", password="a-long-password")


def test_accounts_are_listed_with_masked_names(guotu, opened):
    status, out, _ = guotu("list")
    assert status == 0
    assert "审批岗（p1）" in out
    assert "共 1 个账号。" in out
    (row,) = json.loads(guotu("list", "--json")[1])
    assert (row["username"], row["active"]) == ("lin", True)
    assert row["posts"] == [{"code": "p1", "name": "审批岗"}]
    assert "林知远" not in out + row["name"]


def test_a_term_ends_and_begins(guotu, opened):
    person = Person.objects.get(username="lin")
    assert "已结束任职" in guotu("end", "lin", "p1")[1]
    assert queries.capacities(person) == []
    assert "未任职" in guotu("list")[1]
    assert guotu("end", "lin", "p1")[0] == 2, "he holds it no more"
    today = clock.today()
    told = ["--since", today + DAY, "--until", today + 3 * DAY, "--paper", "任〔2026〕1号"]
    assert "已任职" in guotu("appoint", "lin", "p1", *told)[1]
    assert queries.capacities(person) == []
    assert len(queries.capacities(person, today + 2 * DAY)) == 1
    assert queries.capacities(person, today + 3 * DAY) == []


def test_a_code_is_issued_anew(guotu, opened):
    out = guotu("reset", "lin")[1]
    assert "账号 lin 的一次性口令：" in out
    assert opened not in out


def test_divisions_are_loaded_from_a_table(guotu, tmp_path):
    path = tmp_path / "divisions.csv"
    path.write_text("\ufeff代码,名称\n430999,云溪县\n430999101,甲乡\n", "utf-8")
    status, out, _ = guotu("divisions", path, "--since", "2026-01-01")
    assert (status, out) == (0, "读入 2：新设 2，改名 0，未变 0。\n")
    assert Division.objects.get(code="430999101").since == datetime.date(2026, 1, 1)
    path.write_text("430999101,甲镇\n", "utf-8")
    assert "改名 1" in guotu("divisions", path)[1]
    path.write_text("430999101\n", "utf-8")
    status, out, err = guotu("divisions", path)
    assert (status, out) == (2, "")
    assert "有的行没有名称" in err


def test_divisions_are_taken_from_the_layers(guotu):
    assert guotu("divisions")[1] == "读入 1：新设 1，改名 0，未变 0。\n"
    assert Division.objects.get().name == "云溪县"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["appoint", "nobody", "p1"], "没有这个账号"),
        (["appoint", "lin", "p9"], "没有这个岗位"),
        (["end", "nobody", "p1"], "没有这个账号"),
        (["reset", "nobody"], "没有这个账号"),
        (["appoint", "lin", "p1", "--since", "明天"], "--since"),
        (["open", "lin"], "--name"),
        (["open", "lin", "--name", "又一人"], "lin"),
        (["divisions", "/nowhere.csv"], "FILE"),
        (["unheard"], "unheard"),
    ],
)
def test_wrong_use_is_refused_in_words(guotu, opened, arguments, said):
    status, out, err = guotu(*arguments)
    assert (status, out) == (2, "")
    assert said in err
