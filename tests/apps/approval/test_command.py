"""`guotu review`: fixed keys, exit status 0, 1 or 2, and files to take along."""

import json

import pytest
from docx import Document
from openpyxl import load_workbook

from guotu.apps.approval.models import CountyRules, SiteReview
from guotu.site.cli import review as command
from guotu.site.cli import rules as rules_command
from guotu.site.cli.main import main
from tests.apps.approval.made import box

KEYS = {
    "site": {"area_m2"},
    "landuse": {"code", "name", "owner", "area_m2"},
    "findings": {"rule", "clause", "layer", "release", "verdict", "area_m2"},
    "approvals": {"act", "level", "clause", "reason"},
    "remedies": {"kind", "title", "text", "lost_m2", "left_m2", "geometry"},
}


@pytest.fixture
def run(county, capsys, monkeypatch):
    monkeypatch.setattr(command, "ready", lambda: None)

    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["review", *map(str, arguments)])
        return left.value.code, capsys.readouterr()

    return call


def test_json_has_the_fixed_keys_and_1_says_that_something_blocks(run, boundary):
    status, said = run(boundary(box(10, 10, 195, 150)), "--json")
    told = json.loads(said.out)
    assert status == 1
    assert KEYS["site"] <= set(told["site"])
    for name in ("landuse", "findings", "approvals", "remedies"):
        assert told[name]
        assert all(KEYS[name] <= set(one) for one in told[name])
    assert {one["verdict"] for one in told["findings"]} <= {"block", "warn", "note", "pass"}
    assert sum(round(one["area_m2"] * 100) for one in told["landuse"]) == 2_590_000


def test_0_says_that_nothing_blocks_and_the_text_says_why(run, boundary):
    status, said = run(boundary(box(110, 110, 150, 150)))
    assert status == 0
    for text in ("用地面积 1600.00 平方米", "土地分类面积", "核对事项", "未核对"):
        assert text in said.out


def test_2_says_that_it_cannot_be_read(run, tmp_path):
    path = tmp_path / "broken.geojson"
    path.write_text("{]")
    status, said = run(path, "--json")
    assert status == 2
    assert "Traceback" not in said.err
    assert "办法" in said.err
    assert run(tmp_path / "absent.gpkg")[0] == 2


def test_a_paper_at_hand_lifts_its_block(run, boundary):
    path = boundary(box(10, 10, 195, 150))
    papers = ("--paper", "basic_farmland_approval", "--paper", "mine_consent")
    assert run(path, "--json", *papers)[0] == 0


def test_files_to_take_along_close_and_nothing_is_kept_unless_asked(run, boundary, tmp_path):
    path = boundary(box(10, 10, 195, 150))
    outs = {kind: tmp_path / f"out.{kind}" for kind in ("docx", "xlsx", "geojson")}
    run(path, *[part for kind, out in outs.items() for part in (f"--{kind}", out)])
    assert SiteReview.objects.count() == 0
    book = load_workbook(outs["xlsx"])
    sheet = book["土地分类面积表"]
    last = [cell.value for cell in sheet[sheet.max_row]]
    assert last[0] == "合计"
    assert sum(last[3:-1]) == pytest.approx(last[-1]) == 25_900
    paper = Document(outs["docx"])
    area = paper.tables[0]
    assert [cell.text for cell in area.rows[-1].cells] == ["合计", "", "", "", "25,900.00"]
    section = paper.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    shapes = json.loads(outs["geojson"].read_text())
    assert {one["properties"]["verdict"] for one in shapes["features"]} >= {"site", "landuse"}
    run(path, "--save")
    assert SiteReview.objects.get().source.name == "site.gpkg"


def test_rules_are_listed_and_a_countys_own_are_loaded_by_command(
    county, capsys, monkeypatch, tmp_path
):
    monkeypatch.setattr(rules_command, "ready", lambda: None)

    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["rules", *map(str, arguments)])
        return left.value.code, capsys.readouterr()

    status, said = call("--json")
    assert status == 0
    assert "expropriation.2020" in {one["id"] for one in json.loads(said.out)}
    path = tmp_path / "own.toml"
    path.write_text("[[rule]]\nid = 'x'\n")
    status, said = call(path)
    assert status == 2
    assert "缺少" in said.err
    assert CountyRules.objects.count() == 0
    path.write_text(OWN)
    assert call(path, "--reason", "县目录")[0] == 0
    assert CountyRules.objects.get().rules == 1


OWN = """
[[rule]]
id = "trade.own"
kind = "trade.item"
title = "电解铝"
article = "县产业目录"
source = "县政府文件"
mark = "M"
effective_from = 2020-01-01
[rule.values]
status = "forbidden"
words = ["电解铝"]
"""
