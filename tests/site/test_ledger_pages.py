"""The pages of the ledger: figures, statements, land on the map, and nothing beyond one's area."""

import datetime
import io

import openpyxl
import pytest
import shapely

from guotu.core.atlas.models import County
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.ledger.posting import Plot, Posting, Terms
from tests.site.conftest import EAST, NORTH, signed_in

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 1)
LATER = datetime.date(2026, 3, 9)


def opened(code, title, division="430999001", **told):
    """Open an account of banked land."""
    facts = {"book": "supplement", "code": code, "title": title, "on": DAY, **told}
    dimensions = {"division": division, "year": "2026"}
    return perform("ledger.open_account", COUNTY, dimensions=dimensions, **facts).answer


@pytest.fixture
def books(county):
    """Bank a plot, reserve a part of it, and settle that."""
    made = opened("made", "垦造验收", normal="credit", least=None)
    bank = opened("bank", "储备库", holds_land=True)
    used = opened("used", "=建设占用", holds_land=True)
    opened("bank", "邻镇储备库", "430999002", holds_land=True)
    whole = Plot(shapely.box(EAST, NORTH, EAST + 20, NORTH + 10), 20_001, "垦-1")
    part = Plot(shapely.box(EAST, NORTH, EAST + 10, NORTH + 10), 10_000, "垦-1-1")
    perform(
        "ledger.post",
        COUNTY,
        postings=[Posting(bank.pk, made.pk, 20_001, DAY, pieces=(whole,), reason="accepted")],
    )
    sides = {"debit": used.pk, "credit": bank.pk, "expires_on": LATER}
    perform("ledger.reserve", COUNTY, amount=10_000, **sides, terms=Terms(DAY, "", (part,)))
    perform("ledger.settle", COUNTY, reservation=2, terms=Terms(LATER))
    return {"made": made, "bank": bank, "used": used}


@pytest.fixture
def reader(county):
    """Give the client of somebody who reads the ledger of the whole county."""
    return signed_in("reader", ["ledger.read", "atlas.read"])


def text(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_accounts_stand_by_book_with_their_figures(books, reader):
    page = text(reader, "/ledger/")
    assert "补充耕地储备" in page
    assert "100.01" in page
    assert "邻镇储备库" in page
    found = text(reader, "/ledger/?book=supplement&division=430999002")
    assert "邻镇储备库" in found
    assert "垦造验收" not in found
    assert "没有这样的账户" in text(reader, "/ledger/?grade=3")
    table = text(reader, "/ledger/accounts.csv?division=430999001")
    assert "'=建设占用" in table


def test_the_figures_are_those_of_the_day(books, reader):
    reader.post("/day/", {"day": "2026-02-01"})
    assert "200.01" not in text(reader, "/ledger/")
    reader.post("/day/", {"day": "2026-03-01"})
    assert "200.01" in text(reader, "/ledger/")


def test_an_empty_ledger_says_so(county, reader):
    assert "还没有账户" in text(reader, "/ledger/")


def test_a_statement_opens_moves_closes_and_shows_the_land(books, reader):
    bank = books["bank"].pk
    page = text(reader, f"/ledger/accounts/{bank}/")
    for said in ("期初", "200.01", "-100.00", "期末", "100.01", "垦-1", "data-overlay-bounds"):
        assert said in page
    later = text(reader, f"/ledger/accounts/{bank}/?since=2026-03-05")
    assert later.count("/ledger/transfers/3/") == 1
    assert reader.get(f"/ledger/accounts/{bank}/?since=yesterday").status_code == 422
    table = text(reader, f"/ledger/accounts/{bank}.csv")
    assert "2026-03-01,1,5,即时,垦造验收,200.01,200.01,200.01,0.00,accepted" in table
    answer = reader.get(f"/ledger/accounts/{bank}.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "虚构县，不得用于办事"
    assert rows[-2][:2] == ["2026-03-09", 3]
    assert "'=建设占用" in rows[-2]


def test_land_lies_on_the_map(books, reader):
    held = reader.get(f"/ledger/accounts/{books['bank'].pk}.geojson").json()
    [feature] = held["features"]
    assert (feature["properties"]["area_dm2"], feature["properties"]["label"]) == (10_001, "垦-1")
    assert 113 < feature["geometry"]["coordinates"][0][0][0] < 115
    moved = reader.get("/ledger/transfers/1.geojson").json()["features"]
    assert [one["properties"]["area_dm2"] for one in moved] == [20_001]
    nothing = reader.get(f"/ledger/accounts/{books['made'].pk}.geojson").json()
    assert nothing["features"] == []


def test_a_real_county_s_statement_and_land_bear_no_mark(books, reader):
    County.objects.update(fictional=False)
    bank = books["bank"].pk
    answer = reader.get(f"/ledger/accounts/{bank}.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet.cell(1, 1).value != "虚构县，不得用于办事"
    assert "fictional" not in reader.get(f"/ledger/accounts/{bank}.geojson").json()


def test_a_transfer_names_its_act_and_what_ended_it(books, reader):
    page = text(reader, "/ledger/transfers/2/")
    for said in ("预留", "第 6 号", "垦-1-1", "/ledger/transfers/3/", "2026-03-09"):
        assert said in page
    settled = text(reader, "/ledger/transfers/3/")
    assert "/ledger/transfers/2/" in settled
    assert reader.get("/ledger/transfers/99/").status_code == 404


def test_nothing_shows_beyond_ones_area(books):
    neighbour = signed_in("neighbour", ["ledger.read"], ["430999002"])
    own = signed_in("own", ["ledger.read"], ["430999001"])
    bank = books["bank"].pk
    assert "垦造验收" not in text(neighbour, "/ledger/")
    assert "垦造验收" not in text(neighbour, "/ledger/accounts.csv")
    assert "垦造验收" in text(own, "/ledger/")
    for address in (
        f"/ledger/accounts/{bank}/",
        f"/ledger/accounts/{bank}.csv",
        f"/ledger/accounts/{bank}.xlsx",
        f"/ledger/accounts/{bank}.geojson",
        "/ledger/transfers/1/",
        "/ledger/transfers/1.geojson",
    ):
        assert neighbour.get(address).status_code == 404
        assert own.get(address).status_code == 200
