"""The pages of the journal: the list and its table, an entry with its proof, and who reads what."""

import csv
import hashlib
import io
import json

import pytest

from guotu.core.journal import chaining, queries
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.journal.models import Entry
from guotu.core.journal.rules import canonical
from guotu.core.people.models import Person
from guotu.lib.chain import has_inclusion, leaf_hash
from guotu.site.journal import views
from tests.site.conftest import signed_in

REASON = "林知远申请更正"
SHA256 = hashlib.sha256(b"a").hexdigest()


@pytest.fixture
def reader(county):
    """Give the client of somebody who reads the whole journal."""
    return signed_in("reader", ["journal.read"])


@pytest.fixture
def villager(county):
    """Give the client of somebody who reads for one township."""
    return signed_in("villager", ["journal.read"], areas=["430999001"])


@pytest.fixture
def kept(county):
    """Keep a file for a reason; return the number of that act."""
    return perform("files.keep", COUNTY, reason=REASON, name="a.txt", data=b"a").sequence


def text(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_list_holds_every_entry_the_latest_first(kept, reader):
    page = text(reader, "/journal/")
    places = [page.index(f'href="/journal/{one.sequence}/"') for one in queries.entries()]
    assert places == sorted(places)
    assert f"共 {Entry.objects.count()} 条" in page
    assert "本县（命令行）" in page
    assert REASON not in page


def test_the_list_is_filtered(kept, reader):
    def shown(asked):
        page = text(reader, f"/journal/?{asked}")
        numbers = Entry.objects.values_list("sequence", flat=True)
        return [one for one in numbers if f'href="/journal/{one}/"' in page]

    every = [one.sequence for one in Entry.objects.order_by("sequence")]
    assert shown("verb=files.keep") == [kept]
    assert shown(f"subject={Entry.objects.get(sequence=kept).subject}") == [kept]
    assert shown("since=2000-01-01&post=&verb=") == every
    assert shown("until=2000-01-01") == []
    assert "没有符合条件的记录" in text(reader, "/journal/?verb=nothing")


@pytest.mark.parametrize("asked", ["since=2026-13-45", "until=x", "post=%C2%B2", "page=zzz"])
def test_a_filter_that_says_nothing_filters_nothing(kept, reader, asked):
    assert f'href="/journal/{kept}/"' in text(reader, f"/journal/?{asked}")


def test_a_number_beyond_the_store_finds_nothing(kept, reader):
    assert "没有符合条件的记录" in text(reader, f"/journal/?post={'9' * 30}")
    assert reader.get(f"/journal/{'9' * 30}/").status_code == 404
    assert reader.get(f"/journal/{'9' * 30}.json").status_code == 404


def test_pages_are_turned_with_the_filters_kept(kept, reader, monkeypatch):
    monkeypatch.setattr(views, "_PER_PAGE", 1)
    page = text(reader, "/journal/?subject=&since=2000-01-01&page=2")
    assert "?since=2000-01-01&amp;page=1" in page
    assert "?since=2000-01-01&amp;page=3" in page


def rows_of(client, address):
    """Return the rows of a table, less its head and the warning of a fictional county."""
    found = csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig")))
    return [row for row in found if row["行为"]]


def test_the_table_says_what_the_list_says(kept, reader):
    (row,) = rows_of(reader, "/journal.csv?verb=files.keep")
    assert row["编号"] == str(kept)
    assert row["岗位"] == "本县（命令行）"
    assert json.loads(row["结果"]) == Entry.objects.get(sequence=kept).outcome
    assert row["散列"] == bytes(Entry.objects.get(sequence=kept).leaf).hex()


def test_a_table_too_long_is_refused(kept, reader, monkeypatch):
    monkeypatch.setattr(views, "_MOST_EXPORTED", 1)
    answer = reader.get("/journal.csv")
    assert answer.status_code == 422
    assert "记录太多" in answer.content.decode()


def test_an_entry_shows_why_and_what_came_of_it_and_its_proof(kept, reader):
    page = text(reader, f"/journal/{kept}/")
    assert REASON in page
    assert SHA256 in page
    size = chaining.head().size
    for step in [*chaining.inclusion_proof(kept, size), chaining.head(size).root]:
        assert step.hex() in page
    assert f'href="/journal/{kept - 1}/"' in page
    assert f'href="/journal/{size}/"' not in text(reader, f"/journal/{size - 1}/")
    perform("journal.erase_reason", COUNTY, sequence=kept)
    page = text(reader, f"/journal/{kept}/")
    assert REASON not in page
    assert "已依法抹去" in page


def test_what_came_of_an_act_is_told_in_chinese(kept, reader):
    page = text(reader, f"/journal/{kept}/")
    for word in ("文件散列", "字节数", "种类"):
        assert f'<th scope="row">{word}</th>' in page
    assert '<th scope="row">sha256</th>' not in page


def test_an_effect_is_named_in_words(kept, reader):
    told = Entry.objects.exclude(effects=[]).last()
    words = {views.effect_word(one["kind"]) for one in told.effects}
    page = text(reader, f"/journal/{told.sequence}/")
    assert all(f'<th scope="row">{word}</th>' in page for word in words)


def test_a_proof_to_take_along_proves_the_entry(kept, reader):
    told = json.loads(text(reader, f"/journal/{kept}.json"))
    leaf = leaf_hash(canonical(told["entry"]))
    assert leaf.hex() == told["leaf"]
    path = [bytes.fromhex(step) for step in told["proof"]]
    assert has_inclusion(leaf, kept, told["size"], bytes.fromhex(told["root"]), path)
    assert REASON not in json.dumps(told, ensure_ascii=False)


def test_who_reads_for_one_place_sees_the_acts_of_the_own_post_alone(kept, villager):
    person = Person.objects.get(username="villager")
    actor = Actor(person.pk, person.holdings.get().post_id, frozenset({"*"}))
    own = perform("files.keep", actor, name="b.txt", data=b"b").sequence
    page = text(villager, "/journal/")
    assert f'href="/journal/{own}/"' in page
    assert f'href="/journal/{kept}/"' not in page
    assert villager.get(f"/journal/{own}/").status_code == 200
    assert villager.get(f"/journal/{kept}/").status_code == 404
    assert villager.get(f"/journal/{kept}.json").status_code == 404
    assert [row["编号"] for row in rows_of(villager, "/journal.csv")] == [str(own)]


def test_without_the_power_nothing_is_shown(kept, nobody, stranger):
    for address in ("/journal/", "/journal.csv", f"/journal/{kept}/", f"/journal/{kept}.json"):
        assert nobody.get(address).status_code == 403, address
        assert stranger.get(address).status_code in (302, 401, 403), address
